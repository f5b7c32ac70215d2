"""Times and counters look as the platforms print them."""

from datetime import datetime, timedelta

import pytest

from simulator.formats import CHINA, api_count, relative_time, rfc822, short_count, w3c, weibo_time

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (timedelta(seconds=3), "刚刚"),
        (timedelta(seconds=30), "30秒前"),
        (timedelta(minutes=1), "1分钟前"),
        (timedelta(minutes=59, seconds=59), "59分钟前"),
        (timedelta(hours=1), "今天08:30"),
        (timedelta(hours=9, minutes=30), "今天00:00"),
        (timedelta(hours=9, minutes=31), "昨天 23:59"),
        (timedelta(days=2), "03月12日 09:30"),
        (timedelta(days=80), "2025年12月24日 09:30"),
    ],
)
def test_the_form_of_a_time_depends_on_its_age(age: timedelta, shown: str) -> None:
    """From 刚刚 to the full date."""
    assert relative_time(NOW - age, NOW) == shown


def test_a_post_of_last_year_is_yesterday_just_after_new_year() -> None:
    """The age decides before the year does, until the day before yesterday."""
    now = datetime(2027, 1, 1, 0, 5, tzinfo=CHINA)
    assert relative_time(datetime(2026, 12, 31, 23, 0, tzinfo=CHINA), now) == "昨天 23:00"
    assert relative_time(datetime(2026, 12, 30, 23, 0, tzinfo=CHINA), now) == "2026年12月30日 23:00"


def test_times_of_the_machine_readable_forms() -> None:
    """English names and an explicit zone, whatever the locale."""
    assert weibo_time(NOW) == "Sat Mar 14 09:30:00 +0800 2026"
    assert rfc822(NOW) == "Sat, 14 Mar 2026 09:30:00 +0800"
    assert w3c(NOW) == "2026-03-14T09:30:00+08:00"


@pytest.mark.parametrize(
    ("count", "page", "api"),
    [(0, "0", 0), (9999, "9999", 9999), (12_000, "1.2万", "1.2万"), (1_500_000, "100万+", "100万+")],
)
def test_large_counters_become_words(count: int, page: str, api: int | str) -> None:
    """Pages always print text; the API mixes numbers and text."""
    assert short_count(count) == page
    assert api_count(count) == api
