"""The section of events and rising words: what the models found is counted again, and tampering is found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from reports.compile import compile_report
from reports.evidence import Evidence
from reports.labels import show
from reports.sections import stories
from reports.stories import Story
from reports.verify import verify
from reports.week import cell
from tests.unit.reports.small import NEGATIVE, NEUTRAL, NOW, OURS, SINCE, TOPICS, UNTIL, WEIBO, Small, all_seen, section
from yuqing.domain.mention import MentionId, Platform
from yuqing.domain.query import Or, Term, matches
from yuqing.domain.report import Report, Section, Table
from yuqing.domain.subject import Subject

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Told:
    """Tells what it was given, and remembers nothing."""

    found: Sequence[Story] = ()
    words: Sequence[str] = ()

    def events(self, subject: Subject, since: datetime, until: datetime, most: int) -> Sequence[Story]:
        """The stories."""
        assert (subject, since, until, most) == (OURS, SINCE, UNTIL, stories.MOST)
        return self.found

    def rising(self, subject: Subject, since: datetime, until: datetime) -> Sequence[str]:
        """The words."""
        return self.words


@dataclass(frozen=True)
class Week:
    """A week with an outage on two platforms, a fee, a praise, and a word that was known before."""

    small: Small
    outage: tuple[MentionId, ...]
    fee: tuple[MentionId, ...]

    def report(self, told: Told | None) -> Report:
        """The report, told this."""
        small = self.small
        return compile_report(small.mentions, small.state, OURS, (), TOPICS, (WEIBO,), SINCE, UNTIL, NOW, told=told)

    def section(self, told: Told) -> Section:
        """The section of this report."""
        return section(self.report(told), stories.ID)

    def found(self, report: Report) -> str:
        """All mismatches in one text."""
        return "\n".join(map(str, verify(report, self.small.mentions, self.small.state)))

    @property
    def told(self) -> Told:
        """Both stories and three words, one of them said by nobody."""
        found = Story(("闪退", "没人说过的词"), self.outage), Story(("年费",), self.fee)
        return Told(found, ("App闪退", "额度", "没人说过的词"))


@pytest.fixture
def week() -> Week:
    """A week to change."""
    return told_week()


@pytest.fixture(scope="module")
def archive() -> tuple[Week, Report]:
    """A week that nobody changes, and its report."""
    week = told_week()
    return week, week.report(week.told)


def told_week() -> Week:
    """Seen completely, five weeks long."""
    small = all_seen(Small())
    for days in (3, 10, 17):
        small.say(SINCE - timedelta(days=days), text="云江银行的额度，第{n}回")
    outage = [small.say(SINCE + 2 * HOUR, NEGATIVE, platform=Platform.DOUYIN, text="云江银行App 闪退，第{n}回")]
    outage += [small.say(SINCE + n * HOUR, NEGATIVE, text="云江银行app闪退，打[手机号]没用，{n}") for n in (3, 27, 28)]
    fee = [small.say(SINCE + n * HOUR, NEGATIVE, text="云江银行年费乱收，第{n}回") for n in (50, 51, 52)]
    for hours in (60, 61, 62):
        small.say(SINCE + hours * HOUR, NEUTRAL, text="云江银行的额度怎么提，第{n}回")
    return Week(small, tuple(outage), tuple(fee))


def rows(of: Section, caption: str) -> list[list[str]]:
    """The cells of a table as shown."""
    table = next(each for each in of.tables if each.title == caption)
    return [[value if isinstance(value, str) else show(value) for value in row] for row in table.rows]


def with_row(report: Report, table: int, change: Sequence[tuple[int, object]]) -> Report:
    """The report with cells of the first row of a table of the section replaced."""
    old = section(report, stories.ID)
    first, *rest = old.tables[table].rows
    row = list(first)
    for place, value in change:
        row[place] = value  # type: ignore[call-overload]
    tables = list(old.tables)
    tables[table] = replace(old.tables[table], rows=(tuple(row), *rest))
    sections = (replace(each, tables=tuple(tables)) if each.id == stories.ID else each for each in report.sections)
    return replace(report, sections=tuple(sections))


def test_events_stand_with_size_course_and_spread(archive: tuple[Week, Report]) -> None:
    """Two events, the larger first; of their words only those that stand in the texts."""
    said = rows(section(archive[1], stories.ID), stories.EVENTS_CAPTION)
    assert said == [
        ["1", "闪退", "4", "03-09 02:00", "03-10 04:00", "抖音 1 → 微博 3"],
        ["2", "年费", "3", "03-11 02:00", "03-11 04:00", "微博 3"],
    ]


def test_rising_words_are_counted_in_both_spellings_now_and_before(archive: tuple[Week, Report]) -> None:
    """A word that nobody said is not listed, however sure the models are."""
    assert rows(section(archive[1], stories.ID), stories.WORDS_CAPTION) == [
        ["App闪退", "4", "0", "40.0%", "100.0%"],
        ["额度", "3", "3", "30.0%", "0.0%"],
    ]


def test_sentences_follow_from_the_tables(archive: tuple[Week, Report]) -> None:
    """The total, the largest event, the quotes and the surest words."""
    said = section(archive[1], stories.ID).sentences
    assert said[0] == (
        "本周负面提及 7 条，其中规模最大的 2 件事列于下表；居首的是“闪退”，4 条，"
        "本周首见于 03-09 02:00，扩散次序 抖音 1 → 微博 3。"
    )
    assert said[-1] == "上升最明显的词：“App闪退”（4 条，前四周 0 条）、“额度”（3 条，前四周 3 条）。"


def test_words_of_one_story_are_named_once(week: Week) -> None:
    """The table has both, the sentence the surer one."""
    found = week.section(Told(words=("闪退", "额度", "App闪退")))
    assert [row[0] for row in rows(found, stories.WORDS_CAPTION)] == ["闪退", "额度", "App闪退"]
    assert found.sentences[-1] == "上升最明显的词：“闪退”（4 条，前四周 0 条）、“额度”（3 条，前四周 3 条）。"


def test_quotes_are_the_first_of_each_event_that_still_stand(week: Week) -> None:
    """Masked as stored; a post that the platform has deleted is counted and not quoted."""
    week.small.mentions.tombstone([week.outage[0]], UNTIL)
    found = week.section(week.told)
    assert [quote.mention_id for quote in found.quotes] == [week.outage[1], week.fee[0]]
    assert "[手机号]" in found.quotes[0].text
    assert rows(found, stories.EVENTS_CAPTION)[0][2] == "4"


def test_the_course_has_a_gap_where_nobody_looked(week: Week) -> None:
    """A day without posts is a zero only because the sources were seen; otherwise it is no data."""
    [chart] = week.section(week.told).charts
    assert [name for name, _ in chart.series] == ["第 1 件", "第 2 件"]
    assert chart.series[0][1] == (2.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    blind = Week(Small(mentions=week.small.mentions), week.outage, week.fee)
    [chart] = blind.section(week.told).charts
    assert chart.series[0][1] == (2.0, 2.0, None, None, None, None, None)


def test_the_whole_section_is_confirmed_and_stays_so(archive: tuple[Week, Report]) -> None:
    """Every number, word and quote again from the stores."""
    week, report = archive
    assert week.found(report) == ""


@pytest.mark.parametrize(
    ("table", "change", "named"),
    [
        (0, [(1, "利率")], "利率"),
        (0, [(1, "闪退、没人说过的词")], "没人说过的词"),
        (0, [(3, "03-09 00:00")], "03-09 00:00"),
        (0, [(4, "03-15 23:59")], "03-15 23:59"),
        (0, [(5, "微博 3")], "抖音 1 → 微博 3"),
        (1, [(0, "倒闭")], "倒闭"),
    ],
)
def test_a_changed_cell_is_named(
    archive: tuple[Week, Report], table: int, change: list[tuple[int, object]], named: str
) -> None:
    """Names, times, ways and terms come from the stores."""
    week, report = archive
    assert named in week.found(with_row(report, table, change))


def test_a_changed_size_is_named(archive: tuple[Week, Report]) -> None:
    """The number and the mentions behind it."""
    week, report = archive
    size = cell(section(report, stories.ID).tables[0].rows[0], 2)
    assert "报告为“40”，核对结果为“4”" in week.found(with_row(report, 0, [(2, replace(size, value=40.0))]))
    other = {**size.proof, "query": {**size.proof["query"], "ids": [*week.outage[:3]]}}  # type: ignore[dict-item]
    assert "核对结果为“3”" in week.found(with_row(report, 0, [(2, replace(size, proof=other))]))


@pytest.mark.parametrize("broken", [{}, {"measure": "count"}, {"measure": "count", "query": {"ids": 7}}])
def test_a_damaged_proof_is_a_mismatch_and_no_crash(archive: tuple[Week, Report], broken: dict[str, object]) -> None:
    """A file may come from anywhere."""
    week, report = archive
    size = cell(section(report, stories.ID).tables[0].rows[0], 2)
    assert "依据不完整" in week.found(with_row(report, 0, [(2, replace(size, proof=broken))]))
    assert stories.words(
        ("1", "闪退", replace(size, proof=broken)), Evidence(week.small.mentions, week.small.state)
    ) == ("依据不完整",)


def test_no_events_is_said_as_what_is_known(week: Week) -> None:
    """Negative mentions without a common story; and nothing at all where nobody looked."""
    none = Told()
    assert week.section(none).sentences == (
        "本周负面提及 7 条，没有 3 条以上说同一件事的。",
        "没有明显上升的词。",
    )
    assert Week(Small(), (), ()).section(none).sentences == (
        "负面提及无数据，不能据此认为没有事件。",
        "前四周没有可比的数据，不判断上升词。",
    )
    assert week.section(none).tables == ()


def test_what_waits_for_its_scores_is_told(week: Week) -> None:
    """An event is no larger than what was judged, and the reader knows it."""
    week.small.say(SINCE + HOUR, None)
    assert "另有 1 条提及尚未评分，未参加归并。" in week.section(week.told).sentences


def test_more_than_is_read_is_told(week: Week, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sizes are lower bounds then."""
    monkeypatch.setattr(stories, "MOST", 6)
    assert "只归并了最新的 6 条负面提及，事件规模为下限。" in week.section(week.told).sentences


def test_without_anybody_to_tell_there_is_no_section(week: Week) -> None:
    """The report is whole without it, and an old archive stays valid."""
    report = week.report(None)
    assert stories.ID not in [each.id for each in report.sections]
    assert week.found(report) == ""


def test_small_stories_and_long_lists_are_left_out(week: Week) -> None:
    """Two mentions are no event, and a report is no list of everything."""
    many = [Story((), week.outage), Story(("年费",), week.fee[:2]), *[Story(("年费",), week.fee)] * 20]
    table: Table = week.section(Told(many)).tables[0]
    assert len(table.rows) == stories.LARGEST
    assert table.rows[0][1] == stories.NAMELESS


def test_spellings_bridge_the_blank_between_latin_and_han() -> None:
    """One word, two ways to write it; a word of one script has one."""
    query = stories.spellings("云银App闪退")
    assert isinstance(query, Or)
    assert matches(query, "云银App闪退了")
    assert matches(query, "说说云银 App 闪退")
    assert not matches(query, "云银闪退")
    assert stories.spellings("闪退") == Term("闪退")
