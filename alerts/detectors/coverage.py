"""Rule type `coverage`: we see less than we think. The operator is told once, and once more when it is another cause.

Six causes. A source refuses us or answers what cannot be read (counted by checks in a row). A source that is watched
has had no complete look for three intervals (whatever came of the looks, or because there were none: the crawl is
killed, or fails before it begins). Posts wait for their scores. Posts come much later than they are published. The
model seems to have left its calibration (the nightly drift report says so). Alerts arrive later than was promised.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.coverage_bins import SourceCoverage
from alerts.detectors.base import DetectionContext
from alerts.detectors.promise import broken_promise
from alerts.rules import CoverageOptions
from yuqing.details import told
from yuqing.domain.alert import Detection, Rule
from yuqing.domain.coverage import SEVERITY_ORDER, Coverage, Outcome
from yuqing.domain.ports import MentionQuery, Page

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
# Details that say more than their outcome: they stand in the sentence.
_TELLING = frozenset({"canary_silent", "silent", "newest_too_old", "fields_missing"})
SILENT, UNSCORED, DELAYED, DRIFT, SLOW = "silent", "unscored", "delayed", "drift", "slow"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What is wrong with a source (or with all of them: ""), since when, and how to say it."""

    source: str
    outcome: str
    sentence: str
    since: datetime
    until: datetime
    observed: float


class CoverageDetector:
    """Asks what keeps us from seeing."""

    def detect(self, rule: Rule, context: DetectionContext) -> list[Detection]:
        """One detection per source that is in trouble, one for each trouble that concerns all sources."""
        options = CoverageOptions.model_validate(dict(rule.options))
        names = {source.id: source.name for source in context.sources}
        found = []
        for source in sorted({*context.coverage, *context.watched}):
            name = names.get(source, source)
            coverage = context.coverage.get(source) or SourceCoverage(source, _interval(context, source))
            found.append(_refused(name, coverage, options, context.now))
            if found[-1] is None and source in context.watched:
                found.append(_silent(name, coverage, context.watched[source], options, context.now))
        found += [_waiting(context, options), *_delayed(rule, context, names), _drifted(context)]
        found.append(_slow(context, options))
        return [_detection(rule, context.now, trouble) for trouble in found if trouble is not None]


def _interval(context: DetectionContext, source: str) -> timedelta:
    seconds = next((each.interval_seconds for each in context.sources if each.id == source), 0)
    return timedelta(seconds=seconds)


def _refused(name: str, coverage: SourceCoverage, options: CoverageOptions, now: datetime) -> _Trouble | None:
    """By query: what failed since the last complete check. The source is in trouble when any query reaches a limit.

    A query that nobody asks any more (its last check is long ago) is no trouble.
    """
    failed: list[Coverage] = []
    checks = 0
    for rows in coverage.rows.values():
        bad = [row for row in _failures(rows) if now - row.checked_at <= timedelta(hours=options.forget_hours)]
        limits = ((options.outcomes, options.min_checks), (options.faults, options.fault_checks))
        for outcomes, limit in limits:
            mine = [row for row in bad if row.status in outcomes]
            if _looks(mine) >= limit:
                failed += mine
                checks = max(checks, _looks(mine))
    if not failed:
        return None
    worst = max((row.status for row in failed), key=SEVERITY_ORDER.index)
    since, queries = min(row.first_look for row in failed), len({row.query for row in failed})
    sentence = (
        f"{name}：{_cause(worst, failed)}，自 {since.astimezone(SHANGHAI):%m-%d %H:%M} 起"
        f" {queries} 个查询没有完整采集（连续 {checks} 次）"
    )
    until = max(row.checked_at for row in failed)
    return _Trouble(coverage.source, worst.value, sentence, since, until, float(checks))


def _cause(worst: Outcome, rows: Sequence[Coverage]) -> str:
    """The outcome in words; where a zero or a page was not believed, why."""
    telling = [row for row in rows if row.status is worst and row.detail in _TELLING]
    newest = max(telling, key=lambda row: row.checked_at, default=None)
    return OUTCOMES.get(worst, worst.value) if newest is None else told(newest.detail)


def _failures(rows: Sequence[Coverage]) -> list[Coverage]:
    """The incomplete rows of one query that no later complete look at the same present has made good."""
    complete = [row for row in rows if row.status.is_complete]
    return [
        row
        for row in rows
        if not row.status.is_complete
        and not any(seen.checked_at >= row.checked_at and seen.until >= row.until for seen in complete)
    ]


def _looks(rows: Sequence[Coverage]) -> int:
    """How often in a row one slice was refused. The slices of one crawl are one look, so they are not added up.

    The cursor stands still while a source refuses: looks at the same slice begin at the same time.
    """
    looks: dict[tuple[datetime, str], int] = defaultdict(int)
    for row in rows:
        looks[row.since, row.region] += row.checks
    return max(looks.values(), default=0)


def _silent(
    name: str, coverage: SourceCoverage, watched: datetime, options: CoverageOptions, now: datetime
) -> _Trouble | None:
    """No complete look for three intervals, planned or observed, although somebody was there to see to it."""
    last = max((row.checked_at for row in coverage.complete), default=None)
    since = watched if last is None else max(last, watched)
    limit = max(3 * coverage.interval, timedelta(minutes=options.silent_minutes), 1.5 * coverage.lag)
    if now - since <= limit:
        return None
    bad = [row for rows in coverage.rows.values() for row in _failures(rows) if row.checked_at > since]
    worst = max((row.status for row in bad), key=SEVERITY_ORDER.index, default=None)
    cause = "采集没有结果，也没有记录，请查看运行日志" if worst is None else _cause(worst, bad)
    told = "从未" if last is None else f"自 {last.astimezone(SHANGHAI):%m-%d %H:%M} 起没有"
    outcome = SILENT if worst is None else worst.value
    return _Trouble(
        coverage.source, outcome, f"{name}：{told}完整采集（{cause}）", since, now, (now - since).total_seconds() / 60
    )


def _waiting(context: DetectionContext, options: CoverageOptions) -> _Trouble | None:
    """Fresh posts that no model has read: until then nobody knows whether they are negative."""
    limit = max([timedelta(minutes=options.unscored_minutes), *(each.lag for each in context.coverage.values())])
    query = MentionQuery(scored=False, since=context.now - DAY, until=context.now, collected_until=context.now - limit)
    found = context.mentions.search(query, Page(1, sort="published_asc"))
    if not found.items:
        return None
    sentence = f"打分停滞：{found.total} 条内容采集 {limit // timedelta(minutes=1)} 分钟后仍未打分，相关时段不作判断"
    since = found.items[0].mention.collected_at
    return _Trouble("", UNSCORED, sentence, since, context.now, float(found.total))


def _delayed(rule: Rule, context: DetectionContext, names: dict[str, str]) -> list[_Trouble]:
    """Sources that are read in time and show most posts late."""
    late: dict[str, timedelta] = {}
    for subject in context.subjects_of(rule):
        for source, delay in context.series(subject).delays.items():
            late[source] = max(delay, late.get(source, delay))
    return [
        _Trouble(
            source,
            DELAYED,
            f"{names.get(source, source)}：多数内容发布约 {delay // timedelta(minutes=1)} 分钟后才能采集到，"
            "预警相应推迟（请检查本机时钟，或平台收录变慢）",
            context.now - delay,
            context.now,
            delay / timedelta(minutes=1),
        )
        for source, delay in sorted(late.items())
    ]


def _drifted(context: DetectionContext) -> _Trouble | None:
    """The verdict of the last drift report, as long as somebody still looks every day."""
    found = context.state.load(DRIFT, "latest")
    if found is None or found.body.get("level") != "left":
        return None
    looked = datetime.fromisoformat(str(found.body["at"]))
    if context.now - looked > 3 * DAY:
        return None
    since = datetime.fromisoformat(str(found.body.get("since") or found.body["at"]))
    return _Trouble("", DRIFT, str(found.body["sentence"]), since, context.now, 1.0)


def _slow(context: DetectionContext, options: CoverageOptions) -> _Trouble | None:
    """The promise of the alerts themselves."""
    promise, period = timedelta(minutes=options.promise_minutes), options.promise_days * DAY
    broken = broken_promise(context, promise, period, options.promise_alerts)
    if broken is None:
        return None
    return _Trouble("", SLOW, broken.sentence, broken.since, context.now, broken.minutes)


def _detection(rule: Rule, now: datetime, trouble: _Trouble) -> Detection:
    where = {"source": trouble.source} if trouble.source else {}
    return Detection(
        rule_id=rule.id,
        subject_id="",
        severity=rule.severity,
        sentence=trouble.sentence,
        detected_at=now,
        window_start=trouble.since,
        window_end=trouble.until + timedelta(seconds=1),
        observed=trouble.observed,
        expected=0.0,
        probability=None,
        evidence=(),
        labels={"rule": rule.id, **where, "outcome": trouble.outcome},
        is_new=False,
        event_start=trouble.since.replace(microsecond=0),
    )
