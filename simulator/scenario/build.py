"""Put a scenario together from stories, the same way for the same seed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from simulator.corpus import Article, Comment, Corpus, Post, Shelf, Video
from simulator.scenario import stories
from simulator.scenario.stories import Story
from simulator.scenario.storms import fates, storms
from simulator.scenario.writers import Writers


@dataclass(frozen=True, slots=True)
class Plan:
    """How many quiet days come first, how far the future reaches, and what happens."""

    days: int = 28
    future: timedelta = timedelta(hours=12)
    campaign: bool = False
    outage: bool = False
    rumour: bool = False
    storms: bool = False
    fates: bool = False
    rate: float = 1.0


PLANS = {
    "demo": Plan(campaign=True, outage=True, rumour=True),
    "quiet": Plan(),
    "campaign": Plan(campaign=True),
    "outage": Plan(outage=True),
    "rumour": Plan(rumour=True),
    "small": Plan(days=2),
    "small-outage": Plan(days=2, outage=True),
    "months": Plan(days=90, future=timedelta(0), storms=True, fates=True),
    "empty": Plan(days=0, future=timedelta(0)),
}


def plan_of(name: str, days: int | None = None, rate: float = 1.0) -> Plan:
    """A named plan with another length, or with everyday life at another rate. Raises ValueError."""
    if name not in PLANS:
        raise ValueError(f"unknown scenario {name!r}; known: {', '.join(sorted(PLANS))}")
    if (days is not None and days < 0) or rate < 0:
        raise ValueError("days and rate cannot be negative")
    return replace(PLANS[name], days=PLANS[name].days if days is None else days, rate=rate)


def build(
    name: str, seed: int, start: datetime, days: int | None = None, rate: float = 1.0, talk: float = 1.0
) -> Corpus:
    """The corpus of a named scenario; `start` is T0, the end of the quiet weeks.

    `talk`: that share of the comments below Weibo posts, and of their number that the posts tell.
    """
    plan = plan_of(name, days, rate)
    if talk < 0:
        raise ValueError("talk cannot be negative")
    corpus = Corpus()
    stride = 1_000_000 if plan.storms else 20_000  # serials of two stories never meet
    for number, story in enumerate(_stories(plan, start) if plan.days else []):
        # Every story draws from its own stream, so that adding one leaves the others as they were.
        _collect(corpus, story(Writers(Random(f"{seed}/{number}"), number * stride)))  # noqa: S311
    if plan.fates:
        fates(corpus, Random(f"{seed}/fates"))  # noqa: S311
    if talk != 1:
        corpus.posts = Shelf(_quieter(post, talk) for post in corpus.posts)
    return corpus


def _quieter(post: Post, talk: float) -> Post:
    return replace(post, reach=replace(post.reach, comments=round(post.reach.comments * talk)))


def _stories(plan: Plan, start: datetime) -> list[Callable[[Writers], Story]]:
    since = start - timedelta(days=plan.days)
    chosen: list[Callable[[Writers], Story]] = [
        lambda writers: stories.everyday(writers, since, start + plan.future, plan.rate)
    ]
    if plan.campaign:
        chosen.append(lambda writers: stories.campaign(writers, start - timedelta(days=10)))
    if plan.outage:
        chosen.append(lambda writers: stories.outage(writers, start + timedelta(minutes=10)))
    if plan.rumour:
        chosen.append(lambda writers: stories.rumour(writers, start + timedelta(minutes=75)))
    if plan.storms:
        chosen.append(lambda writers: storms(writers, since, start + plan.future))
    return chosen


def _collect(corpus: Corpus, story: Iterable[Post | Video | Comment | Article]) -> None:
    items = list(story)
    corpus.posts = Shelf([*corpus.posts, *(item for item in items if isinstance(item, Post))])
    corpus.videos = Shelf([*corpus.videos, *(item for item in items if isinstance(item, Video))])
    corpus.comments = Shelf([*corpus.comments, *(item for item in items if isinstance(item, Comment))])
    corpus.articles = Shelf([*corpus.articles, *(item for item in items if isinstance(item, Article))])
