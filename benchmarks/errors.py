"""Where the stance models err, on texts that they did not learn: by direction, by kind of text, by kind of error.

    python benchmarks/errors.py            tables, JSON in benchmarks/out/errors.json (needs the shared data)

Kinds of text are told by their signs (question marks, length, several banks). Kinds of error were given by reading
every error of the ensemble once; error_classes.json keeps the kind under a digest of the text and its label, and no
text. An error that nobody has read yet is counted as `unread`. Encoder and linear model are those of the
evaluation run (benchmarks/encoder_judged.npz), see benchmarks/sentiment.py; SnowNLP reads the texts now.
"""

import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlp.sentiment.linear import ORDER
from nlp.sentiment.snownlp_baseline import SnowNlpSentiment
from nlp.topics.severity import RiskWords
from nlp.training.combine import band_for, cascade
from nlp.training.data import shared_data, texts_of
from nlp.training.evaluation import Judged, Sets, load_sets
from nlp.training.judgements import ALONE, JUDGED, LINEAR, ROUTED, TOGETHER, load_judgements
from yuqing.domain.errors import InputError

HERE = Path(__file__).parent
CLASSES = HERE / "error_classes.json"
SIGNS = "NUP"  # negative, neutral (uncoloured), positive; in the order of the models
UNREAD = "unread"
_BANK = re.compile(
    "[工农中建交招浦广兴光平民邮]行|工商|农业|建设|交通|招商|浦发|中信|光大|民生|兴业|广发|平安|邮储|华夏"
)
_NOT = re.compile("不|没|无|别|未")
_ASKS = re.compile("[?？]|吗|呢|怎么|为什么|为啥")
_LOUD = re.compile("[!！]")


@dataclass(frozen=True, slots=True)
class Bench:
    """The judged texts, which of them are comments, and what each model says."""

    texts: Sequence[str]
    is_comment: Any
    said: Mapping[str, Judged]

    def rows(self, kind: str) -> Any:
        """Which texts a set has."""
        return self.is_comment if kind == "comments" else ~self.is_comment


def bench(sets: Sets) -> Bench:
    """Every model on the dev comments and on the quarter of bank_topics that the evaluation run left out."""
    found = load_judgements(JUDGED, sets)
    is_comment, raw = found.evidence.is_comment, found.evidence.models[LINEAR]
    models = {"linear": (LINEAR,), "encoder": ALONE, "ensemble": TOGETHER}
    said = {name: found.stance(parts) for name, parts in models.items()}
    said["cascade"] = cascade(raw, said["ensemble"], band_for(raw[is_comment], ROUTED))
    # In the order of the judgements: as the data have them, not as they are prepared.
    texts = texts_of(sets.dev, found.topic_rows)
    return Bench(texts, is_comment, {**said, "snownlp": _snownlp(texts, said["linear"].truth)})


def _snownlp(texts: Sequence[str], truth: Any) -> Judged:
    answers = SnowNlpSentiment().predict(texts)
    labels = np.array([ORDER.index(answer.label) for answer in answers])
    return Judged(truth, labels, np.array([(each.negative, each.neutral, each.positive) for each in answers]))


def directions(judged: Judged, rows: Any) -> dict[str, int]:
    """How many errors of each direction, as truth>said."""
    pairs = zip(judged.truth[rows].tolist(), judged.labels[rows].tolist(), strict=True)
    found = Counter(f"{SIGNS[truth]}>{SIGNS[label]}" for truth, label in pairs if truth != label)
    return {pair: found[pair] for pair in ("N>U", "N>P", "U>N", "U>P", "P>U", "P>N")}


def key(text: str, truth: int) -> str:
    """Where the kind of an error is kept: the same text may be labelled differently in two sets."""
    return f"{hashlib.sha256(text.encode()).hexdigest()[:12]}:{SIGNS[truth]}"


def by_class(bench: Bench, classes: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The errors of the ensemble by kind; for each kind, how many of the same texts every model gets wrong."""
    judged = bench.said["ensemble"]
    found: dict[str, list[int]] = {}
    for row in np.flatnonzero(judged.truth != judged.labels).tolist():
        kind = classes.get(key(bench.texts[row], int(judged.truth[row])), UNREAD)
        found.setdefault(kind, []).append(row)
    return {kind: _kind(bench, rows) for kind, rows in sorted(found.items(), key=lambda pair: -len(pair[1]))}


def _kind(bench: Bench, rows: list[int]) -> dict[str, Any]:
    wrong = {name: int(np.sum(each.truth[rows] != each.labels[rows])) for name, each in bench.said.items()}
    ways = directions(bench.said["ensemble"], np.array(rows))
    return {"errors": len(rows), "directions": {way: count for way, count in ways.items() if count}, "wrong": wrong}


def slices() -> dict[str, Callable[[str], bool]]:
    """Kinds of text by their signs."""
    risk = RiskWords.load()
    return {
        "all": lambda text: True,
        "asks": lambda text: bool(_ASKS.search(text)),
        "loud": lambda text: bool(_LOUD.search(text)),
        "negation": lambda text: bool(_NOT.search(text)),
        "two banks": lambda text: len(set(_BANK.findall(text))) > 1,
        "risk word": lambda text: risk.level(text) > 0,
        "to 10 characters": lambda text: len(text) <= 10,
        "11-30 characters": lambda text: 10 < len(text) <= 30,
        "31-80 characters": lambda text: 30 < len(text) <= 80,
        "over 80 characters": lambda text: len(text) > 80,
    }


def by_slice(bench: Bench, kind: str) -> dict[str, dict[str, Any]]:
    """For each kind of text: how many, how many negative ones, and of each model what it misses and calls wrongly."""
    rows = bench.rows(kind)
    tests = {name: np.array([test(text) for text in bench.texts]) & rows for name, test in slices().items()}
    return {name: _slice(bench, chosen) for name, chosen in tests.items() if chosen.any()}


def _slice(bench: Bench, rows: Any) -> dict[str, Any]:
    truth = bench.said["ensemble"].truth[rows]
    models = {}
    for name, judged in bench.said.items():
        labels = judged.labels[rows]
        missed, wrongly = (truth == 0) & (labels != 0), (truth != 0) & (labels == 0)
        models[name] = {"missed": int(missed.sum()), "wrongly": int(wrongly.sum())}
    return {"texts": int(rows.sum()), "negative": int((truth == 0).sum()), "models": models}


def analysis(bench: Bench, classes: Mapping[str, str]) -> dict[str, Any]:
    """Everything that is printed."""
    kinds = ("comments", "quarter")
    return {
        "directions": {
            kind: {name: directions(judged, bench.rows(kind)) for name, judged in bench.said.items()} for kind in kinds
        },
        "classes": by_class(bench, classes),
        "slices": {kind: by_slice(bench, kind) for kind in kinds},
    }


def show(found: Mapping[str, Any]) -> None:
    """The tables, as Markdown."""
    for kind, models in found["directions"].items():
        _table(f"{kind}: errors", {name: each.values() for name, each in models.items()}, next(iter(models.values())))
    names = list(next(iter(found["classes"].values()))["wrong"])
    rows = {
        kind: (each["errors"], " ".join(f"{way} {count}" for way, count in each["directions"].items()),
               *(each["wrong"][name] for name in names))
        for kind, each in found["classes"].items()
    }  # fmt: skip
    _table("errors of the ensemble by kind", rows, ("errors", "directions", *(f"also {name}" for name in names)))
    for kind, parts in found["slices"].items():
        rows = {name: (each["texts"], each["negative"], *_pairs(each["models"])) for name, each in parts.items()}
        _table(f"{kind}: negative missed / called negative wrongly", rows, ("texts", "negative", *names))


def _pairs(models: Mapping[str, Mapping[str, int]]) -> list[str]:
    return [f"{each['missed']} / {each['wrongly']}" for each in models.values()]


def _table(title: str, rows: Mapping[str, Any], columns: Any) -> None:
    print(f"| {title} | " + " | ".join(columns) + " |\n|---|" + "---:|" * len(list(columns)))
    for name, cells in rows.items():
        print(f"| {name} | " + " | ".join(map(str, cells)) + " |")
    print()


def main() -> int:
    """Measure and print. Exit code 2 without the data."""
    try:
        sets = load_sets(shared_data())
        found = analysis(bench(sets), json.loads(CLASSES.read_text(encoding="utf-8")))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    show(found)
    output = HERE / "out" / "errors.json"
    output.parent.mkdir(exist_ok=True)
    output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
