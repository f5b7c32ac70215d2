"""Rules that read counts: what they say about every bin of a series, and how that becomes one event.

Such a rule judges the whole series of a subject (`course`), rebuilt from the store at every look. A bin's judgement
depends on that bin and earlier ones alone, so one pass gives what every look of the past would have seen: that is the
backtest. A bin that nobody could see neither opens an event nor ends one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from alerts.coverage_bins import BIN
from alerts.detectors.base import DetectionContext
from alerts.detectors.drivers import evidence, negative_query, top_topic
from alerts.detectors.targets import Target, targets
from alerts.detectors.voices import copies_in
from alerts.series import Series
from yuqing.domain.alert import Detection, Rule
from yuqing.domain.ports import MentionQuery
from yuqing.domain.subject import Subject

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LOOK_BACK = 36  # bins that may become known late: an opening up to three hours ago is still told


@dataclass(frozen=True, slots=True)
class Course:
    """One entry per bin: notifications, and whether an event is open."""

    opens: Bools
    is_open: Bools


@dataclass(frozen=True, slots=True)
class Told:
    """What is said about an event at one bin. `window` is the time that the figures are about."""

    sentence: str
    window: tuple[datetime, datetime]
    observed: float
    expected: float | None
    facts: tuple[tuple[str, str], ...] = ()
    probability: float | None = None
    loudness: float | None = None


class CountRule(Protocol):
    """One rule type that reads counts."""

    def subjects(self, rule: Rule, context: DetectionContext) -> Sequence[Subject]:
        """Whose series it judges."""
        ...

    def course(self, rule: Rule, series: Series) -> Course:
        """What it says about every bin."""
        ...

    def told(self, rule: Rule, name: str, series: Series, index: int) -> Told:
        """The words about an event, as they are after the bin `index`."""
        ...

    def query(self, rule: Rule, subject: Subject, since: datetime, until: datetime) -> MentionQuery:
        """The posts that show it."""
        ...


@dataclass(frozen=True)
class CountDetector:
    """A rule type that reads counts, as a detector and as a replay."""

    kind: CountRule

    def detect(self, rule: Rule, context: DetectionContext) -> list[Detection]:
        """One detection per subject, or topic of a subject, whose event is open now or opened a short while ago."""
        found = (
            self._judge(rule, context, target, series)
            for subject in self.kind.subjects(rule, context)
            for target, series in targets(rule, subject, context.series(subject))
        )
        return [detection for detection in found if detection is not None]

    def subjects(self, rule: Rule, context: DetectionContext) -> Sequence[Subject]:
        """Whose series it judges."""
        return self.kind.subjects(rule, context)

    def replay(
        self, rule: Rule, subject: Subject, series: Series, topics: Mapping[str, str] | None = None
    ) -> list[tuple[int, str]]:
        """Every opening of a series: the bin after which it would have been told, and its sentence."""
        return [
            (i, self.kind.told(rule, target.name(topics or {}), part, i).sentence)
            for target, part in targets(rule, subject, series, live=False)
            for i in np.flatnonzero(self.kind.course(rule, part).opens).tolist()
        ]

    def _judge(self, rule: Rule, context: DetectionContext, target: Target, series: Series) -> Detection | None:
        course = self.kind.course(rule, series)
        if _opening(course) is not None and (copies := copies_in(context, target, series, course.opens)).times:
            series = copies.out_of(series)
            course = self.kind.course(rule, series)
        opening = _opening(course)
        if opening is None:
            return None
        at = self._loudest(rule, series, course, opening)
        return self._detection(rule, context, target, series, (opening, at), opening >= _new_from(course))

    def _loudest(self, rule: Rule, series: Series, course: Course, opening: int) -> int:
        """The bin of the event that says most: the latest, or the opening where the event has faded since."""
        live = np.flatnonzero(course.is_open[opening:] & series.known[opening:])
        last = opening + int(live[-1]) if len(live) else opening
        told = {at: self.kind.told(rule, "", series, at) for at in {opening, last}}
        return max(told, key=lambda at: (_loudness(told[at]), at))

    def _detection(
        self,
        rule: Rule,
        context: DetectionContext,
        target: Target,
        series: Series,
        bins: tuple[int, int],
        is_new: bool,
    ) -> Detection:
        plain = self.kind.told(rule, target.subject.name, series, bins[1])
        whole = self.kind.query(rule, target.subject, plain.window[0], max(plain.window[1], series.window.end))
        query = target.narrowed(whole)
        name = target.name(context.topics, top_topic(context.mentions, query))
        told = self.kind.told(rule, name, series, bins[1])
        return Detection(
            rule_id=rule.id,
            subject_id=target.subject.id,
            severity=rule.severity,
            sentence=told.sentence,
            detected_at=context.now,
            window_start=told.window[0],
            window_end=told.window[1],
            observed=told.observed,
            expected=told.expected,
            probability=told.probability,
            evidence=evidence(context.mentions, query),
            labels=target.labels(rule),
            is_new=is_new,
            event_start=series.start(bins[0]),
            facts=told.facts,
            loudness=told.loudness,
        )


def _opening(course: Course) -> int | None:
    """The opening of the event that is open in the last bin, or that opened within the look-back."""
    openings = np.flatnonzero(course.opens)
    if not len(openings) or not (course.is_open[-1] or openings[-1] >= _new_from(course)):
        return None
    return int(openings[-1])


def _new_from(course: Course) -> int:
    return len(course.opens) - LOOK_BACK


def _loudness(told: Told) -> float:
    return told.observed if told.loudness is None else told.loudness


class Ours:
    """The subjects and posts of most rules: those of the rule, and the negative posts about them."""

    def subjects(self, rule: Rule, context: DetectionContext) -> Sequence[Subject]:
        """Whose series it judges."""
        return context.subjects_of(rule)

    def query(self, rule: Rule, subject: Subject, since: datetime, until: datetime) -> MentionQuery:
        """The posts that show it."""
        return negative_query(subject.id, since, until)


@dataclass(frozen=True, slots=True)
class Holding:
    """When an event begins and ends. `muted`: bins in which none begins, because another rule has just told of it.

    It begins where `holds`, and ends after `close` known bins without `stays`; the next one not before `pause` bins.
    """

    holds: Bools
    stays: Bools
    known: Bools
    close: int
    pause: int = 0
    muted: Bools | None = None

    def course(self) -> Course:
        """The events of the whole series."""
        bins = len(self.holds)
        opens, is_open = np.zeros(bins, bool), np.zeros(bins, bool)
        begins = self.holds & self.known
        begins = begins if self.muted is None else begins & ~self.muted
        if not begins.any():
            return Course(opens, is_open)
        first = int(np.argmax(begins))
        last, quiet, live = -self.pause - 1, 0, False
        rows = zip(begins[first:].tolist(), self.stays[first:].tolist(), self.known[first:].tolist(), strict=True)
        for i, (begin, stay, known) in enumerate(rows, start=first):
            quiet = 0 if stay or not known else quiet + 1
            live = live and quiet < self.close
            if begin and not live and i - last > self.pause:
                opens[i], live, last, quiet = True, True, i, 0
            is_open[i] = live
        return Course(opens, is_open)


def after(marks: Bools, length: int) -> Bools:
    """True in the bins from each mark on, for so many bins."""
    return rolling(marks.astype(float), length) > 0


def rolling(values: Floats, length: int, lag: int = 0) -> Floats:
    """For each bin the sum over the `length` bins that end `lag` bins before it (lag 0: with it)."""
    prefix = np.concatenate(([0.0], np.cumsum(values)))
    ends = np.arange(1, len(prefix)) - lag
    return np.asarray(prefix[np.maximum(ends, 0)] - prefix[np.maximum(ends - length, 0)])


def sums(series: Series, until: int, length: int) -> tuple[float, float]:
    """(negative, all) in the known ones of the `length` bins that end with the bin `until`."""
    part = slice(max(until + 1 - length, 0), until + 1)
    known = series.known[part]
    return float(series.negative[part][known].sum()), float(series.total[part][known].sum())


def period(series: Series, until: int, length: int) -> tuple[datetime, datetime]:
    """The times of those bins."""
    return series.start(max(until + 1 - length, 0)), series.start(until + 1)


def hours_of(length: int) -> timedelta:
    """So many bins as a length of time."""
    return length * BIN
