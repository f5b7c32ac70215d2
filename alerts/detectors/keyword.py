"""Rule type `keyword`: words after which nobody waits for a statistic (挤兑, 数据泄露 …). Fires at the first post.

All posts about a subject with words of one group are one event until none has come for `quiet_hours`; then the event
is over, and the next post is a new one.
"""

from collections.abc import Sequence
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


class KeywordDetector:
    """Reads the posts of the last hours that carry a risk word."""

    def detect(self, rule: Rule, context: DetectionContext) -> list[Detection]:
        """One detection per subject and group with a live chain of posts."""
        options = KeywordOptions.model_validate(dict(rule.options))
        return [
            detection
            for subject in context.subjects_of(rule)
            for group in options.groups
            if (detection := _judge(rule, context, subject, group, options)) is not None
        ]


def _judge(
    rule: Rule, context: DetectionContext, subject: Subject, group: KeywordGroup, options: KeywordOptions
) -> Detection | None:
    quiet = timedelta(hours=options.quiet_hours)
    # Twice the quiet time: enough to see the beginning of a chain, however long it goes on after that.
    query = MentionQuery(
        text=condition(group), subjects=(subject.id,), since=context.now - 2 * quiet, until=context.now
    )
    posts = [post for _, post in zip(range(MAX_SCANNED), context.mentions.scan(query), strict=False)]
    chain = _last_chain([post for post in posts if _counts(post, subject, options)], quiet)
    if len(chain) < group.min_count or context.now - chain[-1].mention.published_at >= quiet:
        return None
    return _detection(rule, context, subject, group, chain)


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


def _last_chain(posts: Sequence[StoredMention], quiet: timedelta) -> list[StoredMention]:
    """The newest posts that follow one another without a pause of `quiet`."""
    chain: list[StoredMention] = []
    for post in posts:
        if chain and post.mention.published_at - chain[-1].mention.published_at >= quiet:
            chain = []
        chain.append(post)
    return chain


def _detection(
    rule: Rule, context: DetectionContext, subject: Subject, group: KeywordGroup, chain: list[StoredMention]
) -> Detection:
    first, last = chain[0].mention.published_at, chain[-1].mention.published_at
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
