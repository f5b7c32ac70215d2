"""Cost and quality of the cascade: what share of bank comments the transformer reads, and what that buys.

    python benchmarks/cascade.py            table, JSON in benchmarks/out/

Quality comes from benchmarks/encoder_judged.npz (comments that neither model learned), speed from the shipped models
on the same comments, one core, CPU time, best of three.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nlp.encoder import Encoder
from nlp.sentiment.linear import LinearSentiment
from nlp.training.combine import band_for, cascade
from nlp.training.data import shared_data
from nlp.training.evaluation import load_sets
from nlp.training.judgements import JUDGED, LINEAR, TOGETHER, load_judgements, part
from nlp.training.metrics import sentiment_figures, table, with_intervals
from yuqing.domain.errors import InputError

OUTPUT = Path(__file__).parent / "out" / "cascade.json"
SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
SHOWN = ("negative_f1", "negative_auc", "macro_f1", "kappa", "negative_ece")
REPEATS = 3


def curve(shares: tuple[float, ...] = SHARES) -> dict[str, dict[str, list[float]]]:
    """Figures by the share of comments that the transformer reads."""
    found = load_judgements(JUDGED, load_sets(shared_data()))
    rows, raw = found.evidence.is_comment, found.evidence.models[LINEAR]
    both = found.stance(TOGETHER)
    results = {}
    for share in shares:
        judged = part(cascade(raw, both, band_for(raw[rows], share)), rows)
        figures = with_intervals(sentiment_figures, judged.truth, judged.labels, judged.probabilities)
        results[f"{share:.0%}"] = {name: figures[name] for name in SHOWN}
    return results


def seconds_per_text(run: Callable[[list[str]], Any], texts: list[str], forget: Callable[[], None]) -> float:
    """Best of the repeats; before each, what was read is forgotten."""
    run(texts[:64])
    best = float("inf")
    for _ in range(REPEATS):
        forget()
        started = time.process_time()
        run(texts)
        best = min(best, (time.process_time() - started) / len(texts))
    return best


def main() -> int:
    """Measure, print a table, write JSON."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    try:
        results = curve()
        texts = [row.text for row in load_sets(shared_data()).dev]
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    linear, encoder = LinearSentiment.load(), Encoder.load()
    cost = {
        "linear": seconds_per_text(linear.predict, texts, forget=encoder.forget),
        "encoder": seconds_per_text(encoder.heads, texts, forget=encoder.forget),
    }
    for share, figures in zip(SHARES, results.values(), strict=True):
        figures["documents_per_second"] = [1 / (cost["linear"] + share * cost["encoder"])] * 3
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(table("share read by the transformer", results))
    speeds = f"linear {1 / cost['linear']:,.0f} per CPU second, encoder {1 / cost['encoder']:,.0f}"
    print(f"{speeds}, peak memory {memory:.0f} MiB")
    OUTPUT.parent.mkdir(exist_ok=True)
    body = {"curve": results, "seconds_per_text": cost, "peak_mib": memory}
    OUTPUT.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
