"""The timeline of an incident: what people wrote, and what alerts, messages and posts tell by themselves.

The lines of alerts are read anew each time, so they are never behind; closing the file keeps them in it. No line quotes
a post: the file stays when the posts have gone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from yuqing.domain.alert import Alert, Notification, NotificationState
from yuqing.domain.codec import from_json
from yuqing.domain.incident import SYSTEM, Entry, EntryKind, Incident
from yuqing.domain.ports import MentionStore, StateStore, StoredMention
from yuqing.labels import AUTHOR_KINDS, GRADES, KINDS, PLATFORMS

ALL = 100_000


@dataclass(frozen=True)
class TimelineReader:
    """Reads what an incident's alerts, messages and posts tell."""

    mentions: MentionStore
    state: StateStore

    def read(self, incident: Incident) -> tuple[Entry, ...]:
        """All lines, the oldest first; of a closed file those that it holds."""
        found = [*incident.entries, *(self.derived(incident) if incident.is_open else ())]
        unique = {(each.at, each.kind, each.text, each.by): each for each in found}
        return tuple(sorted(unique.values(), key=lambda each: each.at))

    def derived(self, incident: Incident) -> list[Entry]:
        """What is not stored in the incident itself."""
        alerts = self.alerts(incident)
        found = [entry for alert in alerts for entry in self._of_alert(alert)]
        return [*self._first_posts(incident), *found]

    def alerts(self, incident: Incident) -> list[Alert]:
        """Its alerts that are still known, the oldest first."""
        documents = (self.state.load("alert", each) for each in incident.alerts)
        found = [from_json(Alert, document.body) for document in documents if document is not None]
        return sorted(found, key=lambda alert: (alert.starts_at, alert.id))

    def notices(self, alert: Alert) -> list[Notification]:
        """Messages about an alert that arrived, in the order of their arrival."""
        rows = self.state.find("notification", {"alert_id": alert.id}, ALL)
        found = [from_json(Notification, row.body) for row in rows]
        arrived = [row for row in found if row.state is NotificationState.ACCEPTED and row.accepted_at is not None]
        return sorted(arrived, key=lambda row: row.accepted_at or row.updated_at)

    def _of_alert(self, alert: Alert) -> Iterator[Entry]:
        yield Entry(alert.starts_at, EntryKind.ALERT, f"预警（{GRADES[alert.severity]}）：{alert.summary}")
        for row in self.notices(alert):
            word = KINDS.get(row.kind.partition("-")[0], row.kind)
            yield Entry(row.accepted_at or row.updated_at, EntryKind.NOTICE, f"{word}通知送达 {row.receiver}")
        if alert.acknowledged_at is not None:
            yield Entry(alert.acknowledged_at, EntryKind.ACTION, "确认预警", alert.acknowledged_by or SYSTEM)
        if alert.ends_at is not None:
            yield Entry(alert.ends_at, EntryKind.ALERT, f"预警解除：{alert.summary}")

    def _first_posts(self, incident: Incident) -> Iterator[Entry]:
        """The first post of the evidence on each platform, in the order in which it came to them."""
        stored = self.mentions.get(incident.evidence).values() if incident.evidence else ()
        firsts: dict[str, StoredMention] = {}
        for post in sorted(stored, key=_published):
            firsts.setdefault(post.mention.platform.value, post)
        for number, post in enumerate(firsts.values()):
            yield Entry(_published(post)[0], EntryKind.POST, _told(post, is_first=number == 0))


def _published(post: StoredMention) -> tuple[datetime, str]:
    return post.mention.published_at, post.mention.id


def _told(post: StoredMention, *, is_first: bool) -> str:
    mention = post.mention
    who = mention.author.outlet or AUTHOR_KINDS[mention.author.kind]
    return f"{'证据中最早的内容' if is_first else '证据中首次出现于'}：{PLATFORMS[mention.platform]}（{who}）"


def newest_first(entries: Sequence[Entry]) -> list[Entry]:
    """As a page shows them; of two at one time the later written comes first."""
    return sorted(entries, key=lambda each: each.at)[::-1]
