"""The spike rule between two bins: told in the minute, from the store alone, and the same after a restart."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.coverage_bins import Window
from alerts.detectors import spike
from alerts.detectors.scs_constants import DEFAULTS
from alerts.detectors.spike import SpikeDetector
from alerts.engine import AlertEngine
from tests.unit.alerts.bank import DAY, MINUTE, NOW, Bank, shipped_rules
from yuqing.domain.alert import Detection, Rule
from yuqing.domain.annotation import SentimentLabel

LEVEL = 0.1  # the invented subject is small; what is tested is not how many posts are many
EVERY = 15  # seconds between the posts of the crisis


@pytest.fixture
def rule() -> Rule:
    """The shipped rule."""
    return next(rule for rule in shipped_rules() if rule.id == "spike")


@pytest.fixture
def bank() -> Bank:
    """Four days of talk, seen completely up to now."""
    bank = Bank.empty()
    bank.quiet(days=4, per_day=480)
    bank.cover(NOW - 4 * DAY, NOW)
    return bank


def _level(monkeypatch: pytest.MonkeyPatch, level: float) -> None:
    monkeypatch.setattr(spike, "DEFAULTS", replace(DEFAULTS, minute_level=level))


def _minute(bank: Bank, *, label: SentimentLabel = SentimentLabel.NEGATIVE, seen: bool = True) -> None:
    """A minute of complaints; then the source is read, or not."""
    for second in range(0, 60, EVERY):
        bank.post(bank.clock.now() + timedelta(seconds=second), label=label, lag=timedelta(seconds=1))
    bank.clock.advance(MINUTE)
    if seen:
        bank.cover(bank.clock.now() - 30 * MINUTE, bank.clock.now())


def _look(bank: Bank, rule: Rule) -> Detection | None:
    """What a process that knows nothing but the stores says now about the bank."""
    found = SpikeDetector().detect(rule, bank.engine([rule]).context(bank.clock.now()))
    return next((each for each in found if each.subject_id == "yunjiang"), None)


def _course(bank: Bank, rule: Rule, minutes: int) -> Mapping[int, Detection]:
    """The detection of every minute of a crisis that begins now."""
    found: dict[int, Detection] = {}
    for minute in range(1, minutes + 1):
        _minute(bank)
        if told := _look(bank, rule):
            found[minute] = told
    return found


def test_it_is_told_before_the_bin_closes(bank: Bank, rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call comes inside a bin, speaks of the half hour up to now, and stays one event from then on."""
    _level(monkeypatch, LEVEL)
    found = _course(bank, rule, 11)
    first = min(found)
    assert first % 5
    assert sorted(found) == list(range(first, 12))
    told = found[first]
    assert told.window_end == NOW + first * MINUTE
    assert told.window_end - told.window_start == 30 * MINUTE
    assert told.observed >= first * 60 / EVERY > (told.expected or 0)
    assert {each.event_start for each in found.values()} == {NOW + first // 5 * 5 * MINUTE}
    assert all(each.is_new for each in found.values())


def test_few_posts_wait_for_the_bin(bank: Bank, rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the level nothing is said inside a bin, and the store is not asked about minutes."""
    _level(monkeypatch, LEVEL)
    early = min(_course(bank, rule, 10))
    _level(monkeypatch, 100.0)
    again = Bank.empty()
    again.quiet(days=4, per_day=480)
    again.cover(NOW - 4 * DAY, NOW)
    late = min(_course(again, rule, 10))
    assert late % 5 == 0
    assert early < late


def test_a_minute_that_was_not_read_says_nothing(bank: Bank, rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    """Posts of minutes that no look covers are no five minutes that were seen."""
    _level(monkeypatch, LEVEL)
    for _ in range(4):
        _minute(bank, seen=False)
        assert _look(bank, rule) is None


def test_later_minutes_change_nothing(bank: Bank, rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at a past minute says the same when the store knows what came after it."""
    _level(monkeypatch, LEVEL)
    found = _course(bank, rule, 9)
    first = min(found)
    engine: AlertEngine = bank.engine([rule])
    for minute in (first - 1, first, first + 1):
        then = engine.context(NOW + minute * MINUTE)
        told = [each for each in SpikeDetector().detect(rule, then) if each.subject_id == "yunjiang"]
        before = [found[minute]] if minute in found else []
        assert [(each.event_start, each.observed) for each in told] == [
            (each.event_start, each.observed) for each in before
        ]


def test_a_busy_hour_of_other_posts_is_told_in_no_minute(
    bank: Bank, rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight minutes of the same rush without complaints."""
    _level(monkeypatch, LEVEL)
    for _ in range(8):
        _minute(bank, label=SentimentLabel.NEUTRAL)
        assert _look(bank, rule) is None


def test_the_minutes_begin_where_the_windows_are_whole(bank: Bank, rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every view of the last hours ends with the minute or before it, and they are as long as each other."""
    _level(monkeypatch, LEVEL)
    bank.clock.advance(2 * MINUTE)
    context = bank.engine([rule]).context(bank.clock.now())
    asked: list[Window] = []
    series = type(context).series
    monkeypatch.setattr(
        type(context),
        "series",
        lambda self, subject, window=None: (asked.append(window) if window else None) or series(self, subject, window),
    )
    SpikeDetector().detect(replace(rule, subjects=("yunjiang",)), context)
    ends = sorted((window.end - NOW) / MINUTE for window in asked)
    assert ends == [-2, -1, 1, 2]
    assert len({window.start + window.bins * timedelta(minutes=5) for window in asked}) == 4
