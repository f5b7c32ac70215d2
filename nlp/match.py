"""Which watched subjects a text is about: aliases outside negative aliases, and the subject's boolean query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import ahocorasick

from nlp.text import fold, fold_offsets
from nlp.variants import squeezed
from yuqing.domain.query import And, FieldFilter, Near, Node, Not, Or, Term, matches
from yuqing.domain.subject import Subject

LEAST_DODGED = 4  # characters of an alias that is also found with symbols between them


@dataclass(frozen=True, slots=True)
class Span:
    """One occurrence of an alias: text[start:end]."""

    subject_id: str
    alias: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """Subject ids in the order of the settings; aliases as configured, in the order of the text; where they stand."""

    subjects: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    alias: str
    positive: frozenset[str]  # ids of the subjects that are called so
    negative: frozenset[str]  # ids of the subjects that are NOT meant by it


class SubjectMatcher:
    """Finds subjects in one pass over a text, however many aliases are watched."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._subjects = tuple(subjects)
        self._queries = {s.id: _folded_query(s.query) for s in self._subjects if s.query is not None}
        self._automaton = _automaton(self._subjects)

    def match(self, text: str, fields: Mapping[str, tuple[str, ...]] | None = None) -> Match:
        """Everything the text is about. `fields` serves the field filters of the subjects' queries."""
        folded = fold(text)
        hits = [*self._hits(folded), *self._dodged_hits(folded)]
        by_subject = {subject.id: _outside_negatives(subject.id, hits) for subject in self._subjects} if hits else {}
        found = [s for s in self._subjects if self._is_about(s, by_subject.get(s.id, []), folded, fields)]
        if not found:
            return Match()
        spans = _spans({subject.id: by_subject.get(subject.id, []) for subject in found}, text, folded)
        return Match(tuple(s.id for s in found), tuple(dict.fromkeys(span.alias for span in spans)), spans)

    def _is_about(
        self, subject: Subject, hits: Sequence[_Hit], folded: str, fields: Mapping[str, tuple[str, ...]] | None
    ) -> bool:
        """A subject without aliases is found by its query alone; one without both is never found."""
        if subject.aliases and not hits:
            return False
        query = self._queries.get(subject.id)
        return bool(hits) if query is None else matches(query, folded, fields)

    def _hits(self, folded: str) -> Iterable[_Hit]:
        if self._automaton is None:
            return
        for last, (length, alias, positive, negative) in self._automaton.iter(folded):
            start, end = last + 1 - length, last + 1
            if _is_whole(folded, start, end):
                yield _Hit(start, end, alias, positive, negative)

    def _dodged_hits(self, folded: str) -> Iterable[_Hit]:
        """Aliases broken up by symbols (云-江-银-行). Short ones are left out: 白云 银行 is not 云银."""
        if self._automaton is None or (found := squeezed(folded)) is None:
            return
        text, places = found
        for hit in self._hits(text):
            start, end = places[hit.start], places[hit.end - 1] + 1
            if hit.end - hit.start >= LEAST_DODGED and end - start > hit.end - hit.start:
                yield _Hit(start, end, hit.alias, hit.positive, hit.negative)


def _automaton(subjects: Sequence[Subject]) -> "ahocorasick.Automaton | None":
    """None when nothing is watched: an empty automaton cannot be searched."""
    words: dict[str, tuple[str, set[str], set[str]]] = {}
    for subject in subjects:
        for alias in subject.aliases:
            words.setdefault(fold(alias), (alias, set(), set()))[1].add(subject.id)
        for alias in subject.negative_aliases:
            words.setdefault(fold(alias), (alias, set(), set()))[2].add(subject.id)
    words.pop("", None)
    if not words:
        return None
    automaton = ahocorasick.Automaton()
    for word, (alias, positive, negative) in words.items():
        automaton.add_word(word, (len(word), alias, frozenset(positive), frozenset(negative)))
    automaton.make_automaton()
    return automaton


def _is_whole(text: str, start: int, end: int) -> bool:
    """False inside a longer Latin word or number: `cmb` does not occur in `cmbs`, Han aliases need no border."""
    return not (_glued(text[start - 1 : start], text[start]) or _glued(text[end - 1], text[end : end + 1]))


def _glued(left: str, right: str) -> bool:
    if not (left.isascii() and right.isascii()):
        return False
    return (left.isalpha() and right.isalpha()) or (left.isdigit() and right.isdigit())


def _outside_negatives(subject_id: str, hits: Sequence[_Hit]) -> list[_Hit]:
    negatives = [hit for hit in hits if subject_id in hit.negative]
    return [hit for hit in hits if subject_id in hit.positive and not any(_masks(n, hit) for n in negatives)]


def _masks(negative: _Hit, hit: _Hit) -> bool:
    """An alias that is longer than the negative alias and holds it completely still counts."""
    overlaps = negative.start < hit.end and hit.start < negative.end
    holds = hit.start <= negative.start and negative.end <= hit.end
    is_longer = hit.end - hit.start > negative.end - negative.start
    return overlaps and not (holds and is_longer)


def _folded_query(node: Node) -> Node:
    """The same tree with folded terms, so that traditional and simplified spellings meet."""
    match node:
        case Term(text):
            return Term(fold(text))
        case Near(left, right, distance):
            return Near(Term(fold(left.text)), Term(fold(right.text)), distance)
        case And(parts):
            return And(tuple(_folded_query(part) for part in parts))
        case Or(parts):
            return Or(tuple(_folded_query(part) for part in parts))
        case Not(part):
            return Not(_folded_query(part))
        case FieldFilter():
            return node


def _spans(by_subject: Mapping[str, Sequence[_Hit]], text: str, folded: str) -> tuple[Span, ...]:
    offsets = range(len(text) + 1) if folded == text else fold_offsets(text)
    spans = [
        Span(subject_id, hit.alias, offsets[hit.start], offsets[hit.end - 1] + 1)
        for subject_id, hits in by_subject.items()
        for hit in hits
    ]
    return tuple(sorted(spans, key=lambda span: (span.start, span.end, span.subject_id)))
