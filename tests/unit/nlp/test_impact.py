"""Reach is an estimate that admits what it does not know; impact follows its stated formula."""

from dataclasses import replace
from math import log10

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.impact import impact, impact_index, reach, story_impacts, total_reach
from nlp.voices import media_reach, voices
from tests.contract.samples import NEGATIVE, NEUTRAL, POSITIVE, annotation, mention, minutes
from yuqing.domain.annotation import Sentiment
from yuqing.domain.mention import Author, AuthorKind, Engagement, FollowerBand, Platform
from yuqing.domain.ports import StoredMention


def stored(native_id: str, stance: Sentiment = NEGATIVE, severity: int = 1, **changes: object) -> StoredMention:
    """A scored mention; `cluster` is its story."""
    cluster = changes.pop("cluster", None)
    post = mention(native_id, **changes)
    judged = annotation(post, stance, [("yunjiang", stance)], ["app"], severity)
    return StoredMention(post, judged, post.collected_at, cluster_id=cluster)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("engagement", "followers", "expected"),
    [
        (Engagement(views=12, likes=99), FollowerBand.OVER_1M, 12),
        (Engagement(likes=3, shares=1), FollowerBand.UNKNOWN, 120),
        (Engagement(likes=0), FollowerBand.UNDER_1M, 15_000),
        (Engagement(likes=0), FollowerBand.UNKNOWN, 0),
        (Engagement(), FollowerBand.UNKNOWN, None),
    ],
)
def test_reach_uses_the_best_that_is_known(
    engagement: Engagement, followers: FollowerBand, expected: int | None
) -> None:
    """Views first, then the larger of followers and reactions; nothing known is None, not 0."""
    assert reach(mention(engagement=engagement, author=Author("p", followers=followers))) == expected


def test_sums_leave_out_what_is_unknown() -> None:
    """A lower bound; of unknowns alone, unknown."""
    assert total_reach([mention(engagement=Engagement(views=5)), mention()]) == 5
    assert total_reach([mention()]) is None


def test_a_story_weighs_by_stance_severity_and_reach_and_copies_are_one_story() -> None:
    """The documented formula, to the digit; what is not negative weighs nothing."""
    items = [
        stored("1", severity=2, cluster="c", engagement=Engagement(views=50)),
        stored("2", severity=1, cluster="c", engagement=Engagement(views=40)),
        stored("3", POSITIVE, 0),
        replace(stored("4"), annotation=None),
    ]
    (story,) = story_impacts(items, "yunjiang")
    assert story.pressure == pytest.approx(0.9 * 3 * log10(100))
    assert (story.story, story.reach, story.mention_ids) == ("c", 90, ("weibo:post:1", "weibo:post:2"))


def test_the_stance_towards_the_subject_counts() -> None:
    """A text against another bank is no pressure on ours."""
    post = mention("1", subjects=("yunjiang", "haizhou"))
    judged = annotation(post, NEGATIVE, [("yunjiang", NEUTRAL), ("haizhou", NEGATIVE)], ["app"], 1)
    items = [StoredMention(post, judged, post.collected_at)]
    assert story_impacts(items, "yunjiang") == ()
    assert len(story_impacts(items, "haizhou")) == 1


def test_the_index_compares_with_what_is_usual() -> None:
    """Silence 0, the usual 29, twice as much 50; a quiet past does not make a grumble a crisis."""
    assert impact([], "yunjiang", [20.0, 30.0, 40.0]).index == 0
    assert [round(impact_index(30 * times, 30)) for times in (1, 2, 6)] == [29, 50, 88]
    assert impact([stored("1")], "yunjiang", [0.0, 0.0]).index < 10


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0.1, 1e4))
def test_the_index_rises_with_pressure_and_stays_in_its_scale(one: float, other: float, usual: float) -> None:
    """More pressure is never a smaller index."""
    low, high = impact_index(min(one, other), usual), impact_index(max(one, other), usual)
    assert 0 <= low <= high <= 100


def test_voices_are_told_apart_and_ranked_by_reach() -> None:
    """A medium by its name, a person by pseudonym; who said nothing negative has 0, who is unscored None."""
    leader = Author("p-1", AuthorKind.PERSON, FollowerBand.UNDER_1M)
    paper = Author("p-2", AuthorKind.MEDIA, FollowerBand.UNKNOWN, outlet="云江晚报")
    items = [
        stored("1", author=leader, engagement=Engagement(views=100)),
        stored("2", POSITIVE, author=leader, engagement=Engagement(views=50)),
        stored("3", NEUTRAL, author=paper, platform=Platform.NEWS, published_at=mention().published_at + minutes(9)),
        replace(stored("4", author=Author("p-3")), annotation=None),
        stored("5", author=Author()),
    ]
    first, second, third = voices(items, "yunjiang")
    assert (first.name, first.mentions, first.negative, first.reach, first.is_leader) == ("p-1", 2, 1, 150, True)
    assert {second.name, third.name} == {"云江晚报", "p-3"}
    outlet = next(voice for voice in (second, third) if voice.is_public)
    assert (outlet.negative, outlet.reach, outlet.is_leader) == (0, None, False)
    media = media_reach([first, second, third])
    assert (media.outlets, media.mentions, media.reach, media.first_at) == (1, 1, None, outlet.first_at)
    assert media_reach([]).first_at is None
