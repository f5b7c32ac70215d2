"""Which sources owe what an earlier run did not see, and may be asked for it now.

A crawl that was refused leaves pieces behind. An ordinary run pays them off at its own interval; posts are deleted
meanwhile, so a source that owes is run again as soon as its pauses are over, for these pieces alone.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime, timedelta

from yuqing.domain.codec import from_json
from yuqing.domain.coverage import Cursor
from yuqing.domain.ports import StateStore
from yuqing.domain.subject import Source, Subject

_ALL = 1_000_000
_YOUNG = timedelta(days=1)  # any list that is still read is asked for more often
Body = Mapping[str, object]


def owing(
    state: StateStore, sources: Sequence[Source], subjects: Sequence[Subject], now: datetime, overlap: timedelta
) -> tuple[str, ...]:
    """The enabled sources that owe something that is due, none of whose hosts wants to be left alone."""
    terms = {term for subject in subjects for term in subject.search_terms}
    found = []
    for source in sources:
        longest = max(overlap, 2 * timedelta(seconds=source.interval_seconds))  # as the crawl reckons its overlap
        if source.enabled and not _rests(state, source.id, now) and _owes(state, source.id, terms, now, longest):
            found.append(source.id)
    return tuple(found)


def _rests(state: StateStore, source: str, now: datetime) -> bool:
    """True while a host of this source refuses: a follow-up is no reason to ask it earlier."""
    circuits = state.find("circuit", {"source": source}, limit=_ALL)
    return any(_time(each.body["until"]) > now for each in circuits if each.body.get("outcome") != "ok")


def _owes(state: StateStore, source: str, terms: set[str], now: datetime, overlap: timedelta) -> bool:
    found = [each.body for each in state.find("job", {"source": source}, limit=_ALL)]
    cursors = [from_json(Cursor, each.body) for each in state.find("cursor", {"source": source}, limit=_ALL)]
    if terms.isdisjoint({job["query"] for job in found} | {cursor.query for cursor in cursors}):
        # Lists with names of their own (feeds, routes, accounts): only of a young refusal we know that they are read.
        return any(job["state"] == "waiting" and _is_young(job, now) and _is_due(job, set(), now) for job in found)
    jobs = [job for job in found if job["query"] in terms]
    cut = {_place(job, job["query"]) for job in jobs if job["state"] == "cut"}
    if any(_is_due(job, cut, now) for job in jobs):
        return True
    waiting = {job["query"] for job in jobs if job["state"] != "done"}
    edge = (now - overlap).replace(minute=0, second=0, microsecond=0)  # a follow-up reads full hours
    late = {each.query for each in cursors if each.query in terms and each.high_water < edge}
    return bool(late - waiting)


def _is_young(job: Body, now: datetime) -> bool:
    wait = job.get("wait")
    return isinstance(wait, Mapping) and _time(wait["not_before"]) > now - _YOUNG


def _is_due(job: Body, cut: Set[object], now: datetime) -> bool:
    """A refused piece, or a missing part of one that was cut, whose wait is over. `cut`: they have jobs themselves."""
    if job["state"] == "waiting":
        return _is_over(job.get("wait"), now)
    parts = job.get("left") or ()
    left = [part for part in parts if _place(part, job["query"]) not in cut] if isinstance(parts, Sequence) else []
    return any(_is_over(part.get("wait"), now) for part in left)


def _place(piece: Body, query: object) -> tuple[object, ...]:
    return query, piece["since"], piece["until"], piece.get("region", "")


def _is_over(wait: object, now: datetime) -> bool:
    return not isinstance(wait, Mapping) or _time(wait["not_before"]) <= now


def _time(value: object) -> datetime:
    return datetime.fromisoformat(str(value))
