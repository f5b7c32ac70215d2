"""How often the message 再次放大 would come: in crises, and where there is none.

    python -m benchmarks.surges        seeds 31 and 32, 60 brands each

The spike rule on the synthetic bank of the shared folder (YQ_SHARED, or `shared` beside the checkout). An event that
goes on is told again when half an hour of it has four times the posts of its loudest half hour up to an hour after the
last message (alerts/surges.py, worked out here on the bins of the series).
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alerts.detectors.courses import LOOK_BACK
from alerts.detectors.scs import score_series
from alerts.detectors.scs_constants import ScsConstants
from alerts.detectors.spike import SHOWN_BINS, spike_constants
from alerts.surges import TIMES, UNFOLDING
from benchmarks.spike_minutes import bench_folder, shared_bench
from benchmarks.topic_series import WEEK, rule

HOUR = int(UNFOLDING.total_seconds() // 300)


def surges(volume: NDArray[np.float64], opening: int, end: int, times: float) -> Iterator[int]:
    """The bins in which an event that lasts until `end` is told to have grown again."""
    told = opening
    loudest = np.maximum.accumulate(volume[opening:end])
    while told + HOUR < end:
        level = max(loudest[told + HOUR - opening], 1.0)
        later = np.flatnonzero(loudest[told + HOUR + 1 - opening :] >= times * level)
        if not len(later):
            return
        told += HOUR + 1 + int(later[0])
        yield told


def judged(brand: Mapping[str, Any], constants: ScsConstants, times: float) -> tuple[int, int, int]:
    """Events of a brand, and growth told inside and outside its crises."""
    negative, known = brand["neg"] - brand["late_neg"], brand["up"] > 0
    found = score_series(negative, brand["all"] - brand["late_all"], known, constants)
    volume = np.convolve(negative * known, np.ones(SHOWN_BINS))[: len(negative)]
    openings = [int(at) for at in np.flatnonzero(found.opens) if at >= brand["score_from"]]
    ends = [*openings[1:], len(negative)]
    spans = [(first, _over(found.is_open, first, end)) for first, end in zip(openings, ends, strict=True)]
    told = [at for first, end in spans for at in surges(volume, first, end, times)]
    inside = sum(any(each["onset"] <= at <= each["end_quiet"] for each in brand["crises"]) for at in told)
    return len(openings), inside, len(told) - inside


def _over(is_open: NDArray[np.bool_], opening: int, end: int) -> int:
    closed = np.flatnonzero(~is_open[opening:end])
    return min(max(opening + int(closed[0]), opening + LOOK_BACK), end) if len(closed) else end


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[31, 32])
    parser.add_argument("--brands", type=int, default=60)
    parser.add_argument("--times", type=float, nargs="+", default=[TIMES])
    asked = parser.parse_args(arguments)
    if not (bench_folder() / "bench.py").is_file():
        print(f"skipped: no shared spike benchmark in {bench_folder()} (set YQ_SHARED)")
        return 2
    bench, _ = shared_bench()
    brands = [brand for seed in asked.seeds for brand in bench.make_bank(seed, asked.brands)]
    weeks = sum((len(brand["neg"]) - brand["score_from"]) / WEEK for brand in brands)
    for times in asked.times:
        rows = [judged(brand, spike_constants(rule("spike")), times) for brand in brands]
        events, inside, outside = (sum(column) for column in zip(*rows, strict=True))
        print(
            f"x{times:g}: {events} events in {weeks:.0f} brand-weeks; told again {inside} in crises, {outside} outside"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
