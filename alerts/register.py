"""Alerts in the state store (kind `alert`), and which notifications each of them calls for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.dispatch import ALL, NotificationQueue, notification_id
from alerts.lifecycle import Change, ChangeKind, Timing, advance
from alerts.policy import inhibitors, order, quiet_until, receivers_of, silenced_by
from yuqing.domain.alert import (
    Alert,
    AlertState,
    Detection,
    Notification,
    NotificationState,
    Receiver,
    Route,
    Silence,
    fingerprint,
)
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.errors import Conflict
from yuqing.domain.ports import MentionStore, StateStore, StoredMention, Versioned
from yuqing.domain.subject import Subject
from yuqing.jobs.detect import Registered
from yuqing.jobs.notify import Ticket

KIND = "alert"
SILENCE = "silence"
FIRING, RESOLVED = "firing", "resolved"
SAME_EVENT = "同一事件已由预警"
_UNTOLD = (NotificationState.SILENCED, NotificationState.DEAD)
# For so long after its end a resolved alert is looked at again, in case a crash kept its notice from being queued.
AFTERMATH = timedelta(days=1)
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

    def apply(self, detections: Sequence[Detection], now: datetime) -> Registered:
        """See yuqing.jobs.detect.Register. A row that somebody else changed meanwhile waits for the next look."""
        versions: dict[str, int] = {}
        known = self._known(detections, versions)
        changes = advance(detections, known, now, Timing())
        done = Counter(change.kind for change in changes if self._store(change, versions))
        return Registered(
            fired=sum(done[kind] for kind in _FIRED),
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
            alert = replace(alert, latency={**self._stages(alert), **alert.latency})
        try:
            self.state.save(KIND, alert.id, to_json(alert), expected_version=versions.get(alert.id, 0))
        except Conflict:
            return False
        return True

    def _stages(self, alert: Alert) -> dict[str, str]:
        """When the newest post that led to the alert was published, collected, stored and scored."""
        stored = self.mentions.get(alert.evidence).values()
        seen = [post for post in stored if post.annotation and post.stored_at <= _detected(alert)]
        if not seen:
            return {}
        return stages(max(seen, key=lambda post: post.mention.published_at))

    def announce(self, now: datetime) -> int:
        """See yuqing.jobs.detect.Register."""
        silences = self.silences()
        firing = self._alerts(AlertState.FIRING)
        ended = self._alerts(AlertState.RESOLVED)
        recent = [alert for alert in ended if alert.ends_at is not None and now - alert.ends_at <= AFTERMATH]
        # One that came and went between two looks of the notifier is still told. Who rings first goes first: the
        # others are held back only where its message exists.
        fired = sorted((*firing, *recent), key=lambda alert: order(alert, self._parents))
        queued = sum(self._announce(alert, FIRING, fired, silences, now) for alert in fired)
        queued += sum(self._announce_end(alert, silences, now) for alert in recent)
        return queued + self._wake(firing, silences, now)

    @property
    def _parents(self) -> dict[str, str | None]:
        return {subject.id: subject.parent for subject in self.subjects}

    def _alerts(self, state: AlertState) -> list[Alert]:
        return [from_json(Alert, document.body) for document in self.state.find(KIND, {"state": state.value}, ALL)]

    def _announce(
        self, alert: Alert, kind: str, all: Sequence[Alert], silences: Sequence[Silence], now: datetime
    ) -> int:
        missing = [
            receiver
            for name in receivers_of(alert, self.routes)
            if (receiver := self.receivers.get(name)) is not None
            and self.queue.load(notification_id(alert.id, name, kind)) is None
        ]
        held = self._held(alert, missing, all, silences, now) if missing else {}
        return sum(
            self.queue.put(
                alert, each.id, kind, now, not_before=quiet_until(alert, each, now), held=held.get(each.id, "")
            )
            and each.id not in held
            for each in missing
        )

    def _held(
        self,
        alert: Alert,
        receivers: Sequence[Receiver],
        all: Sequence[Alert],
        silences: Sequence[Silence],
        now: datetime,
    ) -> dict[str, str]:
        """Who of them is not told, and why."""
        silence = silenced_by(alert, silences, now)
        if silence is not None:
            return {receiver.id: f"静默 {silence.id}：{silence.reason}" for receiver in receivers}
        others = inhibitors(alert, all, self._parents, self._shared(alert))
        told = ((each.id, other.id) for each in receivers for other in others if self._reaches(other.id, each.id))
        return {receiver: f"{SAME_EVENT} {other} 通知" for receiver, other in told}

    def _reaches(self, alert_id: str, receiver: str) -> bool:
        """Whether an alert has a message for this receiver that has arrived or still may."""
        found = self.queue.load(notification_id(alert_id, receiver, FIRING))
        return found is not None and found.notification.state not in _UNTOLD

    def _shared(self, alert: Alert) -> dict[str, float]:
        """For each subject the part of the alert's evidence that is about it."""
        posts: list[StoredMention] = list(self.mentions.get(alert.evidence).values())
        counts = Counter(subject for post in posts for subject in set(post.mention.subjects))
        return {subject: count / len(posts) for subject, count in counts.items()}

    def _announce_end(self, alert: Alert, silences: Sequence[Silence], now: datetime) -> int:
        """The end is told to those who were told the beginning and want to know."""
        queued = 0
        for name in receivers_of(alert, self.routes):
            receiver, begun = self.receivers.get(name), self.queue.load(notification_id(alert.id, name, FIRING))
            told = begun is not None and begun.notification.state is NotificationState.ACCEPTED
            if receiver is not None and told and receiver.options.get("send_resolved") is True:
                held = "" if silenced_by(alert, silences, now) is None else "静默"
                queued += self.queue.put(alert, name, RESOLVED, now, held=held) and not held
        return queued

    def _wake(self, firing: Sequence[Alert], silences: Sequence[Silence], now: datetime) -> int:
        """What held a message back is over: who still has a firing alert is told now."""
        by_id = {alert.id: alert for alert in firing}
        held = self.queue.find(NotificationState.SILENCED)
        return sum(self._wake_one(ticket, by_id, silences, now) for ticket in held)

    def _wake_one(
        self, ticket: Ticket, firing: Mapping[str, Alert], silences: Sequence[Silence], now: datetime
    ) -> bool:
        alert = firing.get(ticket.notification.alert_id)
        if alert is None or not self._is_free(ticket.notification):
            return False
        if alert.acknowledged_at is not None or silenced_by(alert, silences, now) is not None:
            return False
        return self.queue.wake(ticket, now)

    def _is_free(self, row: Notification) -> bool:
        """Whether no other alert speaks for this one; silences are asked by the caller."""
        if not row.detail.startswith(SAME_EVENT):
            return row.detail.startswith("静默")
        other = row.detail.removeprefix(SAME_EVENT).split()[0]
        return not self._reaches(other, row.receiver)

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
