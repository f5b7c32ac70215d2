"""A linear model over hashed n-grams: the file format, and scores by numpy alone.

weights.npz holds `columns`, `idf` (float16), `weights` (int8, one scale per output), `bias` and `blank`. model.json
beside it holds the settings of the features, what the outputs mean, and the SHA-256 of weights.npz.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlp.features import FloatArray, hash_counts
from yuqing.domain.errors import ModelError

FORMAT = 1
MODELS = Path(__file__).parent / "models"
_BATCH_CHARACTERS = 200_000  # bounds memory: about 4 n-grams of 24 bytes for each character


@dataclass(frozen=True, slots=True)
class NgramSettings:
    """Which n-grams are hashed, and into how many columns (2 to the power of bits)."""

    lowest: int
    highest: int
    bits: int


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Scores (logits) of prepared texts. Columns with idf 0 were not seen in training and count for nothing."""

    ngrams: NgramSettings
    idf: FloatArray  # (columns,)
    weights: FloatArray  # (columns, outputs)
    bias: FloatArray  # (outputs,)
    blank: FloatArray  # (outputs,): the scores of a text without any known n-gram

    def scores(self, texts: Sequence[str]) -> FloatArray:
        """One row of scores per prepared text, in order."""
        parts = [self._batch(batch) for batch in _batches(texts)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.bias)), dtype=np.float32)

    def _batch(self, texts: Sequence[str]) -> FloatArray:
        found = hash_counts(texts, lowest=self.ngrams.lowest, highest=self.ngrams.highest, bits=self.ngrams.bits)
        value = (1 + np.log(found.counts).astype(np.float32)) * self.idf[found.columns]
        known = value > 0
        rows, columns, value = found.rows[known], found.columns[known], value[known]
        norm = np.sqrt(np.bincount(rows, value * value, minlength=len(texts)))
        value = value / norm[rows]
        scores = [np.bincount(rows, value * weight[columns], minlength=len(texts)) for weight in self.weights.T]
        answers = np.where(norm[:, None] > 0, np.stack(scores, axis=1) + self.bias, self.blank)
        return answers.astype(np.float32)


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    start, size = 0, 0
    for index, text in enumerate(texts):
        if size and size + len(text) > _BATCH_CHARACTERS:
            yield texts[start:index]
            start, size = index, 0
        size += len(text) + 2
    if start < len(texts):
        yield texts[start:]


def save_model(folder: Path, model: LinearModel, metadata: dict[str, Any]) -> None:
    """Write weights.npz and model.json. Weights are rounded to 8 bits per output."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = np.flatnonzero(model.idf)
    scale = np.maximum(np.abs(model.weights[columns]).max(axis=0), 1e-9) / 127
    rounded = np.round(model.weights[columns] / scale).astype(np.int8)
    path = folder / "weights.npz"
    np.savez_compressed(
        path,
        columns=columns.astype(np.uint32),
        idf=model.idf[columns].astype(np.float16),
        weights=rounded,
        scale=scale.astype(np.float32),
        bias=model.bias.astype(np.float32),
        blank=model.blank.astype(np.float32),
    )
    ngrams = {"lowest": model.ngrams.lowest, "highest": model.ngrams.highest, "bits": model.ngrams.bits}
    body = {"format": FORMAT, "sha256": _digest(path), "ngrams": ngrams, **metadata}
    (folder / "model.json").write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def load_model(folder: Path) -> tuple[LinearModel, dict[str, Any]]:
    """The model and its metadata. Raises ModelError when a file is missing, changed or of another format."""
    try:
        metadata = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"模型 {folder.name} 读不出来：{folder / 'model.json'}（{type(error).__name__}）") from None
    if metadata.get("format") != FORMAT:
        raise ModelError(f"模型 {folder.name} 的格式是 {metadata.get('format')}，本版本只认 {FORMAT}，请重新训练")
    path = folder / "weights.npz"
    if not path.is_file() or _digest(path) != metadata["sha256"]:
        raise ModelError(f"模型 {folder.name} 的权重缺失或已损坏（SHA-256 不符）：{path}")
    return _read(path, NgramSettings(**metadata["ngrams"])), metadata


def _read(path: Path, ngrams: NgramSettings) -> LinearModel:
    with np.load(path, allow_pickle=False) as stored:
        columns = stored["columns"]
        idf = np.zeros(1 << ngrams.bits, dtype=np.float32)
        idf[columns] = stored["idf"]
        # Column-major: one output after the other is gathered.
        weights = np.zeros((1 << ngrams.bits, len(stored["scale"])), dtype=np.float32, order="F")
        weights[columns] = stored["weights"] * stored["scale"]
        return LinearModel(ngrams, idf, weights, stored["bias"], stored["blank"])


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def softmax(scores: FloatArray) -> FloatArray:
    """Probabilities of mutually exclusive outputs; each row sums to 1."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def sigmoid(scores: FloatArray) -> FloatArray:
    """Probabilities of independent outputs."""
    return np.asarray(1 / (1 + np.exp(-np.clip(scores, -30, 30))), dtype=np.float32)
