"""Which sources owe what an earlier run did not see, and may be asked for it now.

A crawl that was refused leaves pieces behind. An ordinary run pays them off at its own interval; posts are deleted
meanwhile, so a source that owes is run again as soon as a piece may be asked for, for these pieces alone.

Which host a piece is read at only its backend knows, and one host that refuses must not keep the others from being
asked. So a follow-up asks, and what met nothing but a host that rests is noted: until one of those hosts wakes, or the
operator changes a cookie or a token, these pieces are no reason for another run.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from yuqing.domain.codec import from_json
from yuqing.domain.coverage import Cursor
from yuqing.domain.ports import StateStore
from yuqing.domain.subject import Source, Subject

IN_VAIN = "in_vain"
_ALL = 1_000_000
_YOUNG = timedelta(days=1)  # any list that is still read is asked for more often
_AHEAD = timedelta(minutes=5)  # a circuit that was opened farther ahead is the work of a wrong clock, and half-open
_RESTING = frozenset({"paused", "neighbour_paused"})  # details of what nothing was sent for
Body = Mapping[str, object]
Debts = Mapping[str, str]  # the mark of a piece, its wait included -> how it ended last


def owing(
    state: StateStore,
    sources: Sequence[Source],
    subjects: Sequence[Subject],
    now: datetime,
    overlap: timedelta,
    secrets: str = "",
) -> tuple[str, ...]:
    """The enabled sources that owe something which is due and may not meet a resting host alone. See `OwedBook`."""
    book = OwedBook(state, subjects, overlap, secrets)
    return tuple(source.id for source in sources if source.enabled and book.is_owing(source, now))


@dataclass(frozen=True, slots=True)
class OwedBook:
    """What sources owe. `overlap` of the crawls; `secrets`: the mark of the cookies and tokens as they are now."""

    state: StateStore
    subjects: Sequence[Subject]
    overlap: timedelta
    secrets: str = ""

    def is_owing(self, source: Source, now: datetime) -> bool:
        """Whether something is due that was not asked for in vain."""
        due = self.due(source, now)
        return bool(due and due.keys() - self._in_vain(source.id, now))

    def due(self, source: Source, now: datetime) -> Debts:
        """What is owed and may be asked for, resting hosts or not."""
        terms = {term for subject in self.subjects for term in subject.search_terms}
        longest = max(self.overlap, 2 * timedelta(seconds=source.interval_seconds))  # as the crawl reckons its overlap
        return _debts(self.state, source.id, terms, now, longest)

    def note(self, source: Source, before: Debts, now: datetime) -> None:
        """A follow-up is over that began with these debts and came to its end: what met a resting host is noted."""
        after, hosts = self.due(source, now), _resting(self.state, source.id, now)
        in_vain = sorted(mark for mark, detail in after.items() if mark in before or detail in _RESTING)
        if in_vain and hosts:
            body = {"source": source.id, "at": now.isoformat(), "secrets": self.secrets, "hosts": sorted(hosts)}
            self.state.save(IN_VAIN, source.id, {**body, "debts": in_vain})
        elif self.state.load(IN_VAIN, source.id) is not None:
            self.state.delete(IN_VAIN, source.id)

    def _in_vain(self, source: str, now: datetime) -> frozenset[str]:
        """What was asked for in vain, while the hosts of then still rest and the secrets are those of then."""
        found = self.state.load(IN_VAIN, source)
        if found is None or found.body["secrets"] != self.secrets:
            return frozenset()
        if not set(_names(found.body["hosts"])) <= _resting(self.state, source, now):
            return frozenset()
        return frozenset(_names(found.body["debts"]))


def _names(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []


def _resting(state: StateStore, source: str, now: datetime) -> set[str]:
    """The hosts of this source that want to be left alone."""
    shut = [each.body for each in state.find("circuit", {"source": source}, limit=_ALL)]
    return {str(body["host"]) for body in shut if body["outcome"] != "ok" and _lasts(body, now)}


def _lasts(circuit: Body, now: datetime) -> bool:
    opened_at = _time(circuit.get("opened_at") or circuit["since"])
    return opened_at <= now + _AHEAD and _time(circuit["until"]) > now


def _debts(state: StateStore, source: str, terms: set[str], now: datetime, overlap: timedelta) -> Debts:
    found = [each.body for each in state.find("job", {"source": source}, limit=_ALL)]
    cursors = [from_json(Cursor, each.body) for each in state.find("cursor", {"source": source}, limit=_ALL)]
    if terms.isdisjoint({job["query"] for job in found} | {cursor.query for cursor in cursors}):
        # Lists with names of their own (feeds, routes, accounts): only of a young refusal we know that they are read.
        return _marked((job, job["query"]) for job in found if _is_young(job, now) and _refused(job, set(), now))
    jobs = [job for job in found if job["query"] in terms]
    cut = {_place(job, job["query"]) for job in jobs if job["state"] == "cut"}
    due = _marked((piece, job["query"]) for job in jobs for piece in _refused(job, cut, now))
    waiting = {job["query"] for job in jobs if job["state"] not in ("done", "looked")}
    edge = (now - overlap).replace(minute=0, second=0, microsecond=0)  # a follow-up reads full hours
    late = [each for each in cursors if each.query in terms and each.high_water < edge]
    never = {_mark(each.query, each.high_water): "" for each in late if each.query not in waiting}
    return {**due, **never}


def _is_young(job: Body, now: datetime) -> bool:
    wait = job.get("wait")
    return job["state"] == "waiting" and isinstance(wait, Mapping) and _time(wait["not_before"]) > now - _YOUNG


def _refused(job: Body, cut: Set[object], now: datetime) -> list[Body]:
    """A refused piece, or the missing parts of one that was cut, whose wait is over. `cut`: they have jobs
    themselves."""
    if job["state"] == "waiting":
        return [job] if _is_over(job.get("wait"), now) else []
    parts = job.get("left") or ()
    left = [part for part in parts if _place(part, job["query"]) not in cut] if isinstance(parts, Sequence) else []
    return [part for part in left if _is_over(part.get("wait"), now)]


def _marked(pieces: Iterable[tuple[Body, object]]) -> dict[str, str]:
    found = {}
    for piece, query in pieces:
        wait = piece.get("wait")
        known = wait if isinstance(wait, Mapping) else {}
        found[_mark(*_place(piece, query), *sorted(known.items()))] = str(known.get("detail", ""))
    return found


def _mark(*parts: object) -> str:
    """The same 16 signs for the same piece with the same past: one that was asked again and refused is another."""
    return sha256(repr(parts).encode()).hexdigest()[:16]


def _place(piece: Body, query: object) -> tuple[object, ...]:
    return query, piece["since"], piece["until"], piece.get("region", "")


def _is_over(wait: object, now: datetime) -> bool:
    return not isinstance(wait, Mapping) or _time(wait["not_before"]) <= now


def _time(value: object) -> datetime:
    return datetime.fromisoformat(str(value))
