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
    matrix, progress = page.dataframe[0].value, page.dataframe[1].value
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
    cell = page.dataframe[0].value.iloc[0]["云江银行"]
    assert list(cell) == [labels.outcome(outcome)]
    assert bool(page.warning) is not outcome.is_complete
    assert "从未完整" in set(page.dataframe[1].value["完整采集至"])


def test_before_the_first_crawl_the_page_says_how_to_start(empty_app: FakeApp, opened: Opener):
    """No coverage is explained, with the command to run."""
    page = opened("coverage")
    assert "还没有采集记录" in page.info[0].value
    assert "yuqing run" in words(page)
