"""The numbers of a report, counted by hand."""

from datetime import timedelta

import pytest

from reports.week import figures
from tests.unit.reports.small import (
    DOUYIN,
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    SINCE,
    UNTIL,
    WEEK,
    WEIBO,
    Small,
    all_seen,
    section,
    value,
)
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.mention import MentionKind, Platform
from yuqing.domain.report import Figure

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def week() -> Small:
    """Three negatives, one positive, one neutral and one unscored this week; two negatives of four last week."""
    small = all_seen(Small())
    for hours in (1, 2, 30):
        small.say(SINCE + hours * HOUR, NEGATIVE, severity=2 if hours == 30 else 1)
    small.say(SINCE + 3 * HOUR, POSITIVE, platform=Platform.DOUYIN, topic="fee")
    small.say(SINCE + 3 * DAY, NEUTRAL)
    small.say(UNTIL - HOUR, None)
    for label in (NEGATIVE, NEGATIVE, NEUTRAL, POSITIVE):
        small.say(SINCE - 2 * DAY, label)
    small.say(SINCE + DAY, NEGATIVE, subjects=("haizhou",))
    small.say(SINCE + DAY, NEUTRAL, subjects=("haizhou",))
    small.say(UNTIL, NEGATIVE)  # the end does not belong to the week
    return small


def test_key_figures(week):
    """Counts, growth, shares and points as worked out on paper."""
    report = week.report()
    expected = {
        "本周声量": 6, "上周声量": 4, "声量环比": 50.0, "负面提及": 3, "负面环比": 50.0, "负面占比": 60.0,
        "负面占比变化": 10.0, "高风险提及": 1, "声量份额": 75.0, "预警事件": 0, "采集完整度": 100.0,
    }  # fmt: skip
    assert {name: value(report, "summary", name) for name in expected} == pytest.approx(expected)


def test_tables_by_stance_platform_topic_and_peer(week):
    """One cell of each table."""
    report = week.report()
    assert value(report, "volume", "未评分·本周") == 1
    assert value(report, "volume", "负面·占比") == pytest.approx(60.0)
    assert value(report, "platforms", "抖音·提及") == 1
    assert value(report, "platforms", "微博·负面占比") == pytest.approx(75.0)
    assert value(report, "topics", "手机银行·高风险") == 1
    assert value(report, "competitors", "海州银行·份额") == pytest.approx(25.0)
    assert value(report, "competitors", "海州银行·负面占比") == pytest.approx(50.0)


def test_topics_come_with_the_worst_first(week):
    """手机银行 has the negatives; 收费计息 has none so far, and one post waits for its scores: no zero there."""
    table = section(week.report(), "topics").tables[0]
    assert [row[0] for row in table.rows] == ["手机银行", "收费计息"]
    assert [row[3].value for row in table.rows if isinstance(row[3], Figure)] == [3, None]


def test_sentences_repeat_the_figures(week):
    """The summary says what the figures say."""
    said = "".join(section(week.report(), "summary").sentences)
    assert "公开提及 6 条，较上周增加 50.0%" in said
    assert "负面 3 条，占已评分提及的 60.0%（较上周上升 10.0 百分点）" in said
    assert "未评分" not in said


def test_every_figure_and_every_chart_value_has_a_proof(week):
    """Nothing in the report is a bare number."""
    for each in week.report().sections:
        assert all(figure.proof.get("measure") for figure in figures(each))
        for chart in each.charts:
            assert [len(values) for _, values in chart.series] == [len(proofs) for proofs in chart.proofs]


def test_usual_volume_is_the_mean_of_comparable_weeks():
    """Weeks of 2 and 4 mentions make 3 usual; 6 now is twice that. Weeks without any are not weeks of zero."""
    small = all_seen(Small())
    for back, number in ((0, 6), (1, 2), (2, 4)):
        for n in range(number):
            small.say(SINCE - back * WEEK + (n + 1) * HOUR)
    report = small.report()
    assert value(report, "competitors", "云江银行·周均") == pytest.approx(3.0)
    assert value(report, "summary", "声量相对常态") == pytest.approx(2.0)


def test_first_week_compares_with_nothing():
    """Without a week before there is no growth, no usual level, and the report says so."""
    small = Small()
    for source in (WEIBO, DOUYIN):
        small.looked(source.id, SINCE, UNTIL)
    small.say(SINCE + HOUR, NEGATIVE)
    report = small.report()
    for name in ("上周声量", "声量环比", "负面占比变化", "声量相对常态"):
        assert value(report, "summary", name) is None
    said = "".join(section(report, "summary").sentences)
    assert "上周数据不足或两周采集情况不同，不作环比" in said
    assert "可比的周次不足" in said


def test_a_blocked_week_is_unknown_and_not_zero():
    """Nothing was read: no zero anywhere, and the report says why."""
    small = Small()
    small.looked(WEIBO.id, SINCE, UNTIL, Outcome.CHALLENGE)
    small.looked(DOUYIN.id, SINCE, UNTIL, Outcome.AUTH_REQUIRED)
    report = small.report()
    assert value(report, "summary", "本周声量") is None
    assert value(report, "platforms", "微博·提及") is None
    assert {row[1].value for row in section(report, "volume").tables[1].rows if isinstance(row[1], Figure)} == {None}
    assert {point for chart in section(report, "volume").charts for _, values in chart.series for point in values} == {
        None
    }
    assert "不能据此认为无人提及" in "".join(section(report, "summary").sentences)
    assert report.notes == (
        "微博搜索：03-09 00:00 至 03-16 00:00（要求验证码）。其间的内容未计入本报告。",
        "抖音搜索：03-09 00:00 至 03-16 00:00（需要登录）。其间的内容未计入本报告。",
    )


def test_an_empty_week_with_complete_coverage_is_zero():
    """Where everything was read, nobody spoke: 0, and no division by it."""
    report = all_seen(Small()).report()
    assert value(report, "summary", "本周声量") == 0
    assert value(report, "summary", "负面占比") is None
    assert "本周采集完整，没有与云江银行相关的公开提及。" in section(report, "summary").sentences
    assert report.notes == ()


def test_one_blocked_platform_leaves_the_other_alone():
    """Douyin was blocked all week: its row is unknown, Weibo's stands, and no growth is claimed for the sum."""
    small = Small()
    small.looked(WEIBO.id, SINCE - WEEK, UNTIL)
    small.looked(DOUYIN.id, SINCE - WEEK, SINCE)
    small.looked(DOUYIN.id, SINCE, UNTIL, Outcome.BLOCKED)
    for at in (SINCE + HOUR, SINCE - HOUR):
        small.say(at, NEUTRAL)
        small.say(at - HOUR / 2, NEUTRAL, platform=Platform.WEIBO)
    report = small.report()
    assert value(report, "platforms", "抖音·提及") is None
    assert value(report, "platforms", "微博·提及") == 2
    assert value(report, "platforms", "微博·环比") == 0.0
    assert value(report, "summary", "声量环比") is None
    assert "抖音采集不完整且未见提及，按无数据处理，不计为零。" in section(report, "platforms").sentences


def test_a_night_of_blocking_is_a_gap_in_the_curve_and_not_a_dip():
    """Twelve blocked hours of Weibo are two unknown points; the Douyin curve goes on."""
    small = Small()
    small.looked(DOUYIN.id, SINCE, UNTIL)
    small.looked(WEIBO.id, SINCE, SINCE + DAY)
    small.looked(WEIBO.id, SINCE + DAY, SINCE + 1.5 * DAY, Outcome.RATE_LIMITED)
    small.looked(WEIBO.id, SINCE + 1.5 * DAY, UNTIL)
    small.say(SINCE + HOUR, NEUTRAL)
    curves = dict(section(small.report(), "platforms").charts[0].series)
    assert [at for at, point in enumerate(curves["微博"]) if point is None] == [4, 5]
    assert None not in curves["抖音"]


def test_imports_without_a_source_are_counted_without_claims():
    """Mentions that came by import count; an absent comparison stays unknown."""
    small = Small()
    small.say(SINCE + HOUR, NEGATIVE, platform=Platform.FEEDBACK)
    report = small.report(sources=())
    assert value(report, "summary", "本周声量") == 1
    assert value(report, "summary", "采集完整度") is None
    assert "数据全部来自导入" in section(report, "coverage").sentences[0]


def test_events_tell_duration_peak_latency_and_acknowledgement():
    """Two hours, two negatives in the loudest hour, seven minutes to the mail, thirty to the acknowledgement."""
    small = all_seen(Small())
    start = SINCE + DAY
    proof = small.say(start - HOUR / 4, NEGATIVE, text="云江银行转账一直失败")
    small.say(start - HOUR / 5, NEGATIVE)
    small.say(start + HOUR, NEGATIVE)
    small.alarm(start, evidence=(proof,), acknowledged_at=start + HOUR / 2, acknowledged_by="值班员")
    small.alarm(SINCE + 3 * DAY, subject_id="goldenautumn", ends_at=None)
    small.alarm(SINCE + 4 * DAY, subject_id="haizhou")
    report = small.report()
    found = section(report, "events")
    first, second = found.tables[0].rows
    assert [cell.value for cell in first if isinstance(cell, Figure)] == [30, 4, 2, 120, 7, 30]
    assert (first[-1], second[-1]) == ("已恢复、已确认", "持续中、未确认")
    assert value(report, "events", "预警事件") == 2
    assert value(report, "events", "已确认") == 1
    assert [quote.text for quote in found.quotes] == ["云江银行转账一直失败"]
    assert "值班员" not in repr(report)


def test_quotes_are_the_gravest_first_and_each_story_once():
    """Severity, then reactions; a copy that differs at the end only is folded; deleted texts are not quoted."""
    small = all_seen(Small())
    small.say(SINCE + HOUR, NEGATIVE, severity=1, likes=900, text="云江银行小额管理费又扣了，说是规定")
    copied = "云江银行手机银行今天整个下午都登录不上去，{}"
    small.say(SINCE + HOUR, NEGATIVE, severity=2, likes=5, text=copied.format("转账也不行"))
    small.say(SINCE + 2 * HOUR, NEGATIVE, severity=2, likes=4, text=copied.format("急死人"))
    gone = small.say(SINCE + 2 * HOUR, NEGATIVE, severity=3, text="已经删掉的云江银行话题")
    small.say(SINCE, NEGATIVE, severity=3, kind=MentionKind.ARTICLE, title="云江银行被罚", text="正文里还有很多字")
    small.mentions.tombstone([gone], UNTIL)
    quotes = section(small.report(), "voices_negative").quotes
    assert [quote.text for quote in quotes] == [
        "云江银行被罚",
        "云江银行手机银行今天整个下午都登录不上去，转账也不行",
        "云江银行小额管理费又扣了，说是规定",
    ]


def test_a_report_before_the_end_says_so():
    """Half a week: the head says that it is not over, and the hours to come are not called seen."""
    small = Small()
    for source in (WEIBO, DOUYIN):
        small.looked(source.id, SINCE, SINCE + WEEK / 2)
    report = small.report(now=SINCE + WEEK / 2)
    assert "本期尚未结束" in section(report, "summary").sentences[0]
    assert value(report, "summary", "采集完整度") == pytest.approx(50.0)
    assert value(report, "summary", "本周声量") is None


def test_deleted_posts_stay_counted():
    """What was said and later deleted by the platform was still said."""
    small = all_seen(Small())
    gone = small.say(SINCE + HOUR, NEGATIVE)
    small.mentions.tombstone([gone], UNTIL)
    assert value(small.report(), "summary", "本周声量") == 1


def test_capped_hours_are_called_a_lower_bound():
    """Where the platform showed only its maximum, the volume is at least so much, and the report says so."""
    small = all_seen(Small())
    row = Coverage(WEIBO.id, "另一个词", SINCE, UNTIL, Outcome.OK, UNTIL, saturated=True)
    small.state.save("coverage", row.key, to_json(row))
    report = small.report()
    assert value(report, "coverage", "微博搜索·触顶") == 168
    assert "达到平台展示上限，这些时段的声量为下限：微博搜索 168 小时。" in "".join(
        section(report, "coverage").sentences
    )
