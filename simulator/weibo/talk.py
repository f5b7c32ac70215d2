"""Comments below Weibo posts: made from the seed when somebody asks, the same ones every time.

A post with `n` comments at last shows the k-th of them from the moment on in which its counter reaches k, so that
counter and list agree at every time. Comments name no bank: what they are about is told by the post above them.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from simulator.corpus import GROWTH_SECONDS, Author, Post, Truth
from simulator.ids import weibo_mid
from simulator.scenario.phrases.slots import NAME_HEADS, NAME_TAILS, REGIONS

MOST = 240  # readable comments of one post; a counter may tell of more
_WORDS = {
    "negative": ("我也是", "一直这样", "打了三次电话没人接", "气死", "同感[泪]", "排了两小时", "赶紧修", "还没到账"),
    "positive": ("确实不错", "我也领到了", "办得很快", "点赞", "态度很好[赞]", "用着挺放心"),
    "neutral": ("这是哪个网点", "要带身份证吗", "几点下班", "路过", "蹲一个后续", "回复一下进展", "第一"),
}
_REPLIES = ("真的吗", "我这边好了", "你打客服试试", "一样一样", "还没好", "谢谢提醒")


@dataclass(frozen=True, slots=True)
class WeiboComment:
    """A comment; `parent` begins its thread, `answers` is the one it replies to ("" for the first level)."""

    id: str
    created: datetime
    text: str
    author: Author
    truth: Truth
    post: str
    parent: str = ""
    answers: str = ""
    likes: int = 0
    kind: str = "comment"


@dataclass(slots=True)
class Talk:
    """All comments of a world; `added` are those that a test wrote."""

    seed: int
    added: dict[str, list[WeiboComment]] = field(default_factory=dict)
    _made: dict[str, list[WeiboComment]] = field(default_factory=dict)
    _posts: dict[str, str] = field(default_factory=dict)

    def under(self, post: Post, now: datetime) -> list[WeiboComment]:
        """What stands under a post at `now`, oldest first."""
        found = [*self._of(post), *self.added.get(post.id, ())]
        return sorted((one for one in found if one.created <= now), key=lambda one: (one.created, one.id))

    def all(self, posts: list[Post]) -> Iterator[WeiboComment]:
        """What will ever stand under these posts."""
        for post in posts:
            yield from self._of(post)
            yield from self.added.get(post.id, ())

    def post_of(self, native_id: str) -> str:
        """Under which post a comment stands that somebody has seen; "" when nobody has."""
        return self._posts.get(native_id) or next(
            (post for post, found in self.added.items() if any(one.id == native_id for one in found)), ""
        )

    def _of(self, post: Post) -> list[WeiboComment]:
        if post.id not in self._made:
            made = list(_written(post, Random(f"{self.seed}/talk/{post.id}")))  # noqa: S311
            self._made[post.id] = made
            self._posts.update((one.id, post.id) for one in made)
        return self._made[post.id]


def _written(post: Post, rng: Random) -> Iterator[WeiboComment]:
    last = post.reach.comments
    first_level: list[str] = []
    threads: dict[str, list[str]] = {}
    for number in range(1, min(last, MOST) + 1):
        created = post.created + timedelta(seconds=_seconds(number, last))
        native_id = weibo_mid(int(created.timestamp()), rng.randrange(1 << 22))
        parent = rng.choice(first_level) if first_level and rng.random() < 0.3 else ""
        answers = rng.choice(threads[parent]) if parent else ""
        if parent:
            threads[parent].append(native_id)
        else:
            first_level.append(native_id)
            threads[native_id] = [native_id]
        yield _comment(native_id, created, post, parent, answers, rng)


def _seconds(number: int, last: int) -> int:
    """The age of the post at which its counter reaches a number."""
    share = number / last
    return math.ceil(37 * GROWTH_SECONDS if share >= 1 else -GROWTH_SECONDS * math.log1p(-share)) + 1


def _comment(native_id: str, created: datetime, post: Post, parent: str, answers: str, rng: Random) -> WeiboComment:
    mood = post.truth.sentiment if rng.random() < 0.7 else rng.choice(sorted(_WORDS))
    text = rng.choice(_REPLIES if parent else _WORDS.get(mood, _WORDS["neutral"]))
    truth = Truth(mood, post.truth.topic, post.truth.story, post.truth.subject)
    return WeiboComment(native_id, created, text, _somebody(rng), truth, post.id, parent, answers, rng.randrange(9))


def _somebody(rng: Random) -> Author:
    number = rng.randrange(900)
    name = f"{NAME_HEADS[number % len(NAME_HEADS)]}{NAME_TAILS[number % len(NAME_TAILS)]}{number}"
    return Author(str(1_600_200_000 + number * 43), name, -1, 40 + number, REGIONS[number % len(REGIONS)])
