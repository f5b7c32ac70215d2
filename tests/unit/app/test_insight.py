"""Insights of a subject: bounded reading, its own past as the measure, plain data with mention ids."""

import json
from datetime import timedelta

from tests.contract.samples import NEGATIVE, NEUTRAL, NOON, annotation, mention
from tests.fakes import FakeClock, InMemoryMentionStore
from yuqing.domain.annotation import Sentiment
from yuqing.domain.mention import Author, AuthorKind, Engagement, FollowerBand
from yuqing.domain.subject import Subject, SubjectKind
from yuqing.insight import InsightReader

YUNJIANG = Subject("yunjiang", "云江银行", SubjectKind.BRAND, ("云江银行",))
DAY = timedelta(days=1)


def filled(*days: tuple[float, str, Sentiment, int]) -> InMemoryMentionStore:
    """A store with posts so many days before noon: text, stance and how many of them."""
    store = InMemoryMentionStore(FakeClock())
    posts = [
        (
            mention(
                f"{number}-{copy}",
                text,
                published_at=NOON - age * DAY,
                engagement=Engagement(views=100),
                author=Author(f"p-{copy}", AuthorKind.PERSON, FollowerBand.UNDER_1M),
            ),
            stance,
        )
        for number, (age, text, stance, count) in enumerate(days)
        for copy in range(count)
    ]
    store.add([post for post, _ in posts])
    store.annotate([annotation(post, stance, [("yunjiang", stance)], ["app"], 1) for post, stance in posts])
    return store


def test_the_week_is_told_by_what_is_new_in_it() -> None:
    """Keywords against the weeks before, complaints against the rest, impact against the usual pressure, by voice."""
    store = filled(
        (1, "转账提示系统繁忙", NEGATIVE, 6),
        (2, "希望能加个指纹登录", NEUTRAL, 3),
        (9, "排队太久了", NEGATIVE, 2),
        (20, "存款利率多少", NEUTRAL, 6),
    )
    found = InsightReader(store, [YUNJIANG]).read(YUNJIANG, NOON - 7 * DAY, NOON)
    assert (found.total, found.read, found.unscored, found.is_whole) == (9, 9, 0, True)
    assert "系统繁忙" in found.keywords[0].term
    assert len(found.keywords[0].mention_ids) == 6
    assert "系统繁忙" in found.complaints[0].term
    assert found.impact.usual == 10.0
    assert found.impact.index > 50
    assert len(found.impact.stories) == 6
    assert (len(found.voices), found.voices[0].is_leader, found.media.mentions) == (6, True, 0)
    assert [(each.product, each.stories) for each in found.demands] == [("app", 3)]
    body = json.loads(json.dumps(found.as_json()))
    assert body["keywords"][0]["mention_ids"] == list(found.keywords[0].mention_ids)
    assert body["demands"][0]["examples"][0]["sentence"] == "希望能加个指纹登录"


def test_no_more_than_so_many_are_read_and_that_is_said() -> None:
    """The newest ones, over several pages of the store."""
    store = filled((1, "存款利率多少", NEUTRAL, 30), (2, "转账提示系统繁忙", NEGATIVE, 30))
    found = InsightReader(store, [YUNJIANG], most=40).read(YUNJIANG, NOON - 7 * DAY, NOON)
    assert (found.total, found.read, found.is_whole) == (60, 40, False)
    # Complaints are looked for by themselves: thirty questions that came later hide none of them.
    assert sum(len(story.mention_ids) for story in found.impact.stories) == 30


def test_a_loud_past_makes_the_same_week_an_ordinary_one() -> None:
    """The index is relative: the same pressure as in the weeks before is the usual 29."""
    weeks = [(1 + 7 * week, "转账提示系统繁忙", NEGATIVE, 20) for week in range(5)]
    found = InsightReader(filled(*weeks), [YUNJIANG]).read(YUNJIANG, NOON - 7 * DAY, NOON)
    assert round(found.impact.index) == 29


def test_an_empty_period_and_unscored_mentions_are_told() -> None:
    """Nothing breaks without mentions; what is not scored is counted."""
    empty = InsightReader(filled(), [YUNJIANG]).read(YUNJIANG, NOON - 7 * DAY, NOON)
    assert (empty.total, empty.keywords, empty.impact.index, empty.voices) == (0, (), 0.0, ())
    store = InMemoryMentionStore(FakeClock())
    store.add([mention("1")])
    found = InsightReader(store, [YUNJIANG]).read(YUNJIANG, NOON - DAY, NOON + DAY)
    assert (found.unscored, found.impact.index, found.voices) == (1, 0.0, ())
