"""The long months: above the caps in some hours, with items that vanish and change, and quick to make."""

from collections import Counter
from datetime import timedelta

import pytest

from simulator.corpus import Corpus
from simulator.formats import china, parse_moment
from simulator.scenario.build import build

END = parse_moment("2026-03-14T09:30")
CAP = 500


@pytest.fixture(scope="module")
def months() -> Corpus:
    """Ninety days."""
    return build("months", 3, END)


def test_ninety_days_and_only_echoes_after_the_end(months: Corpus) -> None:
    """From the first day to the last; each id once."""
    times = [post.created for post in months.posts]
    assert timedelta(days=89) < END - times[0] <= timedelta(days=90)
    assert sum(moment >= END for moment in times) < 10
    assert len({post.id for post in months.posts}) == len(months.posts)


def test_some_hours_are_above_the_cap_of_a_search(months: Corpus) -> None:
    """At least four, each about one bank, by day, and no single region above it."""
    hours = Counter((china(post.created).replace(minute=0, second=0), post.truth.subject) for post in months.posts)
    full = [hour for (hour, _), count in hours.items() if count > CAP]
    assert len(full) >= 4
    assert all(8 <= hour.hour <= 22 for hour in full)
    regions = Counter(
        (china(post.created).replace(minute=0, second=0), post.author.region, post.truth.subject)
        for post in months.posts
    )
    assert max(regions.values()) < CAP


def test_some_items_vanish_and_some_change(months: Corpus) -> None:
    """On every platform, after their publication; reposts know what became of the original."""
    shelves = (months.posts, months.videos, months.comments, months.articles)
    for shelf in shelves:
        gone = [item for item in shelf if item.deleted_at]
        assert 0.003 < len(gone) / len(shelf) < 0.03
        assert all(item.deleted_at > item.created for item in gone)
    edited = [post for post in months.posts if post.edited_at]
    assert 50 < len(edited) < 400
    assert all(post.text.startswith(post.before) and post.text != post.before for post in edited)
    by_id = {post.id: post for post in months.posts}
    orphans = [post for post in months.posts if post.original and post.original.deleted_at]
    assert orphans
    assert all(by_id[post.original.id].deleted_at == post.original.deleted_at for post in orphans)


def test_length_and_rate_can_be_chosen() -> None:
    """For a benchmark of a month, or a quiet one."""
    month, busy = build("months", 3, END, days=10), build("months", 3, END, days=10, rate=3)
    assert END - next(iter(month.posts)).created <= timedelta(days=10)
    assert len(busy.videos) > 2 * len(month.videos)


def test_the_talk_below_posts_can_be_turned_down() -> None:
    """The posts stay, with fewer comments told of; counter and list agree, as the list is made from the counter."""
    loud, low = build("months", 3, END, days=10), build("months", 3, END, days=10, talk=0.1)
    assert [post.id for post in low.posts] == [post.id for post in loud.posts]
    told = [sum(post.reach.comments for post in corpus.posts) for corpus in (loud, low)]
    assert 0.05 * told[0] < told[1] < 0.15 * told[0]


@pytest.mark.parametrize("wrong", [{"days": -1}, {"rate": -1}, {"talk": -1}])
def test_a_negative_length_is_refused(wrong: dict[str, int]) -> None:
    """With the reason."""
    with pytest.raises(ValueError, match="negative"):
        build("months", 3, END, **wrong)


def test_the_same_seed_gives_the_same_months(months: Corpus) -> None:
    """Fates included."""
    again = build("months", 3, END)
    assert [(post.id, post.deleted_at, post.edited_at) for post in again.posts] == [
        (post.id, post.deleted_at, post.edited_at) for post in months.posts
    ]
