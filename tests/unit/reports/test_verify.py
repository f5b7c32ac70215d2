"""Tampering is found, wherever it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reports.verify import verify
from tests.unit.reports.small import NEGATIVE, NEUTRAL, POSITIVE, SINCE, UNTIL, WEEK, Small, all_seen, section
from yuqing.domain.mention import MentionId
from yuqing.domain.report import Figure, Report, Section

HOUR = timedelta(hours=1)
PERIOD = {"since": SINCE.isoformat(), "until": UNTIL.isoformat()}


@pytest.fixture
def small() -> Small:
    """A week with everything in it: stances, an event with evidence, a week before."""
    small = all_seen(Small())
    proof = small.say(SINCE + HOUR, NEGATIVE, severity=2, text="云江银行转账一直失败，已经三天了")
    for hours in (2, 5, 50):
        small.say(SINCE + hours * HOUR, POSITIVE, text="云江银行网点换了新机器，办事快，第{n}回")
    small.say(SINCE - HOUR, NEUTRAL)
    small.alarm(SINCE + 2 * HOUR, evidence=(proof,))
    return small


def changed(report: Report, id: str, **changes: object) -> Report:
    """The report with one section changed."""
    sections = (replace(each, **changes) if each.id == id else each for each in report.sections)
    return replace(report, sections=tuple(sections))


def only(report: Report, extra: Section) -> Report:
    """The report with one more section."""
    return replace(report, sections=(*report.sections, replace(extra, id="extra")))


def found(report: Report, small: Small) -> str:
    """All mismatches in one text."""
    return "\n".join(str(mismatch) for mismatch in verify(report, small.mentions, small.state))


def test_an_honest_report_has_no_mismatch(small):
    """What was compiled is confirmed, number by number."""
    assert verify(small.report(), small.mentions, small.state) == []


def test_one_changed_number_is_named(small):
    """The figure, what it claims, and what the store says; and the sentence that no longer fits."""
    report = small.report()
    first, *rest = section(report, "summary").figures
    text = found(changed(report, "summary", figures=(replace(first, value=5.0), *rest)), small)
    assert "〔摘要〕本周声量：报告为“5”，核对结果为“4”" in text
    assert "公开提及 5 条" in text


def test_a_difference_that_rounding_would_hide_is_shown_in_full(small):
    """75.0% against 75.0% helps nobody."""
    report = small.report()
    figures = tuple(
        replace(each, value=each.value + 0.01) if each.name == "负面占比" and each.value else each
        for each in section(report, "summary").figures
    )
    assert "负面占比：报告为“25.01”，核对结果为“25.0%”" in found(changed(report, "summary", figures=figures), small)


def test_one_changed_quote_is_named(small):
    """A word that nobody wrote is not in the stored text."""
    report = small.report()
    (quote,) = section(report, "voices_negative").quotes
    forged = replace(quote, text=quote.text.replace("三天", "三十天"))
    text = found(changed(report, "voices_negative", quotes=(forged,)), small)
    assert "已经三十天了" in text
    assert "库中原文没有这段文字" in text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mention_id": MentionId("weibo:post:none")}, "库中没有这条提及"),
        ({"text": ""}, "库中原文没有这段文字"),
        ({"published_at": SINCE}, "出处不符"),
        ({"url": "https://elsewhere.example/1"}, "出处不符"),
        ({"platform": "news"}, "出处不符"),
    ],
)
def test_a_quote_with_a_false_source_is_named(small, changes, reason):
    """Id, text, time, address and platform belong together."""
    report = small.report()
    (quote,) = section(report, "voices_negative").quotes
    assert reason in found(changed(report, "voices_negative", quotes=(replace(quote, **changes),)), small)


def test_a_quote_of_a_text_that_was_deleted_since_is_named(small):
    """What the platform has deleted is not sent again."""
    report = small.report()
    small.mentions.tombstone([section(report, "voices_negative").quotes[0].mention_id], UNTIL)
    assert "原文已被平台删除" in found(report, small)


def test_an_invented_sentence_is_named(small):
    """Sentences follow from figures; one more is one too many."""
    report = small.report()
    said = (*section(report, "summary").sentences, "公众对本行总体满意。")
    assert "公众对本行总体满意。" in found(changed(report, "summary", sentences=said), small)


def test_a_missing_gap_note_is_named():
    """Hiding that a source was blocked is a mismatch too."""
    small = Small()
    report = small.report()
    assert "未采集" in "".join(report.notes)
    assert "数据缺口" in found(replace(report, notes=()), small)


def test_a_filled_in_number_is_named():
    """无数据 must stay 无数据: a zero that coverage does not carry is refused."""
    small = Small()
    report = small.report()
    figures = tuple(replace(each, value=0.0) for each in section(report, "summary").figures)
    assert "本周声量：报告为“0”，核对结果为“无数据”" in found(changed(report, "summary", figures=figures), small)


def test_changed_words_in_the_tables_of_events_and_coverage_are_named(small):
    """The summary of an alert and the cause of a gap come from the store."""
    report = small.report()
    (table,) = section(report, "events").tables
    row = tuple("一切正常" if cell == "云江银行：负面激增" else cell for cell in table.rows[0])
    assert "一切正常" in found(changed(report, "events", tables=(replace(table, rows=(row,)),)), small)
    (table,) = section(report, "coverage").tables
    rows = tuple((*row[:-1], "天气原因") for row in table.rows)
    assert "天气原因" in found(changed(report, "coverage", tables=(replace(table, rows=rows),)), small)


def test_a_row_under_a_false_name_is_named(small):
    """Swapping the names of two rows does not pass."""
    report = small.report()
    (table,) = section(report, "platforms").tables
    names = [row[0] for row in table.rows]
    rows = tuple((name, *row[1:]) for name, row in zip(reversed(names), table.rows, strict=True))
    assert "各平台声量第一列" in found(changed(report, "platforms", tables=(replace(table, rows=rows),)), small)


def test_a_point_of_a_curve_that_was_moved_is_named(small):
    """Curves carry proofs as tables do."""
    report = small.report()
    chart, *rest = section(report, "volume").charts
    (name, (_, *values)), *others = chart.series
    forged = replace(chart, series=((name, (99.0, *values)), *others))
    assert "每日声量：本周与上周·本周·03-09" in found(changed(report, "volume", charts=(forged, *rest)), small)
    bare = replace(chart, proofs=())
    assert "依据不全" in found(changed(report, "volume", charts=(bare, *rest)), small)


def test_a_late_mention_shows_as_a_difference(small):
    """A report is checked against the store of today."""
    report = small.report()
    small.say(UNTIL - HOUR, NEGATIVE)
    assert "本周声量：报告为“4”，核对结果为“5”" in found(report, small)


def test_an_acknowledgement_after_the_report_changes_nothing(small):
    """Events are judged as known at the end of the week."""
    report = small.report()
    small.alarm(SINCE + 2 * HOUR, evidence=section(report, "events").quotes and (
        section(report, "events").quotes[0].mention_id,), acknowledged_at=UNTIL + HOUR)  # fmt: skip
    assert found(report, small) == ""


def test_a_section_that_nobody_writes_is_named(small):
    """Whole sections cannot be slipped in."""
    report = small.report()
    extra = Section("extra", "补充", ("一切都好。",))
    assert "一切都好。" in found(replace(report, sections=(*report.sections, extra)), small)


@pytest.mark.parametrize(
    ("proof", "reason"),
    [
        ({}, "未知的度量：None"),
        ({"measure": "guess"}, "未知的度量：'guess'"),
        ({"measure": "count"}, "依据不完整：'query'"),
        ({"measure": "count", "query": {"since": "gestern"}, "sources": [], "completeness": 1}, "依据不完整"),
        ({"measure": "coverage", "what": "__class__", "sources": ["weibo_search"], **PERIOD}, "依据不完整"),
        ({"measure": "alerts", "what": "mood", "subjects": [], **PERIOD}, "未知的预警度量"),
    ],
)
def test_a_number_with_a_broken_proof_is_named(small, proof, reason):
    """A proof that proves nothing is a mismatch, not a crash."""
    extra = Section("summary", "摘要", (), (Figure("好评", 99.0, "%", proof),))
    assert f"〔摘要〕好评：报告为“99.0%”，核对结果为“{reason}" in found(only(small.report(), extra), small)


def test_the_week_before_is_part_of_the_proof(small):
    """Last week's numbers are recomputed, too."""
    report = small.report()
    small.say(SINCE - WEEK + HOUR, NEUTRAL)
    assert "上周声量：报告为“1”，核对结果为“2”" in found(report, small)
