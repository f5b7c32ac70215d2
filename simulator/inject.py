"""Items that a test or demo publishes on top of the scenario."""

from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from simulator.corpus import Author, Comment, Post, Shelf, Truth, Video
from simulator.ids import aweme_id, weibo_mid
from simulator.world import World

TESTER = Author("1999999999", "测试注入账号", -1, 88, "云州")
# Far above the serials of the scenario, so that ids of one second never meet.
_serials = count(900_001)


class Injector:
    """Publishes into a world, by default at its present time."""

    def __init__(self, world: World) -> None:
        self.world = world

    def inject(
        self,
        text: str,
        *,
        at: datetime | None = None,
        sentiment: str = "negative",
        author: Author = TESTER,
        **more: Any,
    ) -> Post:
        """Publish one more Weibo post; further keywords are fields of `Post`."""
        moment = self._moment(at)
        mid = weibo_mid(int(moment.timestamp()), next(_serials))
        post = replace(Post(mid, moment, text, author, _truth(sentiment)), **more)
        self.world.corpus.posts.add(post)
        return post

    def inject_video(
        self, text: str, *, at: datetime | None = None, sentiment: str = "negative", author: Author = TESTER
    ) -> Video:
        """Publish one more Douyin video."""
        moment = self._moment(at)
        video = Video(aweme_id(int(moment.timestamp()), next(_serials)), moment, text, author, _truth(sentiment))
        self.world.corpus.videos.add(video)
        return video

    def inject_comment(
        self,
        text: str,
        video: Video | str,
        *,
        at: datetime | None = None,
        sentiment: str = "negative",
        parent: str = "",
    ) -> Comment:
        """Publish one more comment under a video."""
        moment = self._moment(at)
        cid = aweme_id(int(moment.timestamp()), next(_serials))
        under = video if isinstance(video, str) else video.id
        comment = Comment(cid, moment, text, TESTER, _truth(sentiment), under, parent)
        self.world.corpus.comments.add(comment)
        return comment

    def delete(self, native_id: str, at: datetime | None = None) -> None:
        """An item vanishes, by default at once. Raises KeyError for an unknown id."""
        self._shelf(native_id).change(native_id, deleted_at=self._moment(at))

    def edit(self, native_id: str, text: str, at: datetime | None = None) -> None:
        """Its author changes a post, video or comment. Raises KeyError for an unknown id."""
        shelf = self._shelf(native_id)
        before = next(item.text for item in shelf if item.id == native_id)
        shelf.change(native_id, text=text, before=before, edited_at=self._moment(at))

    def _shelf(self, native_id: str) -> Shelf[Any]:
        corpus = self.world.corpus
        shelves: tuple[Shelf[Any], ...] = (corpus.posts, corpus.videos, corpus.comments, corpus.articles)
        for shelf in shelves:
            if native_id in shelf:
                return shelf
        raise KeyError(native_id)

    def _moment(self, at: datetime | None) -> datetime:
        return (at or self.world.clock.now()).replace(microsecond=0)


def _truth(sentiment: str) -> Truth:
    return Truth(sentiment, "other", "injected")
