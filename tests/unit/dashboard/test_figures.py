"""The key figures: changes are honest, unknown is not zero."""

from datetime import UTC, datetime, timedelta

from dashboard import periods
from dashboard.frames import Tally
from dashboard.overview import figures
from yuqing.domain.alert import Alert, AlertSeverity, AlertState
from yuqing.domain.ports import VolumeBin
from yuqing.gaps import Assessment, Gap

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
COMPLETE = Assessment(("weibo",), (), NOW - DAY, NOW)
BLIND = Assessment(("weibo",), (Gap("weibo", NOW - DAY, NOW, None),), NOW - DAY, NOW)
PARTLY = Assessment(("weibo",), (Gap("weibo", NOW - DAY / 8, NOW, None),), NOW - DAY, NOW)
HOURS = [VolumeBin(NOW - DAY + i * periods.HOUR, 0) for i in range(24)]


def test_a_zero_that_was_seen_is_zero():
    """With complete coverage nothing is nothing, and unchanged."""
    figure = figures.volume("声量", (0, 0), HOURS, periods.HOUR, (COMPLETE, COMPLETE))
    assert (figure.value, figure.delta, figure.caution) == ("0", 0, "")
    assert set(figure.trend) == {0}


def test_a_zero_that_was_not_seen_is_unknown():
    """No number, no change, no line."""
    figure = figures.volume("声量", (0, 40), HOURS, periods.HOUR, (BLIND, COMPLETE))
    assert (figure.value, figure.delta) == ("未知", None)
    assert set(figure.trend) == {None}


def test_the_line_has_no_zero_where_one_source_was_missing():
    """A bin that one of two sources missed in part is a gap in the line, not a dip."""
    gap = Gap("weibo", NOW - 2.5 * periods.HOUR, NOW, None)
    seen = Assessment(("weibo", "news"), (gap,), NOW - DAY, NOW)
    figure = figures.volume("声量", (4, 4), HOURS, periods.HOUR, (seen, COMPLETE))
    assert figure.trend == (0,) * 21 + (None,) * 3


def test_an_unseen_previous_period_gives_no_change():
    """There is nothing to compare with."""
    figure = figures.volume("声量", (40, 0), HOURS, periods.HOUR, (COMPLETE, BLIND))
    assert (figure.value, figure.delta) == ("40", None)
    assert "不可比" in figure.caution


def test_a_small_gap_gives_a_change_with_a_caution():
    """Seven eighths seen: the change is shown, and said to be doubtful."""
    figure = figures.volume("声量", (50, 40), HOURS, periods.HOUR, (PARTLY, COMPLETE))
    assert figure.delta == "+25% (+10)"
    assert "仅供参考" in figure.caution


def test_shares_and_net_sentiment():
    """Changes are in percentage points and in points."""
    tallies = (
        Tally("", 10, {"negative": 5, "positive": 1, "neutral": 4}),
        Tally("", 10, {"negative": 2, "neutral": 8}),
    )
    share = figures.negative_share(tallies, HOURS, (COMPLETE, COMPLETE))
    net = figures.net_sentiment(tallies, HOURS, (COMPLETE, COMPLETE))
    assert (share.value, share.delta) == ("50.0%", "+30.0 百分点")
    assert (net.value, net.delta) == ("-40", "-20")


def test_nothing_scored_has_no_share():
    """无数据 where all was seen and nothing scored, 未知 where it was not seen."""
    empty = (Tally("", 0, {}), Tally("", 0, {}))
    assert figures.negative_share(empty, HOURS, (COMPLETE, COMPLETE)).value == "无数据"
    assert figures.net_sentiment(empty, HOURS, (BLIND, COMPLETE)).value == "未知"


def alert(hours_ago: int, state: AlertState = AlertState.FIRING) -> Alert:
    """An alert that began so many hours ago."""
    start = NOW - timedelta(hours=hours_ago)
    return Alert(
        str(hours_ago), "f", {}, state, AlertSeverity.WARNING, start, None, start,
        "s", "r", "yunjiang", 1, None, None, (),
    )  # fmt: skip


def test_active_alerts_count_what_fires_and_compare_what_began():
    """Two fire; two began in the period against one before it."""
    period = periods.period("24h", NOW)
    alerts = [alert(1), alert(2), alert(30, AlertState.RESOLVED)]
    figure = figures.active_alerts(alerts, period, 24, COMPLETE)
    assert (figure.value, figure.delta) == ("2", "+1 起新预警")
    assert sum(each or 0 for each in figure.trend) == 2
    assert figures.active_alerts(alerts, period, 24, BLIND).delta is None
