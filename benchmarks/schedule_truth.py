"""What is true while a random schedule plays: which alert is kept quiet when. Knows nothing of the engine's own rules.

Written from the documented terms (Alertmanager's): a silence holds between its two times for every alert with its
labels; an alert is inhibited while another that matches the source of a rule fires, unless both alerts match both
sides of it. Time here is counted in writes: only what was stored before a scheduler began its look must be known to it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.fakes import FakeClock
from yuqing.domain.alert import Inhibition, Matchers
from yuqing.domain.ports import Json


@dataclass(frozen=True)
class Hold:
    """A notification was put to sleep: after which write, and whether there was a reason."""

    tick: int
    is_true: bool


def _holds(matchers: Matchers, labels: Mapping[str, str]) -> bool:
    return all(labels[name] in ([value] if isinstance(value, str) else value) for name, value in matchers.items())


@dataclass
class Truth:
    """Follows the writes of a store."""

    clock: FakeClock
    inhibitions: Sequence[Inhibition]
    tick: int = 0
    round: tuple[int, datetime] | None = None  # the write and the time at which the running schedulers began
    stopped: dict[str, int] = field(default_factory=dict)  # alert -> the write with which it stopped firing
    labels: dict[str, dict[str, str]] = field(default_factory=dict)  # by alert
    firing: dict[str, int] = field(default_factory=dict)  # alert -> the write with which it began to fire
    silences: dict[str, tuple[int, Mapping[str, str], datetime, datetime]] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)  # by notification: the newest
    freed: dict[str, int] = field(default_factory=dict)  # alert -> the last look that saw it firing and free
    told_while_held: list[str] = field(default_factory=list)
    finished: int = 0  # messages that may have arrived before, sent again under their key
    claimed: dict[str, int] = field(default_factory=dict)  # notification -> the write by which it was first to be sent

    def saved(self, kind: str, id: str, body: Json) -> None:
        """A document was written."""
        self.tick += 1
        match kind:
            case "alert":
                self._alert(id, body)
            case "silence":
                begun = self.silences[id][0] if id in self.silences else self.tick
                matchers = body["matchers"]
                assert isinstance(matchers, Mapping)
                times = (datetime.fromisoformat(str(body[name])) for name in ("starts_at", "ends_at"))
                self.silences[id] = (begun, {str(k): str(v) for k, v in matchers.items()}, *times)  # type: ignore[assignment]
            case "notification" if body["state"] == "sending":
                self.claimed.setdefault(id, self.tick)
            case "notification" if body["state"] == "silenced":
                self.holds[id] = Hold(self.tick, self._was_held(str(body["alert_id"])))

    def _alert(self, id: str, body: Json) -> None:
        labels = body["labels"]
        assert isinstance(labels, Mapping)
        self.labels[id] = {**{str(k): str(v) for k, v in labels.items()}, "severity": str(body["severity"])}
        if body["state"] == "firing":
            self.firing.setdefault(id, self.tick)
        elif id in self.firing:
            self.stopped[id] = self.tick
            del self.firing[id]

    def begin_round(self) -> None:
        """Schedulers begin; what they read from now on may be old by the time they write."""
        self.round = self.tick, self.clock.now()

    def _was_held(self, alert: str) -> bool:
        """Whether an alert is held now or was when a scheduler that runs may have read."""
        begun, then = self.round or (self.tick, self.clock.now())
        past = {other: 0 for other, tick in self.stopped.items() if tick >= begun}
        return (
            self.is_held(alert, self.tick + 1)
            or self._is_silenced(alert, self.tick + 1, then)
            or self._is_inhibited(alert, self.tick + 1, past)
        )

    def is_held(self, alert: str, before: int) -> bool:
        """Whether an alert is silenced or inhibited now, by what was written before."""
        return self._is_silenced(alert, before, self.clock.now()) or self._is_inhibited(alert, before, self.firing)

    def _is_silenced(self, alert: str, before: int, now: datetime) -> bool:
        labels = self.labels[alert]
        return any(
            tick < before and begin <= now < end and _holds(matchers, labels)
            for tick, matchers, begin, end in self.silences.values()
        )

    def _is_inhibited(self, alert: str, before: int, firing: Mapping[str, int]) -> bool:
        return any(
            tick < before and other != alert and self._inhibits(rule, self.labels[other], self.labels[alert])
            for other, tick in firing.items()
            for rule in self.inhibitions
        )

    @staticmethod
    def _inhibits(rule: Inhibition, other: Mapping[str, str], alert: Mapping[str, str]) -> bool:
        both = [_holds(rule.source, each) and _holds(rule.target, each) for each in (other, alert)]
        same = all(other[name] == alert[name] for name in rule.equal)
        return _holds(rule.source, other) and _holds(rule.target, alert) and same and not all(both)

    def look(self, detect: Callable[[], object]) -> None:
        """A scheduler looks. Whoever fires and is free before and after it must have a message when it has ended."""
        before, began = self._free(), self.tick
        detect()
        for alert in before & self._free():
            self.freed[alert] = began

    def _free(self) -> set[str]:
        return {alert for alert in self.firing if not self.is_held(alert, self.tick + 1)}

    def sent(self, key: str, alerts: Sequence[str], began: int) -> None:
        """A message leaves a process that began after so many writes."""
        held = [alert for alert in alerts if self.is_held(alert, began)]
        if not held:
            return
        if self.claimed[key] < began and len(alerts) > 1:
            self.finished += 1
        else:
            self.told_while_held += held

    def is_rightly_silent(self, notification: str, alert: str, *, once: bool) -> bool:
        """Whether it was put to sleep for a reason, and no look since then saw its alert firing and free.

        `once`: an end that was held is not told later.
        """
        hold = self.holds.get(notification)
        return hold is not None and hold.is_true and (once or self.freed.get(alert, -1) < hold.tick)
