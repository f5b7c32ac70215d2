"""The measures behind figures: each turns a proof into a number, or into None where nothing may be said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import cast

from reports.evidence import Evidence
from reports.ledger import SourceHours
from yuqing.domain.alert import Alert
from yuqing.domain.codec import from_json
from yuqing.domain.errors import InputError, StoreError, StoreUnavailable
from yuqing.domain.ports import MentionQuery

Measure = Callable[[Mapping[str, object], Evidence], float | None]

# Two periods compare when no source was seen for more than this part of the hours longer in one than in the other.
ALIKE = 0.1
# Counts by stance, topic or severity say nothing while more than this part of the mentions waits for its scores; "none"
# is not said while any does.
UNSCORED_SHARE = 0.2
# A mean of earlier weeks needs at least so many of them.
MIN_WEEKS = 2


def evaluate(proof: Mapping[str, object], evidence: Evidence) -> float | None:
    """The number that a proof stands for. Raises InputError for a proof that is incomplete or of an unknown measure."""
    measure = _MEASURES.get(str(proof.get("measure")))
    if measure is None:
        raise InputError(f"未知的度量：{proof.get('measure')!r}")
    try:
        return measure(proof, evidence)
    except (KeyError, TypeError, ValueError, StoreError) as error:
        # A file may come from anywhere: a damaged proof is the file's fault and must not look like ours.
        if isinstance(error, StoreUnavailable):
            raise
        raise InputError(f"依据不完整：{error}") from None


def seen_alike(sources: Sequence[str], one: MentionQuery, other: MentionQuery, evidence: Evidence) -> bool:
    """True when every source was seen about equally long in the periods of both queries."""
    return all(
        abs(evidence.hours(source, *_period(one)).share - evidence.hours(source, *_period(other)).share) <= ALIKE
        for source in sources
    )


def _number(query: MentionQuery, evidence: Evidence) -> int | None:
    """How many mentions match; None where that depends on scores and too many, or all that could match, lack them."""
    found = evidence.count(query)
    if not (query.sentiments or query.topics or query.min_severity is not None):
        return found
    every = replace(query, sentiments=(), topics=(), min_severity=None)
    waiting = evidence.count(replace(every, scored=False))
    unknown = waiting and (not found or waiting > UNSCORED_SHARE * evidence.count(every))
    return None if unknown else found


def _count(proof: Mapping[str, object], evidence: Evidence) -> float | None:
    query, needed = _query(proof["query"]), cast(float, proof["completeness"])
    found = _number(query, evidence)
    if found is None:
        return None
    if found:
        return float(found)
    seen = evidence.completeness(_texts(proof["sources"]), *_period(query))
    # "No mentions" is only ever claimed where coverage says so.
    return 0.0 if seen and seen >= needed else None


def _point(proof: Mapping[str, object], evidence: Evidence) -> float | None:
    """A count that is a gap where too much of the bin was blocked: half a bin would draw a dip that never was."""
    query, sources = _query(proof["query"]), _texts(proof["sources"])
    hours = [evidence.hours(source, *_period(query)) for source in sources]
    blocked = [each.blocked / len(each.states) for each in hours if each.states]
    if blocked and sum(blocked) / len(blocked) > 1 - cast(float, proof["completeness"]):
        return None
    return _count(proof, evidence)


def _share(proof: Mapping[str, object], evidence: Evidence) -> float | None:
    return _percent(_number(_query(proof["part"]), evidence), _number(_query(proof["whole"]), evidence))


def _share_of_sum(proof: Mapping[str, object], evidence: Evidence) -> float | None:
    wholes = [_number(query, evidence) for query in _queries(proof["wholes"])]
    known = [count for count in wholes if count is not None]
    return _percent(_number(_query(proof["part"]), evidence), sum(known) if len(known) == len(wholes) else None)


def _change(proof: Mapping[str, object], evidence: Evidence) -> float | None:
    now, before = _query(proof["now"]), _query(proof["before"])
    usual, found = _number(before, evidence), _number(now, evidence)
    if not usual or found is None or not seen_alike(_texts(proof["sources"]), now, before, evidence):
        return None
    return 100.0 * (found - usual) / usual


def _share_change(proof: Mapping[str, object], evidence: Evidence) -> float | None:
    now, before = _queries(proof["now"]), _queries(proof["before"])
    if not seen_alike(_texts(proof["sources"]), now[1], before[1], evidence):
        return None
    shares = [_percent(_number(pair[0], evidence), _number(pair[1], evidence)) for pair in (now, before)]
    return None if shares[0] is None or shares[1] is None else shares[0] - shares[1]


def _usual(proof: Mapping[str, object], evidence: Evidence) -> float | None:
    now, sources = _query(proof["now"]), _texts(proof["sources"])
    weeks = [week for week in _queries(proof["weeks"]) if seen_alike(sources, now, week, evidence)]
    counts = [found for week in weeks if (found := _number(week, evidence))]
    return sum(counts) / len(counts) if len(counts) >= MIN_WEEKS else None


def _relative(proof: Mapping[str, object], evidence: Evidence) -> float | None:
    mean = _usual(proof, evidence)
    found = _number(_query(proof["now"]), evidence)
    return None if found is None or not mean else found / mean


def _peak(proof: Mapping[str, object], evidence: Evidence) -> float | None:
    interval = timedelta(seconds=cast(float, proof["interval_seconds"]))
    total = _count(proof, evidence)
    if not total:
        return total  # none at all, or nobody knows
    return float(max(each.total for each in evidence.volume(_query(proof["query"]), interval)))


def _coverage(proof: Mapping[str, object], evidence: Evidence) -> float | None:
    sources, since, until = _texts(proof["sources"]), _time(proof["since"]), _time(proof["until"])
    if not sources:
        return None
    if proof["what"] == "completeness":
        return 100.0 * evidence.completeness(sources, since, until)
    hours = _HOURS[str(proof["what"])]
    return float(sum(hours(evidence.hours(source, since, until)) for source in sources))


def _alert(proof: Mapping[str, object], evidence: Evidence) -> float | None:
    alert = evidence.alert(str(proof["id"]))
    return None if alert is None else _ALERT_NUMBERS[str(proof["what"])](alert, _time(proof["until"]))


def _alerts(proof: Mapping[str, object], evidence: Evidence) -> float | None:
    since, until = _time(proof["since"]), _time(proof["until"])
    found = evidence.alerts(_texts(proof["subjects"]), since, until)
    match proof["what"]:
        case "total":
            return float(len(found))
        case "acknowledged":
            return float(sum(_minutes_to_acknowledge(alert, until) is not None for alert in found))
        case "latency_median":
            return median(known) if (known := _latencies(found, until)) else None
        case "latency_worst":
            return max(_latencies(found, until), default=None)
    raise InputError(f"未知的预警度量：{proof['what']!r}")


def _latencies(alerts: Sequence[Alert], until: datetime) -> list[float]:
    return [minutes for alert in alerts if (minutes := _latency(alert, until)) is not None]


def _latency(alert: Alert, until: datetime) -> float | None:
    """Minutes from the first publication to the acceptance of the message by the receiver's side."""
    published, accepted = alert.latency.get("published_at"), alert.latency.get("accepted_at")
    if not published or not accepted or _time(accepted) > until:
        return None
    return (_time(accepted) - _time(published)).total_seconds() / 60


def _duration(alert: Alert, until: datetime) -> float | None:
    return (min(alert.ends_at or until, until) - alert.starts_at).total_seconds() / 60


def _minutes_to_acknowledge(alert: Alert, until: datetime) -> float | None:
    if alert.acknowledged_at is None or alert.acknowledged_at > until:
        return None
    return (alert.acknowledged_at - alert.starts_at).total_seconds() / 60


_HOURS: Mapping[str, Callable[[SourceHours], int]] = {
    "complete": lambda hours: hours.complete,
    "blocked": lambda hours: hours.blocked,
    "missing": lambda hours: hours.missing,
    "saturated": lambda hours: hours.saturated,
}
_ALERT_NUMBERS: Mapping[str, Callable[[Alert, datetime], float | None]] = {
    "observed": lambda alert, until: alert.observed,
    "expected": lambda alert, until: alert.expected,
    "duration": _duration,
    "latency": _latency,
    "acknowledged": _minutes_to_acknowledge,
}
_MEASURES: Mapping[str, Measure] = {
    "count": _count,
    "point": _point,
    "share": _share,
    "share_of_sum": _share_of_sum,
    "change": _change,
    "share_change": _share_change,
    "usual": _usual,
    "relative": _relative,
    "peak": _peak,
    "coverage": _coverage,
    "alert": _alert,
    "alerts": _alerts,
}


def _percent(part: int | None, whole: int | None) -> float | None:
    return 100.0 * part / whole if whole and part is not None else None


def _query(body: object) -> MentionQuery:
    return from_json(MentionQuery, cast("Mapping[str, object]", body))


def _queries(bodies: object) -> list[MentionQuery]:
    return [_query(body) for body in cast("Sequence[object]", bodies)]


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in cast("Sequence[object]", value))


def _time(value: object) -> datetime:
    return datetime.fromisoformat(str(value))


def _period(query: MentionQuery) -> tuple[datetime, datetime]:
    if query.since is None or query.until is None:
        raise InputError("度量的查询没有起止时间")
    return query.since, query.until
