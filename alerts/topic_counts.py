"""The posts of a series by topic: few, over thousands of bins, so they are kept as rows and not as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TopicCounts:
    """One row per bin and topic (several where sources differ); topics by number."""

    topic: Ints
    at: Ints
    total: Ints
    negative: Ints
    names: Sequence[str]

    @classmethod
    def none(cls) -> "TopicCounts":
        """No posts at all."""
        nothing = np.zeros(0, np.int64)
        return cls(nothing, nothing, nothing, nothing, ())

    def arrays(self, topic: str, bins: int) -> tuple[Floats, Floats]:
        """Negative and all posts about a topic in each bin."""
        mine = self.topic == (list(self.names).index(topic) if topic in self.names else -1)
        negative, total = (np.bincount(self.at[mine], each[mine], bins) for each in (self.negative, self.total))
        return negative.astype(float), total.astype(float)

    def busy(self, least: int, length: int, since: int = 0, *, negative: bool = True) -> tuple[str, ...]:
        """The topics that ever had so many posts in so many bins, and any of them from the bin `since` on."""
        counts = self.negative if negative else self.total
        there = counts > 0
        topic, at, counts = self.topic[there], self.at[there], counts[there]
        # Topics lie one after another, so far apart that no window reaches from one into the next.
        stride = int(at.max(initial=0)) + length + 1
        order = np.argsort(topic * stride + at, kind="stable")
        places = (topic * stride + at)[order]
        sums = np.concatenate(([0], np.cumsum(counts[order])))
        ends = np.searchsorted(places, places, side="right")
        enough = sums[ends] - sums[np.searchsorted(places, places - length, side="right")] >= least
        found = np.intersect1d(topic[order][enough], topic[at >= since])
        return tuple(self.names[number] for number in found.tolist())
