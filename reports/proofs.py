"""Proofs: the plain data from which a figure can be computed again. `measures.evaluate` understands each of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from yuqing.domain.codec import to_json
from yuqing.domain.ports import MentionQuery

Proof = dict[str, object]


def query_json(query: MentionQuery) -> Proof:
    """A query as plain data, without the parts that restrict nothing."""
    return {key: value for key, value in to_json(query).items() if value is not None and value != []}


def count(query: MentionQuery, sources: Sequence[str], completeness: float = 1.0) -> Proof:
    """Mentions that match. A zero is only stated where the sources were seen to at least this part."""
    return {
        "measure": "count",
        "query": query_json(query),
        "sources": list(sources),
        "completeness": completeness,
    }


def point(query: MentionQuery, sources: Sequence[str], completeness: float) -> Proof:
    """A count inside a curve: a gap where more than the rest of its bin was blocked."""
    return {**count(query, sources, completeness), "measure": "point"}


def share(part: MentionQuery, whole: MentionQuery) -> Proof:
    """Per cent of the whole that is also in the part."""
    return {"measure": "share", "part": query_json(part), "whole": query_json(whole)}


def share_of_sum(part: MentionQuery, wholes: Sequence[MentionQuery]) -> Proof:
    """Per cent that the part has in the sum of several counts (share of voice)."""
    return {"measure": "share_of_sum", "part": query_json(part), "wholes": [query_json(each) for each in wholes]}


def change(now: MentionQuery, before: MentionQuery, sources: Sequence[str]) -> Proof:
    """Growth in per cent; only where both periods were seen alike."""
    return {"measure": "change", "now": query_json(now), "before": query_json(before), "sources": list(sources)}


def share_change(
    now: tuple[MentionQuery, MentionQuery], before: tuple[MentionQuery, MentionQuery], sources: Sequence[str]
) -> Proof:
    """Difference of two shares in percentage points; only where both periods were seen alike."""
    return {
        "measure": "share_change",
        "now": [query_json(each) for each in now],
        "before": [query_json(each) for each in before],
        "sources": list(sources),
    }


def usual(now: MentionQuery, weeks: Sequence[MentionQuery], sources: Sequence[str]) -> Proof:
    """Mean of the earlier weeks that were seen like this one."""
    return {"measure": "usual", **_against_weeks(now, weeks, sources)}


def relative(now: MentionQuery, weeks: Sequence[MentionQuery], sources: Sequence[str]) -> Proof:
    """This week as a multiple of the mean of earlier weeks."""
    return {"measure": "relative", **_against_weeks(now, weeks, sources)}


def _against_weeks(now: MentionQuery, weeks: Sequence[MentionQuery], sources: Sequence[str]) -> Proof:
    return {"now": query_json(now), "weeks": [query_json(week) for week in weeks], "sources": list(sources)}


def peak(query: MentionQuery, interval: timedelta, sources: Sequence[str], completeness: float) -> Proof:
    """The largest count of a bin of this length, bins aligned to the start of the query."""
    return {
        **count(query, sources, completeness),
        "measure": "peak",
        "interval_seconds": interval.total_seconds(),
    }


def coverage(what: str, sources: Sequence[str], since: datetime, until: datetime) -> Proof:
    """Source hours: complete, blocked or missing; or completeness in per cent."""
    return {"measure": "coverage", "what": what, "sources": list(sources), **_period(since, until)}


def alert(what: str, id: str, until: datetime) -> Proof:
    """A number of one alert, as known of the time before `until`."""
    return {"measure": "alert", "what": what, "id": id, "until": until.isoformat()}


def alerts(what: str, subjects: Sequence[str], since: datetime, until: datetime) -> Proof:
    """A number over the alerts of these subjects that were open in the period."""
    return {"measure": "alerts", "what": what, "subjects": list(subjects), **_period(since, until)}


def _period(since: datetime, until: datetime) -> Proof:
    return {"since": since.isoformat(), "until": until.isoformat()}
