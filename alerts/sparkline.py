"""The small picture in a message: negative posts per five minutes over the last hours, unknown bins as gaps."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import MaxNLocator

from yuqing.domain.alert import SeriesPoint
from yuqing.fonts import font_path

BLOCKS = "▁▂▃▄▅▆▇█"
UNKNOWN = "·"
TITLE = "每 5 分钟负面条数"
SHANGHAI = ZoneInfo("Asia/Shanghai")
# Without a background, in tones that are legible on white and on the dark card of a mail alike.
_INK, _ALARM, _MUTED, _UNSEEN = "#78838f", "#d84343", "#98a2ad", "#8a94a038"


def blocks(points: Sequence[SeriesPoint], width: int = 36) -> str:
    """The series as block characters; a column is the sum of some bins, · where nobody could look."""
    size = max(1, -(-len(points) // width))
    columns = [points[i : i + size] for i in range(0, len(points), size)]
    sums = [_sum(column) for column in columns]
    top = max((value for value in sums if value is not None), default=0) or 1
    return "".join(_block(value, top) for value in sums)


def _block(value: int | None, top: int) -> str:
    """The lowest block is nothing at all; one post already stands out from it."""
    if value is None:
        return UNKNOWN
    return BLOCKS[min(1 + value * 7 // (top + 1), 7)] if value else BLOCKS[0]


def _sum(column: Sequence[SeriesPoint]) -> int | None:
    known = [point.negative for point in column if point.negative is not None]
    return sum(known) if known else None


def picture(points: Sequence[SeriesPoint], expected: Sequence[float], opened: datetime) -> bytes:
    """PNG, about 1,090 x 420 pixels, legible on a phone, Chinese labels; made without any display or global state."""
    figure = Figure(figsize=(3.9, 1.5), dpi=280)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.075, 0.19, 0.915, 0.64))
    font = FontProperties(fname=str(font_path()), size=8.5)
    places = range(len(points))
    counts = [0 if point.negative is None else point.negative for point in points]
    colours = [_ALARM if point.start >= opened else _MUTED for point in points]
    axes.bar(places, counts, width=0.85, color=colours)
    axes.plot(places, expected, color=_INK, linewidth=0.9)
    for place, point in enumerate(points):
        if point.negative is None:
            axes.axvspan(place - 0.5, place + 0.5, color=_UNSEEN, linewidth=0)
    _label(axes, points, font)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", transparent=True, metadata={"Software": None})
    return buffer.getvalue()


def _label(axes: Axes, points: Sequence[SeriesPoint], font: FontProperties) -> None:
    # A label at either end would be cut off.
    inner = range(2, len(points) - 2)
    hours = [i for i in inner if points[i].start.minute == 0]
    axes.set_xticks(hours, [f"{points[i].start.astimezone(SHANGHAI):%H:%M}" for i in hours], fontproperties=font)
    axes.set_xlim(-0.6, len(points) - 0.4)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    for tick in axes.get_yticklabels():
        tick.set_fontproperties(font)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_INK)
    axes.tick_params(length=0, colors=_INK)
    axes.set_title(TITLE, fontproperties=font, loc="left", color=_INK)
