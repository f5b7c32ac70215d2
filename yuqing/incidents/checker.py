"""The check of a statement before it leaves the house: which words, where, why, and what to write instead.

Words are compared on a shadow of the text: full-width and half-width alike, without blanks, zero-width characters and
the punctuation that people put between the characters of a word. Positions are those of the text as it was written.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from yuqing.domain.incident_plan import WordGroup, WordList

Mask = Callable[[str], str]
_DROPPED = frozenset(" \t\u3000\u200b\u200c\u200d\u2060\ufeff\u00ad·・*_~-—+|/\\'\"“”‘’.")
_TOKEN = re.compile(r"\[[\u4e00-\u9fffA-Z]{2,6}\]")
_BLANK = re.compile(r"【[^】]{0,30}】")


@dataclass(frozen=True, slots=True)
class Finding:
    """One place of a text. `start` and `end` count characters from 0; `line` and `column` are for people, from 1."""

    start: int
    end: int
    text: str = field(repr=False)
    category: str
    reason: str
    advice: str
    blocks: bool
    line: int
    column: int

    @property
    def sentence(self) -> str:
        """For people: where, what, why, what instead."""
        advice = f"；{self.advice}" if self.advice else ""
        return f"第 {self.line} 行第 {self.column} 字“{self.text}”（{self.category}）：{self.reason}{advice}"

    def as_json(self) -> dict[str, object]:
        """Plain data."""
        names = ("start", "end", "line", "column", "text", "category", "reason", "advice", "blocks")
        return {name: getattr(self, name) for name in names}


def blocking(findings: Sequence[Finding]) -> list[Finding]:
    """Those with which a statement cannot be approved."""
    return [each for each in findings if each.blocks]


@dataclass(frozen=True, slots=True)
class _Shadow:
    """A text without its disguise, and for each character its place in the original."""

    text: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> "_Shadow":
        letters, places = [], []
        for place, character in enumerate(text):
            plain = unicodedata.normalize("NFKC", character).casefold()
            for letter in plain if character not in _DROPPED and plain not in _DROPPED else "":
                letters.append(letter)
                places.append(place)
        return cls("".join(letters), tuple(places))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original."""
        return self.places[start], self.places[end - 1] + 1


@dataclass(frozen=True)
class StatementChecker:
    """`mask` is the one that masks personal data before anything is stored: what it would hide may not be published."""

    words: WordList
    mask: Mask

    def check(self, text: str) -> list[Finding]:
        """Everything that is wrong with a text, in the order of its places. A word in a longer one is told once."""
        shadow = _Shadow.of(text)
        spans = [hit for group in self._groups for hit in group.hits(shadow)]
        kept = _longest(spans)
        found = [_finding(text, start, end, group) for start, end, group in kept]
        found += [_finding(text, start, end, _group(_PERSONAL, kind)) for start, end, kind in self.personal(text)]
        found += [_finding(text, *each.span(), _UNFILLED) for each in _BLANK.finditer(text)]
        return sorted(found, key=lambda each: (each.start, each.end))

    def personal(self, text: str) -> list[tuple[int, int, str]]:
        """Places of personal data: start, end and kind. Numbers of the bank itself are left out."""
        found = _masked(text, self.mask(text))
        own = {_digits(number) for number in self.words.numbers}
        return [(start, end, kind) for start, end, kind in found if _digits(text[start:end]) not in own]

    @cached_property
    def _groups(self) -> tuple["_Words", ...]:
        return tuple(_Words.of(group) for group in self.words.groups)


@dataclass(frozen=True, slots=True)
class _Words:
    """A group, ready to be looked for."""

    group: WordGroup
    wanted: re.Pattern[str]
    allowed: re.Pattern[str] | None

    @classmethod
    def of(cls, group: WordGroup) -> "_Words":
        wanted = [re.escape(_Shadow.of(word).text) for word in _by_length(group.words)]
        allowed = [re.escape(_Shadow.of(word).text) for word in _by_length(group.exceptions)]
        return cls(group, re.compile("|".join((*wanted, *group.patterns))), _joined(allowed))

    def hits(self, shadow: _Shadow) -> Iterator[tuple[int, int, WordGroup]]:
        """Where its words stand outside every exception."""
        free = [each.span() for each in self.allowed.finditer(shadow.text)] if self.allowed else []
        for hit in self.wanted.finditer(shadow.text):
            if not any(start <= hit.start() and hit.end() <= end for start, end in free):
                yield (*shadow.span(*hit.span()), self.group)


def _by_length(words: Sequence[str]) -> list[str]:
    return sorted(words, key=len, reverse=True)


def _joined(patterns: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns)) if patterns else None


def _longest(spans: Sequence[tuple[int, int, WordGroup]]) -> list[tuple[int, int, WordGroup]]:
    """Without those that lie inside a longer one; of two groups with the same word the one that blocks."""
    kept: list[tuple[int, int, WordGroup]] = []
    for start, end, group in sorted(spans, key=lambda each: (each[0] - each[1], not each[2].blocks, each[0])):
        if not any(first <= start and end <= last for first, last, _ in kept):
            kept.append((start, end, group))
    return kept


_PERSONAL = WordGroup(
    "personal", "个人信息", (), "对外声明与事件档案不得含个人信息", "删去，改为“客户”“当事人”或官方客服渠道"
)
_UNFILLED = WordGroup("unfilled", "没有填写", (), "模板中的空格还没有填", "填写或删去")


def _group(group: WordGroup, kind: str) -> WordGroup:
    return WordGroup(group.id, f"{group.name}·{kind}", (), group.reason, group.advice)


def _finding(text: str, start: int, end: int, group: WordGroup) -> Finding:
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    fields = (start, end, text[start:end], group.name, group.reason, group.advice, group.blocks)
    return Finding(*fields, line=line, column=column)


def _masked(text: str, masked: str) -> Iterator[tuple[int, int, str]]:
    """Which pieces of the text the mask replaced: what stands around them is the same in both."""
    if masked == text:
        return
    tokens = [each.group() for each in _TOKEN.finditer(masked)]
    between = [re.escape(piece) for piece in _TOKEN.split(masked)]
    aligned = re.fullmatch("(.+?)".join(between), text, re.DOTALL)
    if aligned is None:
        yield 0, len(text), "个人信息"
        return
    for number, token in enumerate(tokens, start=1):
        if aligned[number] != token:
            yield (*aligned.span(number), token.strip("[]"))


def _digits(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKC", text) if each.isdigit())
