"""Figures by platform and by length of text: an average hides the platform where a model is blind."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nlp.training.evaluation import Judged
from nlp.training.metrics import sentiment_figures, topic_figures

Array = Any
LEAST_ROWS = 30  # below it an interval is wider than what there is to see
LENGTHS = {"up to 15 characters": (0, 15), "16-40": (16, 40), "41-120": (41, 120), "more than 120": (121, 10**9)}
PLATFORMS = {
    "App Store": ("icbc_app",),
    "card forum": ("ccf_bdci2021_bank",),
    "Weibo": ("weibo_hot", "weibo2018_dengxiuqi", "smp2020_ewect"),
    "stock forum": ("stock_comments_algosenses",),
    "news": (
        "ccf_bdci2019_fin_negative", "ccf_bdci2019_internet_news", "thuc_bank", "finnews_bank", "thucnews_dev_test",
        "fin_news_wwwxmu",
    ),
}  # fmt: skip
SHOWN = ("negative_precision", "negative_recall", "negative_f1", "macro_f1", "kappa")
Measure = Callable[..., dict[str, list[float]]]
Tables = dict[str, dict[str, dict[str, list[float]]]]


def by_length(texts: Sequence[str]) -> dict[str, Array]:
    """Which texts have each length."""
    sizes = np.array([len(text) for text in texts])
    return {name: (sizes >= least) & (sizes <= most) for name, (least, most) in LENGTHS.items()}


def by_platform(sources: Sequence[str]) -> dict[str, Array]:
    """Which texts come from each platform; a source that nobody has placed is told as `elsewhere`."""
    found = np.array(sources)
    parts = {name: np.isin(found, members) for name, members in PLATFORMS.items()}
    return parts | {"elsewhere": ~np.any(list(parts.values()), axis=0)}


def stance_parts(judged: Judged, parts: Mapping[str, Array], measured: Measure) -> dict[str, dict[str, list[float]]]:
    """The stance figures of each part that has enough rows, named with its number of rows."""
    return {
        f"{name} ({rows.sum()})": measured(_stance, judged.truth[rows], judged.labels[rows], judged.probabilities[rows])
        for name, rows in parts.items()
        if rows.sum() >= LEAST_ROWS
    }


def topic_parts(judged: Judged, parts: Mapping[str, Array], measured: Measure) -> dict[str, dict[str, list[float]]]:
    """The same of the topics."""
    return {
        f"{name} ({rows.sum()})": measured(topic_figures, judged.truth[rows], judged.labels[rows])
        for name, rows in parts.items()
        if rows.sum() >= LEAST_ROWS
    }


def _stance(truth: Array, labels: Array, probabilities: Array) -> dict[str, float]:
    # A part may hold one class only, of which AUC is undefined; it is not shown here.
    figures = sentiment_figures(truth, labels, probabilities) if np.unique(truth == 0).size > 1 else {}
    return {name: figures.get(name, float("nan")) for name in SHOWN}


def at_recall(judged: Judged, stance: int, least: float) -> tuple[float, float]:
    """The highest threshold for a stance that still finds this share of it, and the precision there."""
    truth, chance = judged.truth == stance, judged.probabilities[:, stance]
    order = np.argsort(-chance, kind="stable")
    found = np.cumsum(truth[order])
    # Texts of one probability are found together: only the last of them is a place to cut.
    ends = np.append(np.flatnonzero(np.diff(chance[order])), len(order) - 1)
    cut = next(end for end in ends if found[end] >= least * truth.sum())
    return float(chance[order][cut]), float(found[cut] / (cut + 1))
