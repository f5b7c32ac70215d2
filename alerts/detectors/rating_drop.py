"""Rule type `rating_drop`: the stars of an app's reviews fall, by much and not by chance.

The mean of the reviews that came in the last hours against those of the weeks before. A review counts when it came
(shops show them hours late), history that was back-filled when it was written. Days on which the shop could not be
read simply bring no review: a mean of what was seen is no zero. A running event ends when the mean has recovered by
half of the drop.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import fmean, pvariance

from alerts.detectors.base import DetectionContext
from alerts.detectors.drivers import deduplicated
from alerts.detectors.keyword import FRESH, came
from alerts.detectors.wording import length_words, stamp
from alerts.rule_options import RatingDropOptions
from yuqing.domain.alert import AlertState, Detection, Rule, fingerprint
from yuqing.domain.mention import MentionKind
from yuqing.domain.ports import MentionQuery, StoredMention
from yuqing.domain.subject import Subject

Z = 3.0
LOW = 2  # stars that are a complaint
FEWEST_BEFORE = 20
LEAST_VARIANCE = 0.5  # a fortnight of nothing but five stars is no law of nature
ENDS = 0.5


@dataclass(frozen=True, slots=True)
class _Review:
    post: StoredMention
    came: datetime
    stars: int


class RatingDropDetector:
    """Reads the reviews with stars."""

    def detect(self, rule: Rule, context: DetectionContext) -> list[Detection]:
        """One detection per subject whose stars have fallen."""
        options = RatingDropOptions.model_validate(dict(rule.options))
        judged = (_judge(rule, context, subject, options) for subject in context.subjects_of(rule))
        return [detection for detection in judged if detection is not None]


def _reviews(context: DetectionContext, subject: Subject, since: datetime, until: datetime) -> list[_Review]:
    """Those that came in [since, until)."""
    query = MentionQuery(subjects=(subject.id,), kinds=(MentionKind.REVIEW,), since=since - FRESH, until=until)
    found = (
        _Review(post, came(post, context), post.mention.rating)
        for post in context.mentions.scan(query)
        if post.mention.rating is not None
    )
    return [review for review in found if since <= review.came < until]


def _judge(rule: Rule, context: DetectionContext, subject: Subject, options: RatingDropOptions) -> Detection | None:
    begin = context.now - timedelta(hours=options.window_hours)
    recent = _reviews(context, subject, begin, context.now + timedelta(microseconds=1))
    low = [review for review in recent if review.stars <= LOW]
    # The weeks before are read only where it is worth it.
    if len(recent) < options.min_reviews or not low:
        return None
    before = _reviews(context, subject, begin - timedelta(days=options.days), begin)
    if len(before) < FEWEST_BEFORE:
        return None
    part = ENDS if _is_firing(context, rule, subject) else 1.0
    if not _has_fallen(_stars(recent), _stars(before), part * options.drop, part * Z):
        return None
    return _detection(rule, context, subject, (recent, before), low, options)


def _stars(reviews: Iterable[_Review]) -> list[int]:
    return [review.stars for review in reviews]


def _has_fallen(recent: Sequence[int], before: Sequence[int], drop: float, z: float) -> bool:
    fallen = fmean(before) - fmean(recent)
    variance = max(pvariance(before), LEAST_VARIANCE)
    return fallen >= drop and fallen >= z * sqrt(variance / len(recent) + variance / len(before))


def _labels(rule: Rule, subject: Subject) -> dict[str, str]:
    return {"rule": rule.id, "subject": subject.id}


def _is_firing(context: DetectionContext, rule: Rule, subject: Subject) -> bool:
    mark = fingerprint(_labels(rule, subject))
    return bool(context.state.find("alert", {"state": AlertState.FIRING.value, "fingerprint": mark}, 1))


def _detection(
    rule: Rule,
    context: DetectionContext,
    subject: Subject,
    reviews: tuple[list[_Review], list[_Review]],
    low: list[_Review],
    options: RatingDropOptions,
) -> Detection:
    now, usual = (fmean(_stars(part)) for part in reviews)
    window = length_words(timedelta(hours=options.window_hours))
    first = min(review.came for review in low)
    worst = sorted(low, key=lambda review: (review.stars, review.came), reverse=False)
    return Detection(
        rule_id=rule.id,
        subject_id=subject.id,
        severity=rule.severity,
        sentence=_sentence(subject, window, (now, usual), (len(reviews[0]), len(low))),
        detected_at=context.now,
        window_start=first,
        window_end=context.now,
        observed=round(now, 2),
        measure="平均评分",
        expected=round(usual, 2),
        probability=None,
        evidence=tuple(post.mention.id for post in deduplicated([review.post for review in worst])),
        labels=_labels(rule, subject),
        is_new=False,
        event_start=first.replace(microsecond=0),
        facts=(
            ("观察到", f"{stamp(first)} 起 {len(reviews[0])} 条评价，平均 {now:.2f} 星，一二星 {len(low)} 条"),
            ("平时", f"此前 {options.days} 天 {len(reviews[1])} 条，平均 {usual:.2f} 星"),
            ("规则的界限", f"下降 {options.drop:g} 星以上，且不是偶然"),
        ),
        loudness=usual - now,
    )


def _sentence(subject: Subject, window: str, stars: tuple[float, float], counts: tuple[int, int]) -> str:
    said = f"{subject.name}：{window}内应用商店评分 {stars[0]:.1f} 星（{counts[0]} 条，其中一二星 {counts[1]} 条）"
    return f"{said}，平时 {stars[1]:.1f} 星"
