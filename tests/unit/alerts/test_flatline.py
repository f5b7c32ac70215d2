"""Silence is told where it was seen, and nowhere else."""

from dataclasses import replace
from datetime import timedelta

from alerts.backtest import backtest
from alerts.rules import load_inhibitions
from config.loader import load_yaml
from tests.unit.alerts.bank import CONFIG, DAY, MINUTE, NOW, Bank, shipped_rules
from yuqing.domain.alert import Detection, Notification, NotificationState
from yuqing.domain.codec import from_json
from yuqing.domain.coverage import Outcome

HOUR = timedelta(hours=1)
RULES = [rule for rule in shipped_rules() if rule.id == "flatline"]
SUBJECTS_ONLY = [replace(rule, options={**rule.options, "sources": False}) for rule in RULES]


def _silent(hours: float, *, refused: float = 0.0) -> Bank:
    """Weeks of ninety-six posts a day, then so many hours without; the source was read all the time, or refused."""
    bank = Bank.empty()
    bank.quiet(per_day=96, until=NOW - hours * HOUR)
    begin = NOW - 2 * DAY
    bank.cover(NOW - 42 * DAY, begin, checked_at=begin)
    bank.polls(begin, NOW - refused * HOUR)
    if refused:
        mark = NOW - refused * HOUR  # the cursor stands still
        for minutes in range(5, round(refused * 60) + 1, 5):
            bank.cover(mark - 30 * MINUTE, mark + minutes * MINUTE, Outcome.BLOCKED)
    return bank


def _told(bank: Bank, rules: list = RULES) -> list[Detection]:  # type: ignore[type-arg]
    return list(bank.engine(rules).judge(bank.clock.now()))


def test_a_silence_says_what_was_to_be_expected_and_since_when() -> None:
    """The sentence names the length and the usual number, the facts say that it was looked at."""
    (found,) = _told(_silent(8), SUBJECTS_ONLY)
    assert found.sentence.startswith("云江银行：")
    assert "没有任何内容" in found.sentence
    assert found.expected is not None
    assert found.expected >= 15
    assert dict(found.facts)["其间的采集"] == "100% 的时段采集完整，不是没看到"


def test_a_silent_source_is_told_instead_of_its_subjects() -> None:
    """One cause, one message: the source that brings them."""
    (found,) = _told(_silent(8))
    assert found.labels == {"rule": "flatline", "source": "weibo"}


def test_short_silences_and_blocked_sources_are_none() -> None:
    """An hour is nothing; eight hours in which the source refused are unknown, not silent."""
    assert _told(_silent(1)) == []
    assert _told(_silent(8, refused=8)) == []


def test_an_established_silence_outlives_a_block_and_ends_with_a_post() -> None:
    """When the source is blocked afterwards nothing is known to have changed; a post ends it."""
    bank = _silent(9, refused=1)
    (found,) = _told(bank, SUBJECTS_ONLY)
    assert found.event_start is not None
    bank.post(NOW - 90 * MINUTE)
    assert _told(bank, SUBJECTS_ONLY) == []


def test_posts_that_tell_only_their_day_are_no_silence() -> None:
    """They count as of midnight and came an hour ago: somebody does speak."""
    bank = _silent(8)
    bank.post(NOW - 20 * HOUR, lag=19 * HOUR)
    assert _told(bank) == []


def test_a_blocked_source_keeps_the_silence_quiet() -> None:
    """While `coverage` fires the operator has been told the cause: flatline is held back, as routes.yml ships it."""
    bank = _silent(9, refused=1)
    inhibitions = load_inhibitions(CONFIG / "routes.yml", load_yaml(CONFIG / "routes.yml"))
    rules = [rule for rule in shipped_rules() if rule.id in ("flatline", "coverage")]
    engine = bank.engine(rules, inhibitions=inhibitions)
    engine.detect()
    rows = [from_json(Notification, each.body) for each in bank.state.find("notification")]
    by_rule = {engine.alert(row.alert_id).rule_id: row for row in rows}  # type: ignore[union-attr]
    assert by_rule["coverage"].state is NotificationState.QUEUED
    assert by_rule["flatline"].state is NotificationState.SILENCED
    assert "抑制" in by_rule["flatline"].detail


def test_the_backtest_finds_the_silence_of_last_week() -> None:
    """Imported weeks with a hole in the middle: a hole of an import was seen."""
    bank = Bank.empty()
    bank.quiet(days=35, per_day=96, until=NOW - 3 * DAY)
    for hours in range(60):
        bank.post(NOW - hours * HOUR)
    (found,) = backtest(bank.engine(SUBJECTS_ONLY), "flatline", NOW - 7 * DAY, NOW).alerts
    assert "云江银行" in found.sentence
    assert NOW - 3 * DAY < found.at < NOW - 2 * DAY
