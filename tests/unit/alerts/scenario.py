"""Plays the `example` or `near_miss` of a rule file into the invented bank."""

from datetime import timedelta

from alerts.rule_examples import Example, ExamplePosts, ExampleRank
from tests.unit.alerts.bank import DAY, MINUTE, NOW, Bank
from yuqing.domain.coverage import Outcome

HOUR = timedelta(hours=1)
POLLED = timedelta(days=2)  # before it the past was read in one go


def play(bank: Bank, example: Example, text: str | None = None) -> None:
    """Everything that the example says has happened by NOW; `text` is one of its texts."""
    if example.quiet_days:
        bank.quiet(
            example.quiet_days,
            example.quiet_per_day,
            subjects=(example.quiet_subject,),
            until=NOW - example.quiet_until_hours * HOUR,
        )
    if example.posts_in_half_an_hour is not None:
        bank.quiet()
        bank.outage(posts=example.posts_in_half_an_hour)
    if text is not None:
        bank.post(NOW - 2 * MINUTE, text)
    for i, outcome in enumerate(example.refusals):
        bank.cover(NOW - DAY, NOW - (20 - 5 * i) * MINUTE, outcome)
    for posts in example.posts:
        _posts(bank, posts)
    _hot(bank, example.hot)
    if example.polled:
        _polled(bank, example)


def _posts(bank: Bank, posts: ExamplePosts) -> None:
    length = (posts.from_hours - posts.to_hours) * HOUR
    for i in range(posts.count):
        at = NOW - posts.from_hours * HOUR + length * (i + 0.5) / posts.count
        bank.post(
            at,
            posts.text,
            posts.sentiment,
            subjects=(posts.subject,),
            topic=posts.topic,
            severity=posts.severity,
            lag=timedelta(seconds=1),
            author=posts.author,
            followers=posts.followers,
            platform=posts.platform,
            kind=posts.kind,
            shares=posts.shares,
            rating=posts.rating,
        )


def _hot(bank: Bank, ranks: tuple[ExampleRank, ...]) -> None:
    for each in ranks:
        bank.hot(NOW - each.hours * HOUR, each.rank, each.word)


def _polled(bank: Bank, example: Example) -> None:
    begin = NOW - POLLED
    bank.cover(NOW - 42 * DAY, begin, checked_at=begin)
    refused = NOW - (example.blocked_hours or 0) * HOUR
    bank.polls(begin, refused)
    if refused < NOW:
        bank.polls(refused + 5 * MINUTE, NOW, Outcome.BLOCKED)
