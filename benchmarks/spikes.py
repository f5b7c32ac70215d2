"""The shipped spike detector on the synthetic bank of the shared benchmark, beside three common rules, in one run.

    python benchmarks/spikes.py                      seeds 1-3, 120 brands each: table and benchmarks/out/spikes.json
    python benchmarks/spikes.py --gate               for CI; exit 1 where a floor of spike_floors.json is missed
    python benchmarks/spikes.py --seeds 401 402 403  other seeds, written to benchmarks/out/spikes-reduced.json
    python benchmarks/spikes.py --brands 24          a quick look, written there as well

The floors are the targets where the full run reaches them, else a little below what it reaches; targets that are
missed are named with every run. Needs the shared folder (YQ_SHARED, or `shared` beside the checkout). Late posts are
left out and bins in which the crawler reported itself down are unknown, as in the product (`alerts/series.py`); the
rule file's `min_posts` counts. The bank counts by five minutes; the minutes of a bin, which the spike rule looks at
where posts are many, are dealt by chance, so everything is scored by the minute (benchmarks/spike_minutes.py).
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

# The folder of the package is found however this file is started: by path or as a module.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from alerts.coverage_bins import Window
from alerts.detectors.courses import Holding
from alerts.detectors.scs import score_series, tail_probability
from alerts.detectors.scs_constants import DEFAULTS, ScsConstants
from alerts.detectors.scs_pass import Usual, baselines, guard
from alerts.detectors.scs_stream import ScsStream
from alerts.detectors.scs_windows import Peaks, prefix, window
from alerts.detectors.slow_burn import SlowBurn
from alerts.detectors.spike import spike_constants
from alerts.rules import load_rule_file
from alerts.series import Series
from benchmarks.spike_minutes import CLOSED, Brand, Minutes, bench_folder, by_minute, dealt, shared_bench, slides
from config.loader import load_yaml
from yuqing.domain.alert import Rule

HERE = Path(__file__).resolve().parent
FLOORS = HERE / "spike_floors.json"
SEEDS, BRANDS = [1, 2, 3], 120  # the full run; its figures are the ones that the product tells
BOTH = "scs + slow_burn"
EWMA_TAIL = 0.005
NO_PEAKS = Peaks(np.zeros(0), np.zeros(0))  # the guard does not read them
KINDS = ("sudden", "reignite", "slow")


@cache
def shipped_constants() -> ScsConstants:
    """What the shipped rule file runs with: nobody is woken for fewer than its `min_posts`."""
    return spike_constants(_rule("spike"))


def shipped(brand: Brand) -> Minutes:
    """SCS as config/rules/spike.yml ships it, with the open bin of busy brands judged every minute."""
    negative, total = in_time(brand)
    parts = slides(dealt(brand), brand["up"] > 0)
    return score_series(negative, total, brand["up"] > 0, shipped_constants(), parts).minute


def closed_bins(brand: Brand) -> Minutes:
    """The same without the looks inside bins."""
    negative, total = in_time(brand)
    return score_series(negative, total, brand["up"] > 0, shipped_constants()).minute


def both(brand: Brand) -> Minutes:
    """The spike rule and the slow-burn rule together, as config/rules ships them: every call that somebody gets."""
    spikes, (negative, total) = shipped(brand), in_time(brand)
    start = datetime.fromtimestamp(float(brand["t"][0]), UTC)
    series = Series(Window(start, len(negative)), negative, total, brand["up"] > 0)
    burns = SlowBurn().course(_rule("slow_burn"), series).opens
    return np.where(spikes > 0, spikes, np.where(burns, CLOSED, 0))


def in_time(brand: Brand) -> tuple[Any, Any]:
    """(negative, all) without what was caught up after an outage."""
    return brand["neg"] - brand["late_neg"], brand["all"] - brand["late_all"]


@cache
def _rule(name: str) -> Rule:
    path = HERE.parent / "config" / "rules" / f"{name}.yml"
    return load_rule_file(path, load_yaml(path)).domain()


def hour_times_three(brand: Brand) -> Minutes:
    """The usual spike rule: this hour at least ten and three times the hour before."""
    prefix = np.concatenate(([0.0], np.cumsum(brand["neg"])))
    now = np.arange(1, len(prefix))
    hour = prefix[now] - prefix[np.maximum(now - 12, 0)]
    before = prefix[np.maximum(now - 12, 0)] - prefix[np.maximum(now - 24, 0)]
    return _at_close(_edges((hour >= 10) & (hour >= 3 * np.maximum(before, 1))))


def day_above_week(brand: Brand) -> Minutes:
    """The usual vendor rule: the last 24 hours above mean + 3 sd of the seven days before, looked at hourly."""
    hourly = brand["neg"][: len(brand["neg"]) // 12 * 12].reshape(-1, 12).sum(axis=1)
    day = np.convolve(hourly, np.ones(24))[: len(hourly)]
    alarm = np.zeros(len(brand["neg"]), bool)
    for hour in range(24 * 8, len(day)):
        past = day[hour - 24 * 7 : hour]
        alarm[hour * 12 + 11] = day[hour] > past.mean() + 3 * past.std()
    held = alarm.copy()
    held[11::12] &= ~np.concatenate(([False], alarm[11::12][:-1]))
    return _at_close(held)


def ewma_negative_binomial(brand: Brand) -> Minutes:
    """The textbook control chart with the same guards: the last half hour is too many for a negative binomial around
    the running mean (half-life three days), dispersion by moments of the week before, and the share guard holds."""
    (negative, total), known, constants = in_time(brand), brand["up"] > 0, shipped_constants()
    seen = np.where(known, negative, 0.0)
    flat = ScsConstants(season_days=0)
    mean, level = baselines(seen, known.astype(float), flat)
    share = np.clip((_week(seen) + constants.prior_negative) / (_week(total * known) + constants.prior_total), 0, 1)
    high = guard(seen, np.where(known, total, 0.0), Usual(mean, level, NO_PEAKS, NO_PEAKS, share), constants)
    half, usual = (window(prefix(each), 6) for each in (np.where(known, negative, mean), mean))
    excess, square = (_week(each) for each in ((half - usual) ** 2 - usual, usual**2))
    spread = np.divide(excess, square, out=np.full_like(excess, 4.0), where=square > 0)
    tail = tail_probability(half, usual, np.clip(spread, DEFAULTS.dispersion_low, DEFAULTS.dispersion_high))
    enough = window(prefix(seen), 6) >= constants.open_min
    holds = (tail <= EWMA_TAIL) & high & enough & (np.cumsum(known) > DEFAULTS.min_history)
    return _at_close(Holding(holds, tail <= EWMA_TAIL, known, DEFAULTS.close_bins, 72).course().opens)


def _week(values: Any) -> Any:
    return window(prefix(values), DEFAULTS.guard_history, DEFAULTS.guard_bins)


def _at_close(opens: Any) -> Minutes:
    return np.where(opens, CLOSED, 0)


def _edges(condition: Any) -> Any:
    return condition & ~np.concatenate(([False], condition[:-1]))


DETECTORS: Mapping[str, Callable[[Brand], Minutes]] = {
    "scs": shipped,
    BOTH: both,
    "scs, closed bins": closed_bins,
    "EWMA neg. binomial": ewma_negative_binomial,
    "1h x3, >=10": hour_times_three,
    "24h > mean+3sd": day_above_week,
}


def measure(seeds: list[int], brands: int) -> dict[str, dict[str, float]]:
    """Figures per detector, pooled over the seeds; says how far it is."""
    bench, score_bench = shared_bench()
    pools: dict[str, list[Any]] = {name: [] for name in DETECTORS}
    for seed in seeds:
        start = time.perf_counter()
        bank = bench.make_bank(seed, brands)
        for name, detector in DETECTORS.items():
            pools[name].append(by_minute(detector, bank, score_bench.score))
        print(f"seed {seed}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return {name: _pooled(scores) for name, scores in pools.items()}


def _pooled(scores: list[Any]) -> dict[str, float]:
    rows = [row for score in scores for row in score["_rows"]]
    weeks = sum(score["all"]["brand_weeks"] for score in scores)
    false_alarms = [alarm for score in scores for alarm in score["_fa"]]
    delays = [row[3] for row in rows if row[2] and row[1] != "slow"]
    high = [row[3] for row in rows if row[2] and row[1] != "slow" and row[0] == "high"]
    slow = [row[4] for row in rows if row[2] and row[1] == "slow"]
    figures = {"crises": len(rows), "brand_weeks": weeks, "recall": _share(rows)}
    figures |= {f"recall_{kind}": _share([row for row in rows if row[1] == kind]) for kind in KINDS}
    figures |= {"false_alarms": len(false_alarms) / weeks}
    figures |= {"false_alarms_outage": sum(alarm[1] == "outage" for alarm in false_alarms) / weeks}
    figures |= {"delay_median": _percentile(delays, 50), "delay_p95": _percentile(delays, 95)}
    figures |= {"high_delay_median": _percentile(high, 50), "high_delay_p95": _percentile(high, 95)}
    return figures | {
        "slow_median": _percentile(slow, 50),
        "us_per_bin": sum(score["us_per_bin"] for score in scores) / len(scores),
    }


def _share(rows: list[Any]) -> float:
    return sum(row[2] for row in rows) / len(rows) if rows else float("nan")


def _percentile(values: list[float], q: float) -> float:
    return float(np.percentile(values, q)) if values else float("nan")


def stream_cost(*, looks: bool, brands: int = 3) -> float:
    """Microseconds per bin and subject of the streaming form, without or with four looks inside every bin."""
    bench, _ = shared_bench()
    bank, bins = bench.make_bank(1, brands), 0
    start = time.process_time()
    for brand in bank:
        stream = ScsStream(shipped_constants())
        for negative, total in zip(brand["neg"].tolist(), brand["all"].tolist(), strict=True):
            for phase in range(1, CLOSED) if looks else ():
                stream.look(phase, negative, total)
            stream.update(negative, total)
        bins += len(brand["neg"])
    return 1e6 * (time.process_time() - start) / bins


HEAD = "detector           crises  recall (sudden reign  slow)  FA/bw  by outage  delay p50/p95  high p50/p95  slow p50"


def line(name: str, row: Mapping[str, float]) -> str:
    """One row of the table."""
    return (
        f"{name:18s} {row['crises']:6.0f}  {row['recall']:.3f}"
        f"  ({row['recall_sudden']:.3f}  {row['recall_reignite']:.3f} {row['recall_slow']:.3f})"
        f"  {row['false_alarms']:.3f}      {row['false_alarms_outage']:.3f}"
        f"  {row['delay_median']:6.0f} /{row['delay_p95']:4.0f}"
        f"   {row['high_delay_median']:6.0f} /{row['high_delay_p95']:4.0f}  {row['slow_median']:8.0f}"
    )


def missed(figures: Mapping[str, float], floors: Mapping[str, Mapping[str, float]]) -> list[str]:
    """What falls short of the floors, in words."""
    low = [f"{key} {figures[key]:.3f} < {value}" for key, value in floors["at_least"].items() if figures[key] < value]
    high = [f"{key} {figures[key]:.3f} > {value}" for key, value in floors["at_most"].items() if figures[key] > value]
    return low + high


def main() -> int:
    """Measure, print, write, and compare with the floors when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--brands", type=int, default=BRANDS)
    parser.add_argument("--gate", action="store_true")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    full = (arguments.seeds, arguments.brands) == (SEEDS, BRANDS)
    arguments.output = arguments.output or HERE / "out" / ("spikes.json" if full else "spikes-reduced.json")
    if not (bench_folder() / "bench.py").is_file():
        # A checkout without the shared data still passes its checks, and says what was not checked.
        print(f"skipped: no shared spike benchmark in {bench_folder()} (set YQ_SHARED)")
        return 0 if arguments.gate else 2
    table = measure(arguments.seeds, arguments.brands)
    table["scs"]["us_per_bin_stream"] = stream_cost(looks=False)
    table["scs"]["us_per_bin_minutes"] = stream_cost(looks=True)
    print(
        f"seeds {arguments.seeds}, {arguments.brands} brands each, {table['scs']['brand_weeks']:.0f} brand-weeks, min"
    )
    print(HEAD, *(line(name, row) for name, row in table.items()), sep="\n")
    print(
        f"scs: {table['scs']['us_per_bin']:.1f} us per bin as arrays, {table['scs']['us_per_bin_stream']:.0f} streaming"
        f", {table['scs']['us_per_bin_minutes']:.0f} streaming with four looks inside each bin"
    )
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    run = {"seeds": arguments.seeds, "brands": arguments.brands, "detectors": table}
    arguments.output.write_text(json.dumps(run, indent=1), encoding="utf-8")
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    for name, marks in ((name, floors[name]) for name in ("scs", BOTH)):
        print(*(f"{name}: short of the target: {text}" for text in missed(table[name], marks["targets"])), sep="\n")
    short = [f"{name} {text}" for name in ("scs", BOTH) for text in missed(table[name], floors[name])]
    short = short if arguments.gate else []
    print(*(f"below the floor: {text}" for text in short), sep="\n")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
