"""Plain forms of mentions and annotations, page tokens, bins."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.codec import annotation_from_plain, annotation_to_plain, dump, mention_from_plain, mention_to_plain
from storage.paging import after_position, next_token
from storage.times import filled_bins, micros, moment
from tests.contract.samples import annotations, instants, mention, mentions
from yuqing.domain.errors import InputError
from yuqing.domain.mention import Mention
from yuqing.domain.ports import Page


@given(mentions, st.data())
def test_plain_forms_come_back_equal(first: Mention, data: st.DataObject) -> None:
    """Mentions and annotations survive the way through JSON."""
    assert mention_from_plain(json.loads(dump(mention_to_plain(first)))) == first
    judged = data.draw(annotations(first))
    assert annotation_from_plain(first.id, json.loads(dump(annotation_to_plain(judged)))) == judged


def test_lone_surrogates_survive() -> None:
    """A broken emoji of a platform is stored as it came."""
    broken = mention(text="崩了\ud83d")
    text = dump(mention_to_plain(broken))
    assert text.encode()
    assert mention_from_plain(json.loads(text)) == broken


@given(instants)
def test_microseconds_are_exact(time: datetime) -> None:
    """Times come back to the microsecond."""
    assert moment(micros(time)) == time
    assert micros(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == -1_000_000


@given(st.integers(0, 400), st.integers(1, 60))
def test_bins_cover_the_range_without_gaps(length: int, interval: int) -> None:
    """Bins follow one another, begin at the start and the last one begins before the end."""
    since = datetime(2026, 3, 1, tzinfo=UTC)
    until, step = since + timedelta(minutes=length), timedelta(minutes=interval)
    bins = filled_bins(since, until, step, {0: 3}, {0: {"negative": 3}})
    assert [each.start for each in bins] == [since + number * step for number in range(len(bins))]
    assert len(bins) * step >= until - since > (len(bins) - 1) * step or not bins
    assert sum(each.total for each in bins) == (3 if bins else 0)


def test_page_tokens_come_back() -> None:
    """A token leads to the position it was made of, in its own order only."""
    token = next_token("severity_desc", (3, 17, "weibo:post:1"))
    assert after_position(Page(after=token, sort="severity_desc")) == (3, 17, "weibo:post:1")
    assert after_position(Page()) is None
    with pytest.raises(InputError, match="另一种排序"):
        after_position(Page(after=token, sort="published_desc"))
