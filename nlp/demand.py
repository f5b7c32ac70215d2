"""Demand signals: what people ask for and ask about, by product, with their own words as evidence."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from nlp.text import Sentence, fold, own_words, sentences
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import StoredMention

LEXICON = Path(__file__).parent / "lexicon" / "demand.json"
LONGEST_SENTENCE = 120  # a longer one is prose, and its wish is lost in it
SHORTEST_WISH = 2
_EXAMPLES = 3
_CLAUSE_END = re.compile(r"[，,。！!？?；;、\n]")
_ASKS = re.compile(r"[?？]|吗(?![a-z\u3400-\u9fff])|[呢么不][。!！~ ]*$")


class DemandKind(StrEnum):
    """What sort of signal a sentence is."""

    WISH = "wish"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Demand:
    """One sentence that asks: the sentence as written, and of a wish what is wished for."""

    kind: DemandKind
    sentence: str
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class DemandSignal:
    """The demand for one product: stories (copies counted once), the mentions behind them, examples as written."""

    product: str  # a topic id
    kind: DemandKind
    stories: int
    mention_ids: tuple[MentionId, ...]
    examples: tuple[tuple[MentionId, Demand], ...]


def demands(text: str) -> tuple[Demand, ...]:
    """The wishes and questions of a text's own words, in order. A question that complains is none."""
    found = (_demand(sentence) for sentence in sentences(own_words(text)))
    return tuple(demand for demand in found if demand is not None)


def demand_signals(stored: Iterable[StoredMention], products: frozenset[str] | None = None) -> tuple[DemandSignal, ...]:
    """What is asked for by product, strongest first. Unscored mentions have no product yet and are left out.

    The product of a mention is its first topic (among `products` where given). Questions of negative mentions are
    complaints and do not count; wishes do, whatever the mood.
    """
    groups: dict[tuple[str, DemandKind], list[tuple[StoredMention, Demand]]] = defaultdict(list)
    for item in stored:
        for product, demand in _of(item, products):
            groups[product, demand.kind].append((item, demand))
    signals = (_signal(product, kind, members) for (product, kind), members in groups.items())
    return tuple(sorted(signals, key=lambda each: (-each.stories, each.product, each.kind)))


def _of(item: StoredMention, products: frozenset[str] | None) -> Iterable[tuple[str, Demand]]:
    if item.annotation is None:
        return
    topics = [topic.id for topic in item.annotation.topics if products is None or topic.id in products]
    is_negative = item.annotation.sentiment.label is SentimentLabel.NEGATIVE
    for demand in demands(item.mention.text) if topics else ():
        if demand.kind is DemandKind.WISH or not is_negative:
            yield topics[0], demand


def _signal(product: str, kind: DemandKind, members: Sequence[tuple[StoredMention, Demand]]) -> DemandSignal:
    stories: dict[str, tuple[StoredMention, Demand]] = {}
    for item, demand in members:
        stories.setdefault(item.cluster_id or item.mention.id, (item, demand))
    loudest = sorted(stories.values(), key=lambda each: (-_reactions(each[0]), each[0].mention.id))
    return DemandSignal(
        product,
        kind,
        len(stories),
        tuple(dict.fromkeys(item.mention.id for item, _ in members)),
        tuple((item.mention.id, demand) for item, demand in loudest[:_EXAMPLES]),
    )


def _reactions(item: StoredMention) -> int:
    counts = item.mention.engagement
    return sum(count or 0 for count in (counts.likes, counts.comments, counts.shares))


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    body = json.loads(LEXICON.read_text(encoding="utf-8"))
    groups = ("wish", "advice", "question", "rhetorical")
    return {name: re.compile("|".join(sorted(map(re.escape, body[name]), key=len, reverse=True))) for name in groups}


def _demand(sentence: Sentence) -> Demand | None:
    plain, patterns = fold(sentence.text), _patterns()
    if len(plain) > LONGEST_SENTENCE or patterns["rhetorical"].search(plain):
        return None
    if wish := patterns["wish"].search(plain):
        wanted = _CLAUSE_END.split(plain[wish.end() :])[0].strip()
        if len(wanted) >= SHORTEST_WISH and not patterns["advice"].match(wanted):
            return Demand(DemandKind.WISH, sentence.text, wanted)
    if patterns["question"].search(plain) and _ASKS.search(plain):
        return Demand(DemandKind.QUESTION, sentence.text)
    return None
