"""Hot lists without a network: a part of a board is no board, and what cannot be read is not left out unseen."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawlers.backends.hot import BOARDS, HotLists, HotSettings
from crawlers.model import PageResult, Reply, SearchTerm, Slice
from tests.fakes import FakeClock
from yuqing.domain.coverage import Outcome

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
PIECE = Slice(SearchTerm("weibo", "weibo"), NOW - timedelta(minutes=5), NOW)


def read(lines: list[Any]) -> PageResult:
    """What a reading of Weibo's list means after all second looks."""
    reply = Reply("u", 200, json.dumps({"ok": 1, "data": {"realtime": lines}}).encode())
    backend = HotLists(HotSettings(("weibo",)), FakeClock(NOW))
    (page,) = backend.first(PIECE)
    result = backend.read(reply, page, PIECE)
    return backend.read(reply, result.follow[0], PIECE) if result.unsettled else result


def lines(*places: int) -> list[Any]:
    """Lines of the list at their places."""
    return [{"word": f"话题{place}", "realpos": place, "num": 100} for place in places]


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (lines(*range(1, 51)), "ok:"),
        (lines(*range(1, 31)), "ok:"),
        (lines(*range(1, 11)), "suspect_empty:board_cut"),
        (lines(1), "suspect_empty:board_cut"),
        ([None] * 45 + lines(*range(1, 6)), "changed:entries_unreadable"),
        ([None] * 20 + lines(*range(1, 31)), "changed:entries_unreadable"),
        (["x"], "changed:entries_unreadable"),
        ([], "suspect_empty:board_empty"),
    ],
)
def test_a_part_of_a_board_is_no_board(shown: list[Any], told: str) -> None:
    """Nor are lines that hold no topic."""
    verdict = read(shown).verdict
    assert f"{verdict.outcome.value}:{verdict.detail}" == told


def test_a_line_that_cannot_be_read_keeps_its_place() -> None:
    """The lines below it do not move up."""
    plain = [{"word": f"话题{place}"} for place in range(1, 31)]
    found = read([*plain[:3], None, *plain[4:]])
    assert found.verdict.outcome is Outcome.OK
    assert [rank.rank for rank in found.ranks] == [1, 2, 3, *range(5, 31)]
    assert found.notes["unreadable"] == 1


def test_every_board_says_how_long_it_is_at_least() -> None:
    """Half of its lines."""
    assert all(10 <= board.least <= 25 for board in BOARDS.values())
