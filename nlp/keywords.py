"""Keywords: words and phrases that a set of texts has more often than its background, with the mentions behind each.

A candidate is up to four words in a row. What counts is in how many stories a term occurs (copies of one text are one
story), compared by the log-likelihood ratio of Dunning (1993). The best candidates are completed to whole phrases or
dropped (nlp/boundaries.py); of a phrase and its parts the one that people would say is kept.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from math import log

from nlp.boundaries import GAP, Boundaries, Form, Line, spaced
from nlp.phrases import Phrases, lists
from nlp.segment import Segmenter, plain_segmenter
from nlp.text import prepare
from yuqing.domain.mention import MentionId

LEAST_STORIES = 3
LEAST_SCORE = 6.63  # chance alone gives more in 1 of 100 terms
_LONGEST_PHRASE = 4  # words
_MOST_CHARACTERS = 12
_COHESION = 0.3  # a phrase occurs in this share of the stories of its rarest word
_BOUND = 0.5  # a single character belongs to the word behind it if so many stories of the word have it
_JOINTS = frozenset("与和及或并")  # what they join are two terms
_SAME = 0.6  # two terms with this share of stories in common say the same
_COMPLETED = 10  # candidates that are completed for each term that is wanted


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


Places = Mapping[str, Sequence[Document]]


class KeywordFinder:
    """Finds what is special about some texts. Remembers the words of what it was shown: one for each reading."""

    def __init__(self, segmenter: Segmenter | None = None, ignored: Iterable[str] = ()) -> None:
        self._segmenter = segmenter or plain_segmenter()
        self._phrases = Phrases(self._segmenter)
        self._boundaries = Boundaries(self._phrases)
        # The subject's own names are in every text.
        self._ignored = frozenset(prepare(name).replace(" ", "") for name in ignored) - {""}
        self._known: dict[MentionId, frozenset[str]] = {}
        self._lines: dict[MentionId, Line] = {}

    def find(
        self, texts: Sequence[Document], background: Sequence[Document], limit: int = 20, least: int = LEAST_STORIES
    ) -> tuple[Keyword, ...]:
        """The most significant terms of `texts`, best first. A document in both counts for `texts` only."""
        own = {document.id for document in texts}
        others = [document for document in background if document.id not in own]
        frequent = {term: places for term, places in self._terms(texts).items() if len(_stories(places)) >= least}
        known = self._counts(others, frequent)
        sizes = len(_stories(texts)), len(_stories(others))
        best = sorted(_scored(_coherent(frequent), known, sizes), key=_rank)[: _COMPLETED * limit]
        whole = self._completed([each.term for each in best], frequent, least)
        grown = {term: self._stories_with(term, others) for term in whole.keys() - known.keys()}
        ranked = sorted(_scored(whole.items(), {**known, **grown}, sizes), key=_rank)
        return tuple(self._told(ranked, whole, limit))

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
        return {term: len(stories[term]) for term in wanted}

    def _of(self, document: Document) -> frozenset[str]:
        """The candidates of a document, taken apart once however often it is compared."""
        if document.id not in self._known:
            runs = [
                rest for run in self._segmenter.words(document.text) for rest in _without(self._ignored, run) if rest
            ]
            self._lines[document.id] = Line.of(runs, document.story)
            self._known[document.id] = frozenset(term for run in runs for term in _candidates(run))
        return self._known[document.id]

    def _completed(self, terms: Iterable[str], frequent: Places, least: int) -> dict[str, list[Document]]:
        """The phrases that these terms are, or are pieces of, with the documents that hold them."""
        whole: dict[str, list[Document]] = {}
        for term in terms:
            form = self._boundaries.whole(Form(term, tuple(self._lines[each.id] for each in frequent[term])), least)
            if form is None or form.term in whole:
                continue
            if not any(self._is_loose(each, frequent) for each in (term, form.term)):
                whole[form.term] = [each for each in frequent[term] if self._lines[each.id].holds(form.term)]
        return whole

    def _is_loose(self, term: str, frequent: Places) -> bool:
        """Whether its first character only happens to stand there: 问客服, 先登录."""
        first, _, rest = term.partition(GAP)
        if len(first) > 1 or first.isascii() or rest not in frequent or not self._phrases.is_whole(spaced(rest)):
            return False
        with_it = sum(self._lines[each.id].holds(term) for each in frequent[rest])  # what has grown is not counted yet
        return with_it < _BOUND * len(frequent[rest])

    def _stories_with(self, term: str, documents: Iterable[Document]) -> int:
        return len({each.story for each in documents if self._lines[each.id].holds(term)})

    def _told(self, ranked: Sequence[Keyword], places: Places, limit: int) -> list[Keyword]:
        """Of terms that share characters and occur in the same stories the best form; otherwise by rank."""
        taken: list[tuple[Keyword, set[str]]] = []
        for keyword in ranked:
            stories = _stories(places[keyword.term])
            rivals = [each for each in taken if self._says_the_same(keyword.term, stories, each[0].term, each[1])]
            if all(self._is_better(keyword.term, each[0].term) for each in rivals):
                taken = [each for each in taken if each not in rivals] + [(keyword, stories)]
        best = sorted((keyword for keyword, _ in taken), key=_rank)[:limit]
        return [replace(each, term=spaced(each.term)) for each in best]

    def _says_the_same(self, term: str, stories: set[str], other: str, theirs: set[str]) -> bool:
        short, long = sorted((spaced(term), spaced(other)), key=len)
        is_alike = any(short[at : at + 2] in long for at in range(len(short) - 1))
        if not is_alike and self._phrases.is_flourish(short) == self._phrases.is_flourish(long):
            return False
        return self._says_no_more(short, long) or len(stories & theirs) >= _SAME * len(stories | theirs)

    def _says_no_more(self, short: str, long: str) -> bool:
        """打不通 | 也打不通, 登录不上 | 登录不上去."""
        if self._phrases.bare(short) == self._phrases.bare(long):
            return True
        return long.startswith(short) and self._phrases.adds_nothing(long.removeprefix(short))

    def _is_better(self, term: str, other: str) -> bool:
        """Of two forms of one thing the longer, as long as it can be said in one breath."""
        mine, theirs = spaced(term), spaced(other)
        if self._phrases.is_flourish(mine) != self._phrases.is_flourish(theirs):
            return self._phrases.is_flourish(theirs)
        if self._says_no_more(*sorted((mine, theirs), key=len)):
            return len(mine) < len(theirs)
        if mine not in theirs and theirs not in mine:
            return False
        if self._phrases.is_compact(mine) != self._phrases.is_compact(theirs):
            return self._phrases.is_compact(mine)
        return (len(mine) > len(theirs)) == self._phrases.is_compact(mine)


def _without(names: Iterable[str], run: Sequence[str]) -> Iterator[Sequence[str]]:
    """What is left of a run between the names in it; what only straddles two words is no name: 员工|行为."""
    text = "".join(run)
    if not any(name in text for name in names):
        yield run
        return
    ends = list(accumulate(map(len, run)))
    spans = list(zip((0, *ends), ends, strict=False))
    starts = {start for start, _ in spans}
    hidden = set[int]()
    for found in (found for name in names for found in re.finditer(re.escape(name), text)):
        first, last = bisect_right(ends, found.start()), bisect_left(ends, found.end())
        beside = range(first, min(last + 1, len(spans)))  # a long text has many names: only the words it touches
        hidden.update(at for at in beside if _is_named(spans[at], found.span(), begins=found.start() in starts))
    for is_hidden, places in groupby(range(len(run)), hidden.__contains__):
        if not is_hidden:
            yield [run[at] for at in places]


def _is_named(word: tuple[int, int], name: tuple[int, int], *, begins: bool) -> bool:
    """Whether a word is part of a name that begins with a word, or holds all of it."""
    (start, end), (at, name_end) = word, name
    return (begins and at <= start and end <= name_end) or (start <= at and name_end <= end)


def _candidates(run: Sequence[str]) -> Iterator[str]:
    """Up to four words in a row; 了 ends a candidate after a single character only: 崩了."""
    stop, edges = lists().stop, lists().edges
    for start, first in enumerate(run):
        if first in stop:
            continue
        if len(first) > 1 and first not in edges:
            yield first
        term, length, before = first, len(first), first
        for word in run[start + 1 : start + _LONGEST_PHRASE]:
            length += len(word)
            if word in _JOINTS or length > _MOST_CHARACTERS:
                break
            term += GAP + word
            if word not in edges or (word == "了" and len(before) == 1):
                yield term
            before = word


def _stories(documents: Iterable[Document]) -> set[str]:
    return {document.story for document in documents}


def _coherent(found: Places) -> Iterator[tuple[str, Sequence[Document]]]:
    """Without phrases that are only the meeting of two common words."""
    for term, places in found.items():
        cuts = [at for at, character in enumerate(term) if character == GAP]
        parts = [part for at in cuts for part in (term[:at], term[at + 1 :])]
        rarest = min((len(found[part]) for part in parts if part in found), default=0)
        if len(places) >= _COHESION * rarest:
            yield term, places


def _scored(
    found: Iterable[tuple[str, Sequence[Document]]], known: Mapping[str, int], sizes: tuple[int, int]
) -> Iterator[Keyword]:
    for term, places in found:
        stories = len(_stories(places))
        score = log_likelihood(stories, known[term], *sizes)
        if score >= LEAST_SCORE:
            yield Keyword(term, stories, known[term], score, tuple(document.id for document in places))


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


def _rank(keyword: Keyword) -> tuple[float, int, str]:
    return -keyword.score, -len(keyword.term), keyword.term
