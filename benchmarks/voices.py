"""What one robot that repeats itself does to the spike rule, and what leaving its copies out does to that.

    python benchmarks/voices.py [--seed 404] [--brands 60]

Into brands of the shared bank a push is put: so many copies of one post by one author within half an hour. (1) At a
quiet time: does it ring? (2) Three hours before a labelled crisis: is the crisis still told within an hour? Each time
the series is scored as it is (every copy counts) and as the product judges it (alerts/detectors/voices.py: the copies
are left out, one post stays). The shared folder is needed, as for benchmarks/spikes.py.
"""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from alerts.coverage_bins import BIN, Window
from alerts.detectors.scs import score_series
from alerts.detectors.voices import Copies
from alerts.series import Series
from benchmarks.spike_minutes import shared_bench
from benchmarks.spikes import in_time, shipped_constants

SIZES = (20, 80, 300)
LENGTH = 6  # bins of a push
AHEAD = 36  # bins from the push to the crisis
SOON = 12  # bins within which a crisis is told in time
CLEAR = 576  # bins without a crisis on either side of a quiet time


def pushed(brand: Any, at: int, copies: int, random: np.random.Generator) -> tuple[Series, Copies]:
    """The brand with so many posts of one author from a bin on, and those of them that are copies."""
    negative, total = (each.copy() for each in in_time(brand))
    start = datetime.fromtimestamp(float(brand["t"][0]), UTC)
    seconds = np.sort(random.uniform(0, LENGTH * BIN.total_seconds(), copies))
    times = [start + at * BIN + timedelta(seconds=float(each)) for each in seconds]
    series = Series(Window(start, len(negative)), negative, total, brand["up"] > 0)
    extra = Copies(tuple(times)).counted(series)
    series = Series(series.window, negative + extra, total + extra, series.known)
    return series, Copies(tuple(times[1:]))


def opens(series: Series) -> np.ndarray[Any, Any]:
    """Where the spike rule calls."""
    return score_series(series.negative, series.total, series.known, shipped_constants()).opens


def quiet_time(brand: Any, random: np.random.Generator) -> int | None:
    """A bin with history before it, far from every crisis and outage, seen completely."""
    for at in random.permutation(np.arange(brand["score_from"], len(brand["neg"]) - CLEAR))[:200].tolist():
        spans = [(each["onset"], each["end_quiet"]) for each in brand["crises"]]
        spans += [(each["start"], each["end"]) for each in brand["benign"] if each["kind"] != "miniburst"]
        if all(at < first - CLEAR or at > last + CLEAR for first, last in spans):
            return at
    return None


def main() -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=404)
    parser.add_argument("--brands", type=int, default=60)
    arguments = parser.parse_args()
    bank = shared_bench()[0].make_bank(arguments.seed, arguments.brands)
    random = np.random.default_rng(arguments.seed)
    quiet = [(brand, at) for brand in bank if (at := quiet_time(brand, random)) is not None]
    crises = [(brand, each["onset"]) for brand in bank for each in brand["crises"] if each["kind"] == "sudden"]
    print(f"seed {arguments.seed}, {arguments.brands} brands: {len(quiet)} quiet times, {len(crises)} sudden crises")
    print(
        "copies   quiet: rings as it is / copies left out   crisis told within an hour: no push / as it is / left out"
    )
    alone = np.mean([opens(pushed(brand, 0, 0, random)[0])[at : at + SOON].any() for brand, at in crises])
    for copies in SIZES:
        rings = [ringing(brand, at, copies, random, (0, LENGTH + 1)) for brand, at in quiet]
        told = [ringing(brand, at - AHEAD, copies, random, (AHEAD, AHEAD + SOON)) for brand, at in crises]
        figures = (*np.mean(rings, axis=0), alone, *np.mean(told, axis=0))
        print(
            f"{copies:6d}   {figures[0]:10.3f} / {figures[1]:.3f}"
            f"                          {figures[2]:10.3f} / {figures[3]:.3f} / {figures[4]:.3f}"
        )
    return 0


def ringing(brand: Any, at: int, copies: int, random: np.random.Generator, part: tuple[int, int]) -> tuple[bool, bool]:
    """Whether a call comes in a part after the push: with every copy counted, and with the copies left out."""
    series, extra = pushed(brand, at, copies, random)
    both = (series, extra.out_of(series))
    return tuple(bool(opens(each)[at + part[0] : at + part[1]].any()) for each in both)


if __name__ == "__main__":
    sys.exit(main())
