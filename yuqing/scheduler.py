"""APScheduler wiring only: which job when. The jobs themselves are use cases and subprocesses."""

import signal
import subprocess
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from types import FrameType

import structlog
from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobEvent,
    JobExecutionEvent,
)
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from config.settings import load_settings
from yuqing.bootstrap import App
from yuqing.domain.errors import YuqingError
from yuqing.housekeeping import clean_up
from yuqing.jobs.cluster import cluster
from yuqing.jobs.score import score
from yuqing.logs import place_of
from yuqing.owed import owing
from yuqing.processes import cli_command
from yuqing.secrets_mark import secrets_mark

log = structlog.get_logger()
TIMEZONE = "Asia/Shanghai"
GRACE_SECONDS = 20
# Turns of crawls and of second looks are multiples of the same minutes: looks that began first would be ended at once.
AFTER_CRAWLS = timedelta(seconds=30)


@dataclass
class Runner:
    """One scheduler process. `stop` ends it after the job in hand; a kill at any moment loses nothing."""

    app: App
    stop_event: threading.Event = field(default_factory=threading.Event)
    # Scoring, detection and delivery follow one another; two at once would only wait for each other.
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _children: set["subprocess.Popen[bytes]"] = field(default_factory=set)
    _giving_way: dict["subprocess.Popen[bytes]", frozenset[str]] = field(default_factory=dict)
    _crawled: set[str] = field(default_factory=set)  # sources whose ordinary turn it is
    _broken_off: set[str] = field(default_factory=set)  # sources whose last turn was killed
    # As the next crawl will read them: an operator may have put a new cookie into its file since we started.
    secrets: Callable[[], str] = field(default=lambda: secrets_mark(load_settings()), repr=False)

    def run(self) -> None:
        """Block until SIGTERM or SIGINT."""
        scheduler = self._scheduler()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        stops = [self._serve_metrics(), self._serve_actions()]
        scheduler.start()
        log.info("run.started", jobs=len(scheduler.get_jobs()), store=self.app.settings.store)
        self.stop_event.wait()
        for child in tuple(self._children):
            child.terminate()
        scheduler.shutdown(wait=True)
        for stop in stops:
            stop()
        log.info("run.stopped")

    def _serve_metrics(self) -> Callable[[], None]:
        settings = self.app.settings
        if not settings.metrics_port:
            return lambda: None
        from yuqing.metrics import serve

        log.info("metrics.serving", host=settings.metrics_host, port=settings.metrics_port)
        return serve(self.app, settings.metrics_port, settings.metrics_host)

    def _serve_actions(self) -> Callable[[], None]:
        """The pages behind the buttons of messages."""
        settings = self.app.settings
        if not settings.actions_port:
            return lambda: None
        from yuqing.actions.server import serve

        log.info("actions.serving", host=settings.actions_host, port=settings.actions_port)
        return serve(self.app, settings.actions_port, settings.actions_host)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_event.set()

    def _scheduler(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(
            timezone=TIMEZONE, job_defaults={"misfire_grace_time": 300, "coalesce": True, "max_instances": 1}
        )
        scheduler.add_listener(report_event, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        settings = self.app.settings
        for seconds, sources in self._groups().items():
            self._every(scheduler, f"crawl:{','.join(sources)}", seconds, partial(self.crawl, sources))
        if self._groups():
            # Not at once: the crawls of the start come first.
            first = datetime.now(UTC) + timedelta(seconds=settings.refresh_seconds) + AFTER_CRAWLS
            self._every(scheduler, "refresh", settings.refresh_seconds, self.refresh, first)
            soon = datetime.now(UTC) + timedelta(seconds=settings.owed_seconds)
            self._every(scheduler, "owed", settings.owed_seconds, self.pay_off, soon)
        self._every(scheduler, "score", settings.score_seconds, self.score)
        self._every(scheduler, "detect", settings.detect_seconds, self.detect)
        self._every(scheduler, "notify", settings.notify_seconds, self.notify)
        self._every(scheduler, "incidents", settings.detect_seconds, self.incidents)
        # Every hour at the minute of the report: what could not be sent at its time is sent an hour later.
        hourly = CronTrigger(minute=settings.report_time.rpartition(":")[2], timezone=TIMEZONE)
        scheduler.add_job(guarded("report", self.report), hourly, id="report", next_run_time=datetime.now(UTC))
        nightly = CronTrigger(hour=3, minute=30, timezone=TIMEZONE)
        scheduler.add_job(guarded("retention", self.retention), nightly, id="retention")
        later = CronTrigger(hour=4, minute=10, timezone=TIMEZONE)
        scheduler.add_job(guarded("drift", self.drift), later, id="drift")
        return scheduler

    def _groups(self) -> dict[int, tuple[str, ...]]:
        """Sources with the same interval share one crawl process: Scrapy's start costs more than a small crawl."""
        groups: dict[int, list[str]] = defaultdict(list)
        for source in self.app.sources:
            if source.enabled:
                groups[source.interval_seconds].append(source.id)
        return {seconds: tuple(ids) for seconds, ids in groups.items()}

    def _every(
        self,
        scheduler: BackgroundScheduler,
        name: str,
        seconds: float,
        job: Callable[[], None],
        first: datetime | None = None,
    ) -> None:
        now = datetime.now(UTC)  # APScheduler lives in the machine's time, whatever clock the product follows
        scheduler.add_job(guarded(name, job), "interval", seconds=seconds, id=name, next_run_time=first or now)

    def crawl(self, sources: tuple[str, ...]) -> None:
        """One crawl subprocess (a reactor cannot restart); what it stored is scored and judged at once.

        What is new comes first: a follow-up or second looks that hold one of the sources end in order, and go on
        another time.
        """
        self._crawled.update(sources)
        for child, held in tuple(self._giving_way.items()):
            if not held.isdisjoint(sources):
                _end(child)
        try:
            is_whole = self._fetch("crawl", sources) >= 0
        finally:
            self._crawled.difference_update(sources)
        (self._broken_off.difference_update if is_whole else self._broken_off.update)(sources)

    def pay_off(self) -> None:
        """Ask again for what crawls did not see, as soon as it may be asked for.

        A crawl that was killed (memory, an operator) left no word of what it did not see: it is had once more as a
        whole. Sources whose own turn comes as often do that in their turn, and so do those that an operator allows so
        many requests a run: a run more is more than that.
        """
        settings = self.app.settings
        slow = [each for each in self.app.sources if each.interval_seconds > settings.owed_seconds]
        slow = [each for each in slow if each.id not in self._crawled and not each.options.get("max_requests")]
        if again := tuple(each.id for each in slow if each.id in self._broken_off):
            self.crawl(again)
            self._broken_off.difference_update(again)  # killed a second time, it waits for its turn
        overlap = timedelta(minutes=settings.overlap_minutes)
        if due := owing(self.app.state, slow, self.app.subjects, self.app.clock.now(), overlap, self.secrets()):
            self._fetch("crawl", due, "--owed", gives_way=True)

    def refresh(self) -> None:
        """One subprocess that looks at risky mentions again; grown counts and deletions are judged at once.

        Sources that are being crawled are left out: one process would end for all of them as soon as it met one.
        """
        names = [each.id for each in self.app.sources if each.enabled and each.id not in self._crawled]
        if names:
            self._fetch("refresh", tuple(names), gives_way=True)

    def _fetch(self, command: str, sources: tuple[str, ...], *options: str, gives_way: bool = False) -> int:
        """The exit code of one subprocess, negative when a signal ended it; what it stored is judged."""
        with subprocess.Popen(cli_command(command, *sources, *options, "--json"), stdout=subprocess.PIPE) as child:  # noqa: S603
            self._children.add(child)
            if gives_way:
                self._giving_way[child] = frozenset(sources)
            if self.stop_event.is_set() or (gives_way and not self._crawled.isdisjoint(sources)):
                child.terminate()
            try:
                said = self._wait(child, sources)
            finally:
                self._children.discard(child)
                self._giving_way.pop(child, None)
        if is_failure(child.returncode, said):
            log.error(f"{command}.failed", sources=",".join(sources), code=child.returncode)
        self.judge()
        return child.returncode

    def _wait(self, child: "subprocess.Popen[bytes]", sources: tuple[str, ...]) -> bytes:
        try:
            return child.communicate(timeout=self.app.settings.crawl_timeout_seconds)[0]
        except subprocess.TimeoutExpired:
            log.error("crawl.timeout", sources=",".join(sources))
            child.terminate()
            try:
                return child.communicate(timeout=GRACE_SECONDS)[0]
            except subprocess.TimeoutExpired:
                child.kill()
        return b""

    def judge(self) -> None:
        """Score, detect, deliver: the shortest way from a stored mention to a message."""
        for job in (self.score, self.detect, self.notify, self.cluster, self.incidents):
            if not self.stop_event.is_set():
                guarded(job.__name__, job)()

    def score(self) -> None:
        """Annotate what is not annotated."""
        with self._turn:
            summary = score(self.app.mentions, self.app.scorer, self.app.clock)
        if summary.scored:
            log.info("score.done", scored=summary.scored)

    def cluster(self) -> None:
        """Find copies of one text."""
        with self._turn:
            summary = cluster(self.app.mentions, self.app.state, self.app.clock, self.app.copies)
        if summary.clustered:
            log.info("cluster.done", clustered=summary.clustered)

    def detect(self) -> None:
        """Judge the rules."""
        with self._turn:
            summary = self.app.engine.detect()
        if summary.changed:
            log.info("detect.done", **summary.as_json())

    def notify(self) -> None:
        """Deliver what is due."""
        with self._turn:
            summary = self.app.engine.notify()
        if summary.attempted:
            log.info("notify.done", **summary.as_json())

    def incidents(self) -> None:
        """Alerts of one event become one incident; grades and deadlines are brought up to date."""
        from yuqing.incidents.office import open_office

        with self._turn:
            summary = open_office(self.app).joiner(self.app.channels).look()
        if summary.changed:
            log.info("incidents.done", **summary.as_json())

    def report(self) -> None:
        """Last week's report, archived and sent, when it is due."""
        from yuqing.reporting import send_due_report

        if send_due_report(self.app):
            log.info("report.done")

    def retention(self) -> None:
        """Delete what is older than the retention."""
        summary = clean_up(self.app)
        log.info("retention.done", **summary.as_json())

    def drift(self) -> None:
        """Look whether the model is leaving its calibration; the verdict is kept for doctor and the alert."""
        from nlp.linear import MODELS, load_model
        from yuqing.drift import DriftReader

        app = self.app
        found = DriftReader(app.mentions, app.state, app.clock, load_model(MODELS / "sentiment")[0]).read()
        log.info("drift.done", model=found.model, level=found.level.value)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """In order; at once where it waits for a host: that may take longer than a crawl waits for its source."""
    child.terminate()
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


def is_failure(code: int, said: bytes) -> bool:
    """True for a crawl that could not run. 1 with a summary: some slices were not seen, which coverage tells."""
    return code not in (0, 1, -signal.SIGTERM) or (code == 1 and not said.strip())


def guarded(name: str, job: Callable[[], None]) -> Callable[[], None]:
    """The job with its errors logged: the next turn comes anyway, and nothing was acknowledged that was not done."""

    def run() -> None:
        try:
            job()
        except YuqingError as error:
            log.error("job.failed", job=name, reason=str(error))

    return run


def report_event(event: JobEvent) -> None:
    """Log what happened to a turn; of a crash its kind and place only, as its text may quote a post."""
    if isinstance(event, JobExecutionEvent) and event.code == EVENT_JOB_ERROR:
        error = event.exception
        log.error("job.crashed", job=event.job_id, reason=type(error).__name__, where=place_of(error))
    elif event.code == EVENT_JOB_MISSED:
        log.warning("job.missed", job=event.job_id)
    else:
        # Expected while a crawl takes longer than its interval; the next turn follows.
        log.info("job.still_running", job=event.job_id)
