"""Rule type `influential_post`: one post is enough when many people read it, it is against us, and it is grave.

    weight = estimated reach × probability that it is negative towards the subject × (1 + severity) / 4

Reach is the estimate of the impact index (views, else followers and reactions), so a post can grow into the rule when
its counts are read again. Copies of one text are one event; it lasts as long as a post counts as news.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.detectors.base import DetectionContext, Senses
from alerts.detectors.drivers import grams, overlap
from alerts.detectors.keyword import FRESH, came
from alerts.detectors.wording import stamp
from alerts.rule_options import InfluentialPostOptions
from yuqing.domain.alert import AlertState, Detection, Rule
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import MentionQuery, StoredMention
from yuqing.domain.subject import Subject
from yuqing.labels import AUTHOR_KINDS, FOLLOWERS, PLATFORMS, SEVERITIES

SAME_TEXT = 0.6
QUOTED = 24


@dataclass(frozen=True, slots=True)
class _Heavy:
    """A post that weighs enough, and when it became news to us."""

    post: StoredMention
    came: datetime
    reach: int
    negative: float
    weight: float


class InfluentialPostDetector:
    """Weighs the negative posts of the last hours."""

    def detect(self, rule: Rule, context: DetectionContext) -> list[Detection]:
        """One detection per story with a post that weighs enough."""
        options = InfluentialPostOptions.model_validate(dict(rule.options))
        if context.senses is None:
            return []
        known = _known(rule, context)
        return [
            _detection(rule, context, subject, story, _item(story, known), options)
            for subject in context.subjects_of(rule)
            for story in _stories(_heavy(context, context.senses, subject, options))
        ]


def _heavy(
    context: DetectionContext, senses: Senses, subject: Subject, options: InfluentialPostOptions
) -> list[_Heavy]:
    fresh = timedelta(hours=options.hours)
    query = MentionQuery(
        subjects=(subject.id,),
        sentiments=(SentimentLabel.NEGATIVE,),
        min_severity=options.min_severity,
        since=context.now - fresh - FRESH,
        until=context.now,
    )
    weighed = (_weighed(context, senses, subject, post) for post in context.mentions.scan(query))
    found = [
        each
        for each in weighed
        if each is not None and each.weight >= options.weight and timedelta(0) <= context.now - each.came < fresh
    ]
    return sorted(found, key=lambda each: (each.came, each.post.mention.id))


def _weighed(context: DetectionContext, senses: Senses, subject: Subject, post: StoredMention) -> _Heavy | None:
    reach = senses.reach(post.mention)
    if reach is None or post.annotation is None:
        return None
    stances = {each.subject_id: each.sentiment for each in post.annotation.by_subject}
    stance = stances.get(subject.id, post.annotation.sentiment)
    weight = reach * stance.negative * (1 + post.annotation.severity.level) / 4
    return _Heavy(post, came(post, context), reach, stance.negative, weight)


def _stories(posts: Iterable[_Heavy]) -> list[list[_Heavy]]:
    """The posts by story: the same cluster, or nearly the same text."""
    stories: list[list[_Heavy]] = []
    for each in posts:
        story = next((known for known in stories if _is_same(each.post, known[0].post)), None)
        if story is None:
            stories.append([each])
        else:
            story.append(each)
    return stories


def _is_same(left: StoredMention, right: StoredMention) -> bool:
    if left.cluster_id is not None and left.cluster_id == right.cluster_id:
        return True
    return overlap(grams(left.mention.text), grams(right.mention.text)) > SAME_TEXT


def _known(rule: Rule, context: DetectionContext) -> Mapping[MentionId, str]:
    """By which post the running events of this rule are called: a copy that gains readers later changes no name."""
    firing = context.state.find("alert", {"state": AlertState.FIRING.value, "rule_id": rule.id}, 10_000)
    names: dict[MentionId, str] = {}
    for document in firing:
        labels, evidence = document.body.get("labels"), document.body.get("evidence")
        if isinstance(labels, Mapping) and isinstance(evidence, Sequence):
            names.update({MentionId(str(each)): str(labels.get("item", "")) for each in evidence})
    return names


def _item(story: Sequence[_Heavy], known: Mapping[MentionId, str]) -> str:
    first = story[0].post.mention.id
    return next((known[each.post.mention.id] for each in story if each.post.mention.id in known), first)


def _detection(
    rule: Rule,
    context: DetectionContext,
    subject: Subject,
    story: Sequence[_Heavy],
    item: str,
    options: InfluentialPostOptions,
) -> Detection:
    top = max(story, key=lambda each: (each.weight, each.post.mention.id))
    mention = top.post.mention
    first = min(each.came for each in story)
    return Detection(
        rule_id=rule.id,
        subject_id=subject.id,
        severity=rule.severity,
        sentence=_sentence(subject, top),
        detected_at=context.now,
        window_start=mention.published_at,
        window_end=context.now,
        observed=float(top.reach),
        measure="估计触达人数",
        loudness=round(top.weight, 1),
        expected=None,
        probability=None,
        evidence=tuple(each.post.mention.id for each in sorted(story, key=lambda each: -each.weight)),
        labels={"rule": rule.id, "subject": subject.id, "item": item},
        is_new=False,
        event_start=first.replace(microsecond=0),
        facts=_facts(top, len(story), options),
    )


def _sentence(subject: Subject, top: _Heavy) -> str:
    where = PLATFORMS[top.post.mention.platform]
    said = " ".join((top.post.mention.title or top.post.mention.text).split())
    quoted = said if len(said) <= QUOTED else f"{said[:QUOTED]}…"
    return f"{subject.name}：{_who(top.post)}在{where}发布负面内容，估计触达 {_people(top.reach)}：“{quoted}”"


def _facts(top: _Heavy, posts: int, options: InfluentialPostOptions) -> tuple[tuple[str, str], ...]:
    level = SEVERITIES[top.post.annotation.severity.level] if top.post.annotation else ""
    counts = top.post.mention.engagement
    reactions = [("转", counts.shares), ("评", counts.comments), ("赞", counts.likes), ("看", counts.views)]
    known = " ".join(f"{name} {count}" for name, count in reactions if count is not None)
    rows = [
        ("观察到", f"{stamp(top.post.mention.published_at)} {_who(top.post)}发布，{known or '互动数未知'}"),
        ("估计触达", _people(top.reach)),
        (
            "影响分",
            f"{top.weight:,.0f}（触达人数 × 负面概率 {top.negative:.0%} × 严重度“{level}”的系数 {_factor(top):g}）",
        ),
        ("规则的界限", f"影响分 {options.weight:,.0f}（一般帖子只有几百）"),
    ]
    if posts > 1:
        rows.append(("同一内容", f"另有 {posts - 1} 个账号发布，也达到界限"))
    return tuple(rows)


def _factor(heavy: _Heavy) -> float:
    return (1 + heavy.post.annotation.severity.level) / 4 if heavy.post.annotation else 0.0


def _who(post: StoredMention) -> str:
    author = post.mention.author
    return author.outlet or f"{AUTHOR_KINDS[author.kind]}账号（{FOLLOWERS[author.followers]}）"


def _people(count: int) -> str:
    return f"{count / 10_000:.1f}".removesuffix(".0") + " 万人" if count >= 10_000 else f"{count} 人"
