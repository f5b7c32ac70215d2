"""How long a server asks us to stay away."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST = 7 * 86_400.0  # a longer wish is a mistake


def seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """The Retry-After header in seconds, whether it is a number or an HTTP date; None without one.

    A date is counted from the reply's own Date where it has one: the clocks of two machines differ.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _LONGEST)
    until = _moment(text)
    if until is None:
        return None
    wanted = (until - (_moment(headers.get("date", "")) or now)).total_seconds()
    return min(max(wanted, 0.0), _LONGEST)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
