"""The overview: figures equal the store, and nothing unseen is called zero."""

from datetime import timedelta

from dashboard import data, periods
from tests.integration.dashboard.conftest import NOW, FakeApp, Opener, words
from tests.worlds import World
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.ports import MentionQuery


def query(app: FakeApp, period: str = "7d") -> MentionQuery:
    """What the overview counts for our brand."""
    chosen = periods.period(period, app.clock.now())
    return MentionQuery(subjects=("yunjiang",), since=chosen.since, until=chosen.until)


def figures(page) -> dict[str, str]:
    """Label and value of every key figure."""
    return {each.label: each.value for each in page.metric}


def test_key_figures_equal_the_store(app: FakeApp, world: World, opened: Opener):
    """Volume, negative share, net sentiment, high risk and firing alerts are those of the store."""
    shown = figures(opened("overview"))
    wanted = query(app)
    by = {each.value: each.count for each in app.mentions.facet(wanted, "sentiment")}
    scored = sum(by.values())
    net = 100 * (by[SentimentLabel.POSITIVE] - by[SentimentLabel.NEGATIVE]) / scored
    assert shown["声量"] == f"{app.mentions.count(wanted):,}"
    assert shown["负面占比"] == f"{by[SentimentLabel.NEGATIVE] / scored:.1%}"
    assert shown["净情感"] == f"{net:+.0f}"
    risky = MentionQuery(subjects=("yunjiang",), since=wanted.since, until=wanted.until, min_severity=2)
    assert shown["高风险"] == str(app.mentions.count(risky))
    assert shown["活跃预警"] == str(len(world.firing))


def test_a_gap_is_said_beside_the_figures(app: FakeApp, opened: Opener):
    """Douyin has lost its session three hours ago: the page names it with the time and the reason."""
    page = opened("overview")
    [notice] = page.warning
    assert "抖音搜索" in notice.value
    assert "11\\-23 08\\:07" in notice.value
    assert "需要登录" in notice.value


def test_the_period_and_the_subject_come_from_the_address(app: FakeApp, opened: Opener):
    """A shared link opens what its sender saw."""
    page = opened("overview", subject="海州银行", period="近 24 小时")
    chosen = periods.period("24h", app.clock.now())
    wanted = MentionQuery(subjects=("haizhou",), since=chosen.since, until=chosen.until)
    assert figures(page)["声量"] == f"{app.mentions.count(wanted):,}"


def test_nothing_collected_is_unknown_and_not_zero(empty_app: FakeApp, opened: Opener):
    """An empty store without any coverage shows 未知 in the place of 0."""
    shown = figures(opened("overview"))
    assert shown["声量"] == "未知"
    assert shown["高风险"] == "未知"
    assert shown["负面占比"] == "未知"
    assert "0" not in (shown["声量"], shown["高风险"])


def test_a_refused_source_is_unknown_and_not_zero(empty_app: FakeApp, opened: Opener):
    """Slices that ended in a challenge are no proof of silence; the refusal is named."""
    for source in ("weibo", "douyin", "news"):
        save(empty_app, Coverage(source, "云江银行", NOW - timedelta(days=9), NOW, Outcome.CHALLENGE, NOW))
    page = opened("overview")
    assert figures(page)["声量"] == "未知"
    assert "要求验证码" in page.warning[0].value


def test_a_complete_and_empty_period_is_zero(empty_app: FakeApp, opened: Opener):
    """Where every source was read to the end, 0 is 0 and says why it can be trusted."""
    for source in ("weibo", "douyin", "news"):
        save(empty_app, Coverage(source, "云江银行", NOW - timedelta(days=9), NOW, Outcome.OK_EMPTY, NOW))
    page = opened("overview")
    assert figures(page)["声量"] == "0"
    assert not page.warning
    assert "采集完整" in words(page)


def save(app: FakeApp, coverage: Coverage) -> None:
    """Store a slice of coverage."""
    app.state.save("coverage", coverage.key, to_json(coverage))


def test_the_page_asks_for_counts_and_never_reads_everything(app: FakeApp, opened: Opener):
    """However many mentions there are: about twenty questions, none of which returns them all."""
    asked: list[str] = []
    app.mentions = Counting(app.mentions, asked)  # type: ignore[assignment]
    data.use_app(app)
    opened("overview")
    assert "scan" not in asked
    assert len(asked) <= 25


class Counting:
    """A store that writes down what it is asked."""

    def __init__(self, store: object, asked: list[str]) -> None:
        self.store, self.asked = store, asked

    def __getattr__(self, name: str):
        self.asked.append(name)
        return getattr(self.store, name)
