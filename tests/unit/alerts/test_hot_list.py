"""A topic of ours on a hot list: told when it enters and when it climbs, and nothing claimed while nobody reads."""

from dataclasses import replace
from datetime import timedelta

from alerts.backtest import backtest
from tests.unit.alerts.bank import MINUTE, NOW, Bank, shipped_rules
from yuqing.domain.alert import AlertSeverity, AlertState

RULES = [rule for rule in shipped_rules() if rule.id == "hot_list"]
HOUR = timedelta(hours=1)
WORD = "云江银行 手机银行崩了"


def _read(bank: Bank, *ranks: int | None, board: str = "weibo") -> None:
    """Readings five minutes apart, each followed by a look."""
    for rank in ranks:
        bank.hot(bank.clock.now(), rank, WORD, board)
        bank.engine(RULES).detect()
        bank.engine(RULES).notify()
        bank.clock.advance(5 * MINUTE)


def test_entering_and_climbing_are_told_once_each() -> None:
    """Warning at the entry, critical in the first ten; moving about within a level rings nobody."""
    bank = Bank.empty()
    _read(bank, None, 38, 35, 31, 33)
    assert len(bank.sent) == 1
    assert bank.sent[0].startswith("[预警·中] 云江银行：微博热搜第 38 位“云江银行 手机银行崩了”")
    _read(bank, 12, 9, 4, 11, 8)
    assert len(bank.sent) == 2
    assert bank.sent[1].startswith("[预警·高] 云江银行：微博热搜第 9 位")
    summaries = {alert.severity: alert.summary for alert in bank.engine(RULES).alerts()}
    assert "第 4 位" in summaries[AlertSeverity.CRITICAL]


def test_a_topic_that_appears_at_the_top_rings_once() -> None:
    """From outside straight to place three: one message, the loud one."""
    bank = Bank.empty()
    _read(bank, None, 3, 3)
    assert [line[:8] for line in bank.sent] == ["[预警·高] 云"]


def test_leaving_the_board_ends_it_and_coming_back_is_new() -> None:
    """Off the board is the end; hours later the same topic is another event."""
    bank = Bank.empty()
    _read(bank, None, 38, None)
    (alert,) = bank.engine(RULES).alerts()
    assert alert.state is AlertState.RESOLVED
    bank.clock.advance(3 * HOUR)
    _read(bank, None, 30)
    assert len(bank.sent) == 2


def test_a_board_that_nobody_reads_claims_nothing() -> None:
    """No reading for two hours: the topic did not leave, and nobody is told that it did."""
    bank = Bank.empty()
    _read(bank, None, 38)
    bank.clock.advance(2 * HOUR)
    bank.engine(RULES).detect()
    (alert,) = bank.engine(RULES).alerts()
    assert alert.state is AlertState.FIRING


def test_topics_of_competitors_and_other_boards_stay_out() -> None:
    """Nobody is woken for the neighbour's topic, nor for a board that the rule does not name."""
    bank = Bank.empty()
    bank.hot(NOW, 1, "海州银行 排队")
    assert bank.engine(RULES).judge(NOW) == []
    named = [replace(rule, options={**rule.options, "boards": ["douyin"]}) for rule in RULES]
    bank.hot(NOW + MINUTE, 5, WORD)
    assert bank.engine(named).judge(NOW + 2 * MINUTE) == []
    assert len(bank.engine(RULES).judge(NOW + 2 * MINUTE)) == 1


def test_the_same_topic_on_several_boards_is_one_event() -> None:
    """Four boards follow the first one: nobody is rung again, the message counts them."""
    bank = Bank.empty()
    _read(bank, None, 38)
    for board in ("douyin", "toutiao", "baidu", "zhihu"):
        _read(bank, 41, board=board)
    assert len(bank.sent) == 1
    _read(bank, 30)
    (alert,) = bank.engine(RULES).alerts()
    assert "共 5 张榜" in alert.summary
    assert len(alert.facts) == 6


def test_the_history_can_be_replayed() -> None:
    """What would have been told yesterday is found from the stored places alone."""
    bank = Bank.empty(NOW - 30 * HOUR)
    for rank in (None, 45, 40, 22, 8, 15, None):
        bank.hot(bank.clock.now(), rank, WORD)
        bank.clock.advance(20 * MINUTE)
    bank.clock.set(NOW)
    result = backtest(bank.engine(RULES), "hot_list", NOW - 36 * HOUR, NOW)
    assert len(result.alerts) == 2
    assert all(NOW - 30 * HOUR < each.at < NOW - 27 * HOUR for each in result.alerts)
