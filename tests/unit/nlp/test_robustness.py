"""The robustness set is sound, and the shipped scorer holds its floors on it."""

import json
from collections import Counter

import pytest

from benchmarks import robustness

MEMBERS = robustness.rows()
CATEGORIES = {
    "sarcasm",
    "negation",
    "double_negation",
    "complaint_question",
    "mixed",
    "dialect",
    "evasion",
    "emoji",
    "traditional",
    "repost",
    "long",
}


def test_the_set_is_what_it_says() -> None:
    """At least 300 different sentences, every category, every stance, half of them held back."""
    assert len({row.text for row in MEMBERS}) == len(MEMBERS) >= 300
    assert len({row.id for row in MEMBERS}) == len(MEMBERS)
    assert {row.category for row in MEMBERS} == CATEGORIES
    assert set(Counter(row.sentiment for row in MEMBERS)) == {"neg", "neu", "pos"}
    assert 0.4 < sum(row.held for row in MEMBERS) / len(MEMBERS) < 0.6
    assert all(len(row.text) > 300 for row in MEMBERS if row.category == "long")


def test_the_shipped_scorer_holds_its_floors() -> None:
    """`python benchmarks/robustness.py --gate` exits 0."""
    assert robustness.main(["--gate"]) == 0


@pytest.mark.parametrize(
    ("said", "wrong"), [("neg", ["all.accuracy"]), ("neu", ["all.accuracy", "all.negative_recall"])]
)
def test_a_scorer_that_says_one_thing_falls_below(said: str, wrong: list[str]) -> None:
    """The floors can be missed, and the line says which."""
    table = robustness.by_category(MEMBERS, robustness.always(said)(MEMBERS))
    floors = {"all": {"accuracy": 0.7, "negative_recall": 0.5}}
    assert [line.split(":")[0] for line in robustness.failures(table, floors)] == wrong


def test_a_category_that_is_gone_is_a_failure() -> None:
    """A figure that is no longer measured cannot pass."""
    assert len(robustness.failures({}, {"sarcasm": {"accuracy": 0.1}})) == 1


def test_intervals_hold_their_share() -> None:
    """Wilson: wide for few rows, never outside 0 and 1."""
    share, low, high = robustness.wilson(9, 10)
    assert (share, low > 0.55, high < 1.0) == (0.9, True, True)
    assert robustness.wilson(0, 5)[1] == 0.0
    floors = json.loads(robustness.FLOORS.read_text(encoding="utf-8"))
    assert {"all", "held"} <= set(floors)
