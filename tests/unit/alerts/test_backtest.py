"""A rule on the stored history: what it would have raised, and how often."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.backtest import backtest
from alerts.rules import load_rule_file
from config.loader import load_yaml
from tests.unit.alerts.bank import CONFIG, DAY, MINUTE, NOW, Bank
from tests.unit.alerts.scenario import play
from yuqing.domain.errors import InputError


def test_a_spike_rule_is_replayed(tmp_path: object) -> None:
    """Last week's outage is found once, at the bin in which it would have been told, and nothing is stored."""
    bank = Bank.empty()
    bank.quiet(days=35)
    bank.clock.set(NOW - 5 * DAY)
    bank.outage(posts=40)
    start = bank.clock.now() - 30 * MINUTE
    bank.clock.set(NOW)
    result = backtest(bank.engine(), "spike", NOW - 14 * DAY, NOW)
    assert len(result.alerts) == 1
    assert start <= result.alerts[0].at <= start + timedelta(minutes=35)
    assert result.per_week == pytest.approx(0.5)
    assert "云江银行" in result.lines()[0]
    assert bank.engine().alerts() == []


def test_a_trickle_that_explodes_is_replayed() -> None:
    """Hours below the rule's fewest posts are no alert; the explosion after them is one."""
    bank = Bank.empty()
    bank.quiet(days=35)
    begin = NOW - 2 * DAY
    for i in range(16):
        bank.post(begin + i * 15 * MINUTE)
    for i in range(40):
        bank.post(begin + 4 * 60 * MINUTE + i * MINUTE)
    (found,) = backtest(bank.engine(), "spike", NOW - 3 * DAY, NOW).alerts
    assert timedelta(hours=4) < found.at - begin < timedelta(hours=4, minutes=30)


def test_a_keyword_rule_is_replayed() -> None:
    """Two chains of posts a day apart are two alerts."""
    bank = Bank.empty()
    for hours in (60, 59, 30, 29):
        bank.post(NOW - timedelta(hours=hours), "云江银行挤兑了")
    result = backtest(bank.engine(), "keyword", NOW - 4 * DAY, NOW)
    assert len(result.alerts) == 2
    assert result.as_json()["per_week"] == pytest.approx(3.5)


@pytest.mark.parametrize("path", sorted((CONFIG / "rules").glob("*.yml")), ids=lambda path: path.stem)
def test_every_shipped_rule_can_be_replayed(path: Path) -> None:
    """The backtest finds what the example of the file is about, without storing or sending anything."""
    rule = load_rule_file(path, load_yaml(path))
    bank = Bank.empty()
    play(bank, rule.example, next(iter(rule.example.texts), None))
    engine = bank.engine([replace(rule.domain(), enabled=True)])
    result = backtest(engine, rule.id, NOW - timedelta(hours=8), NOW)
    assert result.alerts
    assert all(each.sentence for each in result.alerts)
    assert engine.alerts() == []
    assert bank.sent == []


def test_unknown_rules_and_empty_periods_are_refused() -> None:
    """What cannot be replayed is said."""
    bank = Bank.empty()
    with pytest.raises(InputError, match="没有规则"):
        backtest(bank.engine(), "nothing", None, None)
    with pytest.raises(InputError, match="早于"):
        backtest(bank.engine(), "spike", NOW, NOW)
