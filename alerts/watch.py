"""Since when the rules are judged without a pause, by source: the only time in which a silent source is told.

A source that brings nothing while nobody looks (the machine was off, a command was typed by hand) is no alarm; one
that brings nothing while `yuqing run` looks every minute is. The note is a document of the state store, because
detection keeps nothing in memory.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from yuqing.domain.ports import StateStore
from yuqing.domain.subject import Source

KIND, ID = "watch", "detect"
LONGEST_PAUSE = timedelta(minutes=30)


class Watch:
    """Notes each look at the rules."""

    def __init__(self, state: StateStore) -> None:
        self._state = state

    def since(self) -> Mapping[str, datetime]:
        """When the present watch over each enabled source began."""
        document = self._state.load(KIND, ID)
        found = document.body.get("sources") if document else None
        return _times(found) if isinstance(found, Mapping) else {}

    def note(self, sources: Iterable[Source], now: datetime) -> None:
        """A look at `now`. The watch over a source begins anew when it was not enabled or the last look is long ago."""
        begun, last = self.since(), self._last()
        kept = {
            source.id: begun[source.id] if source.id in begun and _goes_on(source, last, now) else now
            for source in sources
            if source.enabled
        }
        times = {source: since.isoformat() for source, since in kept.items()}
        self._state.save(KIND, ID, {"at": now.isoformat(), "sources": times})

    def _last(self) -> datetime | None:
        document = self._state.load(KIND, ID)
        return datetime.fromisoformat(str(document.body["at"])) if document else None


def _times(body: Mapping[str, object]) -> dict[str, datetime]:
    return {source: datetime.fromisoformat(str(time)) for source, time in body.items()}


def _goes_on(source: Source, last: datetime | None, now: datetime) -> bool:
    pause = max(LONGEST_PAUSE, 3 * timedelta(seconds=source.interval_seconds))
    return last is not None and timedelta(0) <= now - last <= pause
