"""Character n-grams hashed into a fixed number of columns: vectorised, deterministic, and no text in the weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]

_SEPARATOR = "\x00"
_END = 3
_FNV_PRIME = np.uint32(0x01000193)
_FNV_OFFSET = np.uint32(0x811C9DC5)
_GOLDEN = np.uint32(2654435761)


@dataclass(frozen=True, slots=True)
class Counts:
    """A sparse matrix in row order: for each entry its row, column and how often the n-gram occurs."""

    rows: IntArray
    columns: IntArray
    counts: IntArray
    size: int


def hash_counts(texts: Sequence[str], *, lowest: int, highest: int, bits: int) -> Counts:
    """How often each hashed character n-gram occurs in each text; `texts` are already prepared."""
    joined = _SEPARATOR.join(f"\x02{text.replace(_SEPARATOR, ' ')}\x03" for text in texts) if texts else ""
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    row = np.cumsum(codes == 0)
    keys: list[Any] = []
    state = np.full(codes.shape, _FNV_OFFSET, dtype=np.uint32)
    for n in range(1, highest + 1):
        width = len(codes) - n + 1
        if width <= 0:
            break
        state = (state[:width] ^ codes[n - 1 :]) * _FNV_PRIME
        if n >= lowest:
            # The marks of a text's ends count inside longer n-grams only: alone they say nothing.
            inside = (row[:width] == row[n - 1 :]) & (codes[:width] > (_END if n == 1 else 0))
            column = (((state ^ (state >> np.uint32(15))) * _GOLDEN) >> np.uint32(32 - bits)).astype(np.int64)
            keys.append((row[:width][inside] << bits) | column[inside])
    if not keys:
        empty = np.zeros(0, dtype=np.int64)
        return Counts(empty, empty, empty, len(texts))
    unique, counts = np.unique(np.concatenate(keys), return_counts=True)
    return Counts(unique >> bits, unique & ((1 << bits) - 1), counts, len(texts))
