"""The simulated clock stands, runs and can be set."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from simulator.clock import SimulatedClock

START = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)


class Ticker:
    """A monotonic clock that moves when told."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def ticker(monkeypatch: pytest.MonkeyPatch) -> Ticker:
    """Replaces the machine's monotonic clock."""
    ticker = Ticker()
    monkeypatch.setattr(time, "monotonic", ticker)
    return ticker


def test_a_clock_of_speed_zero_stands_still(ticker: Ticker) -> None:
    """Real time does not move it."""
    clock = SimulatedClock(START)
    ticker.seconds += 1000
    assert clock.now() == START


def test_a_running_clock_multiplies_real_seconds(ticker: Ticker) -> None:
    """Sixty simulated seconds per real one."""
    clock = SimulatedClock(START, speed=60)
    ticker.seconds += 2
    assert clock.now() == START + timedelta(minutes=2)


def test_changing_the_speed_keeps_the_time(ticker: Ticker) -> None:
    """What has passed stays passed."""
    clock = SimulatedClock(START, speed=60)
    ticker.seconds += 1
    clock.set(speed=0)
    ticker.seconds += 5
    assert clock.now() == START + timedelta(minutes=1)


def test_setting_and_advancing(ticker: Ticker) -> None:
    """Both answer with the new time."""
    clock = SimulatedClock(START)
    clock.set(START + timedelta(days=1))
    assert clock.advance(hours=2) == START + timedelta(days=1, hours=2)
    assert clock.speed == 0
