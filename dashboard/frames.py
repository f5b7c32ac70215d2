"""Tables behind the charts: what a reader sees when switching a chart to its table, and what a download contains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

import pandas as pd

from dashboard import format as fmt
from dashboard import labels
from storage.formula import escape
from yuqing.details import told
from yuqing.domain.alert import Alert, Notification
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Coverage
from yuqing.domain.mention import Platform
from yuqing.domain.ports import FacetCount, Snapshot, VolumeBin
from yuqing.gaps import Assessment

_SPLIT = (*SentimentLabel, "")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many mentions of one group carry each stance; `total` None = unknown."""

    name: str
    total: int | None
    by: Mapping[str, int]

    @property
    def scored(self) -> int:
        """Mentions that have been scored."""
        return sum(self.by.get(label, 0) for label in SentimentLabel)

    @property
    def negative_share(self) -> float | None:
        """Negative among the scored, None where nothing is scored."""
        return self.by.get(SentimentLabel.NEGATIVE, 0) / self.scored if self.scored else None

    @property
    def net(self) -> float | None:
        """Positive minus negative per hundred scored."""
        difference = self.by.get(SentimentLabel.POSITIVE, 0) - self.by.get(SentimentLabel.NEGATIVE, 0)
        return 100 * difference / self.scored if self.scored else None


def tally(name: str, bins: Sequence[VolumeBin]) -> Tally:
    """All bins of one group in one."""
    by = {key: sum(each.by.get(key, 0) for each in bins) for key in _SPLIT}
    return Tally(name, sum(each.total for each in bins), by)


def stance(label: str) -> str:
    """Chinese name of a stance; "" is not scored yet."""
    return labels.SENTIMENTS[SentimentLabel(label)] if label else labels.UNSCORED


def volume(bins: Sequence[VolumeBin], interval: timedelta, seen: Assessment) -> pd.DataFrame:
    """One row per bin. A bin without mentions of which some source missed a part has no numbers, not zeros."""
    rows = []
    for each in bins:
        end = min(each.start + interval, seen.until)
        touched = seen.touches(each.start, end)
        unknown = each.total == 0 and touched
        counts = {stance(key): None if unknown else each.by.get(key, 0) for key in _SPLIT}
        hidden = unknown and seen.hides(each.start, end)
        state = "未采集" if hidden else "采集不完整" if touched else "完整"
        total = None if unknown else each.total
        rows.append(
            {"开始": fmt.naive_iso(each.start), "结束": fmt.naive_iso(end), "合计": total, **counts, "采集": state}
        )
    columns = ["开始", "结束", "合计", *map(stance, _SPLIT), "采集"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype(dict.fromkeys(("合计", *map(stance, _SPLIT)), "Int64"))


def tallies(groups: Sequence[Tally], title: str) -> pd.DataFrame:
    """One row per platform, topic or bank with its stances and negative share."""
    rows = [
        {
            title: group.name,
            "合计": group.total,
            **{stance(key): None if group.total is None else group.by.get(key, 0) for key in _SPLIT},
            "负面占比": group.negative_share,
        }
        for group in groups
    ]
    frame = pd.DataFrame(rows, columns=[title, "合计", *map(stance, _SPLIT), "负面占比"])
    return frame.astype(dict.fromkeys(("合计", *map(stance, _SPLIT)), "Int64") | {"负面占比": "Float64"})


def topics(every: Sequence[FacetCount], negative: Sequence[FacetCount], names: Mapping[str, str]) -> pd.DataFrame:
    """Topics with all and negative mentions, the most negative first. Only scored mentions have topics."""
    bad = {each.value: each.count for each in negative}
    rows = [
        {
            "话题": names.get(each.value, each.value),
            "合计": each.count,
            "负面": bad.get(each.value, 0),
            "负面占比": bad.get(each.value, 0) / each.count,
        }
        for each in every
    ]
    frame = pd.DataFrame(rows, columns=["话题", "合计", "负面", "负面占比"])
    return frame.sort_values(["负面", "合计"], ascending=False)


def bands(seen: Assessment, names: Mapping[str, str]) -> pd.DataFrame:
    """The shaded stretches of a time chart with the sources that were missing."""
    stretches = seen.bands()
    rows = [
        {
            "开始": fmt.naive_iso(since),
            "结束": fmt.naive_iso(until),
            "来源": "、".join(names.get(source, source) for source in sources) or "没有启用的来源",
            "时段": fmt.span(since, until),
            "标签": "采集中断" if _has_room(since, following, seen) else "",
        }
        for (since, until, sources), following in zip_longest(stretches, stretches[1:])
    ]
    return pd.DataFrame(rows, columns=["开始", "结束", "来源", "时段", "标签"])


def _has_room(since: datetime, following: tuple[datetime, datetime, tuple[str, ...]] | None, seen: Assessment) -> bool:
    """True when a word that begins here ends before the next band and before the edge of the chart."""
    end = seen.until if following is None else following[0]
    return end - since > (seen.until - seen.since) * 0.11


def slices(coverage: Sequence[Coverage], names: Mapping[str, str]) -> pd.DataFrame:
    """One row per slice of a crawl."""
    rows = [
        {
            "来源": names.get(each.source, each.source),
            "查询": each.query,
            "开始": fmt.naive_iso(each.since),
            "结束": fmt.naive_iso(each.until),
            "结果": labels.outcome(each.status),
            "新内容": each.mentions if each.status.is_complete else None,
            "页数": each.pages,
            "达到平台上限": "是" if each.saturated else "",
            "检查时间": fmt.stamp(each.checked_at),
            "说明": told(each.detail),
        }
        for each in coverage
    ]
    columns = ["来源", "查询", "开始", "结束", "结果", "新内容", "页数", "达到平台上限", "检查时间", "说明"]
    return pd.DataFrame(rows, columns=columns).astype({"新内容": "Int64"})


def latency(alert: Alert) -> pd.DataFrame:
    """When an alert passed each stage, with the seconds since the one before."""
    known = [
        (name, datetime.fromisoformat(alert.latency[key]))
        for key, name in labels.STAGES.items()
        if key in alert.latency
    ]
    known.sort(key=lambda each: each[1])
    rows: list[dict[str, str | float | None]] = []
    before: datetime | None = None
    for name, at in known:
        step = None if before is None else round((at - before).total_seconds(), 1)
        rows.append({"环节": name, "时间": fmt.stamp_seconds(at), "用时（秒）": step})
        before = at
    return pd.DataFrame(rows, columns=["环节", "时间", "用时（秒）"]).astype({"用时（秒）": "Float64"})


def latency_summary(alerts: Sequence[Alert]) -> pd.DataFrame:
    """Median and 95th percentile of the seconds between two stages, and from publication to delivery."""
    pairs = list(zip(labels.STAGES, list(labels.STAGES)[1:], strict=False))
    rows = []
    for first, second in [*pairs, ("published_at", "accepted_at")]:
        seconds = pd.Series([each for each in (_between(alert, first, second) for alert in alerts) if each is not None])
        if not seconds.empty:
            name = f"{labels.STAGES[first]} → {labels.STAGES[second]}"
            rows.append(
                {
                    "环节": name,
                    "中位（秒）": round(seconds.median(), 1),
                    "P95（秒）": round(seconds.quantile(0.95), 1),
                    "起数": len(seconds),
                }
            )
    return pd.DataFrame(rows, columns=["环节", "中位（秒）", "P95（秒）", "起数"])


def _between(alert: Alert, first: str, second: str) -> float | None:
    if first not in alert.latency or second not in alert.latency:
        return None
    start, end = (datetime.fromisoformat(alert.latency[stage]) for stage in (first, second))
    return (end - start).total_seconds()


def notifications(log: Sequence[Notification]) -> pd.DataFrame:
    """Who was told, and what came of it."""
    rows = [
        {
            "接收方": each.receiver,
            "内容": labels.NOTIFICATION_KINDS.get(each.kind.partition("-")[0], each.kind),
            "状态": labels.NOTIFICATION_STATES[each.state],
            "送达": "" if each.accepted_at is None else fmt.stamp_seconds(each.accepted_at),
            "尝试次数": each.attempts,
            "创建": fmt.stamp_seconds(each.created_at),
            "说明": each.detail,
        }
        for each in log
    ]
    return pd.DataFrame(rows, columns=["接收方", "内容", "状态", "送达", "尝试次数", "创建", "说明"])


def engagement(readings: Sequence[Snapshot]) -> pd.DataFrame:
    """Readings of one mention over time; a count that the platform does not tell stays empty."""
    rows = [
        {"时间": fmt.naive_iso(each.taken_at)}
        | {name: getattr(each.engagement, key) for key, name in labels.ENGAGEMENT.items()}
        for each in readings
    ]
    frame = pd.DataFrame(rows, columns=["时间", *labels.ENGAGEMENT.values()])
    return frame.astype(dict.fromkeys(labels.ENGAGEMENT.values(), "Int64"))


def platform_name(value: str) -> str:
    """Chinese name of a stored platform value."""
    return labels.PLATFORMS.get(Platform(value), value) if value in set(Platform) else value


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The table as a file that Excel opens with Chinese intact; no cell can act as a formula."""
    safe = frame.map(lambda cell: escape(cell) if isinstance(cell, str) else cell)
    return safe.to_csv(index=False).encode("utf-8-sig")
