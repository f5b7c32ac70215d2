"""When a score becomes a notification: opening, closing, the quiet time after an alert, and re-ignition."""

from math import exp2, sqrt
from typing import NamedTuple

from alerts.detectors.scs_constants import ScsConstants

CLOSED = 5  # minutes of a whole bin


class Step(NamedTuple):
    """What a bin does: raises a notification, and leaves the event open or not."""

    opens: bool
    is_open: bool


class Sums(NamedTuple):
    """What re-ignition compares (`recent`, `before`, `usual`), and what was really counted in the last half hour."""

    recent: float
    before: float
    usual: float
    seen: float


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

    def early(self, score: float, sums: Sums) -> bool:
        """Judge the open bin before its `step`, where the share guard holds: whether a notification goes out now."""
        if self._known_bins < self._constants.min_history or sums.seen < self._constants.open_min:
            return False
        since = None if self._since_alert is None else self._since_alert + 1
        opens = self._starts(score, since, self._constants.minute_score) or self._again(sums, since)
        if opens:
            # The step of the same bin makes it 0, as for a notification at its close.
            self._is_open, self._since_alert, self._quiet_bins = True, -1, 0
        return opens

    def step(self, known: bool, score: float, guard: bool, sums: Sums) -> Step:
        """Judge the next bin. Too few posts do not open an event, so they do not make the time after them deaf: the
        same event opens when it has grown."""
        if self._since_alert is not None:
            self._since_alert += 1
        if not known:
            return Step(False, self._is_open)
        self._known_bins += 1
        self._count_quiet(score)
        opens = self._known_bins > self._constants.min_history and guard and sums.seen >= self._constants.open_min
        since = self._since_alert
        opens = opens and (self._starts(score, since, self._constants.open_score) or self._again(sums, since))
        if opens:
            self._is_open, self._since_alert, self._quiet_bins = True, 0, 0
        return Step(opens, self._is_open)

    def _count_quiet(self, score: float) -> None:
        self._quiet_bins = self._quiet_bins + 1 if score < self._constants.close_score else 0
        if self._quiet_bins >= self._constants.close_bins:
            self._is_open = False

    def _starts(self, score: float, since: int | None, least: float) -> bool:
        constants = self._constants
        if self._is_open or score < least:
            return False
        if since is None:
            return True
        return score >= least + constants.refractory * exp2(-since / constants.refractory_half_life)

    def _again(self, sums: Sums, since: int | None) -> bool:
        constants = self._constants
        if since is None or not constants.again_after <= since <= constants.again_until:
            return False
        base = max(sums.before * constants.again_bins / constants.again_before, sums.usual)
        noise = sqrt(base + constants.again_dispersion * base * base)
        return (
            sums.recent >= constants.again_min
            and sums.recent >= constants.again_ratio * base + constants.again_excess
            and sums.recent - base >= constants.again_sd * noise
        )
