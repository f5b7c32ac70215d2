"""Sentences about a bank, composed so that nearly every one is different and its stance is known."""

import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from simulator.scenario import people
from simulator.scenario.phrases import dress, opinions, slots

_FORMATTER = string.Formatter()
SHORT_LIMIT = 140


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank of the invented world; `apps` are the names people give to its App."""

    id: str
    name: str
    apps: tuple[str, ...]
    leader: str = ""


YUNJIANG = Bank("yunjiang", "云江银行", ("云江手机银行", "云江手机银行", "云江银行App", "云江银行手机银行"), "林知远")
HAIZHOU = Bank("haizhou", "海州银行", ("海州银行App", "海州银行手机银行"), "周望川")
BEIYUAN = Bank("beiyuan", "北原银行", ("北原银行App", "北原银行手机银行"), "郑怀野")
BANKS = (YUNJIANG, HAIZHOU, BEIYUAN)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text with its answer key."""

    text: str
    sentiment: str
    topic: str
    pii: tuple[str, ...] = ()


class Grammar:
    """Composes posts from openers, cores, tails, emoji and particles."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._said: set[str] = set()

    def fill(self, template: str, bank: Bank, extra: Mapping[str, Sequence[str]] | None = None) -> str:
        """Replace the slots of a template."""
        known = {"bank": (bank.name,), "app": bank.apps, "leader": (bank.leader,), "region": slots.REGIONS}
        parts = []
        for literal, slot, _, _ in _FORMATTER.parse(template):
            parts.append(literal)
            if slot:
                parts.append(self._rng.choice((extra or {}).get(slot) or known.get(slot) or slots.SLOTS[slot]))
        return "".join(parts)

    def everyday(self, bank: Bank, sentiment: str) -> Sentence:
        """An ordinary post of the given stance about one of the bank's businesses."""
        tables = {
            "negative": opinions.NEGATIVE,
            "positive": opinions.POSITIVE,
            "neutral": opinions.QUESTIONS if self._rng.random() < 0.6 else opinions.STATEMENTS,
        }
        topic = self._rng.choice(list(tables[sentiment]))
        return self.about(bank, sentiment, topic, tables[sentiment][topic])

    def about(self, bank: Bank, sentiment: str, topic: str, cores: Sequence[str]) -> Sentence:
        """A post around one of the given cores."""
        style = "statement" if cores in opinions.STATEMENTS.values() else sentiment
        text = self._unsaid(lambda: self._dress(self.fill(self._rng.choice(cores), bank), bank, style))
        if self._rng.random() < 0.05:
            text = self._lengthen(text, bank, sentiment)
        text, pii = self._confide(text) if self._rng.random() < 0.012 else (text, ())
        return Sentence(text, sentiment, topic, pii)

    def noise(self) -> Sentence:
        """A text that contains a name like ours and means something else."""
        text = self._unsaid(
            lambda: self._dress(self.fill(self._rng.choice(opinions.NOISE), YUNJIANG), YUNJIANG, "noise")
        )
        return Sentence(text, "neutral", "other")

    def _unsaid(self, compose: Callable[[], str]) -> str:
        """Compose until the words are new: equal texts in the scenario are always deliberate copies."""
        text = compose()
        while text in self._said:
            text = compose()
        self._said.add(text)
        return text

    def _dress(self, core: str, bank: Bank, sentiment: str) -> str:
        rng = self._rng
        opener = self.fill(rng.choice(dress.OPENERS[sentiment]), bank)
        tail = rng.choice(dress.TAILS[sentiment]) if rng.random() < 0.75 else ""
        particle = rng.choice(dress.PARTICLES[sentiment])
        particle = "" if core.endswith(particle) else particle
        emoji = rng.choice(dress.EMOJI[sentiment])
        joint = rng.choice(("，", " ", "：", "，")) if opener else ""
        link = rng.choice(("，", "。", " ")) if tail and (particle.isalpha() or not particle) else ""
        return f"{opener}{joint}{core}{particle}{link}{tail}{emoji}".strip("， ")

    def _lengthen(self, text: str, bank: Bank, sentiment: str) -> str:
        """Grow a post beyond what lists show in full."""
        tables = {"negative": opinions.NEGATIVE, "positive": opinions.POSITIVE, "neutral": opinions.QUESTIONS}
        cores = [core for group in tables[sentiment].values() for core in group]
        sentences = [text]
        while sum(map(len, sentences)) < SHORT_LIMIT + self._rng.randrange(40, 260):
            sentences.append(
                self.fill(self._rng.choice(dress.OPENERS[sentiment]), bank)
                + "，"
                + self.fill(self._rng.choice(cores), bank)
            )
        return "。".join(sentences) + "。"

    def _confide(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Let the writer give away personal data, all of it invented."""
        secret, form = self._rng.choice(
            (
                (people.phone(self._rng), "，我的电话{}，请联系我"),
                (people.id_card(self._rng), "，身份证{}，麻烦查一下"),
                (people.bank_card(self._rng), "，卡号{}"),
            )
        )
        return text + form.format(secret), (secret,)
