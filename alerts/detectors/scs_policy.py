"""When a score becomes a notification: opening, closing, the quiet time after an alert, and re-ignition."""

from math import exp2, sqrt
from typing import NamedTuple

from alerts.detectors.scs_constants import ScsConstants


class Step(NamedTuple):
    """What a bin does: raises a notification, and leaves the event open or not."""

    opens: bool
    is_open: bool


class OpeningPolicy:
    """The state that runs along a series, shared by both forms of the detector. Feed the bins in order."""

    def __init__(self, constants: ScsConstants) -> None:
        self._constants = constants
        self._known_bins = 0
        self._since_alert: int | None = None  # bins since the last notification
        self._is_open = False
        self._quiet_bins = 0

    def skip(self, bins: int, known_bins: int) -> None:
        """Pass over bins in which nothing can open, while no event is open: the same as stepping through them."""
        if self._since_alert is not None:
            self._since_alert += bins
        self._known_bins += known_bins

    @property
    def is_open(self) -> bool:
        """Whether an event is open."""
        return self._is_open

    def step(
        self, known: bool, score: float, guard: bool, recent: float, before: float, usual: float, seen: float
    ) -> Step:
        """Judge the next bin. `recent`, `before` and `usual` are the sums that re-ignition compares; `seen` is what
        was really counted in the last half hour. Too few posts do not open an event, so they do not make the time
        after them deaf: the same event opens when it has grown."""
        if self._since_alert is not None:
            self._since_alert += 1
        if not known:
            return Step(False, self._is_open)
        self._known_bins += 1
        self._count_quiet(score)
        opens = self._known_bins > self._constants.min_history and guard and seen >= self._constants.open_min
        opens = opens and (self._starts(score) or self._again(recent, before, usual))
        if opens:
            self._is_open, self._since_alert, self._quiet_bins = True, 0, 0
        return Step(opens, self._is_open)

    def _count_quiet(self, score: float) -> None:
        self._quiet_bins = self._quiet_bins + 1 if score < self._constants.close_score else 0
        if self._quiet_bins >= self._constants.close_bins:
            self._is_open = False

    def _starts(self, score: float) -> bool:
        constants = self._constants
        if self._is_open or score < constants.open_score:
            return False
        if self._since_alert is None:
            return True
        barrier = constants.refractory * exp2(-self._since_alert / constants.refractory_half_life)
        return score >= constants.open_score + barrier

    def _again(self, recent: float, before: float, usual: float) -> bool:
        constants = self._constants
        if self._since_alert is None or not constants.again_after <= self._since_alert <= constants.again_until:
            return False
        base = max(before * constants.again_bins / constants.again_before, usual)
        noise = sqrt(base + constants.again_dispersion * base * base)
        return (
            recent >= constants.again_min
            and recent >= constants.again_ratio * base + constants.again_excess
            and recent - base >= constants.again_sd * noise
        )
