"""One round of crawling or refreshing under the locks: run it, bury what is gone, add up what was done."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawlers.plan import CrawlPlan, CrawlSummary, SourceTally
from yuqing.bootstrap import App
from yuqing.crawl_totals import RunFigures, add_run
from yuqing.crawling import chosen_sources, due_looks, patience, plan_crawl, plan_refresh
from yuqing.domain.coverage import Outcome
from yuqing.domain.subject import Backend
from yuqing.jobs.refresh import Look, LookBook
from yuqing.locks import at_hand, exclusive
from yuqing.owed import OwedBook
from yuqing.secrets_mark import secrets_mark

Crawl = Callable[[CrawlPlan], CrawlSummary]


@dataclass(frozen=True, slots=True)
class RefreshSummary:
    """What a refresh did. `busy` are sources that were being crawled and were left to the next round."""

    crawl: CrawlSummary
    due: int
    tombstones: int
    held: int
    busy: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Plain data."""
        counts = {"due": self.due, "tombstones": self.tombstones, "held": self.held, "busy": list(self.busy)}
        return {**counts, **self.crawl.as_json()}

    def sentence(self) -> str:
        """For people."""
        done = sum(tally.complete for tally in self.crawl.sources.values())
        grown = sum(tally.added.updated for tally in self.crawl.sources.values())
        text = f"应复看 {self.due} 条，已看 {done} 条，其中 {grown} 条有变化；确认删除 {self.tombstones} 条"
        text += f"；{self.held} 条已删除但为未恢复预警的证据，暂留" if self.held else ""
        return text + (f"；正在采集、下次再看：{'、'.join(self.busy)}" if self.busy else "")


def crawl_round(
    app: App,
    crawl: Crawl,
    names: tuple[str, ...],
    query: str | None,
    since: datetime | None,
    until: datetime | None,
) -> CrawlSummary:
    """`yuqing crawl`. Raises CrawlError when another process keeps crawling one of the sources.

    What broke one source is raised when the accounts of the others are kept.
    """
    plan = plan_crawl(app, names, query, since, until)
    held = [source.id for source in plan.sources]
    with exclusive(app.settings.home / "locks", held, patience(app.settings)):
        begin = app.clock.now()
        summary, seconds = _timed(crawl, plan)
        for source, tally in summary.sources.items():
            _finish(app, source, tally, seconds, begin)
    summary.check()
    return summary


def owed_round(app: App, crawl: Crawl, names: tuple[str, ...]) -> CrawlSummary:
    """`yuqing crawl --owed`: what earlier crawls did not see and may be asked for now, and nothing else.

    Sources that owe nothing, that were asked for all of it in vain while the same hosts rest, or that are being
    crawled are left alone.
    """
    overlap = timedelta(minutes=app.settings.overlap_minutes)
    book = OwedBook(app.state, app.subjects, overlap, secrets_mark(app.settings))
    chosen = {source.id: source for source in chosen_sources(app.sources, names)}
    due = [name for name, source in chosen.items() if book.is_owing(source, app.clock.now())]
    with at_hand(app.settings.home / "locks", due) as taken:
        if not taken:
            return CrawlSummary({})
        begin = app.clock.now()
        before = {name: book.due(chosen[name], begin) for name in taken}
        summary, seconds = _timed(crawl, replace(plan_crawl(app, taken, None, None, None), owed=True))
        for source, tally in summary.sources.items():
            _finish(app, source, tally, seconds, begin, is_whole=False)
            if not tally.slices[Outcome.TRANSPORT.value]:  # what a run that was cut off did not come to is not in vain
                book.note(chosen[source], before[source], app.clock.now())
    summary.check()
    return summary


def refresh_round(app: App, crawl: Crawl, names: tuple[str, ...]) -> RefreshSummary:
    """`yuqing refresh`. A source that is being crawled now is skipped: the next round comes soon."""
    app.mentions.refresh()
    crawled = [each.id for each in chosen_sources(app.sources, names) if each.backend is not Backend.IMPORT]
    due = {source: found for source in crawled if (found := due_looks(app, source))}
    with at_hand(app.settings.home / "locks", list(due)) as taken:
        looks, begin = {source: due[source] for source in taken}, app.clock.now()
        summary, seconds = _timed(crawl, plan_refresh(app, looks)) if looks else (CrawlSummary({}), 0.0)
        done = [_finish(app, source, tally, seconds, begin, looks[source]) for source, tally in summary.sources.items()]
    summary.check()
    return RefreshSummary(
        crawl=summary,
        due=sum(map(len, looks.values())),
        tombstones=sum(tombstones for tombstones, _ in done),
        held=sum(held for _, held in done),
        busy=tuple(source for source in due if source not in taken),
    )


def _timed(crawl: Crawl, plan: CrawlPlan) -> tuple[CrawlSummary, float]:
    begin = time.monotonic()
    return crawl(plan), time.monotonic() - begin


def _finish(
    app: App,
    source: str,
    tally: SourceTally,
    seconds: float,
    begin: datetime,
    looks: tuple[Look, ...] | None = None,
    is_whole: bool = True,
) -> tuple[int, int]:
    """Believe what a refresh has proved to be gone, and keep the accounts. `is_whole`: all there is was asked for."""
    is_refresh = looks is not None
    if looks:
        app.vanishing.confirm(source, LookBook(app.state, app.clock).vouched(looks, begin), begin)
    buried = app.vanishing.bury(source)
    add_run(
        app.state,
        RunFigures(
            source=source,
            at=app.clock.now(),
            seconds=round(seconds, 3),
            requests=tally.requests,
            pages=dict(tally.outcomes),
            mentions=_mentions(tally),
            slices={"complete": tally.complete, "incomplete": tally.incomplete, "saturated": tally.saturated},
            by_outcome=dict(tally.slices),
            is_whole=is_whole and tally.complete > 0 and tally.incomplete == 0 and tally.waiting == 0,
            is_refresh=is_refresh,
            tombstones=buried.tombstones,
        ),
    )
    return buried.tombstones, buried.held


def _mentions(tally: SourceTally) -> dict[str, int]:
    added = tally.added
    known = {"new": added.new, "updated": added.updated, "unchanged": added.unchanged}
    return {**known, "unmatched": tally.unmatched}
