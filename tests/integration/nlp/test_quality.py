"""The quality gate itself, and training that can be repeated (need the shared data)."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import sentiment
from nlp.linear import MODELS
from nlp.training.__main__ import train_all
from nlp.training.data import shared_data
from nlp.training.evaluation import load_sets

pytestmark = pytest.mark.data


def test_every_figure_holds_its_floor(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`python benchmarks/sentiment.py --gate` exits 0."""
    monkeypatch.setenv("YQ_SHARED", str(shared))
    assert sentiment.main(["--gate"]) == 0


def test_the_shipped_weights_can_be_trained_again(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The training command gives the settings that are shipped, and weights of the same size within 1 %."""
    monkeypatch.setenv("YQ_SHARED", str(shared))
    train_all(load_sets(shared_data()), tmp_path)
    for name in ("sentiment", "topics"):
        shipped, again = (json.loads((root / name / "model.json").read_text()) for root in (MODELS, tmp_path))
        assert np.allclose(again.pop("cues", []), shipped.pop("cues", []), atol=0.02)
        assert {**again, "sha256": ""} == {**shipped, "sha256": ""}
        sizes = [(root / name / "weights.npz").stat().st_size for root in (MODELS, tmp_path)]
        assert sizes[1] == pytest.approx(sizes[0], rel=0.01)


def test_the_card_belongs_to_the_shipped_weights() -> None:
    """Figures, card and weights were written by the same run."""
    card = (MODELS / "MODEL_CARD.md").read_text(encoding="utf-8")
    figures = json.loads((MODELS / "figures.json").read_text())
    for name in ("sentiment", "topics"):
        digest = json.loads((MODELS / name / "model.json").read_text())["sha256"]
        assert digest in card
        assert figures["weights"][name] == digest
