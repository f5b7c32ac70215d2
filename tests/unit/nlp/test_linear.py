"""The linear model: hashing, the file format, and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.features import hash_counts
from nlp.linear import LinearModel, NgramSettings, load_model, save_model, sigmoid, softmax
from yuqing.domain.errors import ModelError

NGRAMS = NgramSettings(1, 3, 10)


def model(outputs: int = 3) -> LinearModel:
    """A model with random weights in every second column."""
    generator = np.random.default_rng(1)
    idf = np.where(np.arange(1024) % 2 == 0, 1.5, 0).astype(np.float32)
    weights = (generator.normal(size=(1024, outputs)) * (idf > 0)[:, None]).astype(np.float32)
    return LinearModel(NGRAMS, idf, weights, np.ones(outputs, np.float32), np.full(outputs, 9.0, np.float32))


def test_counts_are_those_of_a_plain_loop() -> None:
    """As many n-grams as a loop over the marked text finds; the end marks alone are none."""
    found = hash_counts(["银行银行", "", "a"], lowest=1, highest=2, bits=16)
    per_row = np.bincount(found.rows, found.counts, minlength=3)
    assert per_row.tolist() == [4 + 5, 1, 1 + 2]
    assert found.counts.max() == 2


@given(st.lists(st.text(max_size=12), min_size=1, max_size=6))
@settings(max_examples=60)
def test_a_text_scores_the_same_alone_and_in_a_batch(texts: list[str]) -> None:
    """Neighbours, separators and lone surrogates never leak into a text's score."""
    together = model().scores(texts)
    alone = np.concatenate([model().scores([text]) for text in texts])
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-5)


def test_a_text_without_known_ngrams_gets_the_blank_scores() -> None:
    """Nothing known is no reason to guess."""
    empty = LinearModel(NGRAMS, np.zeros(1024, np.float32), *([np.ones((1024, 2), np.float32), *[np.ones(2)] * 2]))
    blank = LinearModel(NGRAMS, empty.idf, empty.weights, empty.bias, np.array([5.0, -5.0], np.float32))
    assert blank.scores(["云江", ""]).tolist() == [[5.0, -5.0]] * 2


def test_no_text_gives_no_score() -> None:
    """An empty batch is an empty answer."""
    assert model().scores([]).shape == (0, 3)


def test_long_texts_are_cut_into_batches_without_changing_scores() -> None:
    """A batch is bounded by characters; the order stays."""
    texts = ["云江银行" * 30_000, "短", "海州银行" * 40_000, ""]
    np.testing.assert_allclose(model().scores(texts)[1], model().scores(["短"])[0], rtol=1e-6)
    assert model().scores(texts).shape == (4, 3)


def test_a_saved_model_scores_as_before(tmp_path: Path) -> None:
    """Eight bits are enough, and the metadata comes back."""
    save_model(tmp_path, model(), {"version": "t"})
    loaded, metadata = load_model(tmp_path)
    texts = ["云江银行的App闪退", "利率", "abc"]
    np.testing.assert_allclose(loaded.scores(texts), model().scores(texts), atol=0.05)
    assert metadata["version"] == "t"


@pytest.mark.parametrize("damage", ["weights", "format", "json", "missing"])
def test_a_damaged_model_is_refused(tmp_path: Path, damage: str) -> None:
    """Changed weights, another format, broken JSON and a missing file are ModelErrors that name the folder."""
    folder = tmp_path / "sentiment"
    save_model(folder, model(), {})
    card = json.loads((folder / "model.json").read_text())
    if damage == "weights":
        (folder / "weights.npz").write_bytes((folder / "weights.npz").read_bytes() + b"x")
    elif damage == "format":
        (folder / "model.json").write_text(json.dumps({**card, "format": 99}))
    elif damage == "json":
        (folder / "model.json").write_text("{")
    else:
        (folder / "weights.npz").unlink()
    with pytest.raises(ModelError, match="sentiment"):
        load_model(folder)


def test_probabilities_are_probabilities() -> None:
    """Softmax rows sum to 1 at any size of score; sigmoids stay inside 0 and 1."""
    scores = np.array([[1000.0, 0.0, -1000.0], [0.1, 0.2, 0.3]], np.float32)
    np.testing.assert_allclose(softmax(scores).sum(axis=1), 1, rtol=1e-6)
    assert ((sigmoid(scores) >= 0) & (sigmoid(scores) <= 1)).all()
