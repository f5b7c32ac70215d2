"""The rate guard lets a polite caller through, and keeps refusing one that hammers."""

import pytest

from simulator.rate import Limit, RateGuard

CALLER = {"ip": "ip 127.0.0.1", "cookie": "cookie a"}


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hand() -> Hand:
    """Time."""
    return Hand()


@pytest.fixture
def guard(hand: Hand) -> RateGuard:
    """Thirty a minute, five at once."""
    guard = RateGuard(hand)
    guard.set(Limit("weibo-s", per_minute=30, burst=5))
    return guard


def refused(guard: RateGuard, caller: dict[str, str] | None = None) -> bool:
    """One request."""
    return guard.over(("weibo-s",), caller or CALLER) is not None


def test_a_burst_fits_and_the_next_is_refused(guard: RateGuard) -> None:
    """Five at once, not six."""
    assert [refused(guard) for _ in range(6)] == [False] * 5 + [True]


def test_the_allowed_pace_is_never_refused(guard: RateGuard, hand: Hand) -> None:
    """One every two seconds for as long as one likes."""
    for _ in range(200):
        hand.now += 2
        assert not refused(guard)


def test_who_hammers_stays_refused_and_who_waits_is_let_in(guard: RateGuard, hand: Hand) -> None:
    """Refused requests fill the bucket: one per second never gets in, a pause does."""
    for _ in range(6):
        refused(guard)
    for _ in range(60):
        hand.now += 1
        assert refused(guard)
    hand.now += 25
    assert not refused(guard)


def test_the_wait_it_tells_is_long_enough(guard: RateGuard, hand: Hand) -> None:
    """Retry-After can be trusted."""
    for _ in range(9):
        over = guard.over(("weibo-s",), CALLER)
    assert over is not None
    hand.now += over[1]
    assert not refused(guard)


def test_another_session_does_not_help_the_same_address(guard: RateGuard) -> None:
    """Both are counted."""
    answers = [refused(guard, {"ip": "ip 127.0.0.1", "cookie": f"cookie {number}"}) for number in range(7)]
    assert answers[-1]


def test_the_same_session_from_another_address_is_counted(guard: RateGuard) -> None:
    """And the other way round."""
    answers = [refused(guard, {"ip": f"ip 127.0.0.{number}", "cookie": "cookie a"}) for number in range(7)]
    assert answers[-1]


def test_without_a_limit_nothing_is_refused() -> None:
    """Off by default."""
    guard = RateGuard()
    assert not any(refused(guard) for _ in range(100))


def test_a_cleared_limit_forgets(guard: RateGuard) -> None:
    """And a new one begins empty."""
    for _ in range(9):
        refused(guard)
    guard.clear("weibo-s")
    guard.set(Limit("weibo-s", per_minute=30, burst=5))
    assert not refused(guard)


@pytest.mark.parametrize("wrong", [{"per_minute": 0}, {"per_minute": 1, "burst": 0}, {"per_minute": 1, "by": ("x",)}])
def test_senseless_limits_are_refused(wrong: dict[str, float]) -> None:
    """With the reason."""
    with pytest.raises(ValueError, match="must be"):
        Limit("weibo-s", **wrong)
