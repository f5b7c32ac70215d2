"""The operator is told when alerts come later than was promised, and which stage it was."""

from dataclasses import replace
from datetime import timedelta

from tests.unit.alerts.bank import DAY, MINUTE, NOW, SOURCES, Bank, shipped_rules
from yuqing.domain.alert import Detection, Receiver
from yuqing.domain.mention import TimePrecision

RULES = [rule for rule in shipped_rules() if rule.id in ("keyword", "coverage")]
SECOND = timedelta(seconds=1)


def _rumours(lags: tuple[int, ...], **changes: object) -> Bank:
    """One rumour every seven hours, each collected so many minutes after publication, told at once."""
    bank = Bank.empty(NOW - 30 * 3600 * SECOND)
    for lag in lags:
        bank.clock.advance(7 * 60 * MINUTE)
        bank.engine(RULES).detect()  # the last one is over
        published = bank.clock.now() - lag * MINUTE
        bank.post(published, "听说云江银行有挤兑", lag=lag * MINUTE - 30 * SECOND, **changes)  # type: ignore[arg-type]
        bank.engine(RULES).detect()
        bank.engine(RULES).notify()
    return bank


def _broken(bank: Bank, minutes: int = 1) -> list[Detection]:
    """What the coverage rule says of the promise, the source being asked every so many minutes."""
    now = bank.clock.now()
    bank.cover(now - 2 * DAY, now, checked_at=now)
    sources = [replace(source, interval_seconds=60 * minutes) for source in SOURCES]
    found = bank.engine(RULES, sources=sources).judge(now)
    return [each for each in found if each.labels.get("outcome") == "slow"]


def test_a_promise_that_is_kept_is_not_mentioned() -> None:
    """Three minutes each."""
    assert _broken(_rumours((3, 3, 3, 3))) == []


def test_a_broken_promise_names_figures_and_stage() -> None:
    """Twenty minutes of collecting: how many, how long, and where."""
    (found,) = _broken(_rumours((3, 20, 20, 20)))
    assert "4 起预警中 3 起超过承诺的 5 分钟" in found.sentence
    assert "最慢的一环是采集（20 分钟）" in found.sentence


def test_two_alerts_are_no_percentile() -> None:
    """Fewer than the rule says prove nothing."""
    assert _broken(_rumours((20, 20))) == []


def test_rare_polls_and_pages_without_a_minute_are_allowed_for() -> None:
    """A source that is asked every half hour may be later by that; a day is no time of publication."""
    bank = _rumours((20, 20, 20))
    assert _broken(bank, minutes=30) == []
    assert len(_broken(bank)) == 1
    assert _broken(_rumours((20, 20, 20), time_precision=TimePrecision.DAY)) == []


def test_quiet_hours_are_no_delay() -> None:
    """What waited for the morning on purpose is not counted against the promise."""
    bank = Bank.empty(NOW - 3 * DAY)
    asleep = Receiver("duty", "email", {"to": ["a@b.example"], "quiet_hours": "00:00-23:00", "quiet_except": []})
    for day in (3, 2, 1):
        bank.clock.set(NOW - day * DAY)
        bank.engine(RULES, receivers=[asleep]).detect()  # the last one is over
        bank.post(bank.clock.now() - 2 * MINUTE, "听说云江银行有挤兑")
        bank.engine(RULES, receivers=[asleep]).detect()
        bank.clock.set(bank.clock.now().replace(hour=15, minute=1))  # a minute past 23:00 in Beijing
        bank.engine(RULES, receivers=[asleep]).notify()
    assert len(bank.sent) == 3
    assert _broken(bank) == []
