"""Backtest: what a rule would have done on the stored history, without storing or sending anything.

A spike rule is replayed bin by bin (its scores are causal, so one pass gives what every look would have seen); other
rules are asked again at equal steps, each time as if it were then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from alerts.coverage_bins import BIN, Window
from alerts.detectors import DETECTORS
from alerts.detectors.base import DetectionContext
from alerts.detectors.scs import score_series
from alerts.detectors.scs_constants import ScsConstants
from alerts.detectors.spike import SHOWN_BINS, spike_constants, spike_sentence
from alerts.engine import AlertEngine
from alerts.lifecycle import Change, ChangeKind, Timing, advance
from alerts.series import HISTORY_DAYS, SeriesBuilder
from yuqing.domain.alert import Alert, Rule
from yuqing.domain.errors import InputError
from yuqing.domain.subject import Subject

SHANGHAI = ZoneInfo("Asia/Shanghai")
STEP = timedelta(minutes=30)
MOST_STEPS = 5_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """One alert that would have been raised."""

    at: datetime
    subject_id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a rule would have raised between two times."""

    rule_id: str
    since: datetime
    until: datetime
    alerts: tuple[Replayed, ...]
    unknown_share: float | None = None  # part of the bins in which nothing could be seen

    @property
    def per_week(self) -> float:
        """Alerts per week."""
        return len(self.alerts) / ((self.until - self.since) / timedelta(days=7))

    def as_json(self) -> dict[str, Any]:
        """Plain data; times in ISO 8601."""
        return {
            "rule": self.rule_id,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "alerts": [{"at": a.at.isoformat(), "subject": a.subject_id, "sentence": a.sentence} for a in self.alerts],
            "per_week": round(self.per_week, 3),
            "unknown_share": self.unknown_share,
        }

    def lines(self) -> list[str]:
        """For people: one line per alert, then the sum."""
        found = [f"{each.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}  {each.sentence}" for each in self.alerts]
        gaps = "" if not self.unknown_share else f"；{self.unknown_share:.1%} 的时段没有采集到，不作判断"
        return [*found, f"规则 {self.rule_id}：共 {len(self.alerts)} 次，平均每周 {self.per_week:.2f} 次{gaps}"]


def backtest(engine: AlertEngine, rule_id: str, since: datetime | None, until: datetime | None) -> Backtest:
    """Replay a rule over [since, until); default: the four weeks before now. Raises InputError."""
    rule = next((each for each in engine.rules if each.id == rule_id), None)
    if rule is None:
        raise InputError(f"没有规则 {rule_id}（可用：{'、'.join(each.id for each in engine.rules)}）")
    end = until or engine.clock.now()
    start = since or end - timedelta(days=28)
    if start >= end:
        raise InputError("开始时间须早于结束时间")
    return _replay_spike(engine, rule, start, end) if rule.type == "spike" else _replay(engine, rule, start, end)


def _replay_spike(engine: AlertEngine, rule: Rule, since: datetime, until: datetime) -> Backtest:
    history = (since - timedelta(days=HISTORY_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    window = Window(history, (until - history) // BIN)
    # The context's coverage reaches back from its own present; a replay needs that of the whole period.
    context = replace(engine.context(until), coverage_since=history)
    builder = SeriesBuilder(engine.mentions, context.coverage)
    constants = spike_constants(rule)
    found: list[Replayed] = []
    unknown = []
    for subject in context.subjects_of(rule):
        alerts, dark = _replay_subject(builder, subject, window, since, constants)
        found += alerts
        unknown.append(dark)
    ordered = tuple(sorted(found, key=lambda each: (each.at, each.subject_id)))
    return Backtest(rule.id, since, until, ordered, round(float(np.mean(unknown)), 4) if unknown else None)


def _replay_subject(
    builder: SeriesBuilder, subject: Subject, window: Window, since: datetime, constants: ScsConstants
) -> tuple[list[Replayed], float]:
    series = builder.build(subject, window)
    result = score_series(series.negative, series.total, series.known, constants)
    first = (since - window.start) // BIN
    sums = [np.convolve(each, np.ones(SHOWN_BINS))[: window.bins] for each in (series.negative, result.expected)]
    found = []
    for told in (np.flatnonzero(result.opens[first:]) + first).tolist():
        sentence = spike_sentence(subject.name, float(sums[0][told]), float(sums[1][told]), SHOWN_BINS * BIN)
        found.append(Replayed(series.start(told + 1), subject.id, sentence))
    return found, float(1 - series.known[first:].mean())


def _replay(engine: AlertEngine, rule: Rule, since: datetime, until: datetime) -> Backtest:
    """Ask the detector again and again, and let the alerts live as they would have."""
    steps = (until - since) // STEP
    if steps > MOST_STEPS:
        raise InputError(f"时段太长：最多 {MOST_STEPS * STEP // timedelta(days=1)} 天")
    known: dict[str, Alert] = {}
    found: list[Replayed] = []
    for step in range(1, steps + 1):
        at = since + step * STEP
        for change in _look(engine.context(at), rule, list(known.values()), at):
            known[change.alert.id] = change.alert
            if change.kind is ChangeKind.CREATED:
                found.append(Replayed(at, change.alert.subject_id, change.alert.summary))
    return Backtest(rule.id, since, until, tuple(found))


def _look(context: DetectionContext, rule: Rule, known: Sequence[Alert], at: datetime) -> list[Change]:
    return advance(DETECTORS[rule.type].detect(rule, context), known, at, Timing())
