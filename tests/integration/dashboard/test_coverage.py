"""Coverage: outcomes, what to do, cursors."""

from datetime import timedelta

import pytest

from dashboard import labels
from tests.integration.dashboard.conftest import NOW, FakeApp, Opener, words
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Outcome


def test_every_query_shows_its_newest_outcome_and_cursor(app: FakeApp, opened: Opener):
    """The matrix and the progress table tell the lost session from the good sources."""
    page = opened("coverage")
    matrix, progress = page.dataframe[1].value, page.dataframe[2].value
    douyin = matrix[matrix["来源"] == "抖音搜索"].iloc[0]
    assert list(douyin["云江银行"]) == ["! 需要登录"]
    behind = progress[(progress["来源"] == "抖音搜索") & (progress["查询"] == "云江银行")].iloc[0]
    assert behind["完整采集至"] == "2026-11-23 08:07"
    assert behind["落后"] == "3 小时"
    assert {each.label: each.value for each in page.metric}["正常的查询"] == "6 / 9"


def test_the_operator_is_told_what_to_do(app: FakeApp, opened: Opener):
    """A refusal comes with its remedy."""
    [notice] = opened("coverage").warning
    assert "需要登录" in notice.value
    assert "重新登录" in notice.value


@pytest.mark.parametrize("outcome", list(Outcome))
def test_each_outcome_is_told_apart(empty_app: FakeApp, opened: Opener, outcome: Outcome):
    """All ten outcomes have their own word; refusals show advice and never a count of 0."""
    coverage = Coverage("weibo", "云江银行", NOW - timedelta(hours=2), NOW, outcome, NOW, detail="HTTP 418")
    empty_app.state.save("coverage", coverage.key, to_json(coverage))
    page = opened("coverage")
    cell = page.dataframe[1].value.iloc[0]["云江银行"]
    assert list(cell) == [labels.outcome(outcome)]
    assert bool(page.warning) is not outcome.is_complete
    assert "从未完整" in set(page.dataframe[2].value["完整采集至"])


def test_before_the_first_crawl_the_page_says_how_to_start(empty_app: FakeApp, opened: Opener):
    """No coverage is explained, with the command to run."""
    page = opened("coverage")
    assert "还没有采集记录" in page.info[0].value
    assert "yuqing run" in words(page)


def test_the_health_of_each_source_stands_above_its_outcomes(app: FakeApp, opened: Opener):
    """Who is refused comes first, with circuit, sessions, canary and when it is tried again, all in Chinese."""
    until = (NOW + timedelta(hours=4)).isoformat()
    body = {"source": "douyin", "host": "h", "outcome": "challenge", "until": until}
    app.state.save("circuit", "douyin|h", body)
    app.state.save("session", "douyin|a", {"source": "douyin", "health": "dead"})
    app.state.save("canary", "douyin", {"source": "douyin", "outcome": "ok_empty", "at": until, "drafts": 0})
    app.state.save("job", "j", {"source": "douyin", "state": "waiting", "wait": {"not_before": until}})
    table = opened("coverage").dataframe[0].value
    first = table.iloc[0]
    assert (first["来源"], list(first["状态"]), list(first["最近结果"])) == ("抖音搜索", ["× 受阻"], ["! 需要登录"])
    assert (first["熔断"], first["会话"], first["探测词"]) == ("已熔断：要求验证码", "已失效 1", "空白页，未证实")
    assert (first["待补"], first["下次"]) == ("1 段", "11-23 15:07")
    assert len(table) == 3


def test_nothing_found_says_how_the_sources_are(app: FakeApp, opened: Opener):
    """Beside an empty result stands who could not be read."""
    page = opened("mentions", q="无人说过的词")
    assert "抖音搜索 受阻（需要登录）" in words(page)
