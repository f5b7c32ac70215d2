"""What was looked at and what came of it, written to the state store."""

from dataclasses import replace
from datetime import timedelta

from crawlers.spans import merged, without
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.ports import StateStore

KIND = "coverage"
# One row a day and query at most: a source that is polled every five minutes would write 100,000 a year otherwise,
# and every look at the rules reads them.
LONGEST_RUN = timedelta(hours=24)
_SLACK = timedelta(minutes=5)
_UNASKED = frozenset({"paused", "neighbour_paused"})


def _rank(row: Coverage) -> int:
    """How much a look saw: all, what the platform would show, or not enough."""
    return 0 if not row.status.is_complete else 1 if row.saturated else 2


class CoverageBook:
    """Writes coverage records. `interval` is how often the source is polled.

    Complete looks that follow one another in time are kept as one row with the times of the first and the last look,
    and so are refusals of the same time: `checks` tells how many in a row. A look replaces the earlier looks inside it
    that saw less. So the rows of an outage do not pile up, what was once seen in time stays so, and a refusal
    disappears when the same time has been seen. A row that is told to be from later than now is from a clock that was
    ahead: it claims time that nobody can have seen, so the first row of a clock that is right again drops it.

    A follow-up comes out of turn: where it asked for nothing, as the host rests, and the gap is known, it was no look.
    """

    def __init__(self, state: StateStore, interval: timedelta = timedelta(0), is_follow_up: bool = False) -> None:
        self._state = state
        self._is_follow_up = is_follow_up
        # Looks farther apart than this are not one run: in between, posts came too late to count as seen in time.
        self._longest_pause = 2 * interval + _SLACK

    def write(self, row: Coverage) -> None:
        """Save a record, and drop those it makes obsolete. A crash in between is made good by the next write."""
        found = self._known(row)
        for old in [old for old in found if old.checked_at > row.checked_at + _SLACK]:
            self._state.delete(KIND, old.key)
            found.remove(old)
        known = [old for old in found if old.region == row.region]
        if self._is_follow_up and _is_told(row, known):
            return
        run = next((old for old in known if self._continues(old, row) or _refused_again(old, row)), None)
        saved = row if run is None else _joined(run, row)
        self._state.save(KIND, saved.key, to_json(saved))
        for old in known:
            if old.key != saved.key and (old == run or _is_obsolete(old, saved)):
                self._state.delete(KIND, old.key)
        for old in found:  # the whole hour was seen: what became of its regions is history
            if old.region and not saved.region and saved.status.is_complete and _is_inside(old, saved):
                self._state.delete(KIND, old.key)

    def _known(self, row: Coverage) -> list[Coverage]:
        where = {"source": row.source, "query": row.query}
        found = [from_json(Coverage, document.body) for document in self._state.find(KIND, where)]
        return sorted(found, key=lambda old: old.checked_at, reverse=True)

    def _continues(self, old: Coverage, row: Coverage) -> bool:
        return (
            old.status.is_complete
            and row.status.is_complete
            and not row.region  # the regions of each hour are told side by side: only together are they the hour
            and old.saturated == row.saturated
            and old.since <= row.since <= old.until <= row.until
            and timedelta(0) <= row.checked_at - old.checked_at <= self._longest_pause
            and row.until - old.since <= LONGEST_RUN
        )


def _is_told(row: Coverage, known: list[Coverage]) -> bool:
    """Nothing was asked for, and that all of it is missing was told by a run whose turn it was."""
    gaps = merged((old.since, old.until) for old in known if not old.status.is_complete)
    return row.detail in _UNASKED and not row.mentions and not without((row.since, row.until), gaps)


def _refused_again(old: Coverage, row: Coverage) -> bool:
    """The cursor stands still while a source refuses, so each refusal covers the one before."""
    refused = not old.status.is_complete and not row.status.is_complete
    return refused and row.since <= old.since and old.until <= row.until and old.checked_at <= row.checked_at


def _joined(run: Coverage, row: Coverage) -> Coverage:
    seen = Outcome.OK if Outcome.OK in (run.status, row.status) else row.status
    return replace(
        row,
        since=min(run.since, row.since),
        status=seen,
        pages=run.pages + row.pages,
        mentions=run.mentions + row.mentions,
        first_checked_at=run.first_look,
        # The same crawl told twice (a split window, a repeated write) is one look.
        checks=run.checks + (row.checked_at > run.checked_at or run.status.is_complete),
    )


def _is_obsolete(old: Coverage, row: Coverage) -> bool:
    # A complete look that was made in time says more than a later one over the same hours.
    return _is_inside(old, row) and (_rank(old) < _rank(row) or not old.status.is_complete)


def _is_inside(old: Coverage, row: Coverage) -> bool:
    return row.since <= old.since and old.until <= row.until
