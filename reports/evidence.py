"""What figures are computed from: the two stores, read once per question."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from json import dumps

from reports.ledger import SourceHours, hours_of
from yuqing.domain.alert import Alert, AlertState
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.coverage import Coverage
from yuqing.domain.ports import MentionQuery, MentionStore, StateStore, Versioned, VolumeBin

ALL_ROWS = 1_000_000  # documents of one source or subject; far above what retention leaves


@dataclass(frozen=True)
class Evidence:
    """Answers of the stores, remembered for the time of one compilation or verification."""

    mentions: MentionStore
    state: StateStore
    _counts: dict[str, int] = field(default_factory=dict)
    _rows: dict[str, list[Coverage]] = field(default_factory=dict)
    _hours: dict[tuple[str, datetime, datetime], SourceHours] = field(default_factory=dict)

    def count(self, query: MentionQuery) -> int:
        """How many mentions match."""
        key = dumps(to_json(query), sort_keys=True, ensure_ascii=False)
        if key not in self._counts:
            self._counts[key] = self.mentions.count(query)
        return self._counts[key]

    def volume(self, query: MentionQuery, interval: timedelta) -> Sequence[VolumeBin]:
        """Counts by bin of publication."""
        return self.mentions.volume(query, interval)

    def hours(self, source: str, since: datetime, until: datetime) -> SourceHours:
        """Which hours of a source were seen."""
        key = (source, since, until)
        if key not in self._hours:
            near = (row for row in self._coverage(source) if row.since < until and row.until > since)
            self._hours[key] = hours_of(near, since, until)
        return self._hours[key]

    def completeness(self, sources: Sequence[str], since: datetime, until: datetime) -> float:
        """The seen part of all hours of these sources; 0 when there is no source to look at."""
        shares = [self.hours(source, since, until).share for source in sources]
        return sum(shares) / len(shares) if shares else 0.0

    def alert(self, id: str) -> Alert | None:
        """One stored alert."""
        found = self.state.load("alert", id)
        return None if found is None else from_json(Alert, found.body)

    def alerts(self, subjects: Sequence[str], since: datetime, until: datetime) -> tuple[Alert, ...]:
        """Alerts about these subjects that were open at some time in [since, until), oldest first."""
        found = [from_json(Alert, document.body) for subject in subjects for document in self._alerts_of(subject)]
        raised = (alert for alert in found if alert.state in (AlertState.FIRING, AlertState.RESOLVED))
        kept = [a for a in raised if a.starts_at < until and (a.ends_at is None or a.ends_at >= since)]
        return tuple(sorted(kept, key=lambda alert: (alert.starts_at, alert.id)))

    def _alerts_of(self, subject: str) -> Sequence[Versioned]:
        return self.state.find("alert", {"subject_id": subject}, ALL_ROWS)

    def _coverage(self, source: str) -> Sequence[Coverage]:
        if not self._rows:
            # All sources in one pass: a store may have to read every row to find those of one source.
            for document in self.state.find("coverage", None, ALL_ROWS):
                row = from_json(Coverage, document.body)
                self._rows.setdefault(row.source, []).append(row)
            self._rows.setdefault(source, [])
        return self._rows.get(source, ())
