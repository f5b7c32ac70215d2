"""What is too old goes; what an open alert rests on waits, but not for ever."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.reports.small import DOUYIN, NEGATIVE, NOW, WEIBO, Small
from yuqing.domain.alert import AlertState
from yuqing.jobs.retention import LONGEST_HOLD, apply_retention

DAY = timedelta(days=1)


@pytest.fixture
def small() -> Small:
    """A mention a day for the last forty days."""
    small = Small()
    for back in range(40):
        small.say(NOW - back * DAY - timedelta(hours=1), NEGATIVE)
    return small


def ages(small: Small) -> list[int]:
    """How many days old what is left is, youngest first."""
    return [back for back in range(40) if small.mentions.get([f"weibo:post:n{back + 1:04d}"])]  # type: ignore[list-item]


def test_old_mentions_go_and_young_ones_stay(small):
    """Thirty days keep thirty mentions; a second run finds nothing to do."""
    assert apply_retention(small.mentions, small.state, NOW, mention_days=30).mentions == 10
    assert ages(small) == list(range(30))
    assert apply_retention(small.mentions, small.state, NOW, mention_days=30).mentions == 0


def test_evidence_of_an_open_alert_waits(small):
    """Purging stops before the oldest evidence; the summary says that it did. Resolved alerts hold nothing."""
    oldest = small.mentions.get(["weibo:post:n0034"])  # type: ignore[list-item]
    small.alarm(NOW - 3 * DAY, state=AlertState.FIRING, ends_at=None, evidence=tuple(oldest))
    small.alarm(NOW - 2 * DAY, evidence=("weibo:post:n0040",))
    summary = apply_retention(small.mentions, small.state, NOW, mention_days=30)
    assert (summary.mentions, summary.held_alerts) == (6, 1)
    assert max(ages(small)) == 33
    assert "暂留" in summary.sentence()


def test_an_alert_that_nobody_closes_does_not_hold_for_ever(small):
    """After ninety days more, its evidence goes too."""
    small.alarm(NOW, state=AlertState.FIRING, ends_at=None, evidence=("weibo:post:n0040",))
    later = NOW + LONGEST_HOLD
    assert apply_retention(small.mentions, small.state, later, mention_days=30).mentions == 10
    assert apply_retention(small.mentions, small.state, later + 40 * DAY, mention_days=30).mentions == 30


def test_an_open_alert_whose_evidence_is_gone_holds_nothing(small):
    """Ids without a stored mention do not stop anything."""
    small.alarm(NOW, state=AlertState.PENDING, ends_at=None, evidence=("weibo:post:gone",))
    assert apply_retention(small.mentions, small.state, NOW, mention_days=30).held_alerts == 0


def test_what_is_remembered_of_old_threads_is_forgotten(small):
    """A month after the last look at the comments below a work nothing is kept of them."""
    for name, age in (("old", 31), ("young", 29)):
        small.state.save("thread", name, {"source": "dy", "comments": 3, "at": (NOW - age * DAY).isoformat()})
    apply_retention(small.mentions, small.state, NOW, mention_days=365)
    assert [found.id for found in small.state.find("thread")] == ["young"]


def test_coverage_is_kept_as_long_as_mentions_or_as_told(small):
    """Two sources, forty daily rows each."""
    for source in (WEIBO, DOUYIN):
        small.looked(source.id, NOW - 40 * DAY, NOW)
    assert apply_retention(small.mentions, small.state, NOW, mention_days=30).coverage == 18
    assert apply_retention(small.mentions, small.state, NOW, mention_days=30, coverage_days=10).coverage == 40
    assert len(small.state.find("coverage")) == 22


def test_raw_replies_go_by_the_time_in_their_name(small, tmp_path: Path):
    """Old ones and ones of unknown age go; other files are not ours to delete."""
    folder = tmp_path / "weibo" / "challenge"
    folder.mkdir(parents=True)
    names = [f"{NOW - back * DAY:%Y%m%dT%H%M%S%f}-page-abc.bin" for back in (1, 6, 8, 30)]
    for name in (*names, "odd.bin", "notes.txt"):
        (folder / name).write_bytes(b"x")
    summary = apply_retention(small.mentions, small.state, NOW, mention_days=99, raw_folder=tmp_path, raw_days=7)
    assert summary.raw_files == 3
    assert {path.name for path in folder.iterdir()} == {*names[:2], "notes.txt"}
    assert summary.as_json() == {"mentions": 0, "coverage": 0, "raw_files": 3, "held_alerts": 0, "quarantine_files": 0}


def test_refused_rows_go_after_thirty_days_or_with_the_mentions(small, tmp_path: Path):
    """They hold what people wrote, so they are kept no longer than that; broken-off files go too."""
    for name, days in (("new.jsonl", 1), ("month.jsonl", 29), ("old.jsonl", 31), ("old.partial", 90)):
        path = tmp_path / name
        path.write_text("{}", encoding="utf-8")
        then = (NOW - days * DAY).timestamp()
        os.utime(path, (then, then))
    (tmp_path / "folder").mkdir()
    summary = apply_retention(small.mentions, small.state, NOW, mention_days=99, quarantine_folder=tmp_path)
    assert summary.quarantine_files == 2
    assert "隔离文件 2 个" in summary.sentence()
    assert {path.name for path in tmp_path.iterdir()} == {"new.jsonl", "month.jsonl", "folder"}
    again = apply_retention(small.mentions, small.state, NOW, mention_days=7, quarantine_folder=tmp_path)
    assert again.quarantine_files == 1
    none = apply_retention(small.mentions, small.state, NOW, mention_days=7, quarantine_folder=tmp_path / "none")
    assert none.quarantine_files == 0


def test_turns_at_hosts_that_nobody_asks_any_more_go(small, tmp_path: Path):
    """A file for each host that was ever asked would fill a disk; what a crawl has just written stays."""
    for host, days in (("asked", 0), ("not asked", 2), ("long gone", 2)):
        (tmp_path / host).mkdir()
        if host != "long gone":
            (tmp_path / host / "source").write_text("1000.0 8.0")
        for path in (tmp_path / host, *(tmp_path / host).iterdir()):
            os.utime(path, times=(path.stat().st_atime, path.stat().st_mtime - days * DAY.total_seconds()))
    apply_retention(small.mentions, small.state, NOW, mention_days=99, pace_folder=tmp_path)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {"asked", "asked/source", "not asked"}
    apply_retention(small.mentions, small.state, NOW, mention_days=99, pace_folder=tmp_path / "none")


def test_a_missing_folder_of_raw_replies_is_no_error(small, tmp_path: Path):
    """Nothing was ever kept."""
    summary = apply_retention(small.mentions, small.state, NOW, mention_days=99, raw_folder=tmp_path / "none")
    assert summary.raw_files == 0
