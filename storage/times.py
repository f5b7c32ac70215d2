"""Times as whole microseconds since 1970 UTC: exact, sortable, and the same in every store."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from yuqing.domain.ports import MentionQuery, TallyQuery
from yuqing.domain.volume_bins import VolumeBins

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(time: datetime) -> int:
    """An aware time as microseconds since 1970 UTC."""
    return (time - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """The UTC time of a number of microseconds."""
    return _EPOCH + value * _MICROSECOND


def span(interval: timedelta) -> int:
    """A length of time in microseconds."""
    return interval // _MICROSECOND


def check_volume(query: MentionQuery, interval: timedelta) -> tuple[datetime, datetime]:
    """The range of a volume request; it needs both ends and a positive interval."""
    if query.since is None or query.until is None:
        raise ValueError("volume needs query.since and query.until")
    if interval <= timedelta(0):
        raise ValueError("volume needs a positive interval")
    return query.since, query.until


def check_tally(wanted: TallyQuery) -> None:
    """A tally needs positive steps."""
    if min(wanted.interval, wanted.lag_step or wanted.interval) <= timedelta(0):
        raise ValueError("a tally needs a positive interval and lag step")


def filled_bins(
    since: datetime,
    until: datetime,
    interval: timedelta,
    totals: Mapping[int, int],
    by: Mapping[int, Mapping[str, int]],
) -> VolumeBins:
    """Bins aligned to `since`, one for every interval that starts before `until`, zeros included."""
    count = -((since - until) // interval) if until > since else 0
    return VolumeBins(since, interval, count, totals, by)
