"""Which texts are copies of one another: the same words, or nearly the same, under whatever title.

Texts are compared by their runs of four characters, which need no word breaks: exactly (the share of runs that two
texts have in common) among the few candidates that a locality-sensitive hash finds. Pure; holds what it was shown.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from nlp.text import fold, own_words
from yuqing.domain.mention import Mention, MentionId

_RUN = 4
_SHORTEST = 24  # letters; shorter texts are alike without being copies ("转发微博", "垃圾银行")
_LONGEST = 4_000  # the beginning of a long text tells whose copy it is
_BANDS, _ROWS = 16, 4  # two texts that share 7 of 10 runs meet with a probability of 0.99, those of 6 with 0.9
_MAX_BUCKET = 64  # of a chain letter, the last copies find the next one
_RANDOM = np.random.default_rng(20260314)
_FACTORS = _RANDOM.integers(1, 2**63, size=(_BANDS * _ROWS, 1), dtype=np.uint64) | np.uint64(1)
_OFFSETS = _RANDOM.integers(0, 2**63, size=(_BANDS * _ROWS, 1), dtype=np.uint64)
_POWERS = np.array([1_000_003**power % 2**64 for power in range(_RUN)], dtype=np.uint64)
Runs = npt.NDArray[np.uint32]

# Tuned on invented copies with sentences left out, put in and reworded against articles of one pattern about
# different events: see tests/unit/nlp/test_near_duplicates.py. On real posts 0.7 left every fourth edited copy apart.
THRESHOLD = 0.6


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text: a digest of its letters, the hashes of its runs, and the buckets it falls into."""

    digest: bytes
    runs: Runs = field(repr=False)
    bands: tuple[int, ...] = field(repr=False)


def letters(text: str) -> str:
    """The letters and digits of a text in one form; what others said before in a chain of reposts is left out."""
    return "".join(filter(str.isalnum, fold(own_words(text))))[:_LONGEST]


def sketch(text: str) -> Sketch | None:
    """The sketch of a text; None for one too short to be known again."""
    plain = letters(text)
    if len(plain) < _SHORTEST:
        return None
    codes = np.frombuffer(plain.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    count = len(codes) - _RUN + 1
    whole = sum((codes[i : i + count] * _POWERS[i] for i in range(_RUN)), np.zeros(count, dtype=np.uint64))
    runs = np.unique((whole ^ (whole >> np.uint64(29))).astype(np.uint32))
    mixed = (runs.astype(np.uint64) * _FACTORS + _OFFSETS) >> np.uint64(32)
    least = mixed.min(axis=1).reshape(_BANDS, _ROWS)
    bands = tuple(hash((number, *map(int, row))) for number, row in enumerate(least))
    return Sketch(blake2b(plain.encode(), digest_size=16).digest(), runs, bands)


def likeness(one: Sketch, other: Sketch) -> float:
    """The share of runs that two texts have in common, from 0 to 1."""
    if one.digest == other.digest:
        return 1.0
    common = len(np.intersect1d(one.runs, other.runs, assume_unique=True))
    return common / (len(one.runs) + len(other.runs) - common)


@dataclass(slots=True)
class _Known:
    sketch: Sketch
    subjects: frozenset[str]
    cluster: str | None


class CopyFinder:
    """Puts mentions into clusters as they come. Remembers the last `capacity` texts."""

    def __init__(self, threshold: float = THRESHOLD, capacity: int = 20_000) -> None:
        self._threshold = threshold
        self._capacity = capacity
        self._known: dict[MentionId, _Known] = {}
        self._buckets: dict[int, list[MentionId]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._known)

    def place(self, mention: Mention, cluster: str | None = None) -> Mapping[MentionId, str]:
        """Take a mention in, with the cluster it has; returns what changes: it, and a first copy that had none.

        Copies are about a common subject: articles of one pattern about different banks are none. A mention that is
        known as it is changes nothing.
        """
        found = sketch(mention.text)
        known = self._known.get(mention.id)
        if found is None or (known is not None and known.sketch.digest == found.digest):
            return {}
        if known is not None:
            self._forget(mention.id)
        fresh = _Known(found, frozenset(mention.subjects), cluster)
        changes = self._join(mention.id, fresh) if cluster is None else {}
        self._keep(mention.id, fresh)
        return changes

    def _join(self, name: MentionId, fresh: _Known) -> dict[MentionId, str]:
        """Put it into the cluster of its nearest copy."""
        nearest = max(self._copies(fresh), default=None)
        if nearest is None:
            return {}
        original = self._known[nearest[1]]
        changes = {}
        if original.cluster is None:
            original.cluster = changes[nearest[1]] = cluster_id(nearest[1])
        fresh.cluster = changes[name] = original.cluster
        return changes

    def _copies(self, fresh: _Known) -> Iterator[tuple[float, MentionId]]:
        candidates = {name for band in fresh.sketch.bands for name in self._buckets.get(band, ())}
        for name in candidates:
            other = self._known[name]
            is_about_the_same = bool(fresh.subjects & other.subjects) or fresh.subjects == other.subjects
            if is_about_the_same and (alike := likeness(fresh.sketch, other.sketch)) >= self._threshold:
                yield alike, name

    def _keep(self, name: MentionId, fresh: _Known) -> None:
        while len(self._known) >= self._capacity:
            self._forget(next(iter(self._known)))
        self._known[name] = fresh
        for band in fresh.sketch.bands:
            bucket = self._buckets[band]
            bucket.append(name)
            del bucket[:-_MAX_BUCKET]

    def _forget(self, name: MentionId) -> None:
        for band in self._known.pop(name).sketch.bands:
            bucket = self._buckets.get(band, [])
            if name in bucket:
                bucket.remove(name)
            if not bucket:
                self._buckets.pop(band, None)


def cluster_id(first: MentionId) -> str:
    """The cluster that begins with a mention: the same whenever it is found again."""
    return "c-" + blake2b(first.encode(), digest_size=8).hexdigest()


def clusters(mentions: Sequence[Mention]) -> Mapping[MentionId, str]:
    """The clusters among some mentions, in the order given."""
    finder, found = CopyFinder(), dict[MentionId, str]()
    for mention in mentions:
        found.update(finder.place(mention))
    return found
