"""What of the platforms' truth reaches the store: seeded months with faults, and crawls killed at random moments.

    python benchmarks/recall.py [--seeds 1,2,3] [--days 30] [--step-hours 6] [--follow-minutes 10] [--faults 0.1]
                                [--kills 50] [--rate 1] [--talk 0.05] [--at-once 1]

For each seed the doubles publish `--days` days of mentions: everyday life, hours with twice as many posts as a search
shows, deletions, edits. The product's own commands `crawl` and `refresh`, each in a process of its own, look every
`--step-hours` of simulated time, while `--faults` of all answers are refusals, accidents or lies; `--kills` crawls of
the first seed are ended by SIGKILL at random moments. Between two looks, every `--follow-minutes` (the default of
`YQ_OWED_SECONDS`), a product that owes something pays it off as `yuqing run` does: `crawl --owed` asks for what was
refused and may be asked for again, and for nothing new; `refresh` has the second looks that are due. Afterwards the
platforms behave, and the product goes on until it owes nothing. Then its store is held against the truth. Prints a
table, writes benchmarks/out/recall.json; exit code 1 when anything is missing, doubled or made up.

Recall is `found` of `published` less `withdrawn`. What is not found: `withdrawn` was deleted by its author before the
first crawl after its publication; `refused` was deleted later, while each look at its hour (at the comments of its
post) was refused; of `told` the product says itself that its hour was cut off; nothing explains `missing`. All but
`withdrawn` lower the recall.
"""

import argparse
import json
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.recall_month import Month, Order  # noqa: E402
from benchmarks.recall_rows import Row, compare  # noqa: E402

OUTPUT = ROOT / "benchmarks" / "out" / "recall.json"


def measure(order: Order) -> tuple[list[Row], dict[str, Any]]:
    """One month: its rows, and how it went."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="yuqing-recall-") as folder, Month(order, Path(folder)) as month:
        month.play()
        rows = compare(month)
        errors = month.product.errors.read_text(encoding="utf-8")
    told = {**asdict(month.played), "fates": dict(month.played.fates), "seconds": round(time.monotonic() - began)}
    sys.stderr.write(f"seed {order.seed}: {json.dumps(told)}\n{errors[-2000:]}")
    for row in rows:
        for name in row.lost[:10]:
            sys.stderr.write(f"seed {order.seed}: {row.platform} {name} is missing\n")
    return rows, told


def table(rows: list[Row]) -> str:
    """The rows for people."""
    names = [
        *("seed", "platform", "kind", "published", "found", "recall", "missing", "refused", "told", "withdrawn"),
        *("doubled", "invented", "requests", "faulty", "per mention"),
    ]
    lines = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    for row in rows:
        cells = [row.seed, row.platform, row.kind, row.published, row.found, f"{row.recall:.4f}", row.missing]
        cells += [row.refused, row.told, row.withdrawn, row.doubled, row.invented, row.requests, f"{row.faulty:.1%}"]
        cells.append(f"{row.per_mention:.2f}")
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def is_whole(rows: list[Row]) -> bool:
    """True when nothing that a crawl could have seen is missing, nor anything doubled or made up."""
    return not any(row.missing or row.refused or row.doubled or row.invented for row in rows)


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--step-hours", type=float, default=6)
    parser.add_argument("--follow-minutes", type=float, default=10, help="0: nothing is paid off between two looks")
    parser.add_argument("--faults", type=float, default=0.1)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rate", type=float, default=1.0)
    parser.add_argument("--talk", type=float, default=0.05)
    parser.add_argument("--at-once", type=int, default=1, help="months that are played side by side")
    options = parser.parse_args()
    orders = [_order(options, int(seed), is_first=not number) for number, seed in enumerate(options.seeds.split(","))]
    rows: list[Row] = []
    months: dict[int, Any] = {}
    with ProcessPoolExecutor(options.at_once) as pool:
        for order, (found, told) in zip(orders, pool.map(measure, orders), strict=True):
            rows += found
            months[order.seed] = told
            _write({"arguments": vars(options), "months": months, "rows": [_plain(row) for row in rows]})
    print(table(rows))
    return int(not is_whole(rows))


def _order(options: argparse.Namespace, seed: int, *, is_first: bool) -> Order:
    step, kills = timedelta(hours=options.step_hours), options.kills if is_first else 0
    follow_up = timedelta(minutes=options.follow_minutes) or step
    return Order(seed, options.days, step, options.faults, kills, options.rate, options.talk, follow_up=follow_up)


def _plain(row: Row) -> dict[str, Any]:
    return {**asdict(row), "recall": row.recall}


def _write(figures: dict[str, Any]) -> None:
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
