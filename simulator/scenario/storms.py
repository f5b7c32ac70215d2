"""What long months need beside everyday life: hours above every cap, and items that vanish or change."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from simulator.corpus import Article, Comment, Corpus, Post, Shelf, Video
from simulator.formats import china
from simulator.scenario import rhythm
from simulator.scenario.grammar import BANKS
from simulator.scenario.phrases import events
from simulator.scenario.writers import Writers

T = TypeVar("T", Post, Video, Comment, Article)
EVERY = timedelta(days=18)
_DELETED, _EDITED = 0.012, 0.008
_LATER = ("更新：已经恢复了", "更新：客服回电了", "更新：还是不行", "补充：换了网点办好的")


def storms(writers: Writers, since: datetime, until: datetime) -> Iterator[Post | Video | Comment | Article]:
    """Every eighteen days a bank's App fails at a busy hour: some 1,300 posts in the first hour, an evening of echo."""
    number = 0
    day = since + EVERY / 3
    while day < until:
        bank = BANKS[number % len(BANKS)]
        start = china(day).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(
            hours=writers.rng.randrange(12)
        )
        for at in rhythm.crisis(
            writers.rng, start, timedelta(minutes=12), 760, timedelta(minutes=70), timedelta(hours=5)
        ):
            if at < until:
                yield writers.post(at, writers.grammar.about(bank, "negative", "app", events.OUTAGE), bank, "storm", 3)
        day, number = day + EVERY, number + 1


def fates(corpus: Corpus, rng: Random) -> None:
    """Some authors take their words back, some change them, and reposts show it."""
    posts = {post.id: _fate(post, rng) for post in corpus.posts}
    whole = [
        replace(post, original=posts.get(post.original.id, post.original)) if post.original else post
        for post in posts.values()
    ]
    corpus.posts = Shelf(whole)
    corpus.videos = Shelf([_vanish(video, rng) for video in corpus.videos])
    corpus.comments = Shelf([_vanish(comment, rng) for comment in corpus.comments])
    corpus.articles = Shelf([_vanish(article, rng) for article in corpus.articles])


def _fate(post: Post, rng: Random) -> Post:
    """A repost keeps its words, as its text depends on what it forwards."""
    post = _vanish(post, rng)
    if post.original or post.deleted_at or rng.random() >= _EDITED:
        return post
    at = post.created + timedelta(minutes=rng.randrange(5, 600))
    return replace(post, before=post.text, text=f"{post.text} {rng.choice(_LATER)}", edited_at=at)


def _vanish(item: T, rng: Random) -> T:
    """One in eighty is deleted, mostly within two days."""
    if rng.random() >= _DELETED:
        return item
    age = timedelta(hours=1 + rng.expovariate(1 / 24))
    return replace(item, deleted_at=rhythm.whole_second(item.created + age))
