"""Where posts wait for their scores, nothing is said that depends on scores."""

from datetime import timedelta

from reports.verify import verify
from tests.unit.reports.small import NEGATIVE, NEUTRAL, SINCE, Small, all_seen, section
from yuqing.domain.report import Report

HOUR = timedelta(hours=1)


def _value(report: Report, name: str) -> float | None:
    return next(figure.value for figure in section(report, "summary").figures if figure.name == name)


def test_no_negatives_is_not_claimed_before_the_scorer_has_spoken() -> None:
    """Three posts without scores: the volume is known, negatives and their share are not."""
    small = all_seen(Small())
    small.say(SINCE + HOUR, NEUTRAL)
    for hours in (2, 3, 4):
        small.say(SINCE + hours * HOUR, None)
    report = small.report()
    assert _value(report, "本周声量") == 4
    assert _value(report, "负面提及") is None
    assert _value(report, "负面占比") is None
    assert verify(report, small.mentions, small.state) == []


def test_a_number_of_negatives_is_not_claimed_either() -> None:
    """Eight negatives beside two that wait are told, with the two; beside three, more than a fifth, nothing is."""
    small = all_seen(Small())
    for hours in range(8):
        small.say(SINCE + hours * HOUR, NEGATIVE, severity=2)
    for hours, told in ((9, 8), (10, 8), (11, None)):
        small.say(SINCE + hours * HOUR, None)
        assert _value(small.report(), "负面提及") == told


def test_unscored_posts_of_another_week_change_nothing() -> None:
    """Only the period of the figure counts."""
    small = all_seen(Small())
    small.say(SINCE + HOUR, NEGATIVE, severity=2)
    small.say(SINCE - 30 * 24 * HOUR, None)
    assert _value(small.report(), "负面提及") == 1
