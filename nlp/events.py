"""Events: negative mentions that speak of the same thing at the same time, found as they come.

A mention joins the running event that it is most like, or begins one. Likeness is the cosine between its character
pairs and triples, weighted by how rare they are in what is usually said of the subject, and the middle of the event;
it fades as the event falls silent. Copies and reposts belong to the event of their original whatever they say. Events
that become alike are put together, and so are large ones on one topic that set in together and run alike: in a burst
people say one thing in words that have nothing in common. An encoder may give vectors of its own (`Vectors`).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from math import log, sqrt
from typing import Protocol

from nlp.keywords import Document, KeywordFinder
from nlp.text import own_words, prepare
from yuqing.domain.mention import Mention, MentionId, Platform
from yuqing.domain.ports import StoredMention

HOUR = timedelta(hours=1)
LABEL_TERMS = 3
LEAST_BACKGROUND = 100
_SAME_HOURS = 0.5
_SET_IN = timedelta(minutes=30)
_SUDDEN = timedelta(hours=6)
_NO_TOPIC = "other"
_RUN = re.compile(r"[\u3400-\u9fffa-z0-9]+")
_ONE_NUMBER = re.compile(r"\d+")
_MOST_CHARACTERS = 600
Weights = Mapping[str, float]


class Vectors(Protocol):
    """Turns texts into weighted features; texts about the same thing share them."""

    def learn(self, text: str) -> None:
        """Take note of what is usually said."""
        ...

    def of(self, text: str) -> Weights:
        """The features of a text, of length 1; empty where it says nothing."""
        ...


class GramVectors:
    """Character pairs and triples, weighted by rarity among what was learned. `names` say nothing."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        folded = sorted({prepare(name).replace(" ", "") for name in names} - {""}, key=len, reverse=True)
        self._names = re.compile("|".join(map(re.escape, folded))) if folded else None
        self._counts: Counter[str] = Counter()
        self._documents = 0

    def learn(self, text: str) -> None:
        """See Vectors.learn."""
        self._documents += 1
        self._counts.update(set(self._grams(text)))

    def of(self, text: str) -> Weights:
        """See Vectors.of."""
        found = Counter(self._grams(text))
        weights = {gram: (1 + log(count)) * self._rarity(gram) for gram, count in found.items()}
        length = sqrt(sum(weight * weight for weight in weights.values()))
        return {gram: weight / length for gram, weight in weights.items() if weight > 0} if length else {}

    def _rarity(self, gram: str) -> float:
        known = self._counts[gram]
        # What occurs in one text of five or more holds no story together.
        share = (known + 1) / (self._documents + 5)
        return max(-log(share) - 1.6, 0.0)

    def _grams(self, text: str) -> Iterator[str]:
        plain = prepare(own_words(text)[:_MOST_CHARACTERS])
        if self._names is not None:
            plain = self._names.sub(" ", plain)
        for run in _RUN.findall(_ONE_NUMBER.sub("0", plain)):
            for size in (2, 3):
                yield from (run[start : start + size] for start in range(len(run) - size + 1))


@dataclass(frozen=True, slots=True)
class EventSettings:
    """Tuned on invented intertwined stories and one simulated crisis, see benchmarks/near_duplicates.py."""

    join: float = 0.12
    merge: float = 0.18
    half_life: timedelta = timedelta(hours=36)
    large: int = 8
    asleep: timedelta = timedelta(days=4)  # after so long a silence it is another event
    consolidate_every: int = 50


@dataclass(frozen=True, slots=True)
class Spread:
    """How an event came to a platform: when first, and how much since."""

    platform: Platform
    first_at: datetime
    mentions: int


@dataclass(frozen=True, slots=True)
class Event:
    """One story: what it is about, where it began, how it went on."""

    id: str
    label: tuple[str, ...]
    first: MentionId
    first_at: datetime
    last_at: datetime
    mention_ids: tuple[MentionId, ...]
    timeline: tuple[tuple[datetime, int], ...]  # mentions by hour, hours without any left out
    spread: tuple[Spread, ...]  # in the order in which it came to the platforms


@dataclass(slots=True)
class _Running:
    members: list[Mention] = field(default_factory=list)
    sums: dict[str, float] = field(default_factory=dict)
    topics: Counter[str] = field(default_factory=Counter)
    last_at: datetime | None = None

    square: float = 0.0

    @property
    def length(self) -> float:
        return sqrt(self.square) if self.square > 0 else 1.0

    def add(self, weights: Weights) -> None:
        """Move the middle."""
        for gram, weight in weights.items():
            before = self.sums.get(gram, 0.0)
            self.sums[gram] = before + weight
            self.square += weight * (2 * before + weight)


class EventFinder:
    """Puts mentions into events in the order of their publication."""

    def __init__(self, vectors: Vectors, settings: EventSettings | None = None) -> None:
        self._vectors = vectors
        self._settings = settings or EventSettings()
        self._events: dict[int, _Running] = {}
        self._index: dict[str, set[int]] = defaultdict(set)
        self._families: dict[str, int] = {}
        self._next = 0
        self._touched: set[int] = set()
        self._awake: set[int] = set()
        self._waiting = 0

    def place(self, mention: Mention, cluster: str | None = None, topics: Sequence[str] = ()) -> None:
        """Take one mention in; `cluster` is that of its copies, `topics` what the models say it is about."""
        weights = self._vectors.of(_said(mention))
        families = _families(mention, cluster)
        number = next((self._families[name] for name in families if name in self._families), None)
        if number is None:
            number = self._nearest(weights, mention.published_at)
        if number is None:
            number, self._next = self._next, self._next + 1
            self._events[number] = _Running()
        self._join(number, mention, weights)
        self._events[number].topics.update(topics)
        self._families.update(dict.fromkeys(families, number))
        self._waiting += 1
        if self._waiting >= self._settings.consolidate_every:
            self.consolidate()

    def stories(self) -> list[list[Mention]]:
        """The mentions of each event, those of the largest first."""
        self.consolidate()
        found = [sorted(event.members, key=_order) for event in self._events.values()]
        return sorted(found, key=lambda members: (-len(members), _order(members[0])))

    def consolidate(self) -> None:
        """Put together events that have become alike while they ran at the same time."""
        touched, self._touched, self._waiting = sorted(self._touched), set(), 0
        for number in touched:
            event = self._events.get(number)
            while event is not None and (other := self._twin(number, event)) is not None:
                self._absorb(number, other)

    def _nearest(self, weights: Weights, at: datetime) -> int | None:
        self._retire(at)
        likeness: dict[int, float] = defaultdict(float)
        for gram, weight in weights.items():
            for number in self._index.get(gram, ()):
                likeness[number] += weight * self._events[number].sums[gram]
        best, best_score = None, self._settings.join
        for number, product in likeness.items():
            score = product / self._events[number].length * self._freshness(self._events[number], at)
            if score > best_score:
                best, best_score = number, score
        return best

    def _retire(self, at: datetime) -> None:
        """What has slept for long is looked at no more; it stays in the result."""
        asleep = [n for n in self._awake if at - (self._events[n].last_at or at) > self._settings.asleep]
        for number in asleep:
            self._awake.discard(number)
            for gram in self._events[number].sums:
                self._index[gram].discard(number)

    def _freshness(self, event: _Running, at: datetime) -> float:
        silence = at - (event.last_at or at)
        if silence > self._settings.asleep:
            return 0.0
        return float(0.5 ** max(silence / self._settings.half_life, 0.0))

    def _join(self, number: int, mention: Mention, weights: Weights) -> None:
        event = self._events[number]
        self._touched.add(number)
        self._awake.add(number)
        event.members.append(mention)
        event.last_at = max(event.last_at or mention.published_at, mention.published_at)
        event.add(weights)
        for gram in weights:
            self._index[gram].add(number)

    def _twin(self, number: int, event: _Running) -> int | None:
        likeness: dict[int, float] = defaultdict(float)
        for gram, weight in event.sums.items():
            for other in self._index[gram]:
                likeness[other] += weight * self._events[other].sums[gram]
        likeness.pop(number, None)
        if (burst := self._same_burst(number, event)) is not None:
            return burst
        best, best_score = None, self._settings.merge
        for other, product in likeness.items():
            score = product / event.length / self._events[other].length
            if score > best_score and self._overlap(event, self._events[other]):
                best, best_score = other, score
        return best

    def _same_burst(self, number: int, event: _Running) -> int | None:
        """Another large event on the same topic that set in with this one and ran like it."""
        if len(event.members) < self._settings.large:
            return None
        for other, rival in self._events.items():
            if other != number and len(rival.members) >= self._settings.large and _is_one_burst(event, rival):
                return other
        return None

    def _overlap(self, one: _Running, other: _Running) -> bool:
        (first, last), (begin, end) = _span(one), _span(other)
        return first <= end + self._settings.half_life and begin <= last + self._settings.half_life

    def _absorb(self, number: int, other: int) -> None:
        gone, event = self._events.pop(other), self._events[number]
        self._awake.discard(other)
        event.members += gone.members
        event.topics.update(gone.topics)
        event.last_at = max(_span(event)[1], _span(gone)[1])
        event.add(gone.sums)
        for gram in gone.sums:
            self._index[gram].discard(other)
            self._index[gram].add(number)
        for name, home in self._families.items():
            if home == other:
                self._families[name] = number


def find_events(
    negatives: Iterable[StoredMention],
    background: Sequence[Document],
    names: Sequence[str] = (),
    *,
    least: int = 3,
    finder: KeywordFinder | None = None,
) -> tuple[Event, ...]:
    """The events among negative mentions, largest first, with labels that set them off from what is usually said."""
    vectors, found = GramVectors(names), sorted(negatives, key=lambda item: _order(item.mention))
    for document in background:
        vectors.learn(document.text)
    running = EventFinder(vectors)
    if len(background) < LEAST_BACKGROUND:
        # Of a new subject, what is common in the period itself has to do; a large event would make its words common.
        for item in found:
            vectors.learn(_said(item.mention))
    for item in found:
        running.place(item.mention, item.cluster_id, _topics(item))
    stories = [members for members in running.stories() if len(members) >= least]
    keywords = finder or KeywordFinder(ignored=names)
    clusters = {item.mention.id: item.cluster_id for item in found}
    documents = [_document(item.mention, item.cluster_id) for item in found]
    return tuple(_event(members, clusters, keywords, [*background, *documents]) for members in stories)


def _event(
    members: Sequence[Mention],
    clusters: Mapping[MentionId, str | None],
    keywords: KeywordFinder,
    background: Sequence[Document],
) -> Event:
    terms = keywords.find(
        [_document(each, clusters.get(each.id)) for each in members], background, limit=LABEL_TERMS, least=2
    )
    hours = _hours(members)
    by_platform: dict[Platform, list[Mention]] = defaultdict(list)
    for each in members:
        by_platform[each.platform].append(each)
    spread = (Spread(platform, posts[0].published_at, len(posts)) for platform, posts in by_platform.items())
    return Event(
        id="e-" + blake2b(members[0].id.encode(), digest_size=8).hexdigest(),
        label=tuple(term.term for term in terms),
        first=members[0].id,
        first_at=members[0].published_at,
        last_at=members[-1].published_at,
        mention_ids=tuple(each.id for each in members),
        timeline=tuple(sorted(hours.items())),
        spread=tuple(sorted(spread, key=lambda each: (each.first_at, each.platform))),
    )


def _topics(item: StoredMention) -> list[str]:
    found = item.annotation.topics if item.annotation else ()
    return [topic.id for topic in found if topic.id != _NO_TOPIC]


def _document(mention: Mention, cluster: str | None) -> Document:
    return Document(mention.id, _said(mention), cluster or mention.root_id or mention.id)


def _said(mention: Mention) -> str:
    return f"{mention.title or ''} {mention.text}"


def _families(mention: Mention, cluster: str | None) -> list[str]:
    return [name for name in (cluster, mention.root_id, mention.id) if name]


def _order(mention: Mention) -> tuple[datetime, str]:
    return mention.published_at, mention.id


def _is_one_burst(one: _Running, other: _Running) -> bool:
    """The same main topic, both sudden, set in within half an hour, and half of all mentions in the same hours."""
    mine, theirs = one.topics.most_common(1), other.topics.most_common(1)
    if not mine or not theirs or mine[0][0] != theirs[0][0]:
        return False
    if mine[0][1] * 2 < len(one.members) or theirs[0][1] * 2 < len(other.members):
        return False
    if abs(_onset(one) - _onset(other)) > _SET_IN or not (_is_sudden(one) and _is_sudden(other)):
        return False
    hours, rival = _hours(one.members), _hours(other.members)
    common = sum(min(count / len(one.members), rival[hour] / len(other.members)) for hour, count in hours.items())
    return common >= _SAME_HOURS


def _onset(event: _Running) -> datetime:
    """When a tenth had been said: a single early voice is no beginning."""
    return sorted(each.published_at for each in event.members)[len(event.members) // 10]


def _is_sudden(event: _Running) -> bool:
    """Half of it within six hours of its onset."""
    onset = _onset(event)
    return 2 * sum(onset <= each.published_at <= onset + _SUDDEN for each in event.members) >= len(event.members)


def _hours(members: Iterable[Mention]) -> Counter[datetime]:
    return Counter(each.published_at.replace(minute=0, second=0, microsecond=0) for each in members)


def _span(event: _Running) -> tuple[datetime, datetime]:
    times = [each.published_at for each in event.members]
    return min(times), max(times)
