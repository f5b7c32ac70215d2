"""Every form of a time, and that nothing makes the parser raise."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.extract.times import MAX_SKEW, SHANGHAI, find_time, parse_time
from yuqing.domain.mention import TimePrecision

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)  # 09:30 in Shanghai
SECOND, MINUTE, HOUR, DAY = TimePrecision.SECOND, TimePrecision.MINUTE, TimePrecision.HOUR, TimePrecision.DAY

FORMS = [
    ("刚刚", "2026-03-14 09:30:00", MINUTE),
    ("30秒前", "2026-03-14 09:29:30", SECOND),
    ("5分钟前", "2026-03-14 09:25:00", MINUTE),
    ("3小时前", "2026-03-14 06:30:00", HOUR),
    ("今天09:26", "2026-03-14 09:26:00", MINUTE),
    ("今天 09:26", "2026-03-14 09:26:00", MINUTE),
    ("昨天 09:26", "2026-03-13 09:26:00", MINUTE),
    ("昨天", "2026-03-13 00:00:00", DAY),
    ("前天 09:26", "2026-03-12 09:26:00", MINUTE),
    ("3天前", "2026-03-11 00:00:00", DAY),
    ("1周前", "2026-03-07 00:00:00", DAY),
    ("2个月前", "2026-01-13 00:00:00", DAY),
    ("1年前", "2025-03-14 00:00:00", DAY),
    ("03月14日 09:26", "2026-03-14 09:26:00", MINUTE),
    ("03-14", "2026-03-14 00:00:00", DAY),
    ("03-14 09:26", "2026-03-14 09:26:00", MINUTE),
    ("10-0812:00", "2025-10-08 12:00:00", MINUTE),
    ("18-03-0823:16", "2018-03-08 23:16:00", MINUTE),
    ("12月31日 23:50", "2025-12-31 23:50:00", MINUTE),
    ("02月29日", "2024-02-29 00:00:00", DAY),
    ("2026年03月14日 09:26", "2026-03-14 09:26:00", MINUTE),
    ("2026-03-14 09:26:53", "2026-03-14 09:26:53", SECOND),
    ("2026/03/14 09:26", "2026-03-14 09:26:00", MINUTE),
    ("2026-03-14T09:26:53+08:00", "2026-03-14 09:26:53", SECOND),
    ("2026-03-14T01:26:53Z", "2026-03-14 09:26:53", SECOND),
    ("Sat Mar 14 09:26:53 +0800 2026", "2026-03-14 09:26:53", SECOND),
    ("Sat, 14 Mar 2026 01:26:53 GMT", "2026-03-14 09:26:53", SECOND),
    ("Sat, 14 Mar 2026 09:26:53 CST", "2026-03-14 09:26:53", SECOND),
    ("1773451613", "2026-03-14 09:26:53", SECOND),
    ("1773451613000", "2026-03-14 09:26:53", SECOND),
    ("今天09:26 转赞人数超过1万", "2026-03-14 09:26:00", MINUTE),
    ("09:26 来自 示例手机", "2026-03-14 09:26:00", MINUTE),
    ("23:50", "2026-03-13 23:50:00", MINUTE),
    ("编辑于 03-14", "2026-03-14 00:00:00", DAY),
    ("发布于 2小时前", "2026-03-14 07:30:00", HOUR),
    ("发布时间：2026-03-14 09:26", "2026-03-14 09:26:00", MINUTE),
    ("\n  今天\u3000０９：２６\u00a0", "2026-03-14 09:26:00", MINUTE),
]


@pytest.mark.parametrize(("text", "local", "precision"), FORMS, ids=[form[0].strip() for form in FORMS])
def test_every_form_of_the_specification(text: str, local: str, precision: TimePrecision) -> None:
    """The table of forms, read at 09:30 of 14 March 2026 in Shanghai."""
    found = parse_time(text, NOW)
    assert found is not None
    assert found.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") == local
    assert found.precision is precision
    assert found.at.tzinfo is UTC


def test_the_year_turns_at_new_year() -> None:
    """Five minutes into 2027, 31 December is of 2026."""
    found = parse_time("12月31日 23:50", datetime(2026, 12, 31, 16, 5, tzinfo=UTC))
    assert found is not None
    assert found.at == datetime(2026, 12, 31, 15, 50, tzinfo=UTC)


def test_the_future_is_cut_and_marked() -> None:
    """A scheduled post or a wrong clock is never later than five minutes from now."""
    found = parse_time("2026-12-12 00:00", NOW)
    assert found is not None
    assert found.clamped
    assert found.at == NOW + MAX_SKEW


@pytest.mark.parametrize("text", ["", "昨日要闻", "31月40日", "25:99", "2026-02-31", "来自 手机", None, 3.5, [], True])
def test_what_is_no_time_is_none(text: object) -> None:
    """Nonsense is None, never a guess."""
    assert parse_time(text, NOW) is None


@given(st.text(max_size=60) | st.from_regex(r"[\d年月日天前时分秒:：\-/. TZ+前昨今]{0,24}"))
def test_no_text_makes_it_raise_or_reach_into_the_future(text: str) -> None:
    """Any text gives None or an aware time not later than now + 5 minutes."""
    found = parse_time(text, NOW)
    assert found is None or (found.at.tzinfo is UTC and found.at <= NOW + MAX_SKEW)
    find_time(text, NOW)


@given(st.integers(1_262_300_000, 1_773_450_000))
def test_full_forms_read_back(seconds: int) -> None:
    """Weibo's, ISO's and the epoch's form of a moment all give it back."""
    aware = datetime.fromtimestamp(seconds, UTC)
    local = aware.astimezone(SHANGHAI)
    forms = (
        local.strftime("%a %b %d %H:%M:%S +0800 %Y"),
        local.isoformat(),
        local.strftime("%Y年%m月%d日 %H:%M:%S"),
        str(int(aware.timestamp())),
        str(int(aware.timestamp()) * 1000),
    )
    for form in forms:
        found = parse_time(form, NOW)
        assert found is not None
        assert found.at == aware


# Up to a day ahead of now is skew of a clock, not last year.
@given(st.timedeltas(timedelta(minutes=1), timedelta(days=363)))
def test_a_date_without_a_year_is_the_last_such_date(ago: timedelta) -> None:
    """What a site shows as MM月DD日 HH:MM comes back as the minute it was made from."""
    moment = (NOW - ago).replace(second=0, microsecond=0)
    found = parse_time(moment.astimezone(SHANGHAI).strftime("%m月%d日 %H:%M"), NOW)
    assert found is not None
    assert found.at == moment


def test_find_time_prefers_a_clock_time() -> None:
    """A bare day in the text does not hide the line with hours and minutes."""
    found = find_time("截至2026年3月1日 …… 2026-03-13 18:40 来源：某报", NOW)
    assert found is not None
    assert found.at == datetime(2026, 3, 13, 10, 40, tzinfo=UTC)
