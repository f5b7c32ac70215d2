"""Whether a probability means what it says: how often texts were really negative, against what the models said.

    python benchmarks/calibration.py                                    table, JSON in benchmarks/out/calibration.json
    python benchmarks/calibration.py --plot docs/images/calibration.png      and the picture

On the dev comments, the kind of text that the product reads most, by models that did not learn them (see errors.py).
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager

from benchmarks.errors import Bench, bench
from nlp.training.data import shared_data
from nlp.training.evaluation import load_sets
from nlp.training.metrics import calibration_error
from yuqing.domain.errors import InputError
from yuqing.fonts import font_path

HERE = Path(__file__).parent
BINS = 10
Z = 1.96
NAMES = {
    "linear": "线性模型", "ensemble": "线性 + 编码器", "cascade": "级联", "snownlp": "SnowNLP（基线）"
}  # fmt: skip
COLOUR, FAINT = "#1d4f85", "#c8d3e0"


@dataclass(frozen=True, slots=True)
class Bin:
    """Texts whose probability lies in one tenth: the mean of what was said, and the share that was negative."""

    texts: int
    said: float
    was: float
    low: float
    high: float


def bins(truth: Any, chance: Any) -> list[Bin]:
    """The tenths that have texts, with Wilson intervals."""
    place = np.minimum((chance * BINS).astype(int), BINS - 1)
    tenths = [place == number for number in range(BINS)]
    return [_bin(truth[tenth] == 0, chance[tenth]) for tenth in tenths if tenth.any()]


def _bin(negative: Any, chance: Any) -> Bin:
    size, share = len(negative), float(negative.mean())
    middle = (share + Z * Z / (2 * size)) / (1 + Z * Z / size)
    half = Z * sqrt(share * (1 - share) / size + Z * Z / (4 * size * size)) / (1 + Z * Z / size)
    return Bin(size, float(chance.mean()), share, middle - half, middle + half)


def measure(found: Bench) -> dict[str, dict[str, Any]]:
    """Of each model the tenths and the calibration error."""
    rows = found.rows("comments")
    return {name: _measured(found.said[name].truth[rows], found.said[name].probabilities[rows, 0]) for name in NAMES}


def _measured(truth: Any, chance: Any) -> dict[str, Any]:
    return {"ece": calibration_error(truth == 0, chance), "bins": [asdict(each) for each in bins(truth, chance)]}


def show(figures: Mapping[str, Any]) -> None:
    """One line per model and tenth."""
    print("| model | said | was negative | 95 % | texts |\n|---|---:|---:|---|---:|")
    for name, each in figures.items():
        for part in each["bins"]:
            interval = f"{part['low']:.2f}-{part['high']:.2f}"
            print(f"| {name} | {part['said']:.2f} | {part['was']:.2f} | {interval} | {part['texts']} |")
        print(f"| {name}: error | {each['ece']:.3f} | | | |")


def plot(figures: Mapping[str, Any], path: Path) -> None:
    """One panel per model: points on the line mean what they say; bars are how many texts there are."""
    fontManager.addfont(font_path())
    family = str(FontProperties(fname=font_path()).get_name())
    with mpl.rc_context({"font.family": family, "font.size": 9, "axes.unicode_minus": False}):
        canvas = Figure(figsize=(11, 3.5), dpi=110, layout="constrained")
        FigureCanvasAgg(canvas)
        panels = canvas.subplots(1, len(figures), sharey=True)
        for axes, (name, each) in zip(panels, figures.items(), strict=True):
            _panel(axes, each)
            axes.set_title(f"{NAMES[name]}　校准误差 {each['ece']:.3f}", fontsize=9.5)
        panels[0].set_ylabel("实际为负面的份额")
        canvas.savefig(path)


def _panel(axes: Axes, figures: Mapping[str, Any]) -> None:
    parts = figures["bins"]
    most = max(part["texts"] for part in parts)
    said, was = [part["said"] for part in parts], [part["was"] for part in parts]
    axes.bar(said, [0.3 * part["texts"] / most for part in parts], width=0.05, color=FAINT, label="条数（相对）")
    axes.plot([0, 1], [0, 1], color="#8a94a3", linewidth=1, linestyle="--", label="所说即所是")
    errors = [[part["was"] - part["low"] for part in parts], [part["high"] - part["was"] for part in parts]]
    line = {"color": COLOUR, "marker": "o", "markersize": 4, "linewidth": 1.4, "capsize": 2}
    axes.errorbar(said, was, yerr=errors, label="95% 区间", **line)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.02, 1.02), xlabel="模型说的负面概率")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, draw. Exit code 2 without the data."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args(arguments)
    try:
        figures = measure(bench(load_sets(shared_data())))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    show(figures)
    output = HERE / "out" / "calibration.json"
    output.parent.mkdir(exist_ok=True)
    output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.plot:
        plot(figures, options.plot)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
