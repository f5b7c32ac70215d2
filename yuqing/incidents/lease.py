"""One process looks at a time; a turn that a crash left behind runs out."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from yuqing.domain.errors import Conflict
from yuqing.domain.ports import StateStore

KIND = "incident_look"
LEASE = timedelta(minutes=2)


@contextmanager
def turn(state: StateStore, now: datetime) -> Iterator[bool]:
    """Whether this look is ours. Given back at its end."""
    found = state.load(KIND, "turn")
    is_held = found is not None and bool(found.body["open"])
    since = datetime.fromisoformat(str(found.body["at"])) if found is not None else now
    if is_held and timedelta(0) <= now - since < LEASE:
        yield False
        return
    try:
        version = state.save(KIND, "turn", _row(now, is_open=True), expected_version=found.version if found else 0)
    except Conflict:
        yield False
        return
    try:
        yield True
    finally:
        _give_back(state, version, now)


def _give_back(state: StateStore, version: int, now: datetime) -> None:
    try:
        state.save(KIND, "turn", _row(now, is_open=False), expected_version=version)
    except Conflict:
        return  # it ran out meanwhile: the process that took it over gives it back


def _row(now: datetime, *, is_open: bool) -> dict[str, object]:
    return {"at": now.isoformat(), "open": is_open}
