"""Volume over time for the command line: rows with a bar, and a chart file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from yuqing.domain.errors import InputError
from yuqing.domain.ports import MentionQuery, Page, SearchResult, SplitField, VolumeBin
from yuqing.fonts import font_path
from yuqing.gaps import Assessment

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHANGHAI = ZoneInfo("Asia/Shanghai")
MAX_BINS = 20_000
BAR_WIDTH = 40
_SHADE = "#EEF0F3"
Assess = Callable[[datetime, datetime], Assessment | None]


class Counted(Protocol):
    """What is asked of a store, or of a view of one."""

    def refresh(self) -> None:
        """See MentionStore.refresh."""
        ...

    def search(self, query: MentionQuery, page: Page) -> SearchResult:
        """See MentionStore.search."""
        ...

    def volume(self, query: MentionQuery, interval: timedelta, split: SplitField | None = None) -> Sequence[VolumeBin]:
        """See MentionStore.volume."""
        ...


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """One bin; `bar` is its share of the largest bin in characters.

    `coverage` tells who vouches for it: `complete` (every enabled source read all of it), `partial`, `none`, or
    `imported` (nothing was ever crawled). The counts of a bin without mentions that is partial or none are None.
    """

    start: datetime
    total: int | None
    negative: int | None
    neutral: int | None
    positive: int | None
    unscored: int | None
    bar: int
    coverage: str

    @property
    def is_doubtful(self) -> bool:
        """True when the bin may hold more than was seen."""
        return self.coverage in ("partial", "none")

    def as_json(self) -> dict[str, Any]:
        """Plain data, start in Beijing time."""
        counts = {name: getattr(self, name) for name in ("total", "negative", "neutral", "positive", "unscored")}
        return {"start": self.start.astimezone(SHANGHAI).isoformat(), **counts, "coverage": self.coverage}

    def line(self) -> str:
        """One line for people."""
        start = self.start.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        if self.total is None:
            return f"{start}    未知  {_WORDS[self.coverage]}"
        return f"{start}  {self.total:6d}  负面 {self.negative}  {'█' * self.bar}{_WORDS[self.coverage]}"


_WORDS = {"complete": "", "imported": "", "partial": "（采集不完整）", "none": "（未采集）"}


def volume_rows(store: Counted, query: MentionQuery, interval: timedelta, assess: Assess) -> list[VolumeRow]:
    """Bins over the period of the query; where an end is open, over what the store holds.

    `assess` tells how far a period was seen, None where nothing was ever crawled. Day bins start at midnight in
    Beijing. Raises InputError when the bins would be too many.
    """
    store.refresh()
    since, until = _period(store, query, interval)
    if since is None or until is None:
        return []
    if (until - since) / interval > MAX_BINS:
        raise InputError(f"分段超过 {MAX_BINS} 个：请加大 --interval 或缩短时间范围")
    bins = store.volume(replace(query, since=since, until=until), interval, "sentiment")
    top = max((one.total for one in bins), default=0)
    seen = assess(since, until)
    return [_row(one, top, _coverage(seen, max(one.start, since), min(one.start + interval, until))) for one in bins]


def _coverage(seen: Assessment | None, since: datetime, until: datetime) -> str:
    if seen is None:
        return "imported"
    if not seen.touches(since, until):
        return "complete"
    return "none" if seen.hides(since, until) else "partial"


def coverage_note(rows: Sequence[VolumeRow]) -> str | None:
    """What must be said beside the rows when some of them may hold more than was seen."""
    doubtful = sum(row.is_doubtful for row in rows)
    if not doubtful:
        return None
    return f"{doubtful} 段采集不完整：有数字的只是下限，没有数字的为未知，不能当作没有；详见 yuqing coverage"


def _period(store: Counted, query: MentionQuery, interval: timedelta) -> tuple[datetime | None, datetime | None]:
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


def _row(one: VolumeBin, top: int, coverage: str) -> VolumeRow:
    if one.total == 0 and coverage in ("partial", "none"):
        return VolumeRow(one.start, None, None, None, None, None, 0, coverage)
    by = {label: one.by.get(label, 0) for label in ("negative", "neutral", "positive", "")}
    bar = 0 if top == 0 else round(one.total / top * BAR_WIDTH)
    return VolumeRow(one.start, one.total, by["negative"], by["neutral"], by["positive"], by[""], bar, coverage)


def save_volume_chart(rows: Sequence[VolumeRow], path: Path) -> None:
    """Stacked bars by sentiment as .png or .svg; what was not seen completely is shaded.

    Raises InputError for another ending or an unwritable file.
    """
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
    width = _width(rows) * 0.9
    for name, label, colour in _LAYERS:
        heights = [getattr(row, name) or 0 for row in rows]
        axes.bar(days, heights, width, bottom=base, label=label, color=colour, align="edge")  # type: ignore[arg-type]
        base = [low + height for low, height in zip(base, heights, strict=True)]
    _shade(axes, rows)
    axes.set_ylabel("提及数", fontproperties=font)
    axes.legend(prop=font, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise InputError(f"{path}：无法写入（{error.strerror}）") from None


def _width(rows: Sequence[VolumeRow]) -> timedelta:
    return rows[1].start - rows[0].start if len(rows) > 1 else timedelta(hours=22)


def _shade(axes: "Axes", rows: Sequence[VolumeRow]) -> None:
    """Grey behind the bins that may hold more than was seen; named once in the legend."""
    label: str | None = "采集不完整"
    for row in rows:
        if row.is_doubtful:
            axes.axvspan(row.start, row.start + _width(rows), color=_SHADE, label=label, zorder=0)  # type: ignore[arg-type]
            label = None


_LAYERS = (
    ("negative", "负面", "#C8453B"),
    ("neutral", "中性", "#9AA7B5"),
    ("positive", "正面", "#3B8F6B"),
    ("unscored", "未打分", "#DDE2E8"),
)
