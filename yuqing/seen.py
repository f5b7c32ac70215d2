"""How far a period was seen, for the commands that count."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from yuqing import gaps
from yuqing.bootstrap import App
from yuqing.coverage_view import load_coverage
from yuqing.domain.subject import Source
from yuqing.gaps import Assessment


def polled_sources(sources: Sequence[Source], lapse: float) -> tuple[Source, ...]:
    """The sources; in a time-lapse the polls are that much farther apart on the product's clock."""
    return tuple(replace(each, interval_seconds=round(each.interval_seconds * lapse)) for each in sources)


def assess_period(app: App, since: datetime, until: datetime) -> Assessment | None:
    """What the enabled sources missed of [since, until); the future counts as missed.

    None where nothing was ever crawled: then what was imported is all there is, and its zeros are zeros.
    """
    coverage = load_coverage(app.state)
    if not coverage:
        return None
    sources = polled_sources(app.sources, app.settings.time_lapse)
    return gaps.assess(sources, gaps.tracks(coverage), None, since, until, app.subjects)


def search_note(app: App, since: datetime | None, until: datetime | None) -> str | None:
    """What a reader of a search must know about its period; None where all of it was seen.

    An open beginning is as far back as a first crawl reaches.
    """
    until = min(until or app.clock.now(), app.clock.now())
    since = since or until - timedelta(days=app.settings.backfill_days)
    seen = assess_period(app, since, until) if since < until else None
    if seen is None or seen.is_complete:
        return None
    names = {source.id: source.name for source in app.sources}
    missing = "、".join(dict.fromkeys(names.get(gap.source, gap.source) or "没有启用的来源" for gap in seen.gaps))
    return f"采集不完整（{missing}）：条数只是下限，“0 条”不能当作没有；详见 yuqing coverage"
