"""Ids that carry their own time, and the two spellings of a Weibo id."""

from datetime import UTC, datetime, timedelta

from yuqing.domain.mention import TimePrecision

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_WEIBO_EPOCH = 515483463
_PLAUSIBLE = (datetime(2009, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
_UNITS = {
    TimePrecision.SECOND: timedelta(seconds=2),
    TimePrecision.MINUTE: timedelta(minutes=2),
    TimePrecision.HOUR: timedelta(hours=2),
    TimePrecision.DAY: timedelta(days=1),
}


def _to_base62(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _ALPHABET[rest] + digits
    return digits or "0"


def _from_base62(text: str) -> int:
    number = 0
    for character in text:
        number = number * 62 + _VALUES[character]
    return number


def _groups(text: str, size: int) -> list[str]:
    head = len(text) % size
    return ([text[:head]] if head else []) + [text[i : i + size] for i in range(head, len(text), size)]


def is_mid(text: str) -> bool:
    """True for the decimal spelling of a Weibo id."""
    return text.isascii() and text.isdigit() and 8 <= len(text) <= 19


def is_bid(text: str) -> bool:
    """True for the base-62 spelling of a Weibo id."""
    return 5 <= len(text) <= 11 and all(character in _VALUES for character in text)


def mid_to_bid(mid: str) -> str:
    """The base-62 spelling: groups of 7 digits from the right, each but the leftmost padded to 4 characters."""
    first, *rest = (_to_base62(int(group)) for group in _groups(mid, 7))
    return first + "".join(group.rjust(4, "0") for group in rest)


def bid_to_mid(bid: str) -> str:
    """The decimal spelling: groups of 4 characters from the right, each but the leftmost padded to 7 digits."""
    first, *rest = (str(_from_base62(group)) for group in _groups(bid, 4))
    return first + "".join(group.rjust(7, "0") for group in rest)


def _plausible(seconds: int) -> datetime | None:
    if not 0 < seconds < 4_200_000_000:
        return None
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment if _PLAUSIBLE[0] <= moment < _PLAUSIBLE[1] else None


def weibo_time(mid: str) -> datetime | None:
    """The second in which a Weibo post or comment was made, read from its id; None where the id tells nothing."""
    return _plausible((int(mid) >> 22) + _WEIBO_EPOCH) if is_mid(mid) and len(mid) >= 16 else None


def douyin_time(aweme_id: str) -> datetime | None:
    """The second in which a Douyin work or comment was made, read from its id; None where the id tells nothing."""
    return _plausible(int(aweme_id) >> 32) if aweme_id.isascii() and aweme_id.isdigit() else None


def reconcile(
    shown: datetime | None, precision: TimePrecision, by_id: datetime | None
) -> tuple[datetime, TimePrecision, bool] | None:
    """The time to believe: (time, precision, whether the two disagree by more than a day); None when neither is known.

    The id refines a coarse display ("3小时前"). Between the two limits the display wins: scheduled posts appear later
    than their id was made. Beyond a day the display was misread (a wrong year, a relative time of an old page).
    """
    if shown is None:
        return None if by_id is None else (by_id, TimePrecision.SECOND, False)
    if by_id is None:
        return shown, precision, False
    apart = abs(shown - by_id)
    if apart <= _UNITS[precision]:
        return by_id, TimePrecision.SECOND, False
    return (by_id, TimePrecision.SECOND, True) if apart > timedelta(days=1) else (shown, precision, False)
