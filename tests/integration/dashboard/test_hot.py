"""The hot lists page: our topics with their way, every board with its state; nothing unseen is shown as empty."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.integration.dashboard.conftest import NOW, FakeApp, Opener, words
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.hot import HotRank
from yuqing.domain.subject import Backend, Source
from yuqing.hot_book import HotBook

OURS = "云江银行App崩了"
SOURCE = Source("hot_lists", "hot", "热榜", Backend.WEB, "test", True, 120, {"boards": ["weibo", "baidu", "zhihu"]})


@dataclass(frozen=True)
class Found:
    """Who is meant."""

    subjects: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


class Matcher:
    """Watches one bank."""

    def match(self, text: str) -> Found:
        """By its name."""
        return Found(("yunjiang",), ("云江银行",)) if "云江银行" in text else Found()


def look(app: FakeApp, board: str, outcome: Outcome, minutes: int = 0) -> None:
    """A look at a board so many minutes ago."""
    at = NOW - timedelta(minutes=minutes)
    row = Coverage("hot_lists", board, at - timedelta(minutes=5), at, outcome, at)
    app.state.save("coverage", row.key, to_json(row))


@pytest.fixture
def board(empty_app: FakeApp) -> FakeApp:
    """Weibo read three times, Baidu refused after a reading, Zhihu never read."""
    empty_app.sources = (SOURCE,)
    book = HotBook(empty_app.state, Matcher(), str)
    for minutes, rank in ((20, 31), (15, 8), (10, 3)):
        at = NOW - timedelta(minutes=minutes)
        book.record("hot_lists", [HotRank("weibo", "灯会", "灯会", 1, at, 900), HotRank("weibo", OURS, OURS, rank, at)])
    book.record("hot_lists", [HotRank("baidu", "灯会", "灯会", 1, NOW - timedelta(hours=2), 5)])
    look(empty_app, "weibo", Outcome.OK, 10)
    look(empty_app, "baidu", Outcome.CHALLENGE, 1)
    return empty_app


def test_our_topic_stands_first_with_its_way(board: FakeApp, opened: Opener) -> None:
    """Where it is, how high it was, and the points of the chart."""
    page = opened("hot")
    row = page.dataframe[0].value.iloc[0]
    assert (row["榜单"], row["话题"], row["现在"], row["最高"]) == ("微博热搜", OURS, "第 3 位", "第 3 位")
    metrics = {each.label: each.value for each in page.metric}
    assert metrics["正在榜上"] == "至少 1 处"
    assert metrics["最高名次"] == "第 3 位"
    assert metrics["读到的榜单"] == "1 / 3"


def test_a_topic_cannot_write_into_the_page(board: FakeApp, opened: Opener) -> None:
    """Its words in the legend are words."""
    word = "云江银行<img src=x>"
    HotBook(board.state, Matcher(), str).record("hot_lists", [HotRank("weibo", word, word, 2, NOW, 9)])
    (legend,) = [each.proto.body for each in opened("hot").get("html")]
    assert "云江银行&lt;img src=x&gt;" in legend
    assert "<img" not in legend


def test_what_was_not_read_is_said_first(board: FakeApp, opened: Opener) -> None:
    """A refused board shows its old list as old, one that was never read shows no list at all."""
    page = opened("hot")
    [notice] = page.warning
    assert "要求验证码，下为此前的榜单" in notice.value
    assert "知乎热榜" in notice.value
    assert "尚未读取" in notice.value
    said = words(page)
    assert "从未读到" in said
    assert len(page.dataframe) == 3  # our topics, Weibo, Baidu


def test_a_board_marks_what_is_ours(board: FakeApp, opened: Opener) -> None:
    """Among the others, in its place."""
    table = opened("hot").dataframe[1].value
    assert list(table["话题"]) == ["灯会", f"★ {OURS}"]
    assert list(table["名次"]) == ["1", "3"]


def test_nothing_of_ours_is_only_said_of_what_was_read(board: FakeApp, opened: Opener) -> None:
    """The number of boards that were read is part of the sentence."""
    for document in board.state.find("hot"):
        board.state.delete("hot", document.id)
    page = opened("hot")
    assert "读到的 2 个榜单上，没有与监测主体有关的话题" in words(page)
    assert {each.label: each.value for each in page.metric}["正在榜上"] == "未知"


def test_without_any_board_the_page_says_how_to_start(empty_app: FakeApp, opened: Opener) -> None:
    """With the kind of source to enable."""
    empty_app.sources = ()
    assert "kind: hot" in opened("hot").info[0].value


def test_a_hot_list_is_no_gap_of_mentions(board: FakeApp) -> None:
    """Whether a list was read says nothing about mentions that were missed."""
    from dashboard import data
    from dashboard.periods import period

    assert data.assess(None, period("24h", NOW)).sources == ()
