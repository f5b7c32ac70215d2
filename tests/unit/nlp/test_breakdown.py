"""Figures by platform and length: every text in its part, and no figure from a handful."""

import numpy as np

from benchmarks.breakdown import LEAST_ROWS, at_recall, by_length, by_platform, stance_parts, topic_parts
from nlp.training.evaluation import Judged


def measured(figures, *columns):
    """Values without intervals."""
    return {name: [value] for name, value in figures(*columns).items()}


def test_lengths_and_platforms_are_partitions() -> None:
    """No text is counted twice or left out; an unknown source has a place of its own."""
    lengths = by_length(["短", "a" * 15, "a" * 16, "a" * 40, "a" * 41, "a" * 121, ""])
    assert np.sum(list(lengths.values()), axis=0).tolist() == [1] * 7
    assert [int(rows.sum()) for rows in lengths.values()] == [3, 2, 1, 1]
    platforms = by_platform(["icbc_app", "weibo_hot", "thuc_bank", "a source of tomorrow"])
    assert np.sum(list(platforms.values()), axis=0).tolist() == [1] * 4
    assert platforms["elsewhere"].tolist() == [False, False, False, True]


def test_each_part_has_figures_of_its_own() -> None:
    """A model that is right on one platform and blind on the other shows as that, not as their mean."""
    truth = np.array([0, 1] * LEAST_ROWS)
    said = np.where(np.arange(len(truth)) < LEAST_ROWS, truth, 1)
    judged = Judged(truth, said, np.eye(3)[said])
    first = np.arange(len(truth)) < LEAST_ROWS
    found = stance_parts(judged, {"seen": first, "blind": ~first, "few": np.arange(len(truth)) < 3}, measured)
    assert list(found) == [f"seen ({LEAST_ROWS})", f"blind ({LEAST_ROWS})"]
    assert [figures["negative_f1"][0] for figures in found.values()] == [1.0, 0.0]


def test_topics_are_told_by_part_too() -> None:
    """Micro-F1 of the rows of the part alone."""
    truth = np.tile([[1, 0], [0, 1]], (LEAST_ROWS, 1))
    judged = Judged(truth, truth.copy(), truth.astype(float))
    judged.labels[LEAST_ROWS:] = 1 - judged.labels[LEAST_ROWS:]
    half = np.arange(len(truth)) < LEAST_ROWS
    found = topic_parts(judged, {"right": half, "wrong": ~half}, measured)
    assert [figures["topics_micro_f1"][0] for figures in found.values()] == [1.0, 0.0]


def test_a_stated_recall_has_its_threshold_and_precision() -> None:
    """By hand: three of four negatives are among the first four; equal probabilities are found together."""
    chance = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.5, 0.1])
    truth = np.array([0, 1, 0, 0, 0, 1, 1])
    judged = Judged(truth, truth, np.stack([chance, 1 - chance, 0 * chance], axis=1))
    assert at_recall(judged, 0, 0.5) == (0.7, 2 / 3)
    assert at_recall(judged, 0, 0.75) == (0.6, 0.75)
    assert at_recall(judged, 0, 1.0) == (0.5, 4 / 6)
