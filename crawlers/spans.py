"""Arithmetic on half-open spans of time."""

from collections.abc import Iterable
from datetime import datetime

Span = tuple[datetime, datetime]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as few spans, oldest first; empty ones vanish."""
    found: list[Span] = []
    for since, until in sorted(span for span in spans if span[0] < span[1]):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def without(span: Span, others: Iterable[Span]) -> list[Span]:
    """What is left of a span when others are taken out, oldest first."""
    left: list[Span] = []
    begin, end = span
    for since, until in merged(others):
        if since > begin:
            left.append((begin, min(since, end)))
        begin = max(begin, until)
    left.append((begin, end))
    return [(since, until) for since, until in left if since < until]


def touch(one: Span, other: Span) -> bool:
    """True when two spans overlap or meet."""
    return one[0] <= other[1] and other[0] <= one[1]
