"""The periods a page can look at, and how finely their charts are cut."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.format import local

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAMES = {"24h": "近 24 小时", "7d": "近 7 天", "28d": "近 28 天", "90d": "近 90 天"}
_CUTS = {"24h": (DAY, HOUR), "7d": (7 * DAY, 6 * HOUR), "28d": (28 * DAY, DAY), "90d": (90 * DAY, DAY)}


@dataclass(frozen=True, slots=True)
class Period:
    """[since, until) cut into bins of `interval`; `name` is its key in NAMES."""

    name: str
    since: datetime
    until: datetime
    interval: timedelta

    @property
    def previous(self) -> "Period":
        """The period of the same length just before."""
        return Period(self.name, self.since - (self.until - self.since), self.since, self.interval)


def period(name: str, now: datetime) -> Period:
    """The named period that ends now. Bins begin on whole hours or midnights of Shanghai, so the last one may be short.

    `until` is the next full minute: equal for a minute, so that cached reads are found again.
    """
    length, interval = _CUTS[name]
    until = now.replace(second=0, microsecond=0) + MINUTE
    start = local(until - length).replace(minute=0)
    if interval >= DAY:
        start = start.replace(hour=0) + DAY
    elif interval > HOUR:
        hours = interval // HOUR
        start = start.replace(hour=start.hour // hours * hours)
    else:
        start += HOUR
    return Period(name, start.astimezone(now.tzinfo), until, interval)
