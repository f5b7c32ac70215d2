"""What watching topic by topic finds beside watching the whole subject, and what it costs in false alarms.

    python -m benchmarks.topic_series        seeds 201-202, 40 brands each: table and benchmarks/out/topic_series.json
    python -m benchmarks.topic_series --seeds 31 --brands 20 --scores 0.9 1.2 1.6        to choose the height for topics

The synthetic bank of the shared folder (YQ_SHARED, or `shared` beside the checkout) gives subjects of very different
size with crises, campaigns, outages and back-fill. Here every post gets one of sixteen topics: the shares differ a
hundredfold, wander over hours and days (each topic by itself) and clump from bin to bin as much as the bank's own
counts do; nine tenths of a crisis are about one topic, the rest about all of them. Into the free days of each subject
come small crises of a single topic: 8 to 40 posts an hour at their height, whatever the size of the subject; told apart
are those that at least triple the topic's negative posts (`one topic`) and those that do not (`hidden`).

`subject` is config/rules/spike.yml, `topics` config/rules/topic_spike.yml over all sixteen series, `both` what people
get: what is part of the subject's event joins it (alerts/matter.py). An alarm counts for a crisis from its first bin to
three hours later. Delays in minutes.

The last line asks the same of second matters: into each crisis of a subject comes one of another topic, half an hour to
two hours after it. Found is one for which people are called by its topic.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alerts.detectors.scs import score_series
from alerts.detectors.scs_constants import ScsConstants
from alerts.detectors.spike import spike_constants
from alerts.rules import load_rule_file
from benchmarks.spike_minutes import bench_folder, shared_bench
from benchmarks.topic_calls import Openings, Second, calls, seconds
from config.loader import load_yaml

HERE = Path(__file__).resolve().parent
Floats = NDArray[np.float64]
TOPICS = 16
SEEDS, BRANDS = [201, 202], 40
DAY, WEEK = 288, 2_016
MATCH = 36  # bins: three hours
TIERS = ("low", "mid", "high")


@dataclass(frozen=True)
class Crisis:
    """When, and in which topic; -1: a crisis of the whole subject, out of the shared bench."""

    onset: int
    match: int  # the last bin in which an alarm finds it
    quiet: int  # the last bin of its echo
    topic: int
    is_visible: bool = True  # it at least triples the topic's negative posts


@dataclass(frozen=True)
class Brand:
    """A subject split into topics: one row a topic, one column a bin."""

    tier: str
    negative: Floats
    total: Floats
    known: NDArray[np.bool_]
    crises: tuple[Crisis, ...]
    first: int


def split(brand: Mapping[str, Any], rng: np.random.Generator) -> Brand:
    """A brand of the shared bench, its posts dealt to topics, with small crises of single topics added."""
    negative, total = brand["neg"] - brand["late_neg"], brand["all"] - brand["late_all"]
    shares, bins = _shares(rng, len(negative)), len(negative)
    usual = np.minimum(negative, rng.poisson(brand["mu_neg"]))
    crises = [Crisis(each["onset"], each["end_match"], each["end_quiet"], -1) for each in brand["crises"]]
    inside = np.zeros(bins, bool)
    topic_of = np.zeros(bins, int)
    for each in crises:
        inside[each.onset : each.quiet + 1] = True
        topic_of[each.onset : each.quiet + 1] = rng.integers(0, TOPICS)
    excess = np.where(inside, negative - usual, 0.0)
    about = rng.binomial(excess.astype(int), 0.9)
    rows = _dealt(rng, negative - about, shares)
    rows[topic_of, np.arange(bins)] += about
    others = _dealt(rng, total - negative, shares)
    small = _small(brand, crises, inside, shares, rng)
    for crisis, extra in small:
        seen = extra * (brand["up"] > 0)
        rows[crisis.topic] += seen
    crises += [crisis for crisis, _ in small]
    return Brand(brand["tier"], rows, rows + others, brand["up"] > 0, tuple(crises), brand["score_from"])


def _shares(rng: np.random.Generator, bins: int) -> Floats:
    """A row a topic; columns add up to one."""
    base = rng.permutation(1.0 / np.arange(1, TOPICS + 1) ** 1.6)
    days = bins // DAY + 2
    wander = np.cumsum(rng.normal(0, 0.15, (TOPICS, days)), axis=1) * 0.6
    slow = np.array([np.interp(np.arange(bins) / DAY, np.arange(days), row) for row in wander])
    hours = bins // 12 + 2
    noise = rng.normal(0, 0.25, (TOPICS, hours))
    quick = np.array([np.interp(np.arange(bins) / 12, np.arange(hours), row) for row in noise])
    shares = base[:, None] * np.exp(slow + quick)
    return np.asarray(shares / shares.sum(axis=0))


def _dealt(rng: np.random.Generator, counts: Floats, shares: Floats) -> Floats:
    """Posts come in clumps: each topic's share of a bin varies by a sixth to two fifths, as the bench's counts do."""
    shape = rng.uniform(6, 40, (TOPICS, 1))
    clumped = shares * rng.gamma(np.broadcast_to(shape, shares.shape)) / shape
    clumped /= clumped.sum(axis=0)
    return rng.multinomial(counts.astype(int), clumped.T).T.astype(float)


def _small(
    brand: Mapping[str, Any],
    crises: Sequence[Crisis],
    inside: NDArray[np.bool_],
    shares: Floats,
    rng: np.random.Generator,
) -> list[tuple[Crisis, Floats]]:
    """Crises of one topic where nothing else happens, about one a fortnight."""
    bins = len(inside)
    taken = inside.copy()
    for each in (*crises, *(Crisis(each["start"], each["end"], each["end"], -1) for each in brand["benign"])):
        taken[max(each.onset - DAY // 2, 0) : each.quiet + DAY // 2] = True
    found = []
    for _ in range(max(bins // (2 * WEEK), 1)):
        free = [at for at in rng.integers(WEEK, bins - DAY, 40) if not taken[at - DAY // 2 : at + DAY // 2].any()]
        if not free:
            continue
        at = int(free[0])
        peak = np.exp(rng.uniform(np.log(8), np.log(40))) / 12
        shape = np.concatenate((np.linspace(0.3, 1, int(rng.integers(1, 7))), np.ones(int(rng.integers(12, 49)))))
        shape = np.concatenate((shape, 0.5 ** (np.arange(72) / 18)))
        extra = np.zeros(bins)
        part = min(len(shape), bins - at)
        extra[at : at + part] = rng.poisson(peak * shape[:part])
        topic = int(rng.integers(0, TOPICS))
        usual = float((brand["mu_neg"] * shares[topic])[at : at + 24].mean())
        found.append((Crisis(at, at + MATCH, at + part + 12, topic, bool(peak >= 2 * usual)), extra))
        taken[at - DAY : at + 2 * DAY] = True
    return found


def openings(brand: Brand, whole: ScsConstants, topic: ScsConstants) -> Openings:
    """What the two rules find."""
    first = score_series(brand.negative.sum(axis=0), brand.total.sum(axis=0), brand.known, whole)
    parts = []
    for number in range(TOPICS):
        if np.convolve(brand.negative[number], np.ones(6)).max() < topic.open_min:
            continue
        found = score_series(brand.negative[number], brand.total[number], brand.known, topic)
        parts += [(int(at), number) for at in np.flatnonzero(found.opens) if at >= brand.first]
    opened = [int(at) for at in np.flatnonzero(first.opens) if at >= brand.first]
    return Openings(brand.negative, brand.known, opened, sorted(parts), first.is_open)


def with_seconds(brand: Brand, rng: np.random.Generator) -> tuple[Brand, list[Second]]:
    """The same brand with a second matter in each crisis of the subject."""
    onsets = [each.onset for each in brand.crises if each.topic < 0 and each.onset >= brand.first]
    added = seconds(brand.negative, brand.known, onsets, rng)
    negative, total = brand.negative.copy(), brand.total.copy()
    for each in added:
        for counts in (negative, total):
            counts[each.topic, each.onset : each.onset + len(each.extra)] += each.extra
    return replace(brand, negative=negative, total=total), added


def judged(brand: Brand, opened: Iterable[tuple[int, int]]) -> tuple[list[dict[str, Any]], int]:
    """One row per crisis (found? delay), and how many alarms belong to none. `opened`: bin and topic (-1: any)."""
    events = list(opened)
    rows = []
    for crisis in brand.crises:
        mine = [at for at, topic in events if crisis.onset <= at <= crisis.match and _fits(topic, crisis)]
        delay = (min(mine) - crisis.onset + 1) * 5 if mine else None
        kind = "subject" if crisis.topic < 0 else "topic" if crisis.is_visible else "hidden"
        rows.append({"kind": kind, "tier": brand.tier, "delay": delay})
    false = [at for at, _ in events if not any(each.onset <= at <= each.quiet for each in brand.crises)]
    return rows, len(false)


def _fits(topic: int, crisis: Crisis) -> bool:
    return topic < 0 or crisis.topic < 0 or topic == crisis.topic


def measure(seeds: Sequence[int], brands: int, topic: ScsConstants) -> dict[str, Any]:
    """The figures of one height."""
    bench, _ = shared_bench()
    whole = spike_constants(rule("spike"))
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ("subject", "topics", "both")}
    false, alarms = dict.fromkeys(rows, 0), dict.fromkeys(rows, 0)
    weeks, second = 0.0, list[tuple[bool, bool]]()
    for seed in seeds:
        rng, other = np.random.default_rng([seed, 7]), np.random.default_rng([seed, 8])
        for plain in bench.make_bank(seed, brands):
            brand = split(plain, rng)
            weeks += (brand.negative.shape[1] - brand.first) / WEEK
            opened = openings(brand, whole, topic)
            named = {"subject": [(at, -1) for at in opened.whole], "topics": opened.parts, "both": calls(opened)}
            for name, events in named.items():
                found, wrong = judged(brand, events)
                rows[name] += found
                false[name] += wrong
                alarms[name] += len(events)
            more, added = with_seconds(brand, other)
            told = calls(openings(more, whole, topic))
            second += [(each.is_visible, each.is_called(told)) for each in added]
    ways = {name: _figures(rows[name], false[name], alarms[name], weeks) for name in rows}
    return {"weeks": weeks, "ways": ways, "second": _recall(second, True), "second_hidden": _recall(second, False)}


def _recall(found: Sequence[tuple[bool, bool]], visible: bool) -> tuple[int, int]:
    mine = [is_called for is_visible, is_called in found if is_visible is visible]
    return sum(mine), len(mine)


def _figures(rows: Sequence[Mapping[str, Any]], false: int, alarms: int, weeks: float) -> dict[str, float]:
    found: dict[str, float] = {"false_alarms": false / weeks, "calls_per_crisis": (alarms - false) / len(rows)}
    for kind in ("subject", "topic", "hidden"):
        for tier in ("", *TIERS):
            mine = [row for row in rows if row["kind"] == kind and tier in ("", row["tier"])]
            delays = [row["delay"] for row in mine if row["delay"] is not None]
            name = f"{kind}{'_' * bool(tier)}{tier}"
            found |= {f"{name}_crises": len(mine), f"{name}_recall": len(delays) / len(mine) if mine else float("nan")}
            found[f"{name}_delay"] = float(np.median(delays)) if delays else float("nan")
    return found


def rule(name: str) -> Any:
    """A shipped rule."""
    path = HERE.parent / "config" / "rules" / f"{name}.yml"
    return load_rule_file(path, load_yaml(path)).domain()


HEAD = (
    "height  fewest  watched   FA/bw  calls/crisis  | crises of the subject: recall  p50 | of one topic: recall"
    "  (low   mid  high)  p50 | hidden"
)


def line(height: float, fewest: float, name: str, row: Mapping[str, float]) -> str:
    """One row of the table."""
    tiers = "  ".join(f"{row[f'topic_{tier}_recall']:.2f}" for tier in TIERS)
    return (
        f"{height:6.2f}  {fewest:6.0f}  {name:8s} {row['false_alarms']:6.3f}  {row['calls_per_crisis']:12.2f}  |"
        f" {row['subject_recall']:29.3f} {row['subject_delay']:4.0f} | {row['topic_recall']:20.3f}"
        f"  ({tiers}) {row['topic_delay']:4.0f} | {row['hidden_recall']:6.2f}"
    )


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--brands", type=int, default=BRANDS)
    parser.add_argument("--scores", type=float, nargs="+", help="heights to try; default: the shipped one")
    parser.add_argument("--fewest", type=float, nargs="+", help="min_posts to try; default: the shipped one")
    parser.add_argument("--output", type=Path, default=HERE / "out" / "topic_series.json")
    arguments = parser.parse_args()
    if not (bench_folder() / "bench.py").is_file():
        print(f"skipped: no shared spike benchmark in {bench_folder()} (set YQ_SHARED)")
        return 2
    shipped = spike_constants(rule("topic_spike"))
    runs = []
    print(HEAD)
    for height in arguments.scores or [shipped.open_score]:
        for fewest in arguments.fewest or [shipped.open_min]:
            run = measure(arguments.seeds, arguments.brands, replace(shipped, open_score=height, open_min=fewest))
            print(*(line(height, fewest, name, row) for name, row in run["ways"].items()), sep="\n", flush=True)
            (found, all_), (faint, hidden) = run["second"], run["second_hidden"]
            print(f"second matters called: {found} of {all_}; {faint} of {hidden} that do not triple their topic")
            runs.append({"height": height, "fewest": fewest, **run})
    crises = runs[0]["ways"]["both"]
    print(
        f"seeds {arguments.seeds}, {arguments.brands} brands each, {runs[0]['weeks']:.0f} brand-weeks,"
        f" {crises['subject_crises']:.0f} crises of subjects, {crises['topic_crises']:.0f} of one topic,"
        f" {crises['hidden_crises']:.0f} hidden ones"
    )
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    run = {"seeds": arguments.seeds, "brands": arguments.brands, "runs": runs}
    arguments.output.write_text(json.dumps(run, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
