"""Events and rising words of a real store, found by the models and confirmed by the report's own check."""

from datetime import timedelta

from reports.archive import docx_lines, html_lines
from reports.compile import compile_report
from reports.render_docx import render_docx
from reports.render_html import render_html
from reports.sections import stories
from reports.verify import verify
from tests import worlds
from tests.integration.reports.conftest import UNTIL, Told
from yuqing.report_stories import ReportStories


def test_a_week_is_told_counted_and_confirmed(crisis: Told) -> None:
    """The outage is the largest event under words of its own; every format says so, every number is confirmed."""
    ours = worlds.SUBJECTS[0]
    until = UNTIL + timedelta(days=4)  # the outage is four hours old
    since = until - timedelta(days=7)
    told = ReportStories(crisis.mentions, worlds.SUBJECTS)
    report = compile_report(
        crisis.mentions, crisis.state, ours, (), worlds.TOPICS, worlds.SOURCES, since, until, until, told=told
    )
    assert verify(report, crisis.mentions, crisis.state) == []
    section = next(each for each in report.sections if each.id == stories.ID)
    events, words = section.tables
    sizes = [row[2].value for row in events.rows if not isinstance(row[2], str)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] >= stories.LEAST
    assert events.rows[0][1] != stories.NAMELESS
    assert words.rows
    assert not any(name in str(row[0]) for row in words.rows for name in ours.aliases)
    assert section.quotes
    for lines in (html_lines(render_html(report).encode()), docx_lines(render_docx(report))):
        text = "\n".join(lines)
        assert all(sentence in text for sentence in section.sentences)
        assert str(events.rows[0][5]) in text
