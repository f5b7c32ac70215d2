"""Volume over time for the command line: rows with a bar, and a chart file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from yuqing.domain.errors import InputError
from yuqing.domain.ports import MentionQuery, MentionStore, Page, VolumeBin
from yuqing.fonts import font_path

SHANGHAI = ZoneInfo("Asia/Shanghai")
MAX_BINS = 20_000
BAR_WIDTH = 40


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """One bin; `bar` is its share of the largest bin in characters."""

    start: datetime
    total: int
    negative: int
    neutral: int
    positive: int
    unscored: int
    bar: int

    def as_json(self) -> dict[str, Any]:
        """Plain data, start in Beijing time."""
        counts = {name: getattr(self, name) for name in ("total", "negative", "neutral", "positive", "unscored")}
        return {"start": self.start.astimezone(SHANGHAI).isoformat(), **counts}


def volume_rows(store: MentionStore, query: MentionQuery, interval: timedelta, now: datetime) -> list[VolumeRow]:
    """Bins over the period of the query; where an end is open, over what the store holds.

    Day bins start at midnight in Beijing. Raises InputError when the bins would be too many.
    """
    store.refresh()
    since, until = _period(store, query, interval, now)
    if since is None or until is None:
        return []
    if (until - since) / interval > MAX_BINS:
        raise InputError(f"分段超过 {MAX_BINS} 个：请加大 --interval 或缩短时间范围")
    bins = store.volume(replace(query, since=since, until=until), interval, "sentiment")
    top = max((one.total for one in bins), default=0)
    return [_row(one, top) for one in bins]


def _period(
    store: MentionStore, query: MentionQuery, interval: timedelta, now: datetime
) -> tuple[datetime | None, datetime | None]:
    oldest = store.search(query, Page(size=1, sort="published_asc")).items
    newest = store.search(query, Page(size=1)).items
    if not oldest or not newest:
        return query.since, query.until
    since = query.since or _floor(oldest[0].mention.published_at, interval)
    until = query.until or max(newest[0].mention.published_at + timedelta(seconds=1), since + interval)
    return since, until


def _floor(moment: datetime, interval: timedelta) -> datetime:
    midnight = moment.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // interval * interval


def _row(one: VolumeBin, top: int) -> VolumeRow:
    by = {label: one.by.get(label, 0) for label in ("negative", "neutral", "positive", "")}
    bar = 0 if top == 0 else round(one.total / top * BAR_WIDTH)
    return VolumeRow(one.start, one.total, by["negative"], by["neutral"], by["positive"], by[""], bar)


def save_volume_chart(rows: Sequence[VolumeRow], path: Path) -> None:
    """Stacked bars by sentiment as .png or .svg. Raises InputError for another ending or an unwritable file."""
    if path.suffix not in (".png", ".svg"):
        raise InputError(f"{path}：图只能存为 .png 或 .svg")
    import matplotlib as mpl
    from matplotlib import font_manager

    mpl.use("Agg")
    from matplotlib.figure import Figure

    font = font_manager.FontProperties(fname=str(font_path()))
    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.add_subplot()
    base = [0] * len(rows)
    days = [row.start.astimezone(SHANGHAI) for row in rows]
    width = (rows[1].start - rows[0].start) * 0.9 if len(rows) > 1 else timedelta(hours=20)
    for name, label, colour in _LAYERS:
        heights = [getattr(row, name) for row in rows]
        axes.bar(days, heights, width, bottom=base, label=label, color=colour, align="edge")  # type: ignore[arg-type]
        base = [low + height for low, height in zip(base, heights, strict=True)]
    axes.set_ylabel("提及数", fontproperties=font)
    axes.legend(prop=font, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise InputError(f"{path}：无法写入（{error.strerror}）") from None


_LAYERS = (
    ("negative", "负面", "#C8453B"),
    ("neutral", "中性", "#9AA7B5"),
    ("positive", "正面", "#3B8F6B"),
    ("unscored", "未打分", "#DDE2E8"),
)
