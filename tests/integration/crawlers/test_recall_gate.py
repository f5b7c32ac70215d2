"""A few days of the recall benchmark: faults in a tenth of the answers, crawls killed at random moments."""

from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.recall import is_whole, table
from benchmarks.recall_month import Month, Order
from benchmarks.recall_rows import compare

pytestmark = pytest.mark.integration


def test_days_with_faults_and_kills_lose_double_and_invent_nothing(tmp_path: Path) -> None:
    """`python benchmarks/recall.py` in small: the store holds exactly what the platforms published."""
    order = Order(
        seed=8,
        days=2,
        step=timedelta(hours=12),
        kills=2,
        rate=0.3,
        talk=0.1,
        scenario="quiet",
        tail_step=timedelta(hours=20),
        follow_up=timedelta(hours=2),
    )
    with Month(order, tmp_path) as month:
        month.play()
        rows = compare(month)
    assert is_whole(rows), table(rows)
    assert month.played.owed == 0
    assert month.played.killed == 2
    found = {(row.platform, row.kind): row.found for row in rows}
    assert found["weibo", "posts"] > 50
    assert found["weibo", "answers"] > 10
    assert found["douyin", "answers"] > 3
    assert found["news", "posts"] > 2
    assert sum(row.faulty for row in rows) > 0
