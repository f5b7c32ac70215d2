"""Events: posts about one thing come together as they come, others stay apart, and each event tells its story."""

from dataclasses import replace
from datetime import timedelta

import pytest

from nlp.events import EventFinder, EventSettings, GramVectors, find_events
from nlp.keywords import Document
from tests.contract.samples import NEGATIVE, NOON, annotation, mention, minutes
from yuqing.domain.mention import Mention, MentionId, Platform
from yuqing.domain.ports import StoredMention

USUAL = [
    Document(MentionId(f"weibo:post:u{n}"), f"云江银行{text}{n}", f"u{n}")
    for n in range(30)
    for text in ("网点几点下班", "信用卡额度多少", "客服很耐心", "今天利率多少")
]
CRASH = (
    "手机银行闪退登录不上",
    "手机银行一打开就闪退",
    "登录不上还闪退",
    "手机银行闪退一上午",
    "更新之后登录不上就闪退",
)
FRAUD = ("储蓄卡被盗刷八千", "半夜储蓄卡被盗刷", "储蓄卡盗刷申诉被驳回", "储蓄卡盗刷谁负责", "储蓄卡盗刷申诉没人管")


def item(number: int, text: str, after: float, **more: object) -> StoredMention:
    """A negative mention so many minutes after noon."""
    topics = more.pop("topics", ())
    cluster = more.pop("cluster", None)
    made = mention(f"{number:03}", f"云江银行{text}", published_at=NOON + minutes(after), **more)
    return StoredMention(made, annotation(made, NEGATIVE, (), topics), NOON, cluster_id=cluster)  # type: ignore[arg-type]


def two_stories() -> list[StoredMention]:
    """A crash and a fraud, intertwined."""
    return [item(2 * n + k, story[n], 10 * n + 3 * k) for n in range(5) for k, story in enumerate((CRASH, FRAUD))]


def ids(*numbers: int) -> set[str]:
    """The ids of some items."""
    return {f"weibo:post:{number:03}" for number in numbers}


def test_intertwined_stories_come_apart() -> None:
    """Each story is one event with the words that set it off, whatever the order of the table."""
    found = find_events(reversed(two_stories()), USUAL, ["云江银行"])
    assert [set(event.mention_ids) for event in found] == [ids(0, 2, 4, 6, 8), ids(1, 3, 5, 7, 9)]
    assert "闪退" in "".join(found[0].label)
    assert "盗刷" in "".join(found[1].label)
    assert all("云江" not in term for event in found for term in event.label)


def test_an_event_tells_where_it_began_and_how_it_spread() -> None:
    """First post, last post, hours, and platforms in the order in which it came to them."""
    posts = [
        item(1, CRASH[0], 0),
        item(2, CRASH[1], 30, platform=Platform.DOUYIN),
        item(3, CRASH[2], 70),
        item(4, CRASH[3], 75, platform=Platform.NEWS),
    ]
    (event,) = find_events(posts, USUAL, ["云江银行"])
    assert (event.first, event.first_at, event.last_at) == ("weibo:post:001", NOON, NOON + minutes(75))
    assert event.timeline == ((NOON, 2), (NOON + timedelta(hours=1), 2))
    assert [(each.platform, each.mentions) for each in event.spread] == [
        (Platform.WEIBO, 2), (Platform.DOUYIN, 1), (Platform.NEWS, 1)
    ]  # fmt: skip
    assert event.id == find_events(posts[:3], USUAL, ["云江银行"])[0].id


def test_the_same_words_weeks_later_are_another_event() -> None:
    """An outage in spring and one in summer."""
    again = [item(10 + n, CRASH[n], 60 * 24 * 20 + n) for n in range(5)]
    first = [item(n, CRASH[n], n) for n in range(5)]
    assert [len(event.mention_ids) for event in find_events([*first, *again], USUAL, ["云江银行"])] == [5, 5]


def test_copies_and_reposts_follow_their_original_whatever_they_say() -> None:
    """A repost that says nothing, and a copy in another cluster's name."""
    root = item(1, CRASH[0], 0, cluster="c-1")
    repost = item(2, "转发", 60, root_id=root.mention.id)
    copy = item(3, "盗刷", 90, cluster="c-1")
    (event,) = find_events([root, repost, copy], USUAL, ["云江银行"], least=3)
    assert set(event.mention_ids) == ids(1, 2, 3)


def burst(topic: str, begin: float = 0) -> list[StoredMention]:
    """Two sets of words for one thing, forty posts within the same two hours."""
    words = ("柜台也说系统故障办不了", "一直转圈白屏没反应")
    return [item(int(begin) + 2 * n + k, words[k], begin + 3 * n, topics=[topic]) for n in range(20) for k in range(2)]


def test_a_burst_is_one_event_although_its_words_have_nothing_in_common() -> None:
    """The same topic, set in together, run alike: one event; without a common topic two."""
    (event,) = find_events(burst("app"), USUAL, ["云江银行"])
    assert len(event.mention_ids) == 40
    apart = [replace_topic(each, n % 2) for n, each in enumerate(burst("app"))]
    assert [len(event.mention_ids) for event in find_events(apart, USUAL, ["云江银行"])] == [20, 20]


def replace_topic(of: StoredMention, kind: int) -> StoredMention:
    """The same mention about one of two topics."""
    return replace(of, annotation=annotation(of.mention, NEGATIVE, (), [("app", "fees")[kind]]))


def test_large_events_that_set_in_at_other_times_stay_apart() -> None:
    """One topic, two troubles of one day."""
    first = [each for n, each in enumerate(burst("app")) if n % 2 == 0]
    later = [each for n, each in enumerate(burst("app", 600)) if n % 2]
    assert [len(event.mention_ids) for event in find_events([*first, *later], USUAL, ["云江银行"])] == [20, 20]


def test_single_grumbles_are_no_events() -> None:
    """Below the least number of mentions nothing is told; texts that say nothing break nothing."""
    assert find_events([item(1, "空调坏了", 0), item(2, "积分清零", 5)], USUAL) == ()
    assert find_events([item(n, "", n) for n in range(4)], USUAL, ["云江银行"], least=2) == ()
    assert find_events([], []) == ()


def test_fragments_that_become_alike_are_put_together() -> None:
    """Two beginnings of one story that a later post connects end as one event, and families move along."""
    vectors = GramVectors()
    for document in USUAL:
        vectors.learn(document.text)
    finder = EventFinder(vectors, EventSettings())
    posts: list[Mention] = [
        item(n, text, n).mention
        for n, text in enumerate(
            ("手机银行闪退", "转账登录不上", "手机银行闪退，转账登录不上", "闪退，登录不上", "转账登录不上，闪退")
        )
    ]
    for post in posts:
        finder.place(post)
    finder.place(item(9, "转发", 20, root_id=posts[1].id).mention)
    assert [len(members) for members in finder.stories()] == [6]


@pytest.mark.parametrize("size", [60])
def test_a_large_event_does_not_drown_itself(size: int) -> None:
    """The words of a burst stay rare: they are measured against what is usually said, not against the burst."""
    posts = [item(n, f"{CRASH[n % 5]}{'啊' * (n % 3)}", n) for n in range(size)]
    (event,) = find_events(posts, USUAL, ["云江银行"])
    assert len(event.mention_ids) == size
