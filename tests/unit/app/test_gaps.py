"""Gaps: what was not seen is found exactly, and a zero is vouched for only where all was seen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuqing import gaps
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.mention import Platform
from yuqing.domain.subject import Backend, Source, Subject, SubjectKind

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
WEIBO = Source("weibo", "weibo", "微博搜索", Backend.WEB, "", True, 300)
NEWS = Source("news", "news", "新闻门户", Backend.RSS, "", True, 300)
YUNJIANG = Subject("yunjiang", "云江银行", SubjectKind.BRAND, ("云江银行",))


def hours(n: float) -> datetime:
    """So many hours before now."""
    return NOW - timedelta(hours=n)


def looked(since: float, until: float, status: Outcome = Outcome.OK, **other: str) -> Coverage:
    """A slice between two hours before now."""
    values = {"source": "weibo", "query": "云江银行", **other}
    return Coverage(since=hours(since), until=hours(until), status=status, checked_at=hours(until), **values)


def assessed(*slices: Coverage, sources: tuple[Source, ...] = (WEIBO,), subject: Subject | None = YUNJIANG):
    """The last ten hours."""
    return gaps.assess(sources, gaps.tracks(slices), subject, hours(10), NOW)


def test_one_complete_slice_is_complete():
    """Everything seen: zero may be called zero."""
    seen = assessed(looked(10, 0))
    assert seen.is_complete
    assert seen.shown(0) == 0
    assert seen.seen == 1


@pytest.mark.parametrize("outcome", [each for each in Outcome if not each.is_complete])
def test_every_refusal_is_a_gap(outcome: Outcome):
    """None of the eight refusals counts as seen; the reason is kept."""
    seen = assessed(looked(10, 4), looked(4, 0, outcome))
    assert [(gap.since, gap.until, gap.outcome) for gap in seen.gaps] == [(hours(4), NOW, outcome)]
    assert seen.shown(0) is None
    assert seen.shown(3) == 3
    assert seen.seen == pytest.approx(0.6)


def test_a_later_look_closes_the_gap():
    """What was refused and read afterwards is seen."""
    assert assessed(looked(10, 4), looked(4, 2, Outcome.BLOCKED), looked(5, 0)).is_complete


def test_no_look_at_all_is_a_gap_without_a_reason():
    """A source that never ran has shown nothing."""
    seen = assessed(sources=(WEIBO, NEWS))
    assert {gap.source for gap in seen.gaps} == {"weibo", "news"}
    assert seen.is_blind
    assert seen.gaps[0].outcome is None


def test_the_newest_minutes_are_no_gap():
    """Between two rounds of the crawler nothing is missing."""
    assert assessed(looked(10, 0.2)).is_complete
    assert not assessed(looked(10, 0.5)).is_complete


def test_one_blind_source_of_two_hides_nothing_completely():
    """A bar is drawn where another source saw something, and marked."""
    seen = assessed(looked(10, 0), looked(10, 0, Outcome.CHALLENGE, source="news"), sources=(WEIBO, NEWS))
    assert not seen.hides(hours(3), hours(2))
    assert seen.touches(hours(3), hours(2))
    assert not seen.is_complete
    assert [names for _, _, names in seen.bands()] == [("news",)]


def test_queries_of_others_do_not_matter():
    """A refused search for a competitor leaves our own numbers complete; for all subjects it is a gap."""
    slices = (looked(10, 0), looked(10, 0, Outcome.BLOCKED, query="海州银行"))
    assert assessed(*slices).is_complete
    assert not assessed(*slices, subject=None).is_complete


def test_a_term_that_was_never_searched_is_no_zero():
    """A new subject, or a second search term: what others were searched for says nothing about it."""
    new = replace(YUNJIANG, id="haizhou", aliases=("海州银行",), search_terms=("海州银行",))
    two = replace(YUNJIANG, search_terms=("云江银行", "云银"))
    for subject in (new, two):
        seen = assessed(looked(10, 0), subject=subject)
        assert seen.is_blind
        assert seen.shown(0) is None
    everyone = gaps.assess([WEIBO], gaps.tracks([looked(10, 0)]), None, hours(10), NOW, (YUNJIANG, new))
    assert everyone.shown(0) is None
    assert assessed(looked(10, 0), looked(10, 0, query="云银"), subject=two).shown(0) == 0


def test_a_door_or_route_filled_with_the_term_is_its_search():
    """News searches, searches within accounts and filled routes count as the search for their term."""
    news = replace(NEWS, options={"feeds": ["https://a.example/?q={keyword}", "https://a.example/rss"]})
    door = looked(10, 0, source="news", query="https://a.example/?q={keyword}|云江银行")
    assert assessed(door, sources=(news,)).is_complete
    hub = replace(NEWS, kind="rsshub", options={"routes": ["/weibo/keyword/{keyword}"]})
    route = looked(10, 0, source="news", query="/weibo/keyword/云江银行")
    assert assessed(route, sources=(hub,)).is_complete
    assert not assessed(replace(route, query="/weibo/keyword/云江银行业"), sources=(hub,)).is_complete


def test_a_list_of_its_own_beside_searches_counts_too():
    """A feed that was refused is a gap for every subject, though the search for this one went well."""
    news = replace(NEWS, options={"feeds": ["https://a.example/?q={keyword}", "https://a.example/rss"]})
    slices = (
        looked(10, 0, source="news", query="x|云江银行"),
        looked(10, 0, Outcome.BLOCKED, source="news", query="https://a.example/rss"),
    )
    seen = gaps.assess([news], gaps.tracks(slices), YUNJIANG, hours(10), NOW, (YUNJIANG,))
    assert not seen.is_complete


def test_sources_without_a_search_need_no_search():
    """A feed brings every subject that it names: whether it was read is all that counts."""
    assert assessed(looked(10, 0, source="news", query="https://a.example/rss"), sources=(NEWS,)).is_complete


def test_a_short_list_beside_a_whole_one_hides_nothing():
    """The newest page of a platform that another source searches through; of another platform it stays a part."""
    mobile, other = replace(WEIBO, id="mobile"), replace(WEIBO, id="mobile", kind="douyin")
    part = replace(looked(10, 0, source="mobile"), saturated=True)
    assert assessed(looked(10, 0), part, sources=(WEIBO, mobile)).is_complete
    held = assessed(looked(10, 6), looked(6, 0, Outcome.BLOCKED), part, sources=(WEIBO, mobile))
    assert [(gap.source, gap.since, gap.is_capped) for gap in held.gaps if gap.is_capped] == [
        ("mobile", hours(6), True)
    ]
    alien = assessed(looked(10, 0), part, sources=(WEIBO, other))
    assert not alien.is_complete
    assert alien.bands() == (), "a part that was shown is no grey stretch"


def test_what_was_shown_in_part_is_at_least_so_many():
    """A saturated slice is a lower bound: no zero, but neither hidden nor unseen; a whole look makes it good."""
    seen = assessed(looked(10, 4), replace(looked(4, 0), saturated=True))
    assert [(gap.since, gap.until, gap.is_capped) for gap in seen.gaps] == [(hours(4), NOW, True)]
    assert seen.shown(0) is None
    assert seen.shown(7) == 7
    assert seen.touches(hours(3), hours(2))
    assert not seen.touches(hours(8), hours(7))
    assert not seen.hides(hours(3), hours(2))
    assert seen.seen == 1
    assert assessed(looked(10, 0), replace(looked(4, 0), saturated=True)).is_complete


def test_a_slice_split_by_region_needs_all_its_regions():
    """One province refused leaves a hole in that slice."""
    north, south = looked(10, 0, region="北"), looked(10, 0, region="南")
    assert assessed(north, south).is_complete
    assert not assessed(north, replace(south, status=Outcome.CHALLENGE)).is_complete


def test_disabled_sources_and_imports_are_not_expected():
    """Nobody waits for a source that is switched off; with no source at all nothing is vouched for."""
    off, imported = replace(WEIBO, enabled=False), replace(NEWS, backend=Backend.IMPORT)
    seen = assessed(sources=(off, imported))
    assert seen.sources == ()
    assert not seen.is_complete
    assert seen.shown(0) is None


SPANS = st.lists(st.tuples(st.integers(0, 100), st.integers(1, 30)), max_size=12).map(
    lambda pairs: [(hours(100 - start), hours(100 - start - length)) for start, length in pairs]
)


@given(SPANS)
def test_seen_and_missing_make_the_whole(spans: list[gaps.Span]):
    """Merged spans do not touch; holes and spans fill the period without overlapping."""
    merged = gaps.merged(spans)
    assert all(before[1] < after[0] for before, after in pairwise(merged))
    since, until = hours(90), hours(10)
    holes = gaps.missing(merged, since, until, timedelta())
    inside = sum(
        (min(end, until) - max(start, since) for start, end in merged if start < until and end > since), timedelta()
    )
    assert inside + sum((end - start for start, end in holes), timedelta()) == until - since


def test_platforms_of_sources():
    """A source reads the platform that its kind names."""
    assert gaps.platforms_of((WEIBO, NEWS)) == {"weibo": Platform.WEIBO, "news": Platform.NEWS}
