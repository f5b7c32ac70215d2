"""The error analysis counts right, and its document describes every kind of error that was found."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import calibration, errors
from nlp.training.evaluation import Judged

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "scoring-errors.md"
KINDS_COLUMNS = 8
TEXTS = ("云江银行排队两小时", "额度多少?", "海州银行真好!", "云江银行闪退", "利率?")


def judged(truth: list[int], labels: list[int]) -> Judged:
    """A model that is sure."""
    return Judged(np.array(truth), np.array(labels), np.eye(3)[labels])


def invented() -> errors.Bench:
    """Five texts, the last of bank_topics, read by two models."""
    truth = [0, 1, 2, 0, 1]
    said = {"ensemble": judged(truth, [1, 1, 0, 0, 0]), "linear": judged(truth, [0, 1, 2, 1, 1])}
    return errors.Bench(TEXTS, np.array([True, True, True, True, False]), said)


def test_errors_are_counted_by_direction_and_set() -> None:
    """Truth first, then what was said; right answers are no errors."""
    bench = invented()
    model = bench.said["ensemble"]
    assert errors.directions(model, bench.rows("comments")) == {
        "N>U": 1, "N>P": 0, "U>N": 0, "U>P": 0, "P>U": 0, "P>N": 1
    }  # fmt: skip
    assert errors.directions(model, bench.rows("quarter"))["U>N"] == 1


def test_errors_are_counted_by_kind_and_unread_ones_are_told() -> None:
    """The kind belongs to text and label; of each kind it is told who else is wrong."""
    known = {errors.key(TEXTS[0], 0): "fact", errors.key(TEXTS[2], 0): "fact"}
    found = errors.by_class(invented(), known)
    assert found == {
        "unread": {"errors": 2, "directions": {"U>N": 1, "P>N": 1}, "wrong": {"ensemble": 2, "linear": 0}},
        "fact": {"errors": 1, "directions": {"N>U": 1}, "wrong": {"ensemble": 1, "linear": 0}},
    }


def test_kinds_of_text_are_counted_by_model() -> None:
    """How many texts ask, how many are negative, what each model misses and calls wrongly."""
    found = errors.by_slice(invented(), "comments")
    assert (found["all"]["texts"], found["all"]["negative"]) == (4, 2)
    assert found["all"]["models"] == {"ensemble": {"missed": 1, "wrongly": 1}, "linear": {"missed": 1, "wrongly": 0}}
    assert found["asks"]["texts"] == 1
    assert found["loud"]["models"]["ensemble"] == {"missed": 0, "wrongly": 1}
    assert "over 80 characters" not in found


def test_the_document_describes_every_kind() -> None:
    """A kind that nobody explains is of no use."""
    kinds = set(json.loads(errors.CLASSES.read_text(encoding="utf-8")).values())
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| `")]
    described = {row[0].split("`")[1] for row in rows if len(row) == KINDS_COLUMNS}
    assert described == kinds


def test_no_text_is_kept_with_the_kinds() -> None:
    """Digests and labels only: third-party texts stay where they lie."""
    for name in json.loads(errors.CLASSES.read_text(encoding="utf-8")):
        digest, _, label = name.partition(":")
        assert int(digest, 16) >= 0
        assert label in errors.SIGNS


def test_tenths_hold_what_was_said_and_what_was() -> None:
    """A model that is half sure and half right lies on the line; the interval is that of the number of texts."""
    truth, chance = np.array([0] * 20 + [1] * 60), np.array([0.55] * 40 + [0.05] * 40)
    low, high = calibration.bins(truth, chance)
    assert (low.texts, low.was, high.texts, high.was) == (40, 0.0, 40, 0.5)
    assert high.said == pytest.approx(0.55)
    assert high.low == pytest.approx(0.352, abs=1e-3)
    assert high.high == pytest.approx(0.648, abs=1e-3)
    assert calibration.bins(np.array([0]), np.array([1.0]))[0].said == 1.0
