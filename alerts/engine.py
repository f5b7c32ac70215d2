"""The alert engine: what bootstrap wires, and what the scheduler, the CLI and the dashboard call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256

from alerts.briefing import Briefer, Briefing
from alerts.bundle import Bundler
from alerts.channels.robots import Quota
from alerts.detectors import DETECTORS
from alerts.detectors.base import DetectionContext, Senses
from alerts.dispatch import ALL, LEASE, NotificationQueue
from alerts.holding import held_back
from alerts.joining import joined
from alerts.kinds import is_nagging, is_of_the_moment
from alerts.latency import LatencyBook
from alerts.ledger import SeriesBook
from alerts.links import Links
from alerts.matter import Matters
from alerts.message import compose
from alerts.pace import RobotPace
from alerts.policy import gravity
from alerts.register import FIRING, SILENCE, AlertRegister
from alerts.register import KIND as ALERT
from alerts.watch import Watch
from yuqing.domain.alert import (
    Alert,
    AlertState,
    Detection,
    Inhibition,
    Notification,
    NotificationState,
    Receiver,
    Route,
    Rule,
    Silence,
)
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.errors import ChannelError, Conflict, InputError, StoreError
from yuqing.domain.ports import Channel, Clock, MentionStore, StateStore
from yuqing.domain.subject import Source, Subject, TopicDefinition
from yuqing.jobs.detect import DetectSummary
from yuqing.jobs.detect import detect as run_detect
from yuqing.jobs.notify import NotifySummary, Ticket
from yuqing.jobs.notify import notify as run_notify

TRIES = 5
SLOW = timedelta(seconds=5)


@dataclass(frozen=True)
class AlertEngine:
    """`channels` by receiver id. Nothing that matters is kept in memory: several processes may run one each.

    `book` only saves reading the same counts from the store again.
    """

    mentions: MentionStore
    state: StateStore
    clock: Clock
    subjects: Sequence[Subject]
    sources: Sequence[Source]
    rules: Sequence[Rule]
    routes: Sequence[Route]
    receivers: Sequence[Receiver]
    channels: Mapping[str, Channel]
    links: Links
    topics: Sequence[TopicDefinition] = ()
    lease: timedelta = LEASE
    inhibitions: Sequence[Inhibition] = ()
    quotas: Mapping[str, Quota] = field(default_factory=dict)  # by receiver id
    senses: Senses | None = None
    book: SeriesBook = field(default_factory=SeriesBook, repr=False, compare=False)

    def detect(self) -> DetectSummary:
        """Judge every rule once and queue what is to be told."""
        Watch(self.state).note(self.sources, self.clock.now())
        return run_detect(self, self.register, self.mentions, self.clock)

    def notify(self) -> NotifySummary:
        """Deliver what is due."""
        return run_notify(_Watched(self.queue, self), self.deliver, self.clock)

    def judge(self, now: datetime) -> Sequence[Detection]:
        """Everything that holds now, rule by rule; what is found about a topic may join what the whole subject has."""
        context = self.context(now)
        context.gather()
        found = [one for rule in self.rules if rule.enabled for one in DETECTORS[rule.type].detect(rule, context)]
        return joined(found, self.state, context.matters)

    def context(self, now: datetime) -> DetectionContext:
        """One look at the stores."""
        names = {topic.id: topic.name for topic in self.topics}
        return DetectionContext(
            self.mentions, self.state, self.subjects, self.sources, now, names, self.senses, book=self.book
        )

    @cached_property
    def queue(self) -> NotificationQueue:
        """The notifications."""
        return NotificationQueue(self.state, self.lease)

    @cached_property
    def register(self) -> AlertRegister:
        """The alerts."""
        receivers = {receiver.id: receiver for receiver in self.receivers}
        return AlertRegister(
            self.state,
            self.mentions,
            self.queue,
            self.routes,
            receivers,
            self.subjects,
            Matters(self.mentions, lambda subject: self.context(self.clock.now()).series_of(subject)),
            self.inhibitions,
            self.rules,
        )

    def deliver(self, notification: Notification) -> str:
        """Compose the message of a notification and send it. Raises ChannelError."""
        channel, alert = self.channels.get(notification.receiver), self.alert(notification.alert_id)
        if channel is None:
            raise ChannelError(f"没有接收人 {notification.receiver} 的渠道")
        if alert is None:
            raise ChannelError("预警已不存在", permanent=True)
        now = self.clock.now()
        names = {topic.id: topic.name for topic in self.topics}
        members = [self.alert(member.partition("|")[0]) for member in notification.members]
        # The gravest of a group is the headline; of equals the one that waited longest.
        told = sorted((alert, *(each for each in members if each is not None)), key=gravity)
        return channel.send(compose(notification, self._brief(told[0], now), self.links, names, now, told[1:]))

    def _brief(self, alert: Alert, now: datetime) -> Briefing:
        """The facts of the message; a bare message now is better than a full one too late."""
        briefer = Briefer(self.context(now), {rule.id: rule for rule in self.rules})
        try:
            return briefer.brief(alert)
        except StoreError:
            return briefer.outline(alert)

    def alerts(self) -> list[Alert]:
        """Every alert, oldest first."""
        found = [from_json(Alert, document.body) for document in self.state.find(ALERT, limit=ALL)]
        return sorted(found, key=lambda alert: (alert.starts_at, alert.id))

    def alert(self, alert_id: str) -> Alert | None:
        """One alert."""
        document = self.state.load(ALERT, alert_id)
        return None if document is None else from_json(Alert, document.body)

    def notifications(self, alert_id: str) -> list[Notification]:
        """Who was told about an alert."""
        found = self.state.find("notification", {"alert_id": alert_id}, ALL)
        return [from_json(Notification, document.body) for document in found]

    def acknowledge(self, alert_id: str, by: str) -> Alert:
        """Note who takes care; the first one stays. Raises InputError when there is no such alert."""
        return self._changed(alert_id, lambda alert: self._acknowledged(alert, by))

    def assign(self, alert_id: str, to: str, by: str) -> Alert:
        """Note whose task it is, which acknowledges it as well. Raises InputError when there is no such alert."""

        def assigned(alert: Alert) -> Alert:
            if alert.assigned_to == to:
                return alert
            return replace(self._acknowledged(alert, by), assigned_to=to, assigned_at=self.clock.now())

        return self._changed(alert_id, assigned)

    def _acknowledged(self, alert: Alert, by: str) -> Alert:
        if alert.acknowledged_at is not None:
            return alert
        return replace(alert, acknowledged_at=self.clock.now(), acknowledged_by=by)

    def _changed(self, alert_id: str, change: Callable[[Alert], Alert]) -> Alert:
        for _ in range(TRIES):
            document = self.state.load(ALERT, alert_id)
            if document is None:
                raise InputError(f"没有预警 {alert_id}")
            alert = from_json(Alert, document.body)
            changed = change(alert)
            if changed is alert:
                return alert
            try:
                self.state.save(ALERT, alert_id, to_json(changed), expected_version=document.version)
            except Conflict:
                continue  # the detector was faster: read again
            return changed
        raise Conflict(f"预警 {alert_id} 正被频繁更新，请再试一次")

    def silence(
        self, matchers: Mapping[str, str], length: timedelta, *, author: str, reason: str, mark: str = ""
    ) -> Silence:
        """Tell nobody about matching alerts for a while. Raises InputError without matchers, author or reason.

        The same `mark` makes the same silence: made twice, the first one stays.
        """
        if not matchers or not author.strip() or not reason.strip() or length <= timedelta(0):
            raise InputError("静默须写明条件、操作人、原因和时长")
        now = self.clock.now()
        own = sha256(f"{sorted(matchers.items())}|{now.isoformat()}|{author}".encode()).hexdigest()[:12]
        made = Silence(f"s-{mark or own}", dict(matchers), now, now + length, author, reason)
        try:
            self.state.save(SILENCE, made.id, to_json(made), expected_version=0)
        except Conflict:
            known = self.state.load(SILENCE, made.id)
            return made if known is None else from_json(Silence, known.body)
        return made

    def silences(self) -> list[Silence]:
        """Every silence, the newest first."""
        return sorted(self.register.silences(), key=lambda each: each.starts_at, reverse=True)

    def expire(self, silence_id: str) -> Silence:
        """End a silence now. Raises InputError when there is no such silence."""
        document = self.state.load(SILENCE, silence_id)
        if document is None:
            raise InputError(f"没有静默 {silence_id}")
        silence = from_json(Silence, document.body)
        ended = replace(silence, ends_at=min(silence.ends_at, self.clock.now()))
        self.state.save(SILENCE, silence_id, to_json(ended), expected_version=document.version)
        return ended


@dataclass(frozen=True)
class _Watched:
    """The queue as delivery sees it: silences, acknowledgements and the pace of a robot count until the last moment,
    notifications of a group go together, latencies are noted on the alert."""

    queue: NotificationQueue
    engine: AlertEngine
    # Receivers whose far side kept this round waiting in vain: the others come first, they come again next round.
    _slow: set[str] = field(default_factory=set)

    @cached_property
    def _bundler(self) -> Bundler:
        return Bundler(self.queue, self._is_free)

    @cached_property
    def _pace(self) -> RobotPace:
        return RobotPace(self.engine.state)

    def due(self, now: datetime) -> Sequence[Ticket]:
        return self.queue.due(now)

    def claim(self, ticket: Ticket, now: datetime) -> Ticket | None:
        free: Ticket | None = ticket
        if ticket.notification.receiver in self._slow:
            return None
        if ticket.notification.carried_by:
            free = self._bundler.settle(ticket, now)
        if free is None or not self._is_free(free, now):
            return None
        quota = self.engine.quotas.get(free.notification.receiver)
        if quota is not None and not self._pace.reserve(quota, now):
            return None  # it waits in the queue, as it is
        return self._bundler.claim(free, now)

    def _is_free(self, ticket: Ticket, now: datetime) -> bool:
        """Whether it may be told now; what may not is put to sleep.

        One of several that may have arrived is finished: under another key its members would be told a second time.
        """
        if ticket.notification.members and ticket.notification.doubts:
            return True
        alert = self.engine.alert(ticket.notification.alert_id)
        reason = "" if alert is None else self._reason(ticket.notification, alert, now)
        if reason:
            self.queue.hold(ticket, reason, now)
        return not reason

    def _reason(self, row: Notification, alert: Alert, now: datetime) -> str:
        register = self.engine.register
        if kept := held_back(alert, register.silences(), register.firing(), self.engine.inhibitions, now):
            return kept
        if is_nagging(row.kind) and alert.acknowledged_at is not None:
            return f"已由 {alert.acknowledged_by} 确认"
        return "已解除" if is_of_the_moment(row.kind) and alert.state is AlertState.RESOLVED else ""

    def accepted(self, ticket: Ticket, acknowledgement: str, now: datetime) -> None:
        self.queue.accepted(ticket, acknowledgement, now)
        self._note(ticket.notification, now)
        leader = self.queue.load(ticket.notification.id) if ticket.notification.members else None
        if leader is not None and leader.notification.state is NotificationState.ACCEPTED:
            for member in self._bundler.members(ticket.notification):
                self._bundler.accept(member, leader.notification, now)
                self._note(member.notification, now)

    def _note(self, row: Notification, now: datetime) -> None:
        if row.kind == FIRING:
            LatencyBook(self.engine.state).note(row, now)

    def failed(self, ticket: Ticket, error: ChannelError, now: datetime) -> bool:
        receiver = ticket.notification.receiver
        quota = self.engine.quotas.get(receiver)
        if quota is not None and error.retry_after is not None:
            self._pace.pause(quota, error.retry_after, now)
        if now - ticket.notification.updated_at >= SLOW:
            self._slow.add(receiver)
        return self.queue.failed(ticket, error, now)
