"""The floors: what counts as below, and that they do not sink unnoticed."""

import json
from pathlib import Path

import pytest

from benchmarks import sentiment

FLOORS = {"comments": {"negative_f1": 0.5, "negative_ece": 0.03}}


def results(f1: float, error: float) -> sentiment.Results:
    """Results of one model with two figures."""
    return {"comments": {"linear": {"negative_f1": [f1, 0, 1], "negative_ece": [error, 0, 1]}}}


@pytest.mark.parametrize(
    ("f1", "error", "wrong"),
    [(0.5, 0.03, []), (0.49, 0.03, ["negative_f1"]), (0.6, 0.04, ["negative_ece"]), (float("nan"), 0, ["negative_f1"])],
)
def test_figures_on_the_wrong_side_are_named(f1: float, error: float, wrong: list[str]) -> None:
    """Too low a score, too high an error, and no number at all."""
    lines = sentiment.failures(results(f1, error), FLOORS)
    assert len(lines) == len(wrong)
    assert all(name in line for name, line in zip(wrong, lines, strict=True))


def test_a_missing_figure_is_a_failure() -> None:
    """A figure that is no longer measured cannot pass."""
    assert len(sentiment.failures({}, FLOORS)) == 2


def test_floors_sink_only_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a reason the file stays; with one, the reason stays in the file."""
    monkeypatch.setattr(sentiment, "GATED", {"comments": ("negative_f1", "negative_ece")})
    path = tmp_path / "floors.json"
    assert sentiment.update_floors(results(0.6, 0.02), None, path) == 0
    before = path.read_text()
    assert sentiment.update_floors(results(0.4, 0.02), None, path) == 1
    assert path.read_text() == before
    assert sentiment.update_floors(results(0.4, 0.02), "smaller vocabulary", path) == 0
    body = json.loads(path.read_text())
    assert body["floors"]["comments"]["negative_f1"] == pytest.approx(0.385)
    assert body["regressions"] == [{"figures": ["comments.negative_f1"], "reason": "smaller vocabulary"}]


def test_the_floor_file_holds_every_gated_figure() -> None:
    """Nobody drops a floor by editing the file."""
    floors = json.loads(sentiment.FLOORS.read_text(encoding="utf-8"))["floors"]
    assert {name: tuple(limits) for name, limits in floors.items()} == sentiment.GATED
