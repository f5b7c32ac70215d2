"""Charts as pictures, in the font that ships with the product. Unknown values are shaded, never drawn as zero."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from io import BytesIO
from itertools import groupby
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from yuqing.domain.report import Chart
from yuqing.fonts import font_path

WIDTH, HEIGHT = 7.2, 2.75  # inches: the text width of an A4 page
INK, GRID, GAP = "#3d4654", "#e6e9ee", "#eceef2"
GAP_LABEL = "采集中断（无数据）"
# By meaning where a series has one, otherwise in order.
NAMED_COLOURS = {
    "负面": "#c8453b",
    "中性": "#b9c2cf",
    "正面": "#3c8d6c",
    "本周": "#1c4f82",
    "上周": "#9fb4cc",
    "声量份额": "#1c4f82",
    "负面占比": "#c8453b",
}
COLOURS = ("#1c4f82", "#d98a1f", "#2f8f8b", "#7a5aa6", "#8a6d3b", "#5b7f2b")
MOST_TICKS = 14


def to_png(chart: Chart, dpi: int = 200) -> bytes:
    """The chart for Word and mail."""
    return _saved(chart, format="png", dpi=dpi)


def to_svg(chart: Chart) -> bytes:
    """The chart for HTML: letters are outlines, so it looks the same on every machine."""
    return _saved(chart, format="svg", metadata={"Date": None})


def describe(chart: Chart) -> str:
    """The chart in words, for readers who cannot see it."""
    series = "；".join(
        f"{name}：{'、'.join('无数据' if value is None else f'{value:,.0f}' for value in values)}"
        for name, values in chart.series
    )
    labels = "、".join(label.replace("\n", " ") for label in chart.x)
    return f"{chart.title}。横轴：{labels}。{series}。"


def _saved(chart: Chart, **options: Any) -> bytes:
    with matplotlib.rc_context(_style(chart.id)):
        canvas = Canvas(figsize=(WIDTH, HEIGHT), layout="constrained")
        FigureCanvasAgg(canvas)
        axes = canvas.subplots()
        _frame(axes)
        _DRAWERS[chart.kind](axes, chart)
        _ticks(axes, chart)
        _legend(axes, chart)
        out = BytesIO()
        canvas.savefig(out, **options)
        return out.getvalue()


def _style(salt: str) -> Any:
    # A fixed salt makes the same chart the same bytes.
    return {
        "font.family": _family(),
        "font.size": 8.5,
        "axes.unicode_minus": False,
        "svg.fonttype": "path",
        "svg.hashsalt": salt,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }


@cache
def _family() -> str:
    fontManager.addfont(font_path())
    return str(FontProperties(fname=font_path()).get_name())


def _frame(axes: Axes) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color("#9aa5b4")
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)


def _colour(name: str, number: int) -> str:
    return NAMED_COLOURS.get(name, COLOURS[number % len(COLOURS)])


def _line(axes: Axes, chart: Chart) -> None:
    for first, last in gaps(chart):
        axes.axvspan(first - 0.5, last + 0.5, color=GAP, linewidth=0, zorder=0)
    for number, (name, values) in enumerate(chart.series):
        points = [float("nan") if value is None else value for value in values]
        axes.plot(
            range(len(points)), points, label=name, color=_colour(name, number), linewidth=1.8, marker="o", markersize=3
        )
    axes.set_xlim(-0.5, len(chart.x) - 0.5)


def _stacked(axes: Axes, chart: Chart) -> None:
    for first, last in gaps(chart):
        axes.axvspan(first - 0.5, last + 0.5, color=GAP, linewidth=0, zorder=0)
    base = [0.0] * len(chart.x)
    width = min(0.58, 0.09 * len(chart.x))
    for number, (name, values) in enumerate(chart.series):
        heights = [value or 0.0 for value in values]
        axes.bar(range(len(heights)), heights, width, bottom=base, label=name, color=_colour(name, number))
        base = [low + height for low, height in zip(base, heights, strict=True)]
    for at, total in enumerate(base):
        if total:
            axes.annotate(f"{total:,.0f}", (at, total), (0, 2), textcoords="offset points", ha="center", fontsize=7.5)
    axes.set_xlim(-0.6, len(chart.x) - 0.4)


def _grouped(axes: Axes, chart: Chart) -> None:
    width = min(0.36, 0.8 / max(1, len(chart.series)))
    for number, (name, values) in enumerate(chart.series):
        shift = (number - (len(chart.series) - 1) / 2) * width
        places = [at + shift for at in range(len(values))]
        axes.bar(places, [value or 0.0 for value in values], width * 0.92, label=name, color=_colour(name, number))
        for at, value in zip(places, values, strict=True):
            text = "无数据" if value is None else f"{value:,.1f}"
            axes.annotate(text, (at, value or 0.0), (0, 2), textcoords="offset points", ha="center", fontsize=7.5)
    axes.set_xlim(-0.6, len(chart.x) - 0.4)


_DRAWERS: dict[str, Callable[[Axes, Chart], None]] = {"line": _line, "stacked_bar": _stacked, "bar": _grouped}


def gaps(chart: Chart) -> Iterator[tuple[int, int]]:
    """Runs of x positions at which some series is unknown, as (first, last)."""
    unknown = [at for at in range(len(chart.x)) if any(values[at] is None for _, values in chart.series)]
    for _, run in groupby(enumerate(unknown), key=lambda pair: pair[1] - pair[0]):
        positions = [at for _, at in run]
        yield positions[0], positions[-1]


def _ticks(axes: Axes, chart: Chart) -> None:
    step = -(-len(chart.x) // MOST_TICKS)
    positions = range(0, len(chart.x), step)
    axes.set_xticks(list(positions), [chart.x[at] for at in positions])
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    # A flat line of zeros still needs an axis that goes up.
    axes.set_ylim(0, max(_top(chart), 1.0) * 1.14)


def _top(chart: Chart) -> float:
    columns: Sequence[tuple[float | None, ...]] = list(zip(*(values for _, values in chart.series), strict=True))
    combine: Callable[[list[float]], float] = sum if chart.kind == "stacked_bar" else max
    return max((combine([value or 0.0 for value in column]) for column in columns), default=0.0)


def _legend(axes: Axes, chart: Chart) -> None:
    handles = list(axes.get_legend_handles_labels()[0])
    if chart.kind != "bar" and any(gaps(chart)):
        handles.append(Patch(facecolor=GAP, edgecolor="#cfd5de", label=GAP_LABEL))
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=6, frameon=False, borderaxespad=0.1,
        handlelength=1.3, columnspacing=1.4,
    )  # fmt: skip
