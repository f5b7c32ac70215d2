"""Retention: what is older than allowed is deleted for good; the evidence of an alert that is still open waits."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from yuqing.domain.alert import Alert, AlertState
from yuqing.domain.codec import from_json
from yuqing.domain.coverage import Coverage
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import MentionStore, StateStore
from yuqing.jobs.correct import forget_corrections

ALL = 1_000_000
# An alert that nobody closes must not keep personal data for ever.
LONGEST_HOLD = timedelta(days=90)
QUARANTINE = timedelta(days=30)
CIRCUITS = timedelta(days=7)  # of a host that nobody asks any more; the longest pause is a day
TURNS = timedelta(days=1)  # that crawls took at a host; nobody looks at one that is minutes old
THREADS = timedelta(days=30)  # what is remembered of comments below works that nobody has looked at since
_STAMP = "%Y%m%dT%H%M%S%f"  # how raw replies are named: by the product's clock, which may be simulated


@dataclass(frozen=True, slots=True)
class RetentionSummary:
    """What was deleted. `held_alerts` are open alerts with evidence older than the limit, which was kept for them."""

    mentions: int = 0
    coverage: int = 0
    raw_files: int = 0
    held_alerts: int = 0
    quarantine_files: int = 0

    def as_json(self) -> dict[str, int]:
        """Plain data."""
        return asdict(self)

    def sentence(self) -> str:
        """For people."""
        text = f"清理提及 {self.mentions} 条、采集记录 {self.coverage} 条、原始响应 {self.raw_files} 个"
        text += f"、隔离文件 {self.quarantine_files} 个" if self.quarantine_files else ""
        held = f"；{self.held_alerts} 个未恢复预警的证据已超期，暂留" if self.held_alerts else ""
        return text + held


def apply_retention(
    mentions: MentionStore,
    state: StateStore,
    now: datetime,
    *,
    mention_days: int,
    coverage_days: int | None = None,
    raw_folder: Path | None = None,
    raw_days: int = 7,
    quarantine_folder: Path | None = None,
    pace_folder: Path | None = None,
) -> RetentionSummary:
    """Delete mentions, coverage, raw replies and refused rows that are older than their days. Safe to repeat.

    Coverage is kept as long as mentions unless `coverage_days` says otherwise: without it an old count could not be
    told from a blocked crawl. The audit trail, alerts and archived reports hold no texts of others beyond the quotes
    of a report and stay.
    """
    limit = now - timedelta(days=mention_days)
    held = _held(mentions, state, limit)
    before = max(min(held.values(), default=limit), limit - LONGEST_HOLD)
    purged = mentions.purge(before)
    mentions.refresh()
    forget_corrections(state, before)
    _purge_threads(state, now - THREADS)
    _purge_circuits(state, now - CIRCUITS)
    if pace_folder is not None:
        _purge_turns(pace_folder)
    return RetentionSummary(
        mentions=purged,
        coverage=_purge_coverage(state, now - timedelta(days=coverage_days or mention_days)),
        raw_files=0 if raw_folder is None else _purge_raw(raw_folder, now - timedelta(days=raw_days)),
        held_alerts=len(held),
        quarantine_files=0 if quarantine_folder is None else _purge_quarantine(quarantine_folder, now, mention_days),
    )


def _held(mentions: MentionStore, state: StateStore, limit: datetime) -> dict[str, datetime]:
    """Open alerts with evidence that would go, each with the time of its oldest evidence."""
    held = {}
    for alert in _open_alerts(state):
        stored = mentions.get(alert.evidence) if alert.evidence else {}
        times = [found.mention.published_at for found in stored.values()]
        if times and min(times) < limit:
            held[alert.id] = min(times)
    return held


def held_evidence(state: StateStore, now: datetime) -> frozenset[MentionId]:
    """The mentions that open alerts still need; an alert that nobody closes holds nothing for ever."""
    young = (alert for alert in _open_alerts(state) if now - alert.starts_at <= LONGEST_HOLD)
    return frozenset(name for alert in young for name in alert.evidence)


def _open_alerts(state: StateStore) -> Iterator[Alert]:
    for status in (AlertState.FIRING, AlertState.PENDING):
        for document in state.find("alert", {"state": status.value}, ALL):
            yield from_json(Alert, document.body)


def _purge_coverage(state: StateStore, before: datetime) -> int:
    old = [
        document.id
        for document in state.find("coverage", None, ALL)
        if from_json(Coverage, document.body).until < before
    ]
    return sum(state.delete("coverage", id_) for id_ in old)


def _purge_threads(state: StateStore, before: datetime) -> None:
    for document in state.find("thread", None, ALL):
        if datetime.fromisoformat(str(document.body["at"])) < before:
            state.delete("thread", document.id)


def _purge_circuits(state: StateStore, before: datetime) -> None:
    for document in state.find("circuit", None, ALL):
        touched = max(datetime.fromisoformat(str(document.body[name])) for name in ("since", "until"))
        if touched < before:
            state.delete("circuit", document.id)


def _purge_turns(folder: Path) -> None:
    """The turns at every host that was ever asked, and a day later the folders of hosts that nobody asks any more."""
    before = time.time() - TURNS.total_seconds()  # by the clock of the file system, whatever clock the product follows
    for path in sorted(folder.rglob("*"), reverse=True):  # files before their folders
        with suppress(OSError):  # a crawl is just writing here: then it is not old
            if path.stat().st_mtime < before:
                remove = path.rmdir if path.is_dir() else path.unlink
                remove()


def _purge_raw(folder: Path, before: datetime) -> int:
    old = [path for path in folder.rglob("*.bin") if _kept_at(path) < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _purge_quarantine(folder: Path, now: datetime, mention_days: int) -> int:
    """Files of refused rows, broken-off ones too; whoever wanted to mend an import has had the time."""
    before = (now - min(QUARANTINE, timedelta(days=mention_days))).timestamp()
    old = [path for path in folder.glob("*") if path.is_file() and path.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _kept_at(path: Path) -> datetime:
    """The time in the name of a raw reply; a file with another name counts as old, since nobody vouches for it."""
    try:
        return datetime.strptime(path.name.partition("-")[0], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
