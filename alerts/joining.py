"""One event, one call, also where a topic of a subject is watched beside the subject as a whole (`by: topic`).

- What is found about a topic while the whole subject's event is going on joins it and becomes no alert of its own when
  it is the same matter (matter.py); a second matter of the same subject is called. Nothing joins a milder alert.
- An alert about a topic that was there first stays. The alert of the whole subject that follows is held back from those
  who have that message, when at least half of its posts are about the topic, unless it is graver.
- After the subject's event the same holds for what is left of it in a topic, and of two topics for the second one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from alerts.matter import MOSTLY, Event, Matters
from alerts.policy import FAMILY_WINDOW, gravity, order, related
from yuqing.domain.alert import Alert, AlertState, Detection, fingerprint
from yuqing.domain.ports import StateStore

PART = 0.2  # of the posts that show an alert about certain posts (a risk word, a hot list): it is about this topic, too
_WHOLE = {"rule", "subject"}  # the labels of an alert about all that is said of a subject
Share = Callable[[Alert, str], float]  # which part of an alert's posts is about a topic


def joined(found: Sequence[Detection], state: StateStore, matters: Matters) -> list[Detection]:
    """The detections without those about a topic that join another one. What has an open alert already stays."""
    topical = [each for each in found if each.labels.get("topic")]
    if not topical:
        return list(found)
    heads = [each for each in found if set(each.labels) == _WHOLE]
    part = [each for each in topical if any(_joins(each, head, matters) for head in heads)]
    gone = {id(each) for each in part if not _is_open(each, state)}
    return [each for each in found if id(each) not in gone]


def _joins(one: Detection, head: Detection, matters: Matters) -> bool:
    if one.subject_id != head.subject_id or gravity(one) < gravity(head):
        return False
    if _start(head) - _start(one) > FAMILY_WINDOW:
        return False
    rise, event = Event(_start(one), one.evidence), Event(_start(head), head.evidence)
    return matters.is_one(one.subject_id, one.labels["topic"], rise, event)


def _start(one: Detection) -> datetime:
    return one.event_start or one.window_start


def _is_open(one: Detection, state: StateStore) -> bool:
    documents = state.find("alert", {"fingerprint": fingerprint(one.labels)})
    return any(document.body.get("state") == AlertState.FIRING.value for document in documents)


def same_event(
    alert: Alert,
    others: Iterable[Alert],
    parents: Mapping[str, str | None],
    shared: Mapping[str, float],
    share: Share,
    matters: Matters,
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
        and _same_matter(alert, other, share, matters)
    ]


def _same_subject(alert: Alert, other: Alert, parents: Mapping[str, str | None], shared: Mapping[str, float]) -> bool:
    if alert.subject_id == other.subject_id:
        return bool(alert.subject_id)
    return related(alert, other, parents) and shared.get(other.subject_id, 0.0) >= MOSTLY


def _same_matter(alert: Alert, other: Alert, share: Share, matters: Matters) -> bool:
    close = abs(alert.starts_at - other.starts_at) <= FAMILY_WINDOW
    during = other.starts_at <= alert.starts_at and (other.ends_at is None or alert.starts_at <= other.ends_at)
    if not (close or during):
        return False
    mine, theirs = alert.labels.get("topic", ""), other.labels.get("topic")
    if theirs:  # it was told of a topic: most of what is new must be about that
        return share(alert, theirs) >= MOSTLY
    if set(other.labels) == _WHOLE:
        rise, event = Event(alert.starts_at, alert.evidence), Event(other.starts_at, other.evidence)
        return matters.is_one(other.subject_id, mine, rise, event)
    return share(other, mine) >= PART
