"""The rules of a stored mention as pure functions."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.record import Merge, buried, check_shard, first_sight, known, read_again, shard_bucket, sighted_again
from tests.contract.samples import NOON, engagements, mention, mentions
from yuqing.domain.mention import Author, Engagement, Mention, MentionId
from yuqing.domain.ports import Added, Snapshot


@given(mentions, st.integers(-5, 5), st.text(max_size=5), engagements)
def test_a_sighting_changes_at_most_once(first: Mention, minutes: int, text: str, engagement: Engagement) -> None:
    """Whatever a second sighting brings, bringing it again changes nothing more."""
    again = replace(
        first, collected_at=first.collected_at + timedelta(minutes=minutes), text=text, engagement=engagement
    )
    record = first_sight(first, NOON)
    change = sighted_again(record, again)
    assert sighted_again(change.record if change else record, again) is None


@given(mentions, engagements, engagements)
def test_counts_never_become_unknown(first: Mention, one: Engagement, two: Engagement) -> None:
    """Once a count was known it stays known."""
    merged = known(two, known(one, first.engagement))
    for name in ("likes", "comments", "shares", "views"):
        readings = [getattr(each, name) for each in (first.engagement, one, two)]
        assert getattr(merged, name) == next((value for value in reversed(readings) if value is not None), None)


@given(mentions)
def test_a_tombstone_of_a_tombstone_is_the_same(first: Mention) -> None:
    """Deleting twice keeps the first time and changes nothing."""
    gone = buried(first_sight(first, NOON), NOON)
    assert buried(gone, NOON + timedelta(days=1)) == gone
    assert (gone.mention.text, gone.mention.url, gone.mention.title) == ("", "", None)
    assert gone.mention.engagement == first.engagement


def test_an_old_reading_joins_the_history_only() -> None:
    """The newest reading shows, in whatever order readings come."""
    record = first_sight(mention(engagement=Engagement(likes=5)), NOON)
    early = Snapshot(record.mention.id, NOON, Engagement(likes=1))
    change = read_again(record, early)
    assert change.record == record
    assert early in change.readings


def test_a_batch_counts_what_became_of_each_id() -> None:
    """Fates of ids whose write was lost are left out, because they will be counted on the next try."""
    first = mention("1")
    merge = Merge({}, NOON)
    for each in (first, first, mention("2"), replace(first, text="改", collected_at=NOON + timedelta(days=1))):
        merge.take(each)
    assert merge.added() == Added(new=2, updated=1, unchanged=1)
    assert merge.added(frozenset({first.id})) == Added(new=1)
    assert list(merge.new) == [first.id, mention("2").id]
    assert merge.changed == {}


@given(st.lists(st.text(min_size=1).map(MentionId), max_size=50), st.integers(1, 256))
def test_shards_are_stable_and_cover_everything(ids: list[MentionId], parts: int) -> None:
    """Every id lies in exactly one of n shards."""
    for each in ids:
        assert sum(shard_bucket(each) % parts == part for part in range(parts)) == 1


@pytest.mark.parametrize("shard", [(2, 2), (-1, 3), (0, 300)])
def test_impossible_shards_are_refused(shard: tuple[int, int]) -> None:
    """A shard outside 0..n-1 is a mistake, not an empty result."""
    with pytest.raises(ValueError, match="shard"):
        check_shard(shard)


def test_what_a_later_sighting_knows_of_the_author_is_kept_though_text_and_counts_are_the_same() -> None:
    """A card named nobody, the page of the post does: without that a person could not be forgotten."""
    first = replace(mention(collected_at=NOON), author=Author(), region=None, parent_id=None)
    told = replace(first, collected_at=NOON + timedelta(minutes=5))
    record = first_sight(first, NOON)
    assert sighted_again(record, told) is None
    for more in (
        {"author": Author("0" * 32)},
        {"region": "浙江"},
        {"rating": 3},
        {"parent_id": MentionId("weibo:post:1")},
    ):
        change = sighted_again(record, replace(told, **more))
        assert change is not None
        assert {name: getattr(change.record.mention, name) for name in more} == more
        assert sighted_again(change.record, replace(told, collected_at=NOON + timedelta(hours=1))) is None
