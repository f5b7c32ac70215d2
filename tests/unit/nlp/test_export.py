"""The file of 8 bits says what the network says: a small one, computed again in plain numpy."""

from collections.abc import Sequence
from math import erf, sqrt
from typing import Any

import numpy as np
import onnxruntime
import pytest

from nlp.training.export import onnx_model, quantised

HIDDEN, INNER, HEADS, LAYERS, PIECES, POSITIONS = 32, 64, 4, 2, 50, 16
OUTPUTS = {"first": 3, "second:several": 5}


def state(seed: int = 0) -> dict[str, Any]:
    """Weights of a network with two layers, by the names that `transformers` gives."""
    rng = np.random.default_rng(seed)

    def drawn(*shape: int, scale: float = 0.3) -> Any:
        return rng.normal(scale=scale, size=shape).astype(np.float32)

    weights = {
        "encoder.embeddings.word_embeddings.weight": drawn(PIECES, HIDDEN),
        "encoder.embeddings.position_embeddings.weight": drawn(POSITIONS, HIDDEN),
        "encoder.embeddings.token_type_embeddings.weight": drawn(2, HIDDEN),
    }
    sizes = {
        "attention.self.query": (HIDDEN, HIDDEN),
        "attention.self.key": (HIDDEN, HIDDEN),
        "attention.self.value": (HIDDEN, HIDDEN),
        "attention.output.dense": (HIDDEN, HIDDEN),
        "intermediate.dense": (INNER, HIDDEN),
        "output.dense": (HIDDEN, INNER),
    }
    norms = ["encoder.embeddings.LayerNorm"]
    for layer in range(LAYERS):
        prefix = f"encoder.encoder.layer.{layer}."
        norms += [f"{prefix}attention.output.LayerNorm", f"{prefix}output.LayerNorm"]
        for name, shape in sizes.items():
            weights |= {f"{prefix}{name}.weight": drawn(*shape), f"{prefix}{name}.bias": drawn(shape[0])}
    for name in norms:
        weights |= {f"{name}.weight": 1 + drawn(HIDDEN, scale=0.1), f"{name}.bias": drawn(HIDDEN, scale=0.1)}
    for name, outputs in OUTPUTS.items():
        weights |= {f"heads.{name}.weight": drawn(outputs, HIDDEN), f"heads.{name}.bias": drawn(outputs)}
    return weights


def expected(weights: dict[str, Any], ids: Sequence[int]) -> Any:
    """The scores of one text in full precision, written out as in Devlin et al. (2019)."""
    prefix = "encoder.embeddings."
    hidden = weights[prefix + "word_embeddings.weight"][list(ids)]
    hidden = hidden + weights[prefix + "position_embeddings.weight"][: len(ids)]
    hidden = norm(weights, prefix + "LayerNorm", hidden + weights[prefix + "token_type_embeddings.weight"][0])
    for layer in range(LAYERS):
        at = f"encoder.encoder.layer.{layer}."
        query, key, value = (
            split(dense(weights, f"{at}attention.self.{n}", hidden)) for n in ("query", "key", "value")
        )
        chances = np.exp(query @ key.transpose(0, 2, 1) / sqrt(HIDDEN // HEADS))
        mixed = (chances / chances.sum(axis=-1, keepdims=True)) @ value
        mixed = dense(weights, f"{at}attention.output.dense", mixed.transpose(1, 0, 2).reshape(len(ids), HIDDEN))
        hidden = norm(weights, f"{at}attention.output.LayerNorm", mixed + hidden)
        wide = dense(weights, f"{at}intermediate.dense", hidden)
        wide = wide * 0.5 * (1 + np.vectorize(erf)(wide / sqrt(2)))
        hidden = norm(weights, f"{at}output.LayerNorm", dense(weights, f"{at}output.dense", wide) + hidden)
    pooled = hidden.mean(axis=0)
    return np.concatenate([dense(weights, f"heads.{name}", pooled) for name in OUTPUTS])


def dense(weights: dict[str, Any], name: str, values: Any) -> Any:
    return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def norm(weights: dict[str, Any], name: str, values: Any) -> Any:
    centred = values - values.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt(centred.var(axis=-1, keepdims=True) + 1e-12)
    return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def split(values: Any) -> Any:
    return values.reshape(len(values), HEADS, HIDDEN // HEADS).transpose(1, 0, 2)


def said(weights: dict[str, Any], rows: Sequence[Sequence[int]]) -> Any:
    """The scores of the written file."""
    session = onnxruntime.InferenceSession(
        onnx_model(weights, list(OUTPUTS), HEADS), providers=["CPUExecutionProvider"]
    )
    width = max(map(len, rows))
    ids, mask = (np.zeros((len(rows), width), dtype=np.int64) for _ in range(2))
    for index, row in enumerate(rows):
        ids[index, : len(row)] = row
        mask[index, : len(row)] = 1
    return session.run(["scores"], {"ids": ids, "mask": mask})[0]


ROWS = [[1, 5, 9, 2], [1, 7, 2], [1, *range(10, 22), 2]]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_file_says_what_the_network_says(seed: int) -> None:
    """Every head of every text, up to the rounding to bytes, which is coarse in a network as narrow as this."""
    weights = state(seed)
    truth = np.stack([expected(weights, row) for row in ROWS])
    found = said(weights, ROWS)
    assert found.shape == truth.shape == (3, sum(OUTPUTS.values()))
    apart = np.abs(found - truth) / truth.std()
    assert apart.mean() < 0.07
    assert apart.max() < 0.25


def test_a_text_is_answered_alone_as_in_a_batch() -> None:
    """Neither neighbours nor padding reach an answer."""
    weights = state()
    together = said(weights, ROWS)
    for index, row in enumerate(ROWS):
        np.testing.assert_allclose(said(weights, [row])[0], together[index], atol=1e-4)


def test_bytes_keep_to_seven_bits_and_give_the_weights_back() -> None:
    """No product overflows where sums of two are kept in 16 bits; half a step is the largest error."""
    weight = np.random.default_rng(3).normal(size=(8, 20)).astype(np.float32)
    data, scales = quantised(weight)
    assert data.dtype == np.int8
    assert np.abs(data).max() <= 64
    assert (np.abs(data.T * scales[:, None] - weight) <= scales[:, None] / 2 + 1e-6).all()
