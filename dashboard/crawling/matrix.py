"""Where every source and query stands, as tables."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import pandas as pd

from dashboard import format as fmt
from dashboard import labels
from yuqing import labels as words
from yuqing.details import told
from yuqing.domain.coverage import Coverage, Cursor, Outcome
from yuqing.domain.subject import HOT_KIND, Source
from yuqing.gaps import Track

OWN = "自有清单"
Cursors = Mapping[tuple[str, str], Cursor]


def matrix(sources: Sequence[Source], tracks: Sequence[Track]) -> pd.DataFrame:
    """Sources by queries; a cell holds the outcome of the newest look, as a list of one badge.

    Only what several sources are asked for has a column. What is one source's own (its feeds, apps, boards) is
    summed up in the last one; every query has its row in the table of progress.
    """
    queries = _columns(tracks)
    newest = {(track.source, track.query): track.latest.status for track in tracks}
    rows = []
    for source in sources:
        cells = {query: _cell(newest.get((source.id, query))) for query in queries}
        own = {status for (name, query), status in newest.items() if name == source.id and query not in queries}
        rest = [labels.outcome(status) for status in Outcome if status in own]
        rows.append({"来源": source.name, "启用": "是" if source.enabled else "否", **cells, OWN: rest})
    columns = ["来源", "启用", *queries, OWN]
    frame = pd.DataFrame(rows, columns=columns)
    needless = [OWN] if not any(frame[OWN]) else []
    needless += ["启用"] if all(source.enabled for source in sources) else []
    return frame.drop(columns=needless)


def _columns(tracks: Sequence[Track]) -> list[str]:
    asked = Counter(track.query for track in tracks)
    shared = [query for query, sources in sorted(asked.items()) if sources > 1]
    return shared or sorted(asked)


def query_name(query: str, kind: str = "") -> str:
    """A query as people know it: the name of a board; an address without its scheme."""
    if kind == HOT_KIND:
        return words.HOT_BOARDS.get(query, query)
    return query.partition("://")[2] or query


def _cell(status: Outcome | None) -> list[str]:
    return [] if status is None else [labels.outcome(status)]


def progress(sources: Sequence[Source], tracks: Sequence[Track], cursors: Cursors, now: datetime) -> pd.DataFrame:
    """One row per source and query: newest outcome, how far it is complete, how far behind, what happened."""
    names, kinds = {each.id: each.name for each in sources}, {each.id: each.kind for each in sources}
    rows = [
        {
            "来源": names.get(track.source, track.source),
            "查询": query_name(track.query, kinds.get(track.source, "")),
            "最近结果": [labels.outcome(track.latest.status)],
            "最近检查": fmt.ago(track.latest.checked_at, now),
            **_position(cursors.get((track.source, track.query)), now),
            "说明": told(track.latest.detail),
        }
        for track in tracks
    ]
    return pd.DataFrame(rows, columns=["来源", "查询", "最近结果", "最近检查", "完整采集至", "落后", "说明"])


def _position(cursor: Cursor | None, now: datetime) -> dict[str, str]:
    if cursor is None:
        return {"完整采集至": "从未完整", "落后": "—"}
    return {"完整采集至": fmt.stamp(cursor.high_water), "落后": fmt.duration(now - cursor.high_water)}


def counts(slices: Sequence[Coverage], names: Mapping[str, str]) -> pd.DataFrame:
    """How often each source ended how, and which share of the time looked at was seen completely.

    The share is of time, not of looks: an outage is one row that grows, a run of good looks counts every look.
    """
    by_source: dict[str, list[Coverage]] = {}
    for each in slices:
        by_source.setdefault(each.source, []).append(each)
    present = [outcome for outcome in Outcome if any(each.status is outcome for each in slices)]
    rows = [
        {
            "来源": names.get(source, source),
            **{labels.outcome(outcome): _looks(found, outcome) for outcome in present},
            "完整占比": _hours(each for each in found if each.status.is_complete) / _hours(found),
        }
        for source, found in sorted(by_source.items())
    ]
    return pd.DataFrame(rows, columns=["来源", *map(labels.outcome, present), "完整占比"])


def _looks(slices: Iterable[Coverage], outcome: Outcome) -> int:
    return sum(each.checks for each in slices if each.status is outcome)


def _hours(slices: Iterable[Coverage]) -> float:
    # A slice of no length still counts as looked at: the share must never divide by zero.
    return sum(max((each.until - each.since).total_seconds(), 1.0) for each in slices) / 3600


def troubles(tracks: Sequence[Track]) -> dict[Outcome, list[Track]]:
    """The queries whose newest look was refused, by outcome, the worst first."""
    found: dict[Outcome, list[Track]] = {}
    for track in tracks:
        if not track.latest.status.is_complete:
            found.setdefault(track.latest.status, []).append(track)
    return dict(sorted(found.items(), key=lambda each: -len(each[1])))
