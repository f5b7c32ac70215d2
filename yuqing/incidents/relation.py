"""Which incident an alert is about: the same subject or one of its family, close in time, about the same thing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from yuqing.domain.alert import Alert
from yuqing.domain.incident import Incident
from yuqing.domain.incident_plan import Plan
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import MentionStore
from yuqing.domain.subject import Subject


@dataclass(frozen=True)
class Relation:
    """Judges alerts against incidents. Reads the stories of posts once per look."""

    mentions: MentionStore
    subjects: Sequence[Subject]
    plan: Plan
    _stories: dict[MentionId, str] = field(default_factory=dict)

    def incident_of(self, alert: Alert, incidents: Sequence[Incident]) -> Incident | None:
        """The incident that the alert joins: of several the one with the same posts, then the nearest in time."""
        found = [(self._strength(alert, each), each) for each in incidents]
        near = [(strength, each.last_alert_at, each.id, each) for strength, each in found if strength]
        return max(near, key=lambda each: each[:3])[3] if near else None

    def _strength(self, alert: Alert, incident: Incident) -> int:
        """3: the same posts, 2: the same topic, 1: the same subject and nothing against it, 0: something else."""
        away = max(incident.began_at - alert.starts_at, alert.starts_at - incident.last_alert_at, timedelta(0))
        if not self._is_family(alert.subject_id, incident.subject_id) or away > self._hours(self.plan.join_hours):
            return 0
        if self._share_a_story(alert.evidence, incident.evidence):
            return 3
        if alert.topic and alert.topic == incident.topic:
            return 2
        if not alert.topic or not incident.topic:
            return 1  # a hot list tells no topic: nothing says that it is something else
        return int(
            away <= self._hours(self.plan.same_subject_hours) and not self._is_graver(alert.topic, incident.topic)
        )

    def _is_graver(self, topic: str, than: str) -> bool:
        """A run rumour in the middle of an outage has a playbook of its own and must not drown in the other."""
        return self.plan.topic_floor.get(topic, 0) > self.plan.topic_floor.get(than, 0)

    @staticmethod
    def _hours(hours: float) -> timedelta:
        return timedelta(hours=hours)

    def _is_family(self, first: str, second: str) -> bool:
        return self.head(first) == self.head(second)

    def head(self, subject_id: str) -> str:
        """The brand to which a product, campaign or person belongs; itself for a brand."""
        return self._parents.get(subject_id) or subject_id

    @property
    def _parents(self) -> Mapping[str, str | None]:
        return {subject.id: subject.parent for subject in self.subjects}

    def _share_a_story(self, first: Sequence[MentionId], second: Sequence[MentionId]) -> bool:
        return bool(first and second) and not self.stories(first).isdisjoint(self.stories(second))

    def stories(self, ids: Sequence[MentionId]) -> set[str]:
        """What the posts are copies of or answers to; a post that is gone is its own story."""
        missing = [each for each in ids if each not in self._stories]
        if missing:
            stored = self.mentions.get(missing)
            for each in missing:
                post = stored.get(each)
                self._stories[each] = str(each) if post is None else post.cluster_id or post.mention.root_id or each
        return {self._stories[each] for each in ids}
