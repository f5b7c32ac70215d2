"""Ten pictures of `real_bursts.py`: five of each source, chosen by rule, so that nobody picks the pretty ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.ticker import MaxNLocator

from benchmarks.real_bursts_detectors import BOTH, DAY_RULE, HOUR_RULE, OURS, Result
from benchmarks.real_bursts_judging import Burst, hourly, ordinary_line
from benchmarks.real_bursts_series import DAY_BINS, HOUR_BINS, WEEK_BINS, WORDS, Floats
from benchmarks.spikes import shipped_constants
from yuqing.fonts import font_path

BEFORE, AFTER, MOST = 30 * HOUR_BINS, 18 * HOUR_BINS, 4 * DAY_BINS
APART = 3 * DAY_BINS  # two pictures never show the same time of one series
INK, BARS, FAINT, UNSEEN = "#1f2933", "#8fa3b8", "#8a94a0", "#e3e7eb"
ALARM, AMBER, GREEN = "#c62828", "#fdf0d5", "#5b9a68"
UNITS = {"热榜": "每小时负面热度（万）"}
ROWS = (
    ("激增（本产品）", OURS, "^", ALARM),
    ("1 小时 ×3 规则", HOUR_RULE, "o", FAINT),
    ("24 小时规则", DAY_RULE, "s", FAINT),
)


@dataclass(frozen=True)
class Chosen:
    """A moment of a series and why it was chosen: the begin of a burst, or an alert without one."""

    result: Result
    at: int
    burst: Burst | None
    delay: int | None
    why: str


def chosen(results: Mapping[str, Sequence[Result]]) -> list[Chosen]:
    """Five of the hot list, then five of the rumours: the highest burst
    that was told, the median and the longest delay, the highest
    missed one, and the false alarm that was surest of itself; where there is none, the next longest delay."""
    heat = results["热榜"]
    rumours = [each for kind, found in results.items() if kind != "热榜" for each in found]
    calm = results["传闻·平静"]
    return [*_five(heat, heat), *_five(calm, rumours)]


def _five(first: Sequence[Result], every: Sequence[Result]) -> list[Chosen]:
    found = [each for each in _bursts(first) if each.delay is not None]
    middle = sorted(each.delay or 0 for each in found)[len(found) // 2] if found else 0
    missed = [each for each in _bursts(every) if each.delay is None]
    late = sorted((each for each in _bursts(every) if each.delay is not None), key=lambda each: -(each.delay or 0))
    taken: list[Chosen] = []
    for why, ranked in (
        ("响了的最高一次", sorted(found, key=_height)),
        ("延迟居中的一次", sorted(found, key=lambda each: abs((each.delay or 0) - middle))),
        ("响得最晚的一次", late),
        ("漏报中最高的一次", sorted(missed, key=_height)),
        ("误报中得分最高的一次", sorted(_false(every), key=lambda each: -each.result.bins[each.at].score)),
    ):
        taken += _next(why, ranked, taken) or _next("响得较晚的一次", late, taken)
    return taken


def _height(each: Chosen) -> float:
    return -each.burst.peak / each.burst.line if each.burst else 0.0


def _bursts(results: Sequence[Result]) -> list[Chosen]:
    return [
        Chosen(each, burst.begin, burst, delay, "")
        for each in results
        for burst, delay in zip(each.bursts, each.judged[OURS].delays, strict=True)
    ]


def _false(results: Sequence[Result]) -> list[Chosen]:
    return [Chosen(each, at, None, None, "") for each in results for at in each.judged[OURS].false]


def _next(why: str, ranked: Sequence[Chosen], taken: Sequence[Chosen]) -> list[Chosen]:
    """The first that no picture shows yet."""
    new = (
        replace(each, why=why)
        for each in ranked
        if all(each.result is not one.result or abs(each.at - one.at) > APART for one in taken)
    )
    return list(islice(new, 1))


def draw(cases: Sequence[Chosen], folder: Path) -> list[str]:
    """Write the pictures; returns one line per picture for the terminal."""
    folder.mkdir(parents=True, exist_ok=True)
    fontManager.addfont(font_path())
    family = str(FontProperties(fname=font_path()).get_name())
    with mpl.rc_context({"font.family": family, "font.size": 9, "axes.unicode_minus": False}):
        return [_draw(case, number, folder / f"case-{number:02d}.png") for number, case in enumerate(cases, 1)]


def _draw(case: Chosen, number: int, path: Path) -> str:
    canvas = Figure(figsize=(9.2, 5.2), dpi=110, layout="constrained")
    FigureCanvasAgg(canvas)
    top, rows, bottom = canvas.subplots(3, 1, sharex=True, height_ratios=(3.2, 0.75, 1.2))
    last = case.burst.end if case.burst else case.at
    first = max(case.at - BEFORE, 0)
    end = min(max(last + AFTER, case.at + 2 * AFTER), case.at + MOST, len(case.result.bins))
    _counts(top, case, first, end)
    _alerts(rows, case, first, end)
    _scores(bottom, case, first, end)
    canvas.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=8)
    top.set_title(f"案例 {number}　{_kind(case)}　{case.why}：{_said(case)}", loc="left", color=INK, fontsize=10)
    bottom.set_xlabel("距突增开始的小时" if case.burst else "距这次误报的小时")
    bottom.set_xlim((first - case.at) / HOUR_BINS, (end - case.at) / HOUR_BINS)
    canvas.savefig(path, metadata={"Software": None})
    return f"{path.name}  {_kind(case)}  {case.why}: {_said(case)}; {_figures(case)}"


def _kind(case: Chosen) -> str:
    kind, number = case.result.case.kind, case.result.case.number
    return f"热榜·{list(WORDS)[number - 1]}" if kind == "热榜" else f"{kind} {number} 号"


def _said(case: Chosen) -> str:
    if case.burst is None:
        return "响了，但不到突增"
    return "没有响" if case.delay is None else f"{case.delay} 分钟后响"


def _figures(case: Chosen) -> str:
    score = np.nanmax([each.score for each in case.result.bins[case.at : case.at + DAY_BINS]])
    if case.burst is None:
        return f"score {case.result.bins[case.at].score:.2f}"
    burst = case.burst
    hours = (burst.end - burst.begin + 1) / HOUR_BINS
    series = case.result.case.series
    hour, week = (slice(burst.begin, burst.begin + HOUR_BINS), slice(burst.begin - WEEK_BINS, burst.begin))
    shares = [f"{series.negative[part].sum():.0f} of {series.total[part].sum():.0f}" for part in (hour, week)]
    return (
        f"first hour {shares[0]}, week before {shares[1]},"
        f" peak {burst.peak:.0f}/h, line {burst.line:.0f}, {hours:.1f} h, share x{burst.share_ratio:.2f},"
        f" highest score of the day {score:.2f}, other rules {_others(case)}"
    )


def _others(case: Chosen) -> str:
    place = case.result.bursts.index(case.burst) if case.burst in case.result.bursts else None
    names = (BOTH, HOUR_RULE, DAY_RULE)
    return "" if place is None else ", ".join(f"{name} {case.result.judged[name].delays[place]}" for name in names)


def _hours(case: Chosen, first: int, end: int) -> tuple[Floats, Floats, Floats]:
    """(hour, negatives as far as they are known, usual) of the hours counted from the moment."""
    series, bins = case.result.case.series, case.result.bins
    starts = np.arange(case.at - (case.at - first) // HOUR_BINS * HOUR_BINS, end - HOUR_BINS + 1, HOUR_BINS)
    parts = [slice(start, start + HOUR_BINS) for start in starts]
    seen = [series.negative[part][series.known[part]].sum() for part in parts]
    usual = [sum(each.expected for each in bins[part]) for part in parts]
    return (starts - case.at) / HOUR_BINS, np.array(seen), np.array(usual)


def _counts(axes: Axes, case: Chosen, first: int, end: int) -> None:
    at, seen, usual = _hours(case, first, end)
    axes.bar(at, seen, width=0.9, align="edge", color=BARS, label="观察到的负面")
    axes.step(at, usual, where="post", color=INK, linewidth=1.1, label="平时水平")
    dark = np.flatnonzero(np.diff(np.concatenate(([0], ~case.result.case.series.known[first:end], [0])))) + first
    _shade(axes, case, [(start, stop) for start, stop in dark.reshape(-1, 2).tolist()], UNSEEN, "没有读数")
    inside = [each for each in case.result.bursts if first < each.end and each.begin < end]
    _shade(axes, case, [(max(each.begin, first), min(each.end + 1, end)) for each in inside], AMBER, "突增")
    series = case.result.case.series
    line = ordinary_line(hourly(series), series.known)[first:end]
    hours = (np.arange(first, end) - case.at) / HOUR_BINS
    axes.plot(hours, line, color=ALARM, linewidth=0.9, linestyle=":", label="普通日子的上限")
    axes.axvline(0, color=ALARM, linewidth=1.1, linestyle="--", label="突增开始" if case.burst else "这次误报")
    starts = case.result.case.starts
    if starts is not None and first <= starts < end:
        axes.axvline((starts - case.at) / HOUR_BINS, color=FAINT, linewidth=1, linestyle=":", label="首次转发")
    axes.set_ylabel(UNITS.get(case.result.case.kind, "每小时负面条数"))
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    _plain(axes)


def _shade(axes: Axes, case: Chosen, spans: Sequence[tuple[int, int]], colour: str, label: str) -> None:
    for place, (start, stop) in enumerate(spans):
        begin, end = ((each - case.at) / HOUR_BINS for each in (start, stop))
        axes.axvspan(begin, end, color=colour, zorder=0, linewidth=0, label=None if place else label)


def _alerts(axes: Axes, case: Chosen, first: int, end: int) -> None:
    for row, (_, name, marker, colour) in enumerate(ROWS):
        inside = [place for place in case.result.opens[name] if first <= place < end]
        hours = [(place + 1 - case.at) / HOUR_BINS for place in inside]
        axes.scatter(hours, [-row] * len(hours), marker=marker, s=34, color=colour, zorder=3)
    axes.set_yticks([-row for row in range(len(ROWS))], [label for label, *_ in ROWS])
    axes.set_ylim(-len(ROWS) + 0.4, 0.6)
    axes.axvline(0, color=ALARM, linewidth=1.1, linestyle="--")
    axes.grid(axis="y", color=UNSEEN, linewidth=0.8)
    _plain(axes)


def _scores(axes: Axes, case: Chosen, first: int, end: int) -> None:
    hours = (np.arange(first, end) + 1 - case.at) / HOUR_BINS
    bins = case.result.bins[first:end]
    axes.plot(hours, [each.score for each in bins], color=INK, linewidth=1)
    axes.axhline(shipped_constants().open_score, color=ALARM, linewidth=0.8, linestyle="-.", label="响铃线（得分）")
    # An event opens only where both hold: this shows which of them did not.
    worse = [each.guard for each in bins]
    edge = axes.get_xaxis_transform()
    axes.fill_between(hours, 0, 0.08, where=worse, transform=edge, color=GREEN, linewidth=0, label="负面占比也升高")
    axes.axvline(0, color=ALARM, linewidth=1.1, linestyle="--")
    axes.set_ylabel("得分")
    axes.margins(y=0.12)
    _plain(axes)


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(length=0, colors=INK)
