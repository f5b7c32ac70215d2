"""The mood turns: share rules, frequency and campaigns on series and on the bank."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from alerts.backtest import backtest
from alerts.coverage_bins import Window
from alerts.detectors.courses import Holding
from alerts.detectors.share import NegativeShare
from alerts.series import Series
from tests.unit.alerts.bank import MINUTE, NOW, Bank, shipped_rules
from yuqing.domain.annotation import SentimentLabel

DAY = 288
START = datetime(2026, 2, 1, tzinfo=UTC)
RULES = {rule.id: replace(rule, enabled=True) for rule in shipped_rules()}
SHARE = RULES["negative_share"]


def _series(days: int = 14, *, turned: int = 72, known: bool = True) -> Series:
    """Two posts per bin, a tenth negative; in the last bins it is less talk, and half of it negative."""
    rng = np.random.default_rng(7)
    total = rng.poisson(2.0, days * DAY).astype(float)
    negative = rng.binomial(total.astype(int), 0.1).astype(float)
    total[-turned:] = rng.poisson(0.7, turned)
    negative[-turned:] = rng.binomial(total[-turned:].astype(int), 0.55)
    seen = np.ones(len(total), bool)
    seen[-turned:] = known
    return Series(Window(START, len(total)), negative, total, seen)


def test_the_turn_is_told_once_and_not_where_nobody_looked() -> None:
    """The same number of posts with another mood opens one event; unseen, it opens none."""
    course = NegativeShare().course(SHARE, _series())
    (opening,) = np.flatnonzero(course.opens)
    assert opening >= 14 * DAY - 72
    assert course.is_open[-1]
    assert not NegativeShare().course(SHARE, _series(known=False)).opens.any()


def test_a_course_never_depends_on_later_bins() -> None:
    """The judgement of a prefix is the prefix of the judgement."""
    whole = _series()
    expected = NegativeShare().course(SHARE, whole)
    cut = 14 * DAY - 20
    part = Series(Window(START, cut), whole.negative[:cut], whole.total[:cut], whole.known[:cut])
    found = NegativeShare().course(SHARE, part)
    np.testing.assert_array_equal(found.opens, expected.opens[:cut])
    np.testing.assert_array_equal(found.is_open, expected.is_open[:cut])


@pytest.mark.parametrize(
    ("holds", "known", "opened", "open_at_end"),
    [
        ("..xx......", "xxxxxxxxxx", [2], False),
        ("..xx......", "xxxx......", [2], True),
        ("..x....x..", "xxxxxxxxxx", [2, 7], True),
        ("..x..x....", "xxxxxxxxxx", [2], False),
        ("..x.......", "xx.xxxxxxx", [], False),
    ],
    ids=["closes", "dark bins keep it", "again after the end", "the same event", "nobody saw it"],
)
def test_how_events_begin_and_end(holds: str, known: str, opened: list[int], open_at_end: bool) -> None:
    """An event ends after three seen bins without its condition; unseen bins neither open nor end one."""
    marks, seen = (np.array([letter == "x" for letter in each]) for each in (holds, known))
    course = Holding(marks, marks, seen, 3).course()
    assert np.flatnonzero(course.opens).tolist() == opened
    assert bool(course.is_open[-1]) is open_at_end


def test_a_share_says_both_numbers() -> None:
    """Counts and percentages of now and of the week before, in the sentence and the facts."""
    bank = Bank.empty()
    bank.quiet(per_day=96)
    for i in range(13):
        bank.post(NOW - (10 + 20 * i) * MINUTE)
    (found,) = bank.engine([SHARE]).judge(NOW)
    assert "6 小时内负面占 " in found.sentence
    assert "，平时 8%" in found.sentence
    assert [name for name, _ in found.facts] == ["观察到", "平时", "规则的界限"]


def test_a_spike_speaks_for_the_share() -> None:
    """Forty complaints in half an hour ring once, as a spike."""
    bank = Bank.empty()
    bank.quiet(per_day=96)
    bank.outage(posts=40)
    engine = bank.engine([RULES["spike"], SHARE, RULES["slow_burn"]])
    engine.detect()
    engine.notify()
    assert len(bank.sent) == 1


def test_count_rules_are_replayed_bin_by_bin() -> None:
    """The backtest of a limit tells the bin in which it was reached."""
    bank = Bank.empty()
    bank.quiet(days=10)
    begin = NOW - 2 * 24 * 60 * MINUTE
    for i in range(55):
        bank.post(begin + i * MINUTE)
    for i in range(90):
        bank.post(NOW - (90 - i) * MINUTE, label=SentimentLabel.NEUTRAL)
    (found,) = backtest(bank.engine([RULES["frequency"]]), "frequency", NOW - 5 * 24 * 60 * MINUTE, NOW).alerts
    assert found.sentence == "云江银行：1 小时内负面 50 条，达到设定的 50 条"
    assert begin + 45 * MINUTE < found.at <= begin + 60 * MINUTE


def test_only_campaigns_are_judged_as_campaigns() -> None:
    """Complaints about the bank itself are not the campaign's."""
    bank = Bank.empty()
    bank.quiet(days=5)
    for i in range(12):
        bank.post(NOW - (10 + 20 * i) * MINUTE)
    assert bank.engine([RULES["campaign"]]).judge(NOW) == []
