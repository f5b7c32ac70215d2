"""Rule type `flatline`: nobody says a word although many should have, and although we looked.

Silence is judged only where it was seen: bins that are unknown (blocked, down) promise no post, and while more than a
tenth of a silence was not seen nothing is claimed. A silence that was established lasts until a post is seen, not
until the source is blocked. Posts whose pages name only the day count when they are collected. Single sources are
judged, too: a search that answers politely with nothing looks exactly like this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from alerts.coverage_bins import BIN, Window
from alerts.detectors.base import DetectionContext
from alerts.detectors.courses import Course, Holding
from alerts.detectors.scs_constants import DEFAULTS
from alerts.detectors.scs_pass import baselines
from alerts.detectors.scs_windows import Bools, Floats
from alerts.detectors.wording import length_words, stamp
from alerts.rule_options import FlatlineOptions
from alerts.series import Series, closed_window
from yuqing.domain.alert import Detection, Rule
from yuqing.domain.ports import MentionQuery
from yuqing.domain.subject import Subject


@dataclass(frozen=True, slots=True)
class _Silence:
    """Per bin: how many posts were to be expected since the last one, and the bin in which that one was."""

    missing: Floats
    last: Floats
    holds: Bools
    silent: Bools


@dataclass(frozen=True, slots=True)
class _Target:
    """A subject or a source."""

    name: str
    labels: dict[str, str]
    query: MentionQuery
    subject_id: str = ""


class FlatlineDetector:
    """Judges the series of all posts."""

    def detect(self, rule: Rule, context: DetectionContext) -> list[Detection]:
        """One detection per source that is silent now, and per subject that is silent for no such reason."""
        options = FlatlineOptions.model_validate(dict(rule.options))
        silent_now = _sources(context, options) if options.sources else ()
        judged = (_judge(rule, context, *each, options) for each in silent_now)
        found = [detection for detection in judged if detection is not None]
        silent = {detection.labels["source"] for detection in found}
        for subject in self.subjects(rule, context):
            series = context.series(subject)
            detection = _judge(rule, context, _of_subject(subject), series, options)
            if detection is not None and not silent & _carriers(context, subject, series):
                found.append(detection)
        return found

    def subjects(self, rule: Rule, context: DetectionContext) -> Sequence[Subject]:
        """Whose series it judges."""
        return context.subjects_of(rule)

    def replay(
        self, rule: Rule, subject: Subject, series: Series, topics: Mapping[str, str] | None = None
    ) -> list[tuple[int, str]]:
        """Every silence of a subject's series: the bin after which it would have been told, and its sentence."""
        options = FlatlineOptions.model_validate(dict(rule.options))
        silence = _silence(series, options)
        opened = np.flatnonzero(_course(series, silence).opens).tolist()
        return [(i, _sentence(subject.name, series, silence, i)) for i in opened]


def _of_subject(subject: Subject) -> _Target:
    return _Target(subject.name, {"subject": subject.id}, MentionQuery(subjects=(subject.id,)), subject.id)


def _carriers(context: DetectionContext, subject: Subject, series: Series) -> set[str]:
    """The sources that bring posts about a subject."""
    query = MentionQuery(subjects=(subject.id,), since=series.window.start)
    return {facet.value for facet in context.mentions.facet(query, "source", limit=1_000)}


def _sources(context: DetectionContext, options: FlatlineOptions) -> list[tuple[_Target, Series]]:
    """The enabled sources that are read and did not speak lately, each with all its posts."""
    window = closed_window(context.now)
    late = Window(window.end - min(_bins(options), window.bins) * BIN, min(_bins(options), window.bins))
    return [
        (_Target(source.name, {"source": source.id}, query), _source_series(context, source.id, window))
        for source in context.sources
        if source.enabled and source.brings_mentions and source.id in context.coverage
        if not _spoke_lately(_source_series(context, source.id, late), options)  # six weeks of posts are many
        for query in (MentionQuery(sources=(source.id,)),)
    ]


def _source_series(context: DetectionContext, source: str, window: Window) -> Series:
    query = MentionQuery(sources=(source,), since=window.start, until=window.end)
    total = np.array([each.total for each in context.mentions.volume(query, BIN)], float)
    _, seen = context.coverage[source].seen((), window)
    return Series(window, np.zeros(window.bins), total, seen)


def _judge(
    rule: Rule, context: DetectionContext, target: _Target, series: Series, options: FlatlineOptions
) -> Detection | None:
    if _spoke_lately(series, options):
        return None
    silence = _silence(series, options)
    course = _course(series, silence)
    if not len(course.is_open) or not course.is_open[-1]:
        return None
    now = series.window.bins - 1
    since = series.start(int(silence.last[now]) + 1)
    if context.mentions.count(_came_since(target.query, since)):
        return None  # they came, and tell another time of publication
    return Detection(
        rule_id=rule.id,
        subject_id=target.subject_id,
        severity=rule.severity,
        sentence=_sentence(target.name, series, silence, now),
        detected_at=context.now,
        window_start=since,
        window_end=series.window.end,
        observed=0.0,
        expected=round(float(silence.missing[now]), 1),
        probability=None,
        evidence=(),
        labels={"rule": rule.id, **target.labels},
        is_new=False,
        event_start=since,
        facts=_facts(series, silence, now, since, options),
        loudness=float(silence.missing[now]),
    )


def _spoke_lately(series: Series, options: FlatlineOptions) -> bool:
    """Whether a silence of that length is impossible now: the usual case, and cheap to see."""
    bins = _bins(options)
    return bool((series.known[-bins:] & (series.total[-bins:] > 0)).any())


def _bins(options: FlatlineOptions) -> int:
    return max(int(options.hours * 3600 / BIN.total_seconds()), 1)


def _came_since(query: MentionQuery, since: datetime) -> MentionQuery:
    return MentionQuery(subjects=query.subjects, sources=query.sources, collected_since=since)


def _facts(
    series: Series, silence: _Silence, now: int, since: datetime, options: FlatlineOptions
) -> tuple[tuple[str, str], ...]:
    seen = series.known[int(silence.last[now]) + 1 : now + 1].mean()
    return (
        ("观察到", f"{stamp(since)} 起没有一条内容"),
        ("平时", f"同一时段约 {silence.missing[now]:.0f} 条"),
        ("其间的采集", f"{seen:.0%} 的时段采集完整，不是没看到"),
        ("规则的界限", f"{options.hours:g} 小时以上，且平时应有 {options.expected:g} 条以上"),
        ("先查什么", "用浏览器打开同一搜索核对：平台有内容而我们没有，多半是搜索被限制或词已失效；确实没有则无需处理"),
    )


def _sentence(name: str, series: Series, silence: _Silence, index: int) -> str:
    length = (index - int(silence.last[index])) * BIN
    usual = f"平时同一时段约 {silence.missing[index]:.0f} 条"
    return f"{name}：{length_words(_whole(length))}没有任何内容，{usual}，而采集正常"


def _whole(length: timedelta) -> timedelta:
    return timedelta(hours=max(length // timedelta(hours=1), 1))


def _silence(series: Series, options: FlatlineOptions) -> _Silence:
    known, bins = series.known, np.arange(len(series.known))
    total = np.where(known, series.total, 0.0)
    expected, _ = baselines(total, known.astype(float), DEFAULTS)
    # What nobody saw is no silence of theirs: unknown bins promise nothing.
    promised = np.cumsum(np.where(known, expected, 0.0))
    last = np.maximum.accumulate(np.where(total > 0, bins, -1))
    past = np.maximum(last, 0)
    missing, length = promised - promised[past], np.maximum(bins - last, 1)
    seen = np.cumsum(known)
    watched = (seen - seen[past]) / length
    long = length * BIN.total_seconds() >= options.hours * 3600
    enough = (missing >= options.expected) & (watched >= options.seen_share)
    usable = (last >= 0) & (seen > DEFAULTS.min_history)
    return _Silence(missing, last.astype(float), long & enough & usable, total == 0)


def _course(series: Series, silence: _Silence) -> Course:
    return Holding(silence.holds, silence.silent, series.known, 1).course()
