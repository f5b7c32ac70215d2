"""One event, one call, also where a topic of a subject is watched beside the subject as a whole (`by: topic`).

- What is found about a topic while the whole subject's event is going on joins it and becomes no alert of its own:
  when both began within two hours, or when that event is to a good part about this topic. Nothing joins a milder one.
- An alert about a topic that was there first stays. The alert of the whole subject that follows is held back from those
  who have that message, when at least half of its posts are about the topic, unless it is graver.
- After the subject's event the same holds for what is left of it in a topic, and of two topics for the second one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from alerts.policy import FAMILY_WINDOW, gravity, order, related
from yuqing.domain.alert import Alert, AlertState, Detection, fingerprint
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import MentionStore, StateStore

PART = 0.2  # of the posts that show the subject's event: then it is about this topic, too
MOSTLY = 0.5
_WHOLE = {"rule", "subject"}  # the labels of an alert about all that is said of a subject
Share = Callable[[Alert, str], float]  # which part of an alert's posts is about a topic


def joined(found: Sequence[Detection], state: StateStore, mentions: MentionStore) -> list[Detection]:
    """The detections without those about a topic that join another one. What has an open alert already stays."""
    topical = [each for each in found if each.labels.get("topic")]
    if not topical:
        return list(found)
    heads = [each for each in found if set(each.labels) == _WHOLE]
    part = [each for each in topical if any(_joins(each, head, mentions) for head in heads)]
    gone = {id(each) for each in part if not _is_open(each, state)}
    return [each for each in found if id(each) not in gone]


def _joins(one: Detection, head: Detection, mentions: MentionStore) -> bool:
    if one.subject_id != head.subject_id or gravity(one) < gravity(head):
        return False
    begun = _start(one) - _start(head)
    if abs(begun) <= FAMILY_WINDOW:
        return True
    return begun > FAMILY_WINDOW and share_about(mentions, head.evidence, one.labels["topic"]) >= PART


def _start(one: Detection) -> datetime:
    return one.event_start or one.window_start


def _is_open(one: Detection, state: StateStore) -> bool:
    documents = state.find("alert", {"fingerprint": fingerprint(one.labels)})
    return any(document.body.get("state") == AlertState.FIRING.value for document in documents)


def share_about(mentions: MentionStore, evidence: Sequence[MentionId], topic: str) -> float:
    """Which part of some posts is about a topic."""
    posts = list(mentions.get(evidence).values())
    about = sum(any(each.id == topic for each in post.annotation.topics) for post in posts if post.annotation)
    return about / len(posts) if posts else 0.0


def same_event(
    alert: Alert,
    others: Iterable[Alert],
    parents: Mapping[str, str | None],
    shared: Mapping[str, float],
    share: Share,
) -> list[Alert]:
    """The alerts that were detected before and tell of the same event, where one of the two is about a topic.

    `shared`: which part of the alert's posts is about each subject.
    """
    return [
        other
        for other in others
        if (alert.labels.get("topic") or other.labels.get("topic"))
        and other.id != alert.id
        and order(other, parents) < order(alert, parents)
        and gravity(other) <= gravity(alert)
        and _same_subject(alert, other, parents, shared)
        and _same_matter(alert, other, share)
    ]


def _same_subject(alert: Alert, other: Alert, parents: Mapping[str, str | None], shared: Mapping[str, float]) -> bool:
    if alert.subject_id == other.subject_id:
        return bool(alert.subject_id)
    return related(alert, other, parents) and shared.get(other.subject_id, 0.0) >= MOSTLY


def _same_matter(alert: Alert, other: Alert, share: Share) -> bool:
    close = abs(alert.starts_at - other.starts_at) <= FAMILY_WINDOW
    during = other.starts_at <= alert.starts_at and (other.ends_at is None or alert.starts_at <= other.ends_at)
    mine, theirs = alert.labels.get("topic"), other.labels.get("topic")
    if theirs:  # it was told of a topic: most of what is new must be about that
        return (close or during) and share(alert, theirs) >= MOSTLY
    if close and set(other.labels) == _WHOLE:
        return True
    return (close or during) and share(other, mine or "") >= PART
