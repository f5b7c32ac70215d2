"""What a random schedule shows: what the receivers hold, compared with what happened."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.schedule_world import Event, Far
from yuqing.domain.alert import NotificationState

if TYPE_CHECKING:
    from benchmarks.alert_schedules import Play

WAITING = (NotificationState.QUEUED, NotificationState.SENDING, NotificationState.FAILED)
Told = Mapping[str, Mapping[tuple[str, str], list[str]]]  # receiver -> (alert, kind) -> keys


@dataclass(frozen=True)
class Verdict:
    """What one schedule shows."""

    seed: int
    alerts: int
    due: int  # event x receiver
    messages: int
    lost: tuple[str, ...]
    held_to_end: int  # never told, because it was silenced or inhibited until it ended
    told_while_held: tuple[str, ...]
    end_alone: tuple[str, ...]  # told the end of what it was never told of
    finished: int
    woken: int
    doubled: tuple[str, ...]
    copies_keyed: int
    copies_robot: int
    unexplained: int
    stuck: int
    grouped: int
    accidents: Mapping[str, int]

    @property
    def is_kept(self) -> bool:
        """Whether every promise held."""
        broken = (self.lost, self.doubled, self.stuck, self.unexplained, self.told_while_held, self.end_alone)
        return not any(broken)

    @classmethod
    def of(cls, play: "Play") -> "Verdict":
        """Compare what the receivers hold with what happened."""
        told = {name: _told(far) for name, far in play.far.items()}
        wanted = list(_wanted(play))
        missing = [each for each in wanted if not told[each[0]].get((each[1], each[2]))]
        held = [each for each in missing if _is_held(play, *each)]
        lost = [" ".join(each) for each in missing if each not in held]
        lost += [f"event {event.mark}" for event in play.events if not _is_stored(play, event)]
        keys = {name: {what: set(found) for what, found in told[name].items()} for name in told if name != "robot"}
        doubled = [f"{name} {what}" for name, found in keys.items() for what, each in found.items() if len(each) > 1]
        copies = {name: sum(max(len(each) - 1, 0) for each in found.values()) for name, found in told.items()}
        rows = play.store.find("notification")
        certain = not any(play.accidents[name] for name in ("crash", "answer lost", "jump", "stall"))
        return cls(
            seed=play.seed,
            alerts=len(play.store.find("alert")),
            due=len(wanted),
            messages=sum(len(far.held) for far in play.far.values()),
            lost=tuple(lost),
            held_to_end=len(held),
            told_while_held=tuple(play.truth.told_while_held),
            end_alone=tuple(_ends_alone(told)),
            finished=play.truth.finished,
            woken=sum(play.store.documents["notification"][row][1]["state"] == "accepted" for row in play.truth.holds),
            doubled=tuple(doubled),
            copies_keyed=copies["mail"] + copies["hook"] + copies["chief"],
            copies_robot=copies["robot"],
            unexplained=sum(copies.values()) if certain else 0,
            stuck=sum(row.body["state"] in WAITING for row in rows) + _surplus(play),
            grouped=sum(bool(row.body["carried_by"]) for row in rows),
            accidents=dict(play.accidents),
        )


def _told(far: Far) -> dict[tuple[str, str], list[str]]:
    """(alert, kind) -> the keys of the messages that tell it."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, told in far.held:
        for what in told:
            found[what].append(key)
    return found


def _wanted(play: "Play") -> Iterator[tuple[str, str, str]]:
    """Every beginning to everybody; the end to those who were told the beginning and want to know."""
    rows = play.store.documents["notification"]
    for alert in play.store.find("alert"):
        for receiver in ("mail", "hook", "robot"):
            yield receiver, alert.id, "firing"
        for receiver in ("mail", "hook"):
            _, row = rows.get(f"{alert.id}|{receiver}|firing", (0, {}))
            if row.get("state") == "accepted":
                yield receiver, alert.id, "resolved"


def _is_held(play: "Play", receiver: str, alert: str, kind: str) -> bool:
    """Whether what was not told is stored as silenced, and rightly so."""
    key = f"{alert}|{receiver}|{kind}"
    _, row = play.store.documents["notification"].get(key, (0, {}))
    if row.get("state") != "silenced" or not row["detail"]:
        return False
    return play.truth.is_rightly_silent(key, alert, once=kind == "resolved")


def _ends_alone(told: Told) -> Iterator[str]:
    for receiver, found in told.items():
        yield from (f"{receiver} {alert}" for alert, kind in found if kind == "resolved" and not found[alert, "firing"])


def _is_stored(play: "Play", event: Event) -> bool:
    return any(row.body["fingerprint"] == event.mark for row in play.store.find("alert"))


def _surplus(play: "Play") -> int:
    """Alerts beyond one per event."""
    return len(play.store.find("alert")) - len({event.mark for event in play.events})
