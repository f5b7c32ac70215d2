"""Alerts in the state store (kind `alert`), and which notifications each of them calls for."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.announce import KIND, Announcer
from alerts.dispatch import ALL, NotificationQueue
from alerts.kinds import FIRING, RESOLVED
from alerts.lifecycle import Change, ChangeKind, Timing, advance
from alerts.matter import Matters
from yuqing.domain.alert import Alert, AlertState, Detection, Inhibition, Receiver, Route, Rule, Silence, fingerprint
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.errors import Conflict
from yuqing.domain.ports import MentionStore, StateStore, StoredMention, Versioned
from yuqing.domain.subject import Subject
from yuqing.jobs.detect import Registered

__all__ = ["FIRING", "KIND", "RESOLVED", "SILENCE", "AlertRegister", "stages"]
SILENCE = "silence"
_FIRED = (ChangeKind.CREATED, ChangeKind.FIRED)


@dataclass(frozen=True)
class AlertRegister:
    """Implements yuqing.jobs.detect.Register."""

    state: StateStore
    mentions: MentionStore
    queue: NotificationQueue
    routes: Sequence[Route]
    receivers: Mapping[str, Receiver]
    subjects: Sequence[Subject]
    matters: Matters
    inhibitions: Sequence[Inhibition] = ()
    rules: Sequence[Rule] = ()  # how long each must hold, and be gone

    def apply(self, detections: Sequence[Detection], now: datetime) -> Registered:
        """See yuqing.jobs.detect.Register. A row that somebody else changed meanwhile waits for the next look."""
        versions: dict[str, int] = {}
        known = self._known(detections, versions)
        timings = {rule.id: Timing(rule.pending_for, rule.keep_firing_for) for rule in self.rules}
        changes = advance(detections, known, now, lambda rule: timings.get(rule, Timing()))
        stored = [change for change in changes if self._store(change, versions)]
        done = Counter(change.kind for change in stored)
        return Registered(
            fired=sum(change.kind in _FIRED and change.alert.state is AlertState.FIRING for change in stored),
            continued=done[ChangeKind.CONTINUED] + done[ChangeKind.REOPENED],
            resolved=done[ChangeKind.RESOLVED],
        )

    def _known(self, detections: Sequence[Detection], versions: dict[str, int]) -> list[Alert]:
        """Open alerts, and every past one with the fingerprint of a detection."""
        documents: list[Versioned] = []
        for state in (AlertState.PENDING, AlertState.FIRING):
            documents += self.state.find(KIND, {"state": state.value}, ALL)
        for mark in sorted({fingerprint(detection.labels) for detection in detections}):
            documents += self.state.find(KIND, {"fingerprint": mark}, ALL)
        found = {document.id: document for document in documents}
        versions.update({document.id: document.version for document in documents})
        return [from_json(Alert, document.body) for document in found.values()]

    def _store(self, change: Change, versions: Mapping[str, int]) -> bool:
        alert = change.alert
        if change.kind in _FIRED and alert.evidence:
            alert = self._with_facts(alert)
        if change.kind is ChangeKind.RESOLVED:
            alert = replace(alert, owed=True)
        try:
            self.state.save(KIND, alert.id, to_json(alert), expected_version=versions.get(alert.id, 0))
        except Conflict:
            return False
        return True

    def _with_facts(self, alert: Alert) -> Alert:
        """What is known when it fires: the way of its newest post, and what most of its posts are about."""
        posts = list(self.mentions.get(alert.evidence).values())
        seen = [post for post in posts if post.annotation and post.stored_at <= _detected(alert)]
        way = stages(max(seen, key=lambda post: post.mention.published_at)) if seen else {}
        topics = Counter(topic.id for post in posts if post.annotation for topic in post.annotation.topics)
        leading = min(topics, key=lambda topic: (-topics[topic], topic), default="")
        return replace(alert, latency={**way, **alert.latency}, topic=alert.labels.get("topic", leading))

    def announce(self, now: datetime) -> int:
        """See yuqing.jobs.detect.Register."""
        announcer = Announcer(
            self.state,
            self.mentions,
            self.queue,
            self.routes,
            self.receivers,
            self.subjects,
            self.matters,
            self.inhibitions,
        )
        return announcer.announce(now, self.silences())

    def firing(self) -> Iterator[Alert]:
        """Every alert that fires, read only when somebody asks for the first."""
        for found in self.state.find(KIND, {"state": AlertState.FIRING.value}, ALL):
            yield from_json(Alert, found.body)

    def silences(self) -> list[Silence]:
        """Every silence, past ones too."""
        return [from_json(Silence, document.body) for document in self.state.find(SILENCE, limit=ALL)]


def _detected(alert: Alert) -> datetime:
    return datetime.fromisoformat(alert.latency["detected_at"]) if "detected_at" in alert.latency else alert.updated_at


def stages(post: StoredMention) -> dict[str, str]:
    """The times of a post on its way to detection."""
    times = {
        "published_at": post.mention.published_at,
        "collected_at": post.mention.collected_at,
        "stored_at": post.stored_at,
        "scored_at": None if post.annotation is None else post.annotation.scored_at,
    }
    return {stage: time.isoformat() for stage, time in times.items() if time is not None}
