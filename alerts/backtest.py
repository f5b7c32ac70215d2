"""Backtest: what a rule would have done on the stored history, without storing or sending anything.

A rule that reads counts is replayed bin by bin (its judgement is causal, so one pass gives what every look would have
seen); other rules are asked again at equal steps, each time as if it were then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from alerts.coverage_bins import BIN, Window
from alerts.detectors import DETECTORS
from alerts.detectors.base import DetectionContext, ReadsCounts
from alerts.engine import AlertEngine
from alerts.lifecycle import Change, ChangeKind, Timing, advance
from alerts.series import HISTORY_DAYS
from yuqing.domain.alert import Alert, Rule
from yuqing.domain.errors import InputError

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
    detector = DETECTORS[rule.type]
    if isinstance(detector, ReadsCounts):
        return _replay_counts(engine, rule, detector, start, end)
    return _replay(engine, rule, start, end)


def _replay_counts(
    engine: AlertEngine, rule: Rule, detector: ReadsCounts, since: datetime, until: datetime
) -> Backtest:
    history = (since - timedelta(days=HISTORY_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    window = Window(history, (until - history) // BIN)
    # The context's coverage reaches back from its own present; a replay needs that of the whole period.
    context = replace(engine.context(until), coverage_since=history)
    found: list[Replayed] = []
    unknown = []
    for subject in detector.subjects(rule, context):
        series = context.series(subject, window)
        first = (since - window.start) // BIN
        told = detector.replay(rule, subject, series, context.topics)
        found += [Replayed(series.start(i + 1), subject.id, sentence) for i, sentence in told if i >= first]
        unknown.append(float(1 - series.known[first:].mean()))
    ordered = tuple(sorted(found, key=lambda each: (each.at, each.subject_id)))
    return Backtest(rule.id, since, until, ordered, round(float(np.mean(unknown)), 4) if unknown else None)


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
