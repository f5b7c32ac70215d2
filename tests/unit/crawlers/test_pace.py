"""Crawls in several processes that ask one host: together no faster than one."""

from itertools import pairwise
from pathlib import Path

import pytest

from crawlers.pace import HostPace

HOST, GAP = "weibo.example", 8.0


def asked(pace: HostPace, source: str, start: float, gap: float = GAP, host: str = HOST) -> float:
    """One request: its turn, taken."""
    turn = pace.turn(host, source, start, gap)
    pace.take(host, source, turn, gap)
    return turn


def test_two_processes_take_turns_at_one_host(tmp_path: Path) -> None:
    """Every request keeps the gap to the one before, whoever sent it; so does the first one of the next run."""
    crawl, refresh = HostPace(tmp_path), HostPace(tmp_path)
    turns = []
    for _ in range(4):
        turns += [asked(crawl, "search", 1000.0), asked(refresh, "user", 1000.0, 2.0)]
    assert turns[0] == 1000.0
    assert all(after - before == GAP for before, after in pairwise(turns))
    assert asked(HostPace(tmp_path), "search", turns[-1]) == turns[-1] + GAP
    assert asked(refresh, "user", 1000.0, 2.0, "elsewhere.example") == 1000.0


def test_who_has_ended_holds_nobody_up(tmp_path: Path) -> None:
    """Neither the turns of an hour ago, nor those of the clock before the machine was started anew."""
    asked(HostPace(tmp_path), "user", 1000.0)
    alone = HostPace(tmp_path)
    assert [asked(alone, "search", at) for at in (4600.0, 4601.0)] == [4600.0, 4601.0]
    assert asked(HostPace(tmp_path), "mobile", 100.0) == 100.0


def test_without_a_gap_nothing_is_written_and_nobody_waits(tmp_path: Path) -> None:
    """A source that wants no pause keeps none."""
    asked(HostPace(tmp_path), "search", 1000.0, gap=0.0)
    assert list(tmp_path.iterdir()) == []
    asked(HostPace(tmp_path), "search", 1000.0)
    assert asked(HostPace(tmp_path), "user", 1000.0, gap=0.0) == 1000.0


def test_a_turn_that_cannot_be_read_or_kept_stops_no_crawl(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The others still count."""
    asked(HostPace(tmp_path), "user", 1000.0)
    (folder,) = tmp_path.iterdir()
    (folder / "cut").write_text("10")
    assert asked(HostPace(tmp_path), "search", 1000.0) == 1000.0 + GAP
    assert "turn not read" in caplog.text
    (tmp_path / "file").write_text("in the way")
    assert asked(HostPace(tmp_path / "file"), "search", 1000.0) == 1000.0
    assert "turn not kept" in caplog.text


def test_no_name_of_a_source_or_host_stands_in_the_folder(tmp_path: Path) -> None:
    """Numbers only."""
    asked(HostPace(tmp_path), "search", 1000.0)
    told = "".join(f"{path.relative_to(tmp_path)} {path.read_text()}" for path in tmp_path.rglob("*") if path.is_file())
    assert HOST not in told
    assert "search" not in told
