"""Keywords: words and phrases that a set of texts has more often than its background, with the mentions behind each.

A phrase is up to four words in a row. What counts is in how many stories a term occurs (copies of one text are one
story), compared by the log-likelihood ratio of Dunning (1993). Of a phrase and its parts only the one that says more
is kept.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log

from nlp.segment import LEXICON, Segmenter, plain_segmenter
from yuqing.domain.mention import MentionId

LEAST_STORIES = 3
LEAST_SCORE = 6.63  # chance alone gives more in 1 of 100 terms
_LONGEST_PHRASE = 4  # words
_CHARACTERS = range(2, 13)
_COHESION = 0.3  # a phrase occurs in this share of the stories of its rarest word
_JOINTS = frozenset("与和及或并")  # what they join are two terms
_SAME = 0.6  # two terms with this share of stories in common say the same


@dataclass(frozen=True, slots=True)
class Document:
    """A text; copies share a story."""

    id: MentionId
    text: str
    story: str


@dataclass(frozen=True, slots=True)
class Keyword:
    """A term with its evidence: in how many stories it occurs, in how many of the background, and in which mentions."""

    term: str
    stories: int
    background: int
    score: float
    mention_ids: tuple[MentionId, ...]


@dataclass(frozen=True, slots=True)
class _Stop:
    words: frozenset[str]  # say nothing by themselves
    edges: frozenset[str]  # besides, no phrase begins or ends with them


class KeywordFinder:
    """Finds what is special about some texts. Remembers the words of what it was shown: one for each reading."""

    def __init__(self, segmenter: Segmenter | None = None, ignored: Iterable[str] = ()) -> None:
        self._segmenter = segmenter or plain_segmenter()
        # The subject's own names are in every text.
        self._ignored = frozenset(ignored)
        self._known: dict[MentionId, set[str]] = {}

    def find(
        self, texts: Sequence[Document], background: Sequence[Document], limit: int = 20, least: int = LEAST_STORIES
    ) -> tuple[Keyword, ...]:
        """The most significant terms of `texts`, best first. A document in both counts for `texts` only."""
        own = {document.id for document in texts}
        others = [document for document in background if document.id not in own]
        found = self._terms(texts)
        frequent = {term: places for term, places in found.items() if len(_stories(places)) >= least}
        known = self._counts(others, frequent)
        sizes = len(_stories(texts)), len(_stories(others))
        ranked = sorted(_scored(_coherent(frequent), known, sizes), key=_rank)
        return tuple(_distinct(ranked, frequent, limit))

    def _terms(self, documents: Sequence[Document]) -> Mapping[str, list[Document]]:
        found: dict[str, list[Document]] = defaultdict(list)
        for document in documents:
            for term in self._of(document):
                found[term].append(document)
        return found

    def _counts(self, documents: Sequence[Document], wanted: Mapping[str, object]) -> Mapping[str, int]:
        stories: dict[str, set[str]] = defaultdict(set)
        for document in documents:
            for term in self._of(document) & wanted.keys():
                stories[term].add(document.story)
        return Counter({term: len(found) for term, found in stories.items()})

    def _of(self, document: Document) -> set[str]:
        """The terms of a document, taken apart once however often it is compared."""
        if document.id not in self._known:
            self._known[document.id] = self._cut(document)
        return self._known[document.id]

    def _cut(self, document: Document) -> set[str]:
        return {
            term
            for run in self._segmenter.words(document.text)
            for term in _phrases(run)
            if not any(name in term for name in self._ignored)
        }


@cache
def _stop() -> _Stop:
    body = json.loads(LEXICON.read_text(encoding="utf-8"))
    words = frozenset(body["stop"])
    return _Stop(words, words | frozenset(body["edges"]))


def _phrases(run: Sequence[str]) -> Iterator[str]:
    stop = _stop()
    for start, first in enumerate(run):
        if first in stop.words:
            continue
        for end in range(start + 1, min(start + _LONGEST_PHRASE, len(run)) + 1):
            if run[end - 1] in _JOINTS:
                break
            term = _spaced(run[start:end])
            if run[end - 1] not in stop.edges and len(term) in _CHARACTERS and (end > start + 1 or len(first) > 1):
                yield term


def _spaced(words: Sequence[str]) -> str:
    """Joined as people write: a blank only between two Latin words."""
    term = words[0]
    for word in words[1:]:
        term += f" {word}" if term[-1].isascii() and word[0].isascii() else word
    return term


def _stories(documents: Iterable[Document]) -> set[str]:
    return {document.story for document in documents}


def _coherent(found: Mapping[str, list[Document]]) -> Iterator[tuple[str, list[Document]]]:
    """Without phrases that are only the meeting of two common words."""
    for term, places in found.items():
        parts = [found[part] for cut in range(2, len(term) - 1) for part in (term[:cut], term[cut:]) if part in found]
        rarest = min((len(part) for part in parts), default=0)
        if len(places) >= _COHESION * rarest:
            yield term, places


def _scored(
    found: Iterable[tuple[str, list[Document]]], known: Mapping[str, int], sizes: tuple[int, int]
) -> Iterator[Keyword]:
    for term, places in found:
        stories = len(_stories(places))
        score = log_likelihood(stories, known.get(term, 0), *sizes)
        if score >= LEAST_SCORE:
            ids = tuple(document.id for document in places)
            yield Keyword(term, stories, known.get(term, 0), score, ids)


def log_likelihood(here: int, there: int, size: int, background: int) -> float:
    """How surely a term is more frequent here than there (G²); 0 where it is not. Without a background: by count."""
    if not background:
        return 2.0 * here
    if here * background <= there * size:
        return 0.0
    share = (here + there) / (size + background)
    return 2 * sum(
        _part(count, total * share) + _part(total - count, total * (1 - share))
        for count, total in ((here, size), (there, background))
    )


def _part(observed: float, expected: float) -> float:
    return observed * log(observed / expected) if observed and expected else 0.0


def _distinct(ranked: Sequence[Keyword], places: Mapping[str, list[Document]], limit: int) -> list[Keyword]:
    """Of terms that share characters and occur in the same stories the longest; otherwise by rank."""
    taken: list[tuple[Keyword, set[str]]] = []
    for keyword in ranked:
        stories = _stories(places[keyword.term])
        rivals = [each for each in taken if _says_the_same(keyword.term, stories, each[0].term, each[1])]
        if not rivals or all(each[0].term in keyword.term for each in rivals):
            taken = [each for each in taken if each not in rivals] + [(keyword, stories)]
    best = sorted((keyword for keyword, _ in taken), key=_rank)
    return best[:limit]


def _rank(keyword: Keyword) -> tuple[float, int, str]:
    return -keyword.score, -len(keyword.term), keyword.term


def _says_the_same(term: str, stories: set[str], other: str, theirs: set[str]) -> bool:
    pairs = {term[at : at + 2] for at in range(len(term) - 1)}
    is_alike = any(pair in other for pair in pairs)
    return is_alike and len(stories & theirs) >= _SAME * len(stories | theirs)
