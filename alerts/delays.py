"""Posts that come later than the looks at their source explain: slow indexing by a platform, or a wrong clock.

The lag limit of a source tells posts that were caught up after an outage from those that were collected as they came.
Where a source was read in time and most posts still come later, the limit would make us deaf and call it silence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from alerts.coverage_bins import BIN, MAXIMUM_LAG

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
PERIOD = 72  # bins that are judged together: six hours
FEWEST = 5  # late posts that are no accident
MOSTLY = 0.5
NEARLY_ALL = 0.9
_STEPS = (timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), MAXIMUM_LAG)


@dataclass(frozen=True)
class Posts:
    """Counts per bin: rows negative, all, not scored yet."""

    rows: Floats

    @classmethod
    def none(cls, bins: int) -> "Posts":
        """No posts at all."""
        return cls(np.zeros((3, bins)))

    @property
    def negative(self) -> Floats:
        """Negative posts."""
        return np.asarray(self.rows[0])

    @property
    def total(self) -> Floats:
        """All posts."""
        return np.asarray(self.rows[1])

    @property
    def unscored(self) -> Floats:
        """Posts without an annotation."""
        return np.asarray(self.rows[2])

    def __add__(self, other: "Posts") -> "Posts":
        return Posts(self.rows + other.rows)

    def __sub__(self, other: "Posts") -> "Posts":
        return Posts(self.rows - other.rows)

    def raised(self, chosen: Bools, other: "Posts") -> "Posts":
        """In the chosen bins the other's counts, where they are higher: history from before the first look stays."""
        return Posts(np.where(chosen, np.maximum(other.rows, self.rows), self.rows))


@dataclass(frozen=True)
class Delay:
    """`dark`: bins whose posts cannot all have come; `now`: how late posts come at present, zero when in time.

    `late`: bins whose posts count up to the largest lag, because most of them came late; None: nowhere.
    """

    dark: Bools
    now: timedelta = timedelta(0)
    late: Bools | None = None

    @classmethod
    def none(cls, bins: int) -> "Delay":
        """Posts come as they should."""
        return cls(np.zeros(bins, bool))


def find_delay(in_time: Posts, seen: Bools, count: Callable[[timedelta | None], Posts]) -> tuple[Posts, Delay]:
    """The posts with those that came late where most did. `count` gives all posts up to a lag (None: any)."""
    whole = count(None)
    late = _mostly(whole, in_time, seen)
    if not late.any():
        return in_time, Delay.none(len(seen))
    steps = {step: count(step) for step in _STEPS}
    posts = in_time.raised(late, steps[MAXIMUM_LAG])
    dark = _mostly(whole, posts, seen)
    if not late[-1]:
        return posts, Delay(dark, late=late)
    recent = seen[-PERIOD:]
    wanted = NEARLY_ALL * whole.total[-PERIOD:][recent].sum()
    now = next((step for step in _STEPS if steps[step].total[-PERIOD:][recent].sum() >= wanted), MAXIMUM_LAG)
    dark[-(now // BIN) :] = True
    return posts, Delay(dark, now, late)


def _mostly(whole: Posts, in_time: Posts, seen: Bools) -> Bools:
    """Bins of periods in which most of the posts of seen bins came late."""
    found = np.where(seen, whole.total, 0.0)
    late = np.where(seen, whole.total - in_time.total, 0.0)
    ends = [np.convolve(each, np.ones(PERIOD))[: len(seen)] for each in (found, late)]
    judged = (ends[1] >= FEWEST) & (ends[1] > MOSTLY * ends[0])
    # A period is judged at its end and holds for all its bins.
    reach = np.convolve(judged[::-1], np.ones(PERIOD))[: len(seen)][::-1]
    return np.asarray(reach > 0)
