"""The report from the command line and the scheduler: compile, verify, archive, write files, send."""

from datetime import datetime
from pathlib import Path

from reports.archive import write_files
from reports.compile import Compiler
from reports.delivery import report_message
from reports.verify import verify
from yuqing.bootstrap import App
from yuqing.domain.errors import InputError
from yuqing.domain.subject import Subject, SubjectKind
from yuqing.jobs.report import ReportJob, is_sent, last_due, last_week, owed_since, report_id, send_report
from yuqing.report_stories import ReportStories


def make_report(
    app: App, subject_id: str | None, since: datetime | None, until: datetime | None, folder: Path, *, send: bool
) -> dict[str, Path]:
    """Write the report of a period (default: the last full week) into `folder`; returns the files by format.

    A report of a period that is archived already is not compiled again. Raises ReportError when the store does not
    confirm a number or quote of it, ConfigError when it is to be sent and nobody is named to receive it.
    """
    subject = _subject(app, subject_id)
    start, end = _period(app, since, until)
    related = tuple(one for one in app.subjects if one.parent == subject.id)
    rivals = tuple(one for one in app.subjects if one.kind is SubjectKind.COMPETITOR and one.id != subject.id)
    parties = subject, rivals, app.topics, app.sources, related
    compiler = Compiler(app.mentions, app.state, *parties, ReportStories(app.mentions, app.subjects))
    job = ReportJob(compiler, lambda report: verify(report, app.mentions, app.state), app.state, app.clock)
    report = job.run(subject.id, start, end)
    try:
        files = write_files(report, folder)
    except OSError as error:
        raise InputError(f"{folder}：无法写入报告（{error.strerror}）") from None
    if send:
        for name, channel in app.report_receivers().items():
            send_report(report_message(report), channel, app.state, name, app.clock)
    return {"json": files.json, "html": files.html, "docx": files.docx}


def send_due_report(app: App) -> bool:
    """The report of the last week whose time has come, unless it has gone out: safe to call at any time.

    Whatever kept it back before (a crash, a mail server, a machine that was off) it is made up for now, until the next
    week's is due. True when there was something to do. Raises what `make_report` raises, and ChannelError.
    """
    now = app.clock.now()
    due = last_due(now, app.settings.report_time)
    since, until = last_week(due)
    owed = report_id(app.default_subject().id, since, until)
    if due < owed_since(app.state, now) or is_sent(app.state, owed, app.settings.report_receiver):
        return False
    make_report(app, None, since, until, app.settings.home / "reports", send=True)
    return True


def _subject(app: App, wanted: str | None) -> Subject:
    if wanted is None:
        return app.default_subject()
    for subject in app.subjects:
        if subject.id == wanted:
            return subject
    raise InputError(f"没有主体 {wanted}（见 subjects.yml）")


def _period(app: App, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    if (since is None) != (until is None):
        raise InputError("--from 与 --to 须同时给出")
    if since is None or until is None:
        return last_week(app.clock.now())
    return since, until
