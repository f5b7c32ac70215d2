"""Which notifications the stored alerts call for, derived anew at every look: a crash leaves nothing behind.

The beginning goes to the receivers of the route, reminders and the escalation chain follow while nobody acknowledges,
a message more when the event has become much larger (surges.py), the end is told to those who were told the beginning.
Each is a row whose id says what it is for, so queueing it twice is impossible. What keeps one back is stored with it
and looked at again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, cached_property

from alerts.dispatch import ALL, NotificationQueue
from alerts.holding import held_back
from alerts.joining import same_event
from alerts.kinds import ESCALATION, FIRING, RESOLVED, SURGE, escalation, family, repeat, surge
from alerts.log import SAME_EVENT, Log, may_wake
from alerts.matter import Matters, share_about
from alerts.policy import Delivery, deliveries_of, group_of, inhibitors, matches, order, quiet_until
from alerts.surges import has_surged
from yuqing.domain.alert import (
    Alert,
    AlertSeverity,
    AlertState,
    Inhibition,
    Notification,
    NotificationState,
    Receiver,
    Route,
    Silence,
)
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.errors import Conflict
from yuqing.domain.ports import MentionStore, StateStore, StoredMention
from yuqing.domain.subject import Subject
from yuqing.jobs.notify import Ticket

KIND = "alert"
# For so long after its end a resolved alert is looked at again, in case a crash kept its notice from being queued.
AFTERMATH = timedelta(days=1)
LONGEST_REPEAT = timedelta(days=1)
_FINAL = (NotificationState.ACCEPTED, NotificationState.SILENCED, NotificationState.DEAD)


@dataclass(frozen=True)
class Announcer:
    """Queues what is missing. Nothing is kept between two looks."""

    state: StateStore
    mentions: MentionStore
    queue: NotificationQueue
    routes: Sequence[Route]
    receivers: Mapping[str, Receiver]
    subjects: Sequence[Subject]
    matters: Matters
    inhibitions: Sequence[Inhibition] = ()

    def announce(self, now: datetime, silences: Sequence[Silence]) -> int:
        """Queue every notification that is due; how many."""
        return _Look(self, now, silences).announce()


@dataclass(frozen=True)
class _Look:
    """One look at one time."""

    by: Announcer
    now: datetime
    silences: Sequence[Silence]
    _versions: dict[str, int] = field(default_factory=dict)

    def announce(self) -> int:
        firing, ended = self._firing, self._alerts(AlertState.RESOLVED)
        recent = [alert for alert in ended if alert.owed or self._is_recent(alert)]
        # One that came and went between two looks of the notifier is still told. Who rings first goes first: the
        # others are held back only where its message exists.
        fired = sorted((*firing, *recent), key=lambda alert: order(alert, self._parents))
        queued = sum(self._begin(alert, fired) for alert in fired)
        loud = [alert for alert in firing if not self._kept(alert)]
        queued += sum(self._surge(alert) for alert in loud)
        free = [alert for alert in loud if alert.acknowledged_at is None]
        queued += sum(self._nag(alert) for alert in free)
        # While a source is not seen nobody knows whether it is over: only what is about our sight is told.
        blind = any(_blinds(alert) for alert in firing)
        queued += sum(self._end(alert) for alert in recent if not (blind and alert.subject_id))
        return queued + self._wake({alert.id: alert for alert in loud}, fired)

    def _kept(self, alert: Alert) -> str:
        return held_back(alert, self.silences, self._inhibitors, self.by.inhibitions, self.now)

    @cached_property
    def _inhibitors(self) -> list[Alert]:
        """Of many that fire, the few that may keep others quiet."""
        sources = [rule.source for rule in self.by.inhibitions]
        return [alert for alert in self._firing if any(matches(source, alert) for source in sources)]

    @cached_property
    def _matters(self) -> Matters:
        """A series is read once a look, however many alerts are compared."""
        return Matters(self.by.mentions, cache(self.by.matters.series))

    @cached_property
    def _log(self) -> Log:
        return Log(self.by.queue)

    @cached_property
    def _firing(self) -> list[Alert]:
        return self._alerts(AlertState.FIRING)

    def _alerts(self, state: AlertState) -> list[Alert]:
        found = self.by.state.find(KIND, {"state": state.value}, ALL)
        self._versions.update({document.id: document.version for document in found})
        return [from_json(Alert, document.body) for document in found]

    def _is_recent(self, alert: Alert) -> bool:
        return alert.ends_at is not None and abs(self.now - alert.ends_at) <= AFTERMATH

    @cached_property
    def _parents(self) -> dict[str, str | None]:
        return {subject.id: subject.parent for subject in self.by.subjects}

    def _deliveries(self, alert: Alert) -> Iterator[tuple[Delivery, Receiver]]:
        for delivery in deliveries_of(alert, self.by.routes):
            if (receiver := self.by.receivers.get(delivery.receiver)) is not None:
                yield delivery, receiver

    def _begin(self, alert: Alert, fired: Sequence[Alert]) -> int:
        """The receivers of the route are told that it began."""
        missing = [each for each in self._deliveries(alert) if self._log.row(alert, each[1].id, FIRING) is None]
        held = self._held(alert, [receiver for _, receiver in missing], fired) if missing else {}
        return sum(self._put(alert, each, FIRING, held.get(each[1].id, "")) for each in missing)

    def _put(self, alert: Alert, to: tuple[Delivery, Receiver], kind: str, held: str = "") -> bool:
        """Queue one; True when somebody will hear of it."""
        delivery, receiver = to
        group = group_of(alert, delivery, family(kind))
        made = self.by.queue.put(
            alert,
            receiver.id,
            kind,
            self.now,
            not_before=self._time(alert, receiver, group, delivery.route),
            held=held,
            group=group,
        )
        return made and not held

    def _time(self, alert: Alert, receiver: Receiver, group: str, route: Route) -> datetime | None:
        """When its message may leave: after quiet hours, and with its group."""
        times = [quiet_until(alert, receiver, self.now), self._group_time(group, route)]
        return max((time for time in times if time is not None), default=None)

    def _group_time(self, group: str, route: Route) -> datetime | None:
        """When the message of a group leaves: with the one that waits already, else by the times of the route."""
        if not group:
            return None
        rows = self.by.queue.of_group(group)
        waiting = [row for row in rows if row.state is NotificationState.QUEUED and row.attempts == 0]
        if waiting:
            return min(row.not_before or row.created_at for row in waiting)
        sent = [row.accepted_at or row.updated_at for row in rows if row.attempts]
        soonest = max((time + route.group_interval for time in sent), default=self.now)
        return max(self.now + route.group_wait, min(soonest, self.now + route.group_interval))

    def _held(self, alert: Alert, receivers: Sequence[Receiver], fired: Sequence[Alert]) -> dict[str, str]:
        """Who of them is not told, and why."""
        if reason := self._kept(alert):
            return {receiver.id: reason for receiver in receivers}
        shared = self._shared(alert)
        others = inhibitors(alert, fired, self._parents, shared)
        others += same_event(alert, fired, self._parents, shared, self._share_about, self._matters)
        told = ((each.id, one.id) for each in receivers for one in others if self._log.reaches(one.id, each.id))
        return {receiver: f"{SAME_EVENT} {one} 通知" for receiver, one in told}

    def _shared(self, alert: Alert) -> dict[str, float]:
        """For each subject the part of the alert's evidence that is about it."""
        posts: list[StoredMention] = list(self.by.mentions.get(alert.evidence).values())
        counts = Counter(subject for post in posts for subject in set(post.mention.subjects))
        return {subject: count / len(posts) for subject, count in counts.items()}

    def _share_about(self, alert: Alert, topic: str) -> float:
        return share_about(self.by.mentions, alert.evidence, topic)

    def _nag(self, alert: Alert) -> int:
        """Reminders, and the next in the chain, while nobody acknowledges."""
        found = list(self._deliveries(alert))
        due = [*self._reminders(alert, found), *self._escalations(alert, found)]
        return sum(self._put(alert, to, kind) for to, kind in due if self._log.row(alert, to[1].id, kind) is None)

    def _reminders(
        self, alert: Alert, found: Iterable[tuple[Delivery, Receiver]]
    ) -> Iterator[tuple[tuple[Delivery, Receiver], str]]:
        for delivery, receiver in found:
            if (pause := delivery.route.repeat_interval) is None:
                continue
            number, last = self._log.last_told(alert, receiver.id, repeat)
            if last is not None and self.now >= last + min(pause * 2 ** min(number, 30), LONGEST_REPEAT):
                yield (delivery, receiver), repeat(number + 1)

    def _surge(self, alert: Alert) -> int:
        """Receivers of the route that were told of it are told that it has become much larger, whoever takes care."""
        queued = 0
        if not alert.growth or not has_surged(alert, alert.growth[0][0], self.now):
            return 0  # whatever was told when: no rows need be read
        for to in self._deliveries(alert):
            number, last = self._log.last_told(alert, to[1].id, surge)
            if last is not None and has_surged(alert, last, self.now):
                queued += self._put(alert, to, surge(number + 1))
        return queued

    def _escalations(
        self, alert: Alert, found: Iterable[tuple[Delivery, Receiver]]
    ) -> Iterator[tuple[tuple[Delivery, Receiver], str]]:
        """Each step whose time has come. The chain begins when the first receiver was told, or should have been."""
        chains: dict[int, tuple[Route, datetime]] = {}
        for delivery, receiver in found:
            begun = self._should_know(alert, receiver) if delivery.route.escalation else None
            if begun is not None:
                route, earlier = chains.get(id(delivery.route), (delivery.route, begun))
                chains[id(delivery.route)] = (route, min(earlier, begun))
        for route, begun in chains.values():
            for number, step in enumerate(route.escalation, start=1):
                if self.now >= begun + step.after:
                    yield from self._step(route, step.receivers, escalation(number))

    def _step(self, route: Route, names: Iterable[str], kind: str) -> Iterator[tuple[tuple[Delivery, Receiver], str]]:
        for name in names:
            if (receiver := self.by.receivers.get(name)) is not None:
                yield (Delivery(name, route), receiver), kind

    def _should_know(self, alert: Alert, receiver: Receiver) -> datetime | None:
        """When a receiver was told, or would have been had the message arrived; None for one that is held back."""
        row = self._log.row(alert, receiver.id, FIRING)
        if row is None or row.state is NotificationState.SILENCED:
            return None
        return row.accepted_at or quiet_until(alert, receiver, row.created_at) or row.created_at

    def _end(self, alert: Alert) -> int:
        """The end is told to those who were told the beginning and want to know; then nothing is owed any more."""
        wanted, rows = self._listeners(alert)
        held = self._kept(alert) if wanted else ""
        queued = sum(self._put(alert, to, RESOLVED, held) for to in wanted)
        if alert.owed and all(row.state in _FINAL for row in rows):
            self._paid(alert)
        return queued

    def _listeners(self, alert: Alert) -> tuple[list[tuple[Delivery, Receiver]], list[Notification]]:
        """Who is to hear of the end, and every notification of the beginning."""
        found = dict[str, tuple[Delivery, Receiver]]()
        for delivery, receiver in self._deliveries(alert):
            found.setdefault(receiver.id, (delivery, receiver))
            for step in delivery.route.escalation:
                for to, _ in self._step(delivery.route, step.receivers, ESCALATION):
                    found.setdefault(to[1].id, to)
        rows = {name: list(self._beginnings(alert, *to)) for name, to in found.items()}
        told = [
            to
            for name, to in found.items()
            if to[1].options.get("send_resolved") is True
            and any(row.state is NotificationState.ACCEPTED for row in rows[name])
            and self._log.row(alert, name, RESOLVED) is None
        ]
        return told, [row for each in rows.values() for row in each]

    def _beginnings(self, alert: Alert, delivery: Delivery, receiver: Receiver) -> Iterator[Notification]:
        steps = range(1, len(delivery.route.escalation) + 1)
        for kind in (FIRING, *(escalation(number) for number in steps)):
            if (row := self._log.row(alert, receiver.id, kind)) is not None:
                yield row

    def _paid(self, alert: Alert) -> None:
        body = to_json(replace(alert, owed=False))
        try:
            self.by.state.save(KIND, alert.id, body, expected_version=self._versions[alert.id])
        except Conflict:
            return  # somebody changed it meanwhile: the next look pays

    def _wake(self, loud: Mapping[str, Alert], fired: Sequence[Alert]) -> int:
        """What kept a message back is over: who still has a firing alert is told now; its end is never told late."""
        kept = (ticket for ticket in self.by.queue.find(NotificationState.SILENCED) if may_wake(ticket.notification))
        asked = ((ticket, loud.get(ticket.notification.alert_id)) for ticket in kept)
        rows = [(ticket, alert) for ticket, alert in asked if alert is not None and _is_wanted(ticket, alert)]
        return sum(self._wake_one(ticket, alert, fired) for ticket, alert in rows)

    def _wake_one(self, ticket: Ticket, alert: Alert, fired: Sequence[Alert]) -> bool:
        row = ticket.notification
        receiver = self.by.receivers.get(row.receiver)
        if receiver is None or self._is_told_elsewhere(row, alert, receiver, fired):
            return False
        until = quiet_until(alert, receiver, self.now)
        return self.by.queue.wake(ticket, self.now, until)

    def _is_told_elsewhere(self, row: Notification, alert: Alert, receiver: Receiver, fired: Sequence[Alert]) -> bool:
        """Whether another alert's message speaks for it to this receiver."""
        if row.detail.startswith(SAME_EVENT):
            return self._log.reaches(row.detail.removeprefix(SAME_EVENT).split()[0], row.receiver)
        return bool(self._held(alert, [receiver], fired))


def _is_wanted(ticket: Ticket, alert: Alert) -> bool:
    """Who takes care of an alert is not told of it any more, but of its growth."""
    return alert.acknowledged_at is None or family(ticket.notification.kind) == SURGE


def _blinds(alert: Alert) -> bool:
    """Whether it says that a source is not seen: then "it is over" would claim too much."""
    return alert.severity is AlertSeverity.OPERATOR and {"source", "outcome"} <= set(alert.labels)
