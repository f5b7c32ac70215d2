"""What was not seen: from slices of coverage to the stretches of time in which a number is only a lower bound."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.mention import Platform
from yuqing.domain.subject import Backend, Source, Subject
from yuqing.searching import carries, searches

Span = tuple[datetime, datetime]
_COMPARABLE = 0.7


@dataclass(frozen=True, slots=True)
class Track:
    """Everything known about one (source, query): where it was read completely, and its last slices, newest first.

    `capped` is what of `complete` the platform showed a part of only: its list was longer than one may read.
    """

    source: str
    query: str
    complete: tuple[Span, ...]
    failed: tuple[Coverage, ...]
    latest: Coverage
    capped: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch that a source did not show us; `outcome` is the last refusal in it, None = never looked at.

    `is_capped`: it was looked at, and what was shown is only a part: a number there is "at least so many".
    """

    source: str
    since: datetime
    until: datetime
    outcome: Outcome | None
    is_capped: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """How far a period was seen. `sources` are those that should have been read."""

    sources: tuple[str, ...]
    gaps: tuple[Gap, ...]
    since: datetime
    until: datetime

    @property
    def is_complete(self) -> bool:
        """True when a zero may be called a zero."""
        return bool(self.sources) and not self.gaps

    @property
    def is_blind(self) -> bool:
        """True when nothing of the period was seen by any source."""
        return self.hides(self.since, self.until)

    @property
    def seen(self) -> float:
        """How much of the period the average source showed us, from 0 to 1."""
        whole = (self.until - self.since) * len(self.sources)
        lost = sum((gap.until - gap.since for gap in self.gaps if not gap.is_capped), timedelta())
        return 1 - lost / whole if whole else 0.0

    @property
    def is_comparable(self) -> bool:
        """True when enough was seen to hold the period against another one."""
        return self.seen >= _COMPARABLE

    def hides(self, since: datetime, until: datetime) -> bool:
        """True when no source saw anything of [since, until)."""
        unseen = (gap for gap in self.gaps if not gap.is_capped)
        missing = {gap.source for gap in unseen if gap.since <= since and gap.until >= until}
        return missing >= set(self.sources)

    def touches(self, since: datetime, until: datetime) -> bool:
        """True when some source missed a part of [since, until): a number there is a lower bound."""
        return any(gap.since < until and gap.until > since for gap in self.gaps)

    def shown(self, number: int) -> int | None:
        """The number, or None (unknown) where a zero would be a claim that nobody can make."""
        return number if number or self.is_complete else None

    def of_source(self, source: str) -> tuple[Gap, ...]:
        """The gaps of one source, oldest first."""
        return tuple(gap for gap in self.gaps if gap.source == source)

    def bands(self) -> tuple[tuple[datetime, datetime, tuple[str, ...]], ...]:
        """Stretches with the sources missing in them, overlapping ones joined: what a chart shades.

        Not those of which a part was shown: a first back-fill of a list that ends early would grey out whole weeks.
        """
        joined: list[tuple[datetime, datetime, tuple[str, ...]]] = []
        unseen = (gap for gap in self.gaps if not gap.is_capped)
        for gap in sorted(unseen, key=lambda gap: gap.since):
            if joined and gap.since <= joined[-1][1]:
                since, until, names = joined[-1]
                joined[-1] = (since, max(until, gap.until), tuple(dict.fromkeys((*names, gap.source))))
            else:
                joined.append((gap.since, gap.until, (gap.source,)))
        return tuple(joined)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Overlapping and touching spans joined, oldest first."""
    result: list[Span] = []
    for since, until in sorted(spans):
        if result and since <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], until))
        else:
            result.append((since, until))
    return tuple(result)


def missing(complete: Sequence[Span], since: datetime, until: datetime, tolerance: timedelta) -> tuple[Span, ...]:
    """The parts of [since, until) outside `complete` that are longer than the tolerance."""
    holes, at = [], since
    for start, end in complete:
        if start > at:
            holes.append((at, min(start, until)))
        at = max(at, end)
        if at >= until:
            break
    if at < until:
        holes.append((at, until))
    return tuple((start, end) for start, end in holes if end - start > tolerance)


def tracks(slices: Iterable[Coverage]) -> tuple[Track, ...]:
    """One track for each (source, query), by source and query."""
    grouped: dict[tuple[str, str], list[Coverage]] = defaultdict(list)
    for each in slices:
        grouped[each.source, each.query].append(each)
    return tuple(_track(source, query, grouped[source, query]) for source, query in sorted(grouped))


def _track(source: str, query: str, slices: list[Coverage]) -> Track:
    # A slice that was split by region is complete only when each of its regions is.
    by_span: dict[Span, list[Coverage]] = defaultdict(list)
    for each in slices:
        by_span[each.since, each.until].append(each)
    seen = {span: parts for span, parts in by_span.items() if all(part.status.is_complete for part in parts)}
    whole = merged(span for span, parts in seen.items() if not any(part.saturated for part in parts))
    complete = merged(seen)
    capped = merged(hole for start, end in complete for hole in missing(whole, start, end, timedelta()))
    failed = sorted((each for each in slices if not each.status.is_complete), key=lambda each: each.since)
    latest = max(slices, key=lambda each: (each.checked_at, each.until))
    return Track(source, query, complete, tuple(failed), latest, capped)


def assess(
    sources: Sequence[Source],
    known: Sequence[Track],
    subject: Subject | None,
    since: datetime,
    until: datetime,
    everyone: Sequence[Subject] = (),
) -> Assessment:
    """What the enabled sources missed between two times, of the queries that could bring this subject.

    `everyone` are all subjects that are watched: with none named, each of their search terms should have been searched.
    """
    crawled = [source for source in sources if source.enabled and source.backend is not Backend.IMPORT]
    watched = [source for source in crawled if source.brings_mentions]
    wanted = (subject,) if subject is not None else tuple(everyone)
    relevant = {source.id: _relevant(source, known, wanted, everyone) for source in watched}
    gaps = [
        gap
        for source in watched
        for gap in _source_gaps(source, relevant[source.id], _seen_by_others(source, watched, relevant), since, until)
    ]
    if not watched:
        gaps = [Gap("", since, until, None)]
    return Assessment(tuple(source.id for source in watched), tuple(gaps), since, until)


def _relevant(
    source: Source, known: Sequence[Track], wanted: Sequence[Subject], everyone: Sequence[Subject]
) -> list[Track]:
    """The queries of a source that could bring the subjects; none where one of their searches was never made."""
    mine = [track for track in known if track.source == source.id]
    if not wanted or not searches(source):
        return mine
    terms = {term for subject in wanted for term in subject.search_terms or subject.aliases[:1]}
    if any(not any(carries(source, track.query, term) for track in mine) for term in terms):
        return []
    names = terms | {name for subject in wanted for name in (subject.id, *subject.aliases)}
    others = {term for subject in everyone for term in subject.search_terms}
    return [
        track
        for track in mine
        if any(carries(source, track.query, name) for name in names)
        # A list of its own beside the searches (a feed, an account) may name anybody.
        or (everyone and not any(carries(source, track.query, term) for term in others))
    ]


def _seen_by_others(
    source: Source, watched: Sequence[Source], relevant: Mapping[str, Sequence[Track]]
) -> tuple[Span, ...]:
    """Where another source of this kind was shown everything: a short list of the newest beside it hides nothing."""
    others = [relevant[other.id] for other in watched if other.kind == source.kind and other.id != source.id]
    return merged(span for tracks in others if tracks for span in _whole(tracks))


def _whole(tracks: Sequence[Track]) -> tuple[Span, ...]:
    """Where every query was read and nothing was cut off."""
    common: tuple[Span, ...] | None = None
    for track in tracks:
        parts = merged(part for start, end in track.complete for part in missing(track.capped, start, end, timedelta()))
        common = parts if common is None else _both(common, parts)
    return common or ()


def _both(one: Sequence[Span], two: Sequence[Span]) -> tuple[Span, ...]:
    cuts = ((max(a, c), min(b, d)) for a, b in one for c, d in two)
    return merged((start, end) for start, end in cuts if start < end)


def _source_gaps(
    source: Source, relevant: Sequence[Track], seen_by_others: Sequence[Span], since: datetime, until: datetime
) -> list[Gap]:
    if not relevant:
        return [Gap(source.id, since, until, None)]
    # The newest minutes are never read yet: two rounds of the crawler are no gap.
    tolerance = max(timedelta(seconds=2 * source.interval_seconds), timedelta(minutes=15))
    holes = merged(hole for track in relevant for hole in missing(track.complete, since, until, tolerance))
    parts = merged(
        hole
        for track in relevant
        for start, end in track.capped
        if start < until and end > since
        for hole in missing(seen_by_others, max(start, since), min(end, until), timedelta())
    )
    return [
        *(Gap(source.id, start, end, _reason(relevant, start, end)) for start, end in holes),
        *(Gap(source.id, start, end, None, is_capped=True) for start, end in parts),
    ]


def _reason(relevant: Sequence[Track], since: datetime, until: datetime) -> Outcome | None:
    inside = [each for track in relevant for each in track.failed if each.since < until and each.until > since]
    return max(inside, key=lambda each: each.checked_at).status if inside else None


def platforms_of(sources: Sequence[Source]) -> dict[str, Platform]:
    """The platform that a source reads, where its kind is the name of one."""
    known = {platform.value: platform for platform in Platform}
    return {source.id: known[source.kind] for source in sources if source.kind in known}
