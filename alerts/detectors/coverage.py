"""Rule type `coverage`: a source refuses us. The operator is told once, and once more when it is another refusal."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.detectors.base import DetectionContext
from alerts.rules import CoverageOptions
from yuqing.domain.alert import Detection, Rule
from yuqing.domain.coverage import SEVERITY_ORDER, Coverage, Outcome

SHANGHAI = ZoneInfo("Asia/Shanghai")
OUTCOMES = {
    Outcome.SUSPECT_EMPTY: "返回空白页，无法证实没有结果",
    Outcome.AUTH_REQUIRED: "登录态失效",
    Outcome.CHALLENGE: "要求验证码",
    Outcome.RATE_LIMITED: "被限流",
    Outcome.BLOCKED: "被封禁",
    Outcome.CHANGED: "页面结构变化",
    Outcome.TRANSPORT: "网络故障",
    Outcome.NOT_FOUND: "页面不存在",
}


@dataclass(frozen=True, slots=True)
class _Trouble:
    """The refusals of a source since it was last seen completely."""

    outcome: Outcome
    checks: int
    queries: tuple[str, ...]
    since: datetime
    until: datetime


class CoverageDetector:
    """Counts the checks of each source since its last complete one."""

    def detect(self, rule: Rule, context: DetectionContext) -> list[Detection]:
        """One detection per source that was refused `min_checks` times in a row."""
        options = CoverageOptions.model_validate(dict(rule.options))
        names = {source.id: source.name for source in context.sources}
        found = []
        for source, coverage in sorted(context.coverage.items()):
            rows = [row for rows in coverage.rows.values() for row in rows]
            trouble = _trouble(rows, options, context.now)
            if trouble is not None:
                found.append(_detection(rule, context.now, source, names.get(source, source), trouble))
        return found


def _trouble(rows: Sequence[Coverage], options: CoverageOptions, now: datetime) -> _Trouble | None:
    """By query: what failed since the last complete check. The source is in trouble when any query reaches the limit.

    A query that nobody asks any more (its last check is long ago) is no trouble.
    """
    failed: list[Coverage] = []
    queries: dict[str, list[Coverage]] = defaultdict(list)
    for row in rows:
        queries[row.query].append(row)
    for mine in queries.values():
        complete = max((row.checked_at for row in mine if row.status.is_complete), default=None)
        bad = [row for row in mine if row.status in options.outcomes and (not complete or row.checked_at > complete)]
        checks = {row.checked_at for row in bad}
        if len(checks) >= options.min_checks and now - max(checks) <= timedelta(hours=options.forget_hours):
            failed += bad
    if not failed:
        return None
    worst = max((row.status for row in failed), key=SEVERITY_ORDER.index)
    times = [row.checked_at for row in failed]
    names = tuple(sorted({row.query for row in failed}))
    return _Trouble(worst, len(set(times)), names, min(times), max(times))


def _detection(rule: Rule, now: datetime, source: str, name: str, trouble: _Trouble) -> Detection:
    since = trouble.since.astimezone(SHANGHAI)
    return Detection(
        rule_id=rule.id,
        subject_id="",
        severity=rule.severity,
        sentence=(
            f"{name}：{OUTCOMES.get(trouble.outcome, trouble.outcome.value)}，自 {since:%m-%d %H:%M} 起"
            f" {len(trouble.queries)} 个查询没有完整采集（连续 {trouble.checks} 次）"
        ),
        detected_at=now,
        window_start=trouble.since,
        window_end=trouble.until + timedelta(seconds=1),
        observed=float(trouble.checks),
        expected=0.0,
        probability=None,
        evidence=(),
        labels={"rule": rule.id, "source": source, "outcome": trouble.outcome.value},
        is_new=False,
        event_start=trouble.since.replace(microsecond=0),
    )
