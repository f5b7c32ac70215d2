"""Counts as platforms print them."""

import re
import unicodedata
from dataclasses import dataclass

_ZERO_WORDS = frozenset({"", "-", "--", "转发", "评论", "赞", "点赞", "收藏", "分享", "回复"})
_UNITS = {"": 1, "千": 1_000, "k": 1_000, "万": 10_000, "w": 10_000, "百万": 1_000_000, "千万": 10_000_000, "亿": 10**8}
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*(百万|千万|千|万|亿|[kKwW](?![A-Za-z]))?\s*(\+)?")
_NO_COUNT_LABELS = re.compile(r"^(转发|评论|赞|点赞|收藏|分享|回复|剧集)\s*")
_LARGEST = 10**13  # beyond it the text is an id or a mistake


@dataclass(frozen=True, slots=True)
class Count:
    """A count; `is_approx` for rounded ones ("1.2万"), `lower_bound` for "100万+". value None = unknown, never 0."""

    value: int | None
    is_approx: bool = False
    lower_bound: bool = False


UNKNOWN = Count(None)


def parse_count(raw: object) -> Count:
    """The count behind an int, a string of a JSON feed, or the label of a button ("转发", "评论 1.2万", "100万+")."""
    if raw is None or isinstance(raw, bool):
        return UNKNOWN
    if isinstance(raw, int):
        return Count(raw) if 0 <= raw < _LARGEST else UNKNOWN
    return _parse_text(raw) if isinstance(raw, str) else UNKNOWN


def _parse_text(raw: str) -> Count:
    text = "".join(unicodedata.normalize("NFKC", raw).split())
    if text in _ZERO_WORDS:
        return Count(0)
    text = _NO_COUNT_LABELS.sub("", text)
    found = _NUMBER.match(text)
    if found is None:
        return UNKNOWN
    whole, fraction, unit, plus = found.groups()
    factor = _UNITS[(unit or "").lower()]
    value = int(whole.replace(",", "")) * factor + _fraction(fraction, factor)
    if value >= _LARGEST:
        return UNKNOWN
    return Count(value, is_approx=bool(unit or plus), lower_bound=bool(plus))


def _fraction(fraction: str | None, factor: int) -> int:
    """ ".25" of a unit, without going through floating point."""
    digits = (fraction or ".0")[1:]
    return int(digits) * factor // int("1" + "0" * len(digits))


def count_value(raw: object) -> int | None:
    """The bare value of `parse_count`."""
    return parse_count(raw).value
