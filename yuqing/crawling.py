"""From the settings to a crawl plan: which sources, which search terms, which secrets."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from config.settings import Settings
from crawlers.model import SearchTerm
from crawlers.plan import CrawlPlan
from yuqing.bootstrap import App
from yuqing.domain.errors import InputError
from yuqing.domain.subject import Source, Subject
from yuqing.hot_book import HotBook
from yuqing.jobs.handles import mask_handles
from yuqing.jobs.refresh import Look, Refresh, RefreshPolicy
from yuqing.jobs.vanish import WatchfulIntake
from yuqing.keys import load_or_create_key
from yuqing.locks import WAIT_SECONDS
from yuqing.secrets_mark import openers

# A crawl ends itself before the scheduler would kill it: only then are the slices that it did not see told.
_OWN_SHARE = 0.8


def plan_crawl(
    app: App, names: tuple[str, ...], query: str | None, since: datetime | None, until: datetime | None
) -> CrawlPlan:
    """The plan of `yuqing crawl`. Raises InputError for a source that is not on the allow-list or not enabled.

    A word that somebody asks for is looked for as far back as a new source is, and moves no mark, also where a subject
    has it: feeds are one for all words, and theirs tells how far the ordinary crawl has read.
    """
    settings = app.settings
    terms = search_terms(app.subjects)
    wanted = SearchTerm(query, query) if query else None
    backfill = timedelta(days=settings.backfill_days)
    return CrawlPlan(
        sources=chosen_sources(app.sources, names),
        queries=(wanted,) if wanted else terms,
        watched=terms,
        intake=WatchfulIntake(app.intake(), app.vanishing),
        gone=app.vanishing,
        ranks=_hot_book(app),
        state=app.state,
        clock=app.clock,
        since=since or ((until or app.clock.now()) - backfill if wanted else None),
        until=until,
        bases=_bases(settings),
        secrets=openers(settings),
        raw_dir=settings.home / "raw" if settings.evidence_days else None,
        backfill=backfill,
        overlap=timedelta(minutes=settings.overlap_minutes),
        # A period that somebody asked for may take its time; nobody waits behind it.
        max_seconds=0 if since or until else max(1, int(_OWN_SHARE * settings.crawl_timeout_seconds)),
        contact=settings.contact,
        key=load_or_create_key(settings.home / "crawl.key"),
        ticket_dir=settings.home / "tickets",
        pace_dir=settings.home / "pace",
    )


def _hot_book(app: App) -> HotBook:
    """Hot lists are matched and masked as mentions are."""
    intake = app.intake()

    def mask(text: str) -> str:
        return mask_handles(intake.mask(text), lambda name: tuple(intake.matcher.match(name).keywords))

    return HotBook(app.state, intake.matcher, mask)


def plan_refresh(app: App, due: Mapping[str, tuple[Look, ...]]) -> CrawlPlan:
    """The plan of `yuqing refresh`: these mentions of these sources, and no search.

    It ends itself before a crawl of the same source would give up waiting for it, see `patience`.
    """
    plan = plan_crawl(app, (), None, None, None)
    wanted = tuple(source for source in plan.sources if source.id in due)
    return replace(plan, sources=wanted, look_ups=due, max_seconds=_refresh_seconds(app.settings))


def _refresh_seconds(settings: Settings) -> int:
    return max(1, int(min(settings.refresh_max_seconds, _OWN_SHARE * settings.crawl_timeout_seconds)))


def patience(settings: Settings) -> float:
    """How long a crawl waits for whoever holds its sources: a refresh that somebody started by hand gives no way."""
    return max(WAIT_SECONDS, _refresh_seconds(settings) / _OWN_SHARE)


def due_looks(app: App, source: str) -> tuple[Look, ...]:
    """What of one source is to be looked at again now."""
    settings = app.settings
    policy = RefreshPolicy(
        ages=settings.refresh_ages,
        min_severity=settings.refresh_severity,
        min_reactions=settings.refresh_reactions,
        limit=settings.refresh_limit,
    )
    return Refresh(app.mentions, app.state, app.clock, policy).due(source)


def _bases(settings: Settings) -> dict[str, str]:
    """Surface -> origin: every setting `<surface>_base`."""
    names = [name for name in Settings.model_fields if name.endswith("_base")]
    return {name.removesuffix("_base"): str(getattr(settings, name)) for name in names}


def chosen_sources(sources: tuple[Source, ...], names: tuple[str, ...]) -> tuple[Source, ...]:
    """The enabled sources that are named by id or kind; all enabled ones where nothing is named."""
    for name in names:
        known = [source for source in sources if name in (source.id, source.kind)]
        if not known:
            raise InputError(f"来源 {name} 不在白名单 sources.yml 中")
        if not any(source.enabled for source in known):
            raise InputError(f"来源 {name} 尚未启用（sources.yml 的 enabled）")
    wanted = [source for source in sources if source.enabled and (not names or {source.id, source.kind} & set(names))]
    if not wanted:
        raise InputError("没有已启用的来源：在 sources.yml 启用，或用 yuqing import 导入")
    return tuple(wanted)


def search_terms(subjects: tuple[Subject, ...]) -> tuple[SearchTerm, ...]:
    """What is typed into search boxes, each once: two subjects with one term are one query."""
    terms = dict.fromkeys(term for subject in subjects for term in subject.search_terms)
    return tuple(SearchTerm(term, term) for term in terms)
