"""The generated world is repeatable, lively, and knows its own answers."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from simulator.corpus import Corpus, Post
from simulator.formats import CHINA, china
from simulator.ids import aweme_seconds, weibo_seconds
from simulator.scenario.build import PLANS, build
from simulator.scenario.people import luhn_sum

START = datetime(2026, 3, 14, 9, 30, tzinfo=CHINA)


@pytest.fixture(scope="module")
def demo() -> Corpus:
    """The demo's world."""
    return build("demo", 7, START)


def posts_between(corpus: Corpus, first: int, last: int, story: str = "") -> list[Post]:
    """Posts published so many minutes after the start."""
    since, until = START + timedelta(minutes=first), START + timedelta(minutes=last)
    return [post for post in corpus.posts if since <= post.created < until and story in ("", post.truth.story)]


def test_the_same_seed_gives_the_same_world(demo: Corpus) -> None:
    """Every field of every item."""
    again = build("demo", 7, START)
    assert list(again.posts) == list(demo.posts)
    assert list(again.comments) == list(demo.comments)
    assert list(again.videos) == list(demo.videos)
    assert list(again.articles) == list(demo.articles)


def test_another_seed_gives_another_world(demo: Corpus) -> None:
    """Seeds are not decoration."""
    other = build("demo", 8, START)
    assert {post.text for post in other.posts} != {post.text for post in demo.posts}


def test_volumes_are_those_of_the_specification(demo: Corpus) -> None:
    """Large enough to be real, small enough to collect in a minute."""
    assert 5000 <= len(demo.posts) <= 7000
    assert 150 <= len(demo.videos) <= 400
    assert 700 <= len(demo.comments) <= 1500
    assert 150 <= len(demo.articles) <= 350


def test_every_id_carries_the_time_of_its_item(demo: Corpus) -> None:
    """As on the real platforms."""
    assert all(weibo_seconds(post.id) == post.created.timestamp() for post in demo.posts)
    assert all(
        aweme_seconds(item.id) == item.created.timestamp() for shelf in (demo.videos, demo.comments) for item in shelf
    )


def test_ids_are_unique(demo: Corpus) -> None:
    """Across all stories."""
    for shelf in (demo.posts, demo.videos, demo.comments, demo.articles):
        assert len({item.id for item in shelf}) == len(shelf)


def test_equal_posts_are_always_marked_copies(demo: Corpus) -> None:
    """The grammar never repeats itself by accident."""
    own = Counter(post.text for post in demo.posts if not post.original and not post.truth.copy_of)
    assert [text for text, count in own.items() if count > 1] == []
    copies = [post for post in demo.posts if post.truth.copy_of]
    texts = {post.id: post.text for post in demo.posts}
    assert len(copies) > 50
    assert all(post.text == texts[post.truth.copy_of] for post in copies)


def test_the_quiet_weeks_are_mildly_positive(demo: Corpus) -> None:
    """About one post in ten about the bank is negative before anything happens."""
    posts = [post for post in posts_between(demo, -28 * 1440, 0, "baseline") if post.truth.subject == "yunjiang"]
    moods = Counter(post.truth.sentiment for post in posts)
    assert 60 <= len(posts) / 28 <= 90
    assert 0.06 <= moods["negative"] / len(posts) <= 0.14
    assert moods["neutral"] > moods["positive"] > moods["negative"]


def test_nights_are_quieter_than_days(demo: Corpus) -> None:
    """The day has its cycle."""
    hours = Counter(china(post.created).hour for post in demo.posts if post.truth.story == "baseline")
    assert sum(hours[hour] for hour in range(2, 6)) * 4 < sum(hours[hour] for hour in range(20, 24))


def test_the_outage_goes_viral_within_a_quarter_of_an_hour(demo: Corpus) -> None:
    """Nothing before it starts, then fifty to eighty angry posts in half an hour, for hours."""
    assert posts_between(demo, -60, 10, "outage") == []
    first = posts_between(demo, 10, 25, "outage")
    assert 10 <= len(first) <= 40
    for minutes in (25, 55, 85):
        angry = [
            post for post in posts_between(demo, minutes, minutes + 30, "outage") if post.truth.sentiment == "negative"
        ]
        assert 45 <= len(angry) <= 90


def test_the_rumour_starts_small(demo: Corpus) -> None:
    """A few posts in the first half hour, more later."""
    early, late = posts_between(demo, 75, 105, "rumour"), posts_between(demo, 165, 195, "rumour")
    assert 1 <= len(early) <= 8 < len(late)


def test_the_campaign_is_welcome_and_over_before_the_crisis(demo: Corpus) -> None:
    """Around ten days before the start, and hardly negative."""
    posts = [post for post in demo.posts if post.truth.story == "campaign"]
    moods = Counter(post.truth.sentiment for post in posts)
    assert len(posts) > 250
    assert moods["negative"] < 0.1 * len(posts)
    assert all(timedelta(days=6) < START - post.created < timedelta(days=14) for post in posts)


def test_some_writers_give_away_personal_data(demo: Corpus) -> None:
    """Phones, identity numbers and cards with valid check digits, so that masking can be shown."""
    secrets = {secret for post in demo.posts for secret in post.truth.pii}
    assert Counter(len(secret) for secret in secrets).keys() == {11, 18, 19}
    assert all(luhn_sum(secret) % 10 == 0 for secret in secrets if len(secret) == 19)
    assert all(secret in post.text for post in demo.posts for secret in post.truth.pii)


def test_long_posts_chains_and_deleted_originals_occur(demo: Corpus) -> None:
    """The awkward cases of the real sites are in the corpus."""
    assert sum(len(post.text) > 140 for post in demo.posts) > 100
    assert sum("//@" in post.text for post in demo.posts) > 50
    assert any(post.original and post.original.deleted for post in demo.posts)
    assert any(post.pinned for post in demo.posts)
    assert any(post.reach.likes > 10_000 for post in demo.posts)


def test_nobody_forwards_a_post_before_it_exists(demo: Corpus) -> None:
    """Reposts, replies and copies follow what they refer to."""
    assert all(post.original.created <= post.created for post in demo.posts if post.original)
    times = {comment.id: comment.created for comment in demo.comments}
    assert all(times[comment.parent] < comment.created for comment in demo.comments if comment.parent)
    moments = [post.created for post in demo.posts]
    assert all(first <= second for first, second in pairwise(moments))


@pytest.mark.parametrize("name", sorted(PLANS))
def test_every_plan_can_be_built(name: str) -> None:
    """The plans differ in what happens, and quiet ones have no crisis."""
    corpus = build(name, 3, START)
    stories = {post.truth.story for post in corpus.posts}
    plan = PLANS[name]
    assert ("outage" in stories, "rumour" in stories, "campaign" in stories) == (
        plan.outage,
        plan.rumour,
        plan.campaign,
    )
    assert (len(corpus.posts) == 0) == (name == "empty")
