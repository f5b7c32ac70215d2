"""Rule type `spike`: more negative talk about a subject than is usual for it (SCS)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from alerts.coverage_bins import BIN
from alerts.detectors.base import DetectionContext
from alerts.detectors.courses import LOOK_BACK, rolling
from alerts.detectors.drivers import evidence, negative_query, top_topic
from alerts.detectors.scs import Floats, ScsResult, score_series, tail_probability
from alerts.detectors.scs_constants import DEFAULTS, ScsConstants
from alerts.detectors.spike_minutes import MinuteLook, minute_look
from alerts.detectors.targets import Target, targets
from alerts.detectors.voices import Copies, copies_in
from alerts.detectors.wording import usual
from alerts.rules import SpikeOptions
from alerts.series import Series
from yuqing.domain.alert import Detection, Rule
from yuqing.domain.subject import Subject

SHOWN_BINS = 6  # the half hour that the message speaks of
# Sixteen series of a subject make sixteen times the false alarms of one: a topic must stand out more, its share too,
# and a second wave opens by its height alone. Chosen on seeds 31-33 of benchmarks/topic_series.py.
TOPICS = replace(DEFAULTS, open_score=2.0, guard_z=4.0, again_until=0)


@dataclass(frozen=True, slots=True)
class _Opening:
    index: int
    is_new: bool


class SpikeDetector:
    """Judges every closed bin of each subject's series, and the open one where there are many posts; stands by an
    event for as long as it is open."""

    def detect(self, rule: Rule, context: DetectionContext) -> list[Detection]:
        """One detection per subject, or topic of a subject, whose event is open now."""
        found = (
            self._judge(rule, context, target, series)
            for subject in context.subjects_of(rule)
            for target, series in targets(rule, subject, context.series(subject))
        )
        return [detection for detection in found if detection is not None]

    def subjects(self, rule: Rule, context: DetectionContext) -> Sequence[Subject]:
        """Whose series it judges."""
        return context.subjects_of(rule)

    def replay(
        self, rule: Rule, subject: Subject, series: Series, topics: Mapping[str, str] | None = None
    ) -> list[tuple[int, str]]:
        """Every opening of a series: the bin after which it would have been told, and its sentence."""
        found = targets(rule, subject, series, live=False)
        return [told for target, part in found for told in self._replay(rule, target, part, topics or {})]

    def _replay(
        self, rule: Rule, target: Target, series: Series, topics: Mapping[str, str]
    ) -> Iterator[tuple[int, str]]:
        result = spike_result(series, spike_constants(rule))
        totals = [np.convolve(each, np.ones(SHOWN_BINS)) for each in (series.negative, result.expected)]
        for i in np.flatnonzero(result.opens).tolist():
            name = target.name(topics)
            yield i, spike_sentence(name, float(totals[0][i]), float(totals[1][i]), SHOWN_BINS * BIN)

    def _judge(self, rule: Rule, context: DetectionContext, target: Target, series: Series) -> Detection | None:
        constants = spike_constants(rule)
        if not _may_open(series, constants):
            return None
        found = _course(context, target, series, constants, Copies())
        if found.opening is None:
            return None
        copies = copies_in(context, target, series, found.result.opens)
        if copies.times:
            series = copies.out_of(series)
            found = _course(context, target, series, constants, copies)
        if found.opening is None:
            return None
        shown = _shown(series, found, found.opening)
        return _detection(rule, context, target, series, found.opening, shown, _facts(shown, copies))


def spike_constants(rule: Rule) -> ScsConstants:
    """What a spike rule runs with: the frozen constants and its own fewest posts; topics are many, so they must stand
    out more."""
    options = SpikeOptions.model_validate(dict(rule.options))
    return replace(TOPICS if options.by == "topic" else DEFAULTS, open_min=options.min_posts)


def _may_open(series: Series, constants: ScsConstants) -> bool:
    """Whether there ever were so many posts in half an hour: no event can open without, whatever was usual."""
    seen = rolling(np.where(series.known, series.negative, 0.0), constants.open_min_bins)
    return bool(seen.max(initial=0.0) >= constants.open_min)


def spike_result(series: Series, constants: ScsConstants) -> ScsResult:
    """SCS over a series; worked out once for all rules that ask."""
    key = f"scs:{constants}"
    found = series.derived.get(key)
    if not isinstance(found, ScsResult):
        found = score_series(series.negative, series.total, series.known, constants)
        series.derived[key] = found
    return found


def _opening(result: ScsResult) -> _Opening | None:
    """The opening of the event that is open in the last bin, or that opened within the look-back."""
    openings = np.flatnonzero(result.opens)
    if not len(openings):
        return None
    last, bins = int(openings[-1]), len(result.opens)
    recent = last >= bins - LOOK_BACK
    if not result.is_open[-1] and not recent:
        return None
    return _Opening(last, recent)


@dataclass(frozen=True, slots=True)
class _Course:
    """What became of a series: with `look` also inside its open bin."""

    result: ScsResult
    opening: _Opening | None
    look: MinuteLook | None


def _course(
    context: DetectionContext, target: Target, series: Series, constants: ScsConstants, copies: Copies
) -> _Course:
    look = None if target.topic else minute_look(context, target.subject, series, constants, copies)
    result = spike_result(series, constants) if look is None else look.result
    return _Course(result, _opening(result), look)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The half hour that the message speaks of, and its figures."""

    since: datetime
    until: datetime
    observed: float
    expected: float
    probability: float


def _shown(series: Series, course: _Course, opening: _Opening) -> _Shown:
    if course.look is None or opening.index < series.window.bins:
        return _closed(series, course.result, opening)
    return _open(series, course.look)


def _closed(series: Series, result: ScsResult, opening: _Opening) -> _Shown:
    """The half hour that ends with the loudest bin since the opening: a late look must not show a fading event."""
    end = _loudest(np.where(series.known, series.negative, 0), opening.index) + 1
    part = slice(max(end - SHOWN_BINS, 0), end)
    observed = float(series.negative[part][series.known[part]].sum())
    expected = float(result.expected[part].sum())
    tail = _tail(series, result, part.start, (observed, expected))
    return _Shown(series.start(part.start), series.start(end), observed, expected, tail)


def _open(series: Series, look: MinuteLook) -> _Shown:
    """The half hour that ends with the newest minute that was seen of the open bin."""
    view, expected = look.newest(series.window.bins, SHOWN_BINS)
    first = view.window.bins - SHOWN_BINS
    observed = float(view.negative[first:][view.known[first:]].sum())
    tail = _tail(series, look.result, series.window.bins - SHOWN_BINS, (observed, expected))
    return _Shown(view.start(first), view.window.end, observed, expected, tail)


def _detection(
    rule: Rule,
    context: DetectionContext,
    target: Target,
    series: Series,
    opening: _Opening,
    shown: _Shown,
    facts: tuple[tuple[str, str], ...],
) -> Detection:
    start = series.start(opening.index)
    begin = min(shown.since, start - (SHOWN_BINS - 1) * BIN)
    query = target.narrowed(negative_query(target.subject.id, begin, max(shown.until, series.window.end)))
    name = target.name(context.topics, top_topic(context.mentions, query))
    return Detection(
        rule_id=rule.id,
        subject_id=target.subject.id,
        severity=rule.severity,
        sentence=spike_sentence(name, shown.observed, shown.expected, shown.until - shown.since),
        detected_at=context.now,
        window_start=shown.since,
        window_end=shown.until,
        observed=shown.observed,
        expected=round(shown.expected, 2),
        probability=shown.probability,
        evidence=evidence(context.mentions, query),
        labels=target.labels(rule),
        is_new=opening.is_new,
        event_start=start,
        facts=facts,
    )


def _facts(shown: _Shown, copies: Copies) -> tuple[tuple[str, str], ...]:
    """What the message adds where copies were left out."""
    left_out = copies.between(shown.since, shown.until)
    if not left_out:
        return ()
    seen = f"{shown.observed:.0f} 条负面（另有 {left_out} 条是同一作者重复发布，不计）"
    return (("观察到", seen), ("平时同一时段", usual(shown.expected).strip()))


def _loudest(negative: Floats, opening: int) -> int:
    window = np.convolve(negative, np.ones(SHOWN_BINS))[: len(negative)]
    return opening + int(np.argmax(window[opening:]))


def _tail(series: Series, result: ScsResult, first: int, figures: tuple[float, float]) -> float:
    """P(at least so many) in the half hour that begins with the bin `first`, dispersion from the week before it."""
    observed, expected = figures
    past = slice(max(first - DEFAULTS.dispersion_bins, 0), first)
    seen = np.where(series.known[past], series.negative[past], result.expected[past])
    usable = len(seen) // SHOWN_BINS * SHOWN_BINS
    sums = [values[-usable:].reshape(-1, SHOWN_BINS).sum(axis=1) for values in (seen, result.expected[past])]
    if not usable:
        return 1.0
    square = float((sums[1] ** 2).sum())
    raw = float(((sums[0] - sums[1]) ** 2 - sums[1]).sum()) / square if square else DEFAULTS.dispersion_high
    dispersion = min(max(raw, DEFAULTS.dispersion_low), DEFAULTS.dispersion_high)
    return float(tail_probability(np.array([observed]), np.array([expected]), np.array([dispersion]))[0])


def spike_sentence(name: str, observed: float, expected: float, length: timedelta) -> str:
    """What a spike says in one line, with nothing before it: enough for a subject line."""
    minutes = int(length.total_seconds() // 60)
    return f"{name}：{minutes} 分钟内负面 {observed:.0f} 条，平时{usual(expected)}"
