"""Hot lists over time: places of our topics in full, the crowd for a while, and nothing claimed that was not read."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes import InMemoryStateStore
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.hot import HotRank
from yuqing.domain.subject import Backend, Source
from yuqing.hot_book import BOARD_KIND, OFF, TOPIC_KIND, UNSEEN, HotBook, boards, forget, hot_matches
from yuqing.hot_view import board_states, matched_topics, stays

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
OURS = "云江手机银行崩了"
SOURCE = Source("hot_lists", "hot", "热榜", Backend.WEB, "test", True, 120, {"boards": ["weibo", "baidu"]})


@dataclass(frozen=True)
class Found:
    """Who is meant."""

    subjects: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


class Matcher:
    """Watches one bank."""

    def match(self, text: str) -> Found:
        """By its name."""
        return Found(("yunjiang",), ("云江",)) if "云江" in text else Found()


@pytest.fixture
def state() -> InMemoryStateStore:
    """An empty store."""
    return InMemoryStateStore()


@pytest.fixture
def book(state: InMemoryStateStore) -> HotBook:
    """A book whose mask blots out telephone numbers."""
    return HotBook(state, Matcher(), lambda text: text.replace("13800000000", "[电话]"))


def line(word: str, rank: int, minutes: float = 0, heat: int = 100, board: str = "weibo", **more: object) -> HotRank:
    """A line of a board so many minutes after the start."""
    return HotRank(board, word, word, rank, NOW + timedelta(minutes=minutes), heat, **more)


def looked(state: InMemoryStateStore, board: str, outcome: Outcome, minutes: float = 0) -> None:
    """A look at a board and how it ended."""
    at = NOW + timedelta(minutes=minutes)
    row = Coverage("hot_lists", board, at - timedelta(minutes=5), at, outcome, at)
    state.save("coverage", row.key, to_json(row))


def test_every_change_of_our_topic_is_kept(book: HotBook, state: InMemoryStateStore) -> None:
    """Place, heat and label; best place and highest heat; a reading without change adds nothing."""
    for minutes, rank, heat in ((0, 30, 10), (2, 12, 50), (4, 12, 50), (6, 3, 900), (8, 7, 400)):
        book.record("hot_lists", [line("灯会", 1, minutes), line(OURS, rank, minutes, heat)])
    (topic,) = hot_matches(state, NOW)
    assert [(each.rank, each.heat) for each in topic.changes] == [(30, 10), (12, 50), (3, 900), (7, 400)]
    assert (topic.best_rank, topic.peak_heat, topic.subjects, topic.keywords) == (3, 900, ("yunjiang",), ("云江",))
    assert (topic.first_seen, topic.last_seen) == (NOW, NOW + timedelta(minutes=8))


def test_the_same_reading_twice_changes_nothing(book: HotBook, state: InMemoryStateStore) -> None:
    """Not even the version of a document, whichever of them was written before a crash."""
    reading = [line("灯会", 1), line(OURS, 2)]
    book.record("hot_lists", reading)
    before = [(each.id, each.version) for kind in (TOPIC_KIND, BOARD_KIND) for each in state.find(kind)]
    book.record("hot_lists", reading)
    assert [(each.id, each.version) for kind in (TOPIC_KIND, BOARD_KIND) for each in state.find(kind)] == before
    state.delete(BOARD_KIND, "weibo")
    book.record("hot_lists", reading)
    (topic,) = hot_matches(state, NOW)
    assert len(topic.changes) == 1


def test_a_topic_that_leaves_is_off_from_the_reading_that_missed_it(book: HotBook, state: InMemoryStateStore) -> None:
    """And may come back."""
    book.record("hot_lists", [line("灯会", 1), line(OURS, 2)])
    book.record("hot_lists", [line("灯会", 1, 2), line("夜市", 2, 2)])
    book.record("hot_lists", [line("灯会", 1, 4), line("夜市", 2, 4)])
    (topic,) = hot_matches(state, NOW)
    assert [each.rank for each in topic.changes] == [2, OFF]
    assert (topic.is_on, topic.last_seen) == (False, NOW)
    book.record("hot_lists", [line(OURS, 9, 6)])
    (topic,) = hot_matches(state, NOW)
    assert [each.rank for each in topic.changes] == [2, OFF, 9]
    assert [[each.rank for each in stretch] for stretch in stays(topic)] == [[2, 2], [9, 9]]


def whole(minutes: float, length: int = 50, ours: int = 0) -> list[HotRank]:
    """A reading of a board; our topic at a place."""
    return [line(OURS if place == ours else f"话题{place}", place, minutes) for place in range(1, length + 1)]


def test_a_short_reading_takes_nothing_off_the_board(book: HotBook, state: InMemoryStateStore) -> None:
    """Ten lines of fifty: where our topic stands is not known until the board is read whole again."""
    book.record("hot_lists", whole(0, ours=30))
    for minutes in (2, 4):
        book.record("hot_lists", whole(minutes, 10))
    (topic,) = hot_matches(state, NOW)
    assert [each.rank for each in topic.changes] == [30, UNSEEN]
    (row,) = matched_topics(state, board_states(state, [SOURCE]), NOW)
    assert (row.is_on, row.standing) == (False, "榜单未读全，位置不明")
    book.record("hot_lists", whole(6))
    (topic,) = hot_matches(state, NOW)
    assert [each.rank for each in topic.changes] == [30, UNSEEN, OFF]


def test_a_topic_at_the_top_is_not_off_by_a_short_reading_either(book: HotBook, state: InMemoryStateStore) -> None:
    """It may have fallen below what was read. A list that is a little shorter is whole."""
    book.record("hot_lists", whole(0, ours=3))
    book.record("hot_lists", whole(2, 10))
    assert [each.rank for each in hot_matches(state, NOW)[0].changes] == [3, UNSEEN]
    book.record("hot_lists", whole(4, ours=3))
    book.record("hot_lists", whole(6, 45))
    assert [each.rank for each in hot_matches(state, NOW)[0].changes] == [3, UNSEEN, 3, OFF]


def test_a_reading_by_a_clock_that_was_ahead_does_not_hide_the_later_ones(
    book: HotBook, state: InMemoryStateStore
) -> None:
    """A day ahead, then right again: the next reading counts."""
    book.record("hot_lists", whole(24 * 60, ours=9))
    book.record("hot_lists", whole(2, ours=2))
    (topic,) = hot_matches(state, NOW)
    assert (topic.rank, topic.last_seen) == (2, NOW + timedelta(minutes=2))
    (board,) = boards(state)
    assert (board.at, len(board.crowd)) == (NOW + timedelta(minutes=2), 50)


def test_hours_in_which_nobody_read_are_a_hole(book: HotBook, state: InMemoryStateStore) -> None:
    """The line of the chart ends at the last sighting."""
    book.record("hot_lists", [line(OURS, 2)])
    book.record("hot_lists", [line(OURS, 5, 180)])
    (topic,) = hot_matches(state, NOW)
    assert [(each.rank, each.at) for each in topic.changes] == [
        (2, NOW),
        (UNSEEN, NOW),
        (5, NOW + timedelta(minutes=180)),
    ]


def test_another_board_does_not_end_a_stay(book: HotBook, state: InMemoryStateStore) -> None:
    """Each board counts for itself."""
    book.record("hot_lists", [line(OURS, 2)])
    book.record("hot_lists", [line("灯会", 1, 2, board="baidu")])
    assert [topic.is_on for topic in hot_matches(state, NOW)] == [True]


def test_the_crowd_is_one_document_and_forgotten_after_hours(book: HotBook, state: InMemoryStateStore) -> None:
    """Fifty topics are not fifty writes."""
    for minutes in range(0, 900, 30):
        book.record("hot_lists", [line(f"话题{minutes // 60}之{rank}", rank, minutes) for rank in range(1, 51)])
    (document,) = state.find(BOARD_KIND)
    assert len(state.find(TOPIC_KIND)) == 0
    assert 50 < len(document.body["crowd"]) <= 50 * 8
    (board,) = boards(state)
    assert [topic.rank for topic in board.crowd] == list(range(1, 51))


def test_ours_stand_in_their_place_among_the_others(book: HotBook, state: InMemoryStateStore) -> None:
    """Pinned lines first."""
    pinned = line("读书节", 0, pinned=True)
    book.record("hot_lists", [pinned, line("灯会", 1), line(OURS, 2), line("夜市", 3)])
    (board,) = boards(state)
    assert [topic.word for topic in board.crowd] == ["读书节", "灯会", OURS, "夜市"]


def test_the_note_matches_too_and_personal_data_is_masked(book: HotBook, state: InMemoryStateStore) -> None:
    """A topic may be about us without naming us; a number in it is stored nowhere."""
    book.record("hot_lists", [line("转账失败 13800000000", 4, note="云江银行用户 13800000000 反映")])
    (topic,) = hot_matches(state, NOW)
    assert (topic.word, topic.note) == ("转账失败 [电话]", "云江银行用户 [电话] 反映")
    assert "13800000000" not in repr([each.body for each in (*state.find(TOPIC_KIND), *state.find(BOARD_KIND))])


@pytest.mark.parametrize("word", ["转账失败", "云江银行转账失败"])
def test_neither_key_nor_address_holds_what_the_mask_blots_out(
    book: HotBook, state: InMemoryStateStore, word: str
) -> None:
    """Boards make both from the headline. A topic keeps its name over readings all the same."""
    number, text = "13800000000", f"{word} 13800000000"
    for minutes in (0, 2):
        at = NOW + timedelta(minutes=minutes)
        address = f"https://s.weibo.com/weibo?q={word}{number}"
        reading = [
            HotRank("weibo", text, text, 1 + minutes, at, url=address),
            HotRank(
                "bilibili", f"热词{number}", text, 1 + minutes, at, url=f"https://search.example/all?keyword={number}"
            ),
            HotRank("zhihu", "99800000001", word, 1, at, url="https://www.zhihu.com/question/99800000001"),
        ]
        book.record("hot_lists", reading)
    documents = [*state.find(TOPIC_KIND), *state.find(BOARD_KIND)]
    assert number not in repr([(each.id, each.body) for each in documents])
    shown = {board.board: board.crowd for board in boards(state)}
    assert {name: len(crowd) for name, crowd in shown.items()} == {"weibo": 1, "bilibili": 1, "zhihu": 1}
    assert [each.rank for each in shown["weibo"][0].changes] == [1, 3]
    assert shown["zhihu"][0].url == "https://www.zhihu.com/question/99800000001"


def test_old_topics_are_forgotten(book: HotBook, state: InMemoryStateStore) -> None:
    """By the time they were last seen."""
    book.record("hot_lists", [line(OURS, 2)])
    assert forget(state, NOW) == 0
    assert forget(state, NOW + timedelta(seconds=1)) == 1
    assert hot_matches(state, NOW) == ()


def test_matches_can_be_asked_for_by_time_and_subject(book: HotBook, state: InMemoryStateStore) -> None:
    """As a rule will."""
    book.record("hot_lists", [line(OURS, 2)])
    assert len(hot_matches(state, NOW, "yunjiang")) == 1
    assert hot_matches(state, NOW, "haizhou") == ()
    assert hot_matches(state, NOW + timedelta(minutes=1)) == ()


def test_a_board_that_nobody_read_is_not_called_empty(state: InMemoryStateStore) -> None:
    """Never read, and read in vain, have their own words."""
    looked(state, "baidu", Outcome.BLOCKED)
    weibo, baidu = board_states(state, [SOURCE])
    assert (weibo.status, weibo.is_current) == ("尚未读取", False)
    assert (baidu.status, baidu.is_current) == ("被封禁，从未读到", False)


def test_a_refusal_leaves_the_old_list_and_says_so(book: HotBook, state: InMemoryStateStore) -> None:
    """Where a topic stands now is not known."""
    book.record("hot_lists", [line(OURS, 2)])
    looked(state, "weibo", Outcome.OK)
    (row,) = matched_topics(state, board_states(state, [SOURCE]), NOW)
    assert row.standing == "第 2 位"
    looked(state, "weibo", Outcome.AUTH_REQUIRED, 3)
    states = board_states(state, [SOURCE])
    (row,) = matched_topics(state, states, NOW)
    assert states[0].status == "需要登录，下为此前的榜单"
    assert row.standing == "第 2 位（此后未能读取榜单）"


def test_another_surface_of_a_board_is_the_same_board(state: InMemoryStateStore) -> None:
    """The page of Weibo's list stands for the list."""
    looked(state, "weibo_html", Outcome.OK)
    source = replace(SOURCE, options={"boards": ["weibo_html"]})
    (board,) = board_states(state, [source])
    assert (board.board, board.name, board.outcome) == ("weibo", "微博热搜", Outcome.OK)
