"""The tables of the coverage page."""

from datetime import UTC, datetime, timedelta

from dashboard.crawling import matrix
from yuqing import gaps
from yuqing.domain.coverage import Coverage, Cursor, Outcome
from yuqing.domain.subject import Backend, Source

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOURCES = (
    Source("weibo", "weibo", "微博搜索", Backend.WEB, "", True, 300),
    Source("douyin", "douyin", "抖音搜索", Backend.WEB, "", False, 300),
)
SLICES = [
    Coverage("weibo", "云江银行", NOW - 2 * HOUR, NOW - HOUR, Outcome.OK, NOW - HOUR, mentions=4),
    Coverage("weibo", "云江银行", NOW - HOUR, NOW, Outcome.CHALLENGE, NOW, detail="302"),
    Coverage("weibo", "海州银行", NOW - HOUR, NOW, Outcome.OK_EMPTY, NOW),
]
TRACKS = gaps.tracks(SLICES)


def test_a_cell_holds_the_newest_outcome():
    """The challenge after the good hour is what stands there; a query never looked at stays empty."""
    frame = matrix.matrix(SOURCES, TRACKS)
    weibo, douyin = frame.iloc[0], frame.iloc[1]
    assert (weibo["云江银行"], weibo["海州银行"]) == (["※ 要求验证码"], ["○ 确认无结果"])
    assert (douyin["启用"], douyin["云江银行"]) == ("否", [])


def test_where_all_are_enabled_nobody_is_told_so():
    """A column that says the same everywhere takes the room of one that does not."""
    assert "启用" not in matrix.matrix(SOURCES[:1], TRACKS)


def test_progress_stands_where_the_cursor_stands():
    """A refusal does not move it; without a cursor nothing was ever complete."""
    cursors = {("weibo", "云江银行"): Cursor("weibo", "云江银行", NOW - HOUR, NOW - HOUR)}
    frame = matrix.progress(SOURCES, TRACKS, cursors, NOW).set_index("查询")
    assert frame.loc["云江银行", "完整采集至"] == "2026-11-23 10:00"
    assert frame.loc["云江银行", "落后"] == "1 小时"
    assert frame.loc["海州银行", "完整采集至"] == "从未完整"


def test_outcomes_are_counted_by_source():
    """Two of three slices were complete."""
    row = matrix.counts(SLICES, {"weibo": "微博搜索"}).iloc[0]
    assert (row["来源"], row["※ 要求验证码"], round(row["完整占比"], 2)) == ("微博搜索", 1, 0.67)


def test_troubles_are_the_queries_refused_last():
    """Only the newest look counts."""
    assert {outcome: [each.query for each in found] for outcome, found in matrix.troubles(TRACKS).items()} == {
        Outcome.CHALLENGE: ["云江银行"]
    }


def test_only_shared_queries_have_columns():
    """A feed or an app is nobody else's: it is summed up beside them, worst outcome last, and never missing."""
    own = [
        Coverage("douyin", "云江银行", NOW - HOUR, NOW, Outcome.OK, NOW),
        Coverage("douyin", "https://news.example/rss", NOW - HOUR, NOW, Outcome.BLOCKED, NOW),
    ]
    frame = matrix.matrix(SOURCES, gaps.tracks([SLICES[0], *own])).set_index("来源")
    assert list(frame.columns) == ["启用", "云江银行", matrix.OWN]
    assert list(frame[matrix.OWN]) == [[], ["× 被封禁"]]


def test_queries_have_names_for_people():
    """The name of a board, an address without its scheme, a word as it is."""
    names = [matrix.query_name("baidu", "hot"), matrix.query_name("https://a.example/x", "news")]
    assert [*names, matrix.query_name("云江银行")] == ["百度热搜", "a.example/x", "云江银行"]
