"""Merging the rows of a run of looks changes nothing that the detector sees."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from alerts.coverage_bins import Window, load_coverage
from crawlers.coverage import CoverageBook
from tests.fakes import InMemoryStateStore
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Outcome

START = datetime(2026, 3, 1, tzinfo=UTC)
INTERVAL = timedelta(minutes=5)


def looks() -> list[Coverage]:
    """A back-fill, a day and a half of polls, an outage of four hours, a catch-up, and polls again."""
    found = [Coverage("weibo", "q", START - timedelta(days=3), START, Outcome.OK, START)]
    mark = START
    for number in range(1, 600):
        at = START + number * INTERVAL
        down = timedelta(hours=36) <= at - START < timedelta(hours=40)
        status = Outcome.CHALLENGE if down else Outcome.OK
        found.append(Coverage("weibo", "q", mark - timedelta(hours=2), at, status, at))
        mark = mark if down else at
    return found


@pytest.mark.parametrize("days", [1, 3, 5])
def test_merged_rows_show_the_same_bins(days: int) -> None:
    """The same bins are seen whether every look has its row or a run of looks has one."""
    single, merged = InMemoryStateStore(), InMemoryStateStore()
    book = CoverageBook(merged, INTERVAL)
    for row in looks():
        single.save("coverage", row.key, to_json(row))
        book.write(row)
    assert len(merged.find("coverage")) < 8 < len(single.find("coverage"))
    end = START + 599 * INTERVAL
    window = Window(end - timedelta(days=days), days * 288)
    seen = [
        load_coverage(state, {"weibo": INTERVAL}, START - timedelta(days=9))["weibo"].seen(["q"], window)
        for state in (single, merged)
    ]
    assert np.array_equal(seen[0][0], seen[1][0])
    assert np.array_equal(seen[0][1], seen[1][1])
    assert not seen[0][1].all()
