"""Agreement figures against values worked out by hand, and intervals that hold what they promise."""

import random

import pytest

from nlp.agreement import Share, agreement, kappa, overlap


def test_precision_recall_and_kappa_by_hand() -> None:
    """Cohen's own kind of example: 20 + 15 agree of 50, chance 0.5, kappa 0.4."""
    pairs = [("negative", "negative")] * 20 + [("negative", "neutral")] * 5
    pairs += [("neutral", "negative")] * 10 + [("neutral", "neutral")] * 15
    found = agreement(pairs, "negative")
    assert (found.n, found.same.value) == (50, 0.7)
    assert found.precision.value == pytest.approx(20 / 30)
    assert found.recall.value == pytest.approx(20 / 25)
    assert found.kappa.value == pytest.approx(0.4)
    low, high = found.kappa.interval
    assert 0.1 < low < 0.4 < high < 0.65


def test_wilson_interval_of_a_textbook() -> None:
    """Four of ten: 0.168 to 0.687; none of ten does not end at zero."""
    assert Share(4, 10).interval == pytest.approx((0.1682, 0.6873), abs=1e-3)
    assert Share(0, 10).interval == pytest.approx((0.0, 0.2775), abs=1e-3)
    assert (Share(0, 0).value, Share(0, 0).interval) == (None, (0.0, 1.0))


def test_kappa_of_one_class_says_nothing() -> None:
    """All neutral on both sides is no agreement beyond chance."""
    assert kappa([("neutral", "neutral")] * 9).value is None
    assert kappa([]).value is None


def test_kappa_interval_covers_the_truth_most_of_the_time() -> None:
    """Over a hundred samples of a known agreement the 95 % interval holds it in nearly all."""
    draw, hits = random.Random(3), 0
    for _ in range(100):
        truths = [draw.choice("ab") for _ in range(150)]
        pairs = [(t, t if draw.random() < 0.8 else ("b" if t == "a" else "a")) for t in truths]
        low, high = kappa(pairs).interval
        hits += low <= 0.6 <= high
    assert hits >= 88


def test_sets_of_labels_are_compared_one_by_one() -> None:
    """Two of three assigned topics are right, two of four true ones were found."""
    pairs = [(frozenset("abc"), frozenset("ab")), (frozenset("d"), frozenset("e"))]
    precision, recall = overlap(pairs)
    assert ((precision.hits, precision.of), (recall.hits, recall.of)) == ((2, 3), (2, 4))
