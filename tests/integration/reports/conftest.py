"""One report of an eventful week, compiled once for the tests of its files."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reports.compile import compile_report
from storage.sqlite import SqliteMentionStore, SqliteStateStore
from tests import worlds
from tests.fakes import FakeClock
from yuqing.domain.codec import to_json
from yuqing.domain.ports import MentionStore, StateStore
from yuqing.domain.report import Report

SINCE = datetime(2026, 3, 8, 16, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=7)
NOW = UNTIL + timedelta(hours=8)


@dataclass(frozen=True)
class Told:
    """A report and the stores that it was compiled from."""

    report: Report
    mentions: MentionStore
    state: StateStore


def told(mentions: MentionStore, state: StateStore, world_now: datetime) -> Told:
    """Fill the stores, compile the week, archive it."""
    worlds.fill(mentions, state, world_now, days=19, seed=3, per_day=45)
    ours, *peers = (subject for subject in worlds.SUBJECTS if subject.parent is None)
    related = [subject for subject in worlds.SUBJECTS if subject.parent == ours.id]
    report = compile_report(
        mentions, state, ours, peers, worlds.TOPICS, worlds.SOURCES, SINCE, UNTIL, NOW, related=related
    )
    state.save("report", report.id, to_json(report))
    return Told(report, mentions, state)


@pytest.fixture(scope="session")
def crisis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A week with a blocked night of Weibo and an event, in SQLite."""
    folder: Path = tmp_path_factory.mktemp("reports")
    with (
        closing(SqliteMentionStore(folder / "mentions.db", FakeClock(NOW))) as mentions,
        closing(SqliteStateStore(folder / "state.db")) as state,
    ):
        yield told(mentions, state, UNTIL + timedelta(days=4))
