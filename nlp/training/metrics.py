"""The figures by which models are judged, each with a bootstrap interval."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import cohen_kappa_score, f1_score, precision_recall_curve, roc_auc_score

Array = Any
Figures = dict[str, float]
REPEATS = 400


def sentiment_figures(truth: Array, labels: Array, probabilities: Array) -> Figures:
    """Negative precision, recall, F1, AUC, macro-F1, kappa, calibration error and Brier of the negative class."""
    negative, said, chance = truth == 0, labels == 0, probabilities[:, 0]
    hits = float(np.sum(negative & said))
    precision, recall = hits / max(said.sum(), 1), hits / max(negative.sum(), 1)
    return {
        "negative_precision": precision,
        "negative_recall": recall,
        "negative_f1": 2 * precision * recall / max(precision + recall, 1e-9),
        "negative_auc": float(roc_auc_score(negative, chance)) if np.ptp(chance) > 0 else 0.5,
        "macro_f1": float(f1_score(truth, labels, labels=[0, 1, 2], average="macro", zero_division=0)),
        "kappa": float(np.nan_to_num(cohen_kappa_score(truth, labels))),
        "negative_ece": calibration_error(negative, chance),
        "negative_brier": float(np.mean((chance - negative) ** 2)),
    }


def calibration_error(happened: Array, chance: Array, bins: int = 10) -> float:
    """Expected calibration error over equally filled bins."""
    order = np.argsort(chance, kind="stable")
    return float(
        sum(
            len(part) / len(order) * abs(float(np.mean(happened[part])) - float(np.mean(chance[part])))
            for part in np.array_split(order, bins)
            if len(part)
        )
    )


def topic_figures(truth: Array, assigned: Array) -> Figures:
    """Micro-F1 and macro-F1 over the topic ids; both arguments are (rows, topics) of 0 and 1."""
    return {
        "topics_micro_f1": float(f1_score(truth, assigned, average="micro", zero_division=0)),
        "topics_macro_f1": float(f1_score(truth, assigned, average="macro", zero_division=0)),
    }


def severity_figures(truth: Array, levels: Array, probabilities: Array) -> Figures:
    """Recall of severity >= 2 at precision 0.5 (by probability) and as labelled, and weighted kappa."""
    serious = truth >= 2
    precision, recall, _ = precision_recall_curve(serious, probabilities[:, 2:].sum(axis=1))
    said = levels >= 2
    return {
        "serious_recall_at_p50": float(recall[precision >= 0.5].max(initial=0.0)),
        "serious_precision": float(np.mean(serious[said])) if said.any() else 0.0,
        "serious_recall": float(np.mean(said[serious])) if serious.any() else 0.0,
        "severity_kappa": float(np.nan_to_num(cohen_kappa_score(truth, levels, weights="quadratic"))),
    }


def with_intervals(
    figures: Callable[..., Figures], *columns: Array, seed: int = 13, repeats: int = REPEATS
) -> dict[str, list[float]]:
    """Each figure as [value, low, high]: the 95 % percentile interval over rows drawn with replacement."""
    generator = np.random.default_rng(seed)
    rows = len(columns[0])
    drawn = [generator.integers(0, rows, rows) for _ in range(repeats)]
    samples = [figures(*(column[index] for column in columns)) for index in drawn]
    return {
        name: [value, *np.percentile([sample[name] for sample in samples], [2.5, 97.5]).tolist()]
        for name, value in figures(*columns).items()
    }


def table(title: str, results: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """A Markdown table: one row per model, one column per figure, value with its interval."""
    names = list(next(iter(results.values())))
    lines = [f"| {title} | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for model, figures in results.items():
        cells = (f"{value:.3f} [{low:.3f}, {high:.3f}]" for value, low, high in figures.values())
        lines.append(f"| {model} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
