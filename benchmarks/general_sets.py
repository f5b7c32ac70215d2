"""How far the linear recipe goes on the general sets: financial news (BDCI 2019, three classes) and Weibo (2018, two).

    python benchmarks/general_sets.py

No shipped model is made for them (they are helpers of the bank model); this tells what n-grams alone reach. News: the
train split is learned, the dev split judged, texts of both left out. Weibo: five folds. Intervals: 95 %, bootstrap.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from nlp.linear import NgramSettings
from nlp.training.data import GENERAL, LABELS, Row, labelled_news, shared_data, texts_of, without
from nlp.training.metrics import table, with_intervals
from nlp.training.vectors import count_matrix, inverse_frequency, weighted
from yuqing.domain.errors import InputError

OUTPUT = Path(__file__).parent / "out" / "general_sets.json"
NGRAMS = NgramSettings(1, 3, 18)
REGULARISATION = 8.0
Array = Any


def chances(known: Sequence[Row], asked: Sequence[Row]) -> Array:
    """Probabilities of negative, neutral and positive for the asked rows, by a regression over the known ones."""
    counts = count_matrix(texts_of(known), NGRAMS)
    idf = inverse_frequency(counts, 2)
    regression = LogisticRegression(C=REGULARISATION, class_weight="balanced", max_iter=300, tol=1e-3)
    regression.fit(weighted(counts, idf), [row.label for row in known])
    found = np.zeros((len(asked), len(LABELS)))
    found[:, regression.classes_] = regression.predict_proba(weighted(count_matrix(texts_of(asked), NGRAMS), idf))
    return found


def said(known: Sequence[Row], asked: Sequence[Row]) -> Array:
    """Their most probable classes."""
    return chances(known, asked).argmax(axis=1)


def figures(truth: Array, labels: Array) -> dict[str, float]:
    """Accuracy and macro-F1."""
    macro = f1_score(truth, labels, average="macro", zero_division=0)
    return {"accuracy": float(accuracy_score(truth, labels)), "macro_f1": float(macro)}


def news_rows(data: Path) -> tuple[list[Row], list[Row]]:
    """Rows to learn and rows to judge: the train split without the texts of the dev split, and the dev split."""
    dev = labelled_news(data, "dev")
    return without(labelled_news(data, "train"), {row.text for row in dev}), dev


def weibo_folds(data: Path) -> Iterator[tuple[list[Row], list[Row]]]:
    """Rows to learn and rows to judge, five times; of equal texts one is kept."""
    rows = without(GENERAL["weibo2018"](data), set())
    truth = [row.label for row in rows]
    for known, asked in StratifiedKFold(5, shuffle=True, random_state=13).split(truth, truth):
        yield [rows[index] for index in known], [rows[index] for index in asked]


def truth_of(rows: Sequence[Row]) -> Array:
    """The labels."""
    return np.array([row.label for row in rows])


def class_weights(labels: Sequence[int]) -> Array:
    """Per class the square root of what would make the classes equal; 0 for one that does not occur."""
    share = np.bincount(labels, minlength=len(LABELS)) / len(labels)
    occurring = share > 0
    return np.where(occurring, np.sqrt(1 / (occurring.sum() * np.maximum(share, 1e-9))), 0.0)


def news(data: Path) -> tuple[Array, Array]:
    """Truth and answers on the dev split."""
    train, dev = news_rows(data)
    return truth_of(dev), said(train, dev)


def weibo(data: Path) -> tuple[Array, Array]:
    """Truth and answers out of fold."""
    parts = [(truth_of(asked), said(known, asked)) for known, asked in weibo_folds(data)]
    return np.concatenate([truth for truth, _ in parts]), np.concatenate([labels for _, labels in parts])


def main() -> int:
    """Print the table, write JSON; 2 without the data."""
    sets: dict[str, Callable[[Path], tuple[Array, Array]]] = {"BDCI 2019 news, dev": news, "Weibo 2018, folds": weibo}
    try:
        data = shared_data()
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    with threadpool_limits(limits=1):
        found = {name: with_intervals(figures, *judge(data)) for name, judge in sets.items()}
    print(table("linear recipe", found))
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
