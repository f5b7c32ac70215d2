"""Rule type `keyword`: words after which nobody waits for a statistic (挤兑, 数据泄露 …). Fires at the first post.

All posts about a subject with words of one group are one event until none has come for `quiet_hours`; then the event
is over, and the next post is a new one. A post comes when it is first seen: a rumour of last night that a source shows
only this morning (its session had expired; its pages name a day and no hour) wakes people this morning. What is older
than two days then, and what a source held before it was first read, counts by its publication: history is no event.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from alerts.detectors.base import DetectionContext
from alerts.detectors.drivers import deduplicated
from alerts.rules import KeywordGroup, KeywordOptions
from yuqing.domain.alert import Detection, Rule
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.ports import MentionQuery, StoredMention
from yuqing.domain.query import And as AllOf
from yuqing.domain.query import Node, Not, Or, Term, normalise
from yuqing.domain.subject import Subject

MAX_SCANNED = 5_000
FRESH = timedelta(hours=48)  # more than a day, so that news whose pages name only the day are fresh all day


class KeywordDetector:
    """Reads the posts of the last days that carry a risk word."""

    def detect(self, rule: Rule, context: DetectionContext) -> list[Detection]:
        """One detection per subject and group with a live chain of posts."""
        options = KeywordOptions.model_validate(dict(rule.options))
        subjects = context.subjects_of(rule)
        found = {group.id: _found(context, subjects, group, options) for group in options.groups}
        return [
            detection
            for subject in subjects
            for group in options.groups
            if (posts := found[group.id].get(subject.id))
            and (detection := _judge(rule, context, subject, group, options, posts)) is not None
        ]


def _found(
    context: DetectionContext, subjects: Sequence[Subject], group: KeywordGroup, options: KeywordOptions
) -> Mapping[str, Sequence[StoredMention]]:
    """The newest posts with words of a group by subject; one question to the store for all subjects."""
    posts: dict[str, deque[StoredMention]] = {subject.id: deque(maxlen=MAX_SCANNED) for subject in subjects}
    if not posts:
        return posts
    # Twice the quiet time: enough to see the beginning of a chain, however long it goes on after that.
    since = min(context.now - FRESH, context.now - 2 * timedelta(hours=options.quiet_hours))
    query = MentionQuery(text=condition(group), subjects=tuple(posts), since=since, until=context.now)
    for post in context.mentions.scan(query):
        for subject in posts.keys() & set(post.mention.subjects):
            posts[subject].append(post)
    return posts


def _judge(
    rule: Rule,
    context: DetectionContext,
    subject: Subject,
    group: KeywordGroup,
    options: KeywordOptions,
    posts: Sequence[StoredMention],
) -> Detection | None:
    quiet = timedelta(hours=options.quiet_hours)
    counted = [(came(post, context), post) for post in posts if _counts(post, subject, options)]
    recent = [each for each in counted if context.now - 2 * quiet <= each[0] <= context.now]
    chain = _last_chain(sorted(recent, key=lambda each: each[0]), quiet)
    if len(chain) < group.min_count or context.now - chain[-1][0] >= quiet:
        return None
    return _detection(rule, context, subject, group, [post for _, post in chain])


def came(post: StoredMention, context: DetectionContext) -> datetime:
    """When a post became news to us. Later sightings move `collected_at`, so the first storing is its limit."""
    mention = post.mention
    seen = min(mention.collected_at, post.stored_at)
    coverage = context.coverage.get(mention.source_id)
    first = coverage.first_check if coverage else None
    is_history = first is not None and mention.published_at < first
    return mention.published_at if is_history else max(mention.published_at, seen)


def condition(group: KeywordGroup) -> Node:
    """The boolean condition of a group: one of the words, none of the exceptions."""
    words = Or(tuple(Term(normalise(word)) for word in group.words))
    if not group.exceptions:
        return words
    return AllOf((words, *(Not(Term(normalise(word))) for word in group.exceptions)))


def _counts(post: StoredMention, subject: Subject, options: KeywordOptions) -> bool:
    if post.annotation is None:
        return False  # a few seconds until it is scored; the next look will see it
    stance = next(
        (each.sentiment.label for each in post.annotation.by_subject if each.subject_id == subject.id),
        post.annotation.sentiment.label,
    )
    return SentimentLabel(stance) in options.sentiments


def _last_chain(
    posts: Sequence[tuple[datetime, StoredMention]], quiet: timedelta
) -> list[tuple[datetime, StoredMention]]:
    """The newest posts that came one after another without a pause of `quiet`."""
    chain: list[tuple[datetime, StoredMention]] = []
    for came, post in posts:
        if chain and came - chain[-1][0] >= quiet:
            chain = []
        chain.append((came, post))
    return chain


def _detection(
    rule: Rule, context: DetectionContext, subject: Subject, group: KeywordGroup, chain: list[StoredMention]
) -> Detection:
    times = [post.mention.published_at for post in chain]
    first, last = min(times), max(times)
    texts = [normalise(f"{post.mention.title or ''}\n{post.mention.text}") for post in chain]
    found = [word for word in group.words if any(normalise(word) in text for text in texts)]
    words = "".join(f"“{word}”" for word in found[:3])
    return Detection(
        rule_id=rule.id,
        subject_id=subject.id,
        severity=group.severity or rule.severity,
        sentence=f"{subject.name}：出现{words}{'等' if len(found) > 3 else ''} {len(chain)} 条（{group.name}）",
        detected_at=context.now,
        window_start=first,
        window_end=last + timedelta(seconds=1),
        observed=float(len(chain)),
        expected=None,
        probability=None,
        evidence=tuple(post.mention.id for post in deduplicated(chain)),
        labels={"rule": rule.id, "subject": subject.id, "group": group.id},
        is_new=False,  # as long as the chain goes on it is the same event
        event_start=_second(first),
    )


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
