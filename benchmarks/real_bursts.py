"""The shipped spike detector on real time series, beside two common rules, in one run.

    python -m benchmarks.real_bursts                     table, and benchmarks/out/real_bursts.json
    python -m benchmarks.real_bursts --pictures docs/images/backtest      and a picture for each of ten cases
    python -m benchmarks.real_bursts --rumours 8         a quick look, JSON in benchmarks/out/real_bursts-reduced.json
    python -m benchmarks.real_bursts --rumours 0 --heat-unit 5000         the hot list alone, counted in another unit

Two sources: hourly heat of bank topics on the Weibo hot list, and reposts of Weibo rumours with the second they were
made, before two backgrounds (docs/reference/backtest-real.md tells how they become counts, and what a burst is).
Nothing is tuned here: constants, rules and the stance model are those that the product ships. Needs the shared folder
(YQ_SHARED, or `shared` beside the checkout).
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.real_bursts_detectors import OURS, Result, result_of, why_missed
from benchmarks.real_bursts_judging import weeks
from benchmarks.real_bursts_pictures import chosen, draw
from benchmarks.real_bursts_series import (
    BACKGROUNDS,
    DAY_BINS,
    HEAT_UNIT,
    drawn_rumours,
    heat_cases,
    is_whole,
    load_reposts,
    rumour_case,
)

HERE = Path(__file__).resolve().parent
RUMOURS, SEED = 40, 6


def figures(results: Sequence[Result], name: str) -> dict[str, float]:
    """The columns of one detector over all series of one sort."""
    told = [
        (burst, delay) for each in results for burst, delay in zip(each.bursts, each.judged[name].delays, strict=True)
    ]
    delays = [delay for _, delay in told if delay is not None]
    length = sum(weeks(each.case.series, each.case.judged_from) for each in results)
    return {
        "series": len(results),
        "weeks": round(length, 1),
        "bursts": len(told),
        "alerts": sum(sum(at >= each.case.judged_from for at in each.opens[name]) for each in results),
        "recall": _share([delay for _, delay in told]),
        "recall_worse": _share([delay for burst, delay in told if burst.is_worse]),
        "bursts_worse": sum(burst.is_worse for burst, _ in told),
        "recall_big": _share([delay for burst, delay in told if burst.is_big and burst.is_worse]),
        "bursts_big": sum(burst.is_big and burst.is_worse for burst, _ in told),
        "delay_median": _percentile(delays, 50),
        "delay_p95": _percentile(delays, 95),
        "false_per_week": sum(len(each.judged[name].false) for each in results) / length,
        "repeats_per_burst": sum(each.judged[name].repeats for each in results) / max(len(told), 1),
    }


def volume(results: Sequence[Result]) -> tuple[float, float, float]:
    """Negatives a day, all a day, and the part of the time of which nothing is known."""
    series = [each.case.series for each in results]
    known = np.concatenate([each.known for each in series])
    daily = [
        np.concatenate(column)[known].mean() * DAY_BINS
        for column in ([each.negative for each in series], [each.total for each in series])
    ]
    return float(daily[0]), float(daily[1]), float(1 - known.mean())


def missed(results: Sequence[Result]) -> Counter[str]:
    """How many bursts the spike detector missed, by what kept it quiet."""
    pairs = [(each, pair) for each in results for pair in zip(each.bursts, each.judged[OURS].delays, strict=True)]
    return Counter(why_missed(each.bins, burst) for each, (burst, delay) in pairs if delay is None)


def _share(delays: Sequence[int | None]) -> float:
    return sum(delay is not None for delay in delays) / len(delays) if delays else float("nan")


def _percentile(values: Sequence[int], q: float) -> float:
    return float(np.percentile(values, q)) if values else float("nan")


HEAD = "detector                 alerts  recall  worse    big   delay p50/p95 min  false/week  repeats/burst"


def lines(kind: str, results: Sequence[Result]) -> list[str]:
    """The table of one sort of series."""
    table = {name: figures(results, name) for name in results[0].judged}
    first = table[OURS]
    negative, total, unknown = volume(results)
    head = (
        f"{kind}: {first['series']} series, {first['weeks']:.0f} weeks, {unknown:.1%} unknown, {negative:.0f} of"
        f" {total:.0f} a day negative; {first['bursts']} bursts, of which {first['bursts_worse']} with a worse share"
        f" (big ones: {first['bursts_big']})"
    )
    told = ", ".join(f"{count} {why}" for why, count in sorted(missed(results).items())) or "none"
    return [head, HEAD, *(_line(name, row) for name, row in table.items()), f"missed by {OURS}, why: {told}", ""]


def _line(name: str, row: Mapping[str, float]) -> str:
    return (
        f"{name:24s} {row['alerts']:6.0f}  {row['recall']:6.3f}  {row['recall_worse']:.3f}  {row['recall_big']:.3f}"
        f"   {row['delay_median']:7.0f} /{row['delay_p95']:5.0f}    {row['false_per_week']:10.3f}"
        f"  {row['repeats_per_burst']:13.2f}"
    )


def measure(folder: Path, rumours: int, unit: int) -> dict[str, list[Result]]:
    """All series, by sort."""
    results = {"热榜": [result_of(case) for case in heat_cases(folder, unit)]}
    if not rumours:
        return results
    reposts = load_reposts(folder)
    lot = drawn_rumours(reposts, rumours, SEED)
    for kind in BACKGROUNDS:
        cases = (rumour_case(reposts, kind, number, *each) for number, each in enumerate(lot, 1))
        results[kind] = [result_of(case) for case in cases]
    return results


def main() -> int:
    """Measure, print, write, and draw when asked to. Exit code 2 without the data."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rumours", type=int, default=RUMOURS)
    parser.add_argument("--heat-unit", type=int, default=HEAT_UNIT)
    parser.add_argument("--pictures", type=Path)
    arguments = parser.parse_args()
    folder = Path(os.environ.get("YQ_SHARED") or HERE.parent.parent / "shared") / "data"
    if not is_whole(folder):
        print(f"skipped: no weibo_hot_hourly and ced_weibo_rumor in {folder} (set YQ_SHARED)")
        return 2
    results = measure(folder, arguments.rumours, arguments.heat_unit)
    for kind, found in results.items():
        print(*lines(kind, found), sep="\n")
    every = [each for found in results.values() for each in found]
    print(f"stream and replay open in the same bins: {sum(each.is_same for each in every)} of {len(every)} series")
    full = (arguments.rumours, arguments.heat_unit) == (RUMOURS, HEAT_UNIT)
    name = "real_bursts.json" if full else "real_bursts-reduced.json"
    body: dict[str, dict[str, object]] = {
        kind: {"missed": dict(missed(found)), **{name: figures(found, name) for name in found[0].judged}}
        for kind, found in results.items()
    }
    if arguments.pictures:
        print(*draw(chosen(results), arguments.pictures), sep="\n")
    (HERE / "out").mkdir(exist_ok=True)
    (HERE / "out" / name).write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
