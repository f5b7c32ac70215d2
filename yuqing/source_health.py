"""How every source is: what stands beside a "0 mentions" so that nobody takes a blocked crawler for silence.

Everything is read from state documents that crawls leave behind; what a version does not write yet is simply unknown.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from yuqing import labels
from yuqing.bootstrap import App
from yuqing.coverage_view import load_coverage
from yuqing.crawl_totals import CrawlTotals, load_totals
from yuqing.domain.codec import from_json
from yuqing.domain.coverage import Coverage, Cursor, Outcome
from yuqing.domain.ports import Json, StateStore
from yuqing.domain.subject import Backend, Source
from yuqing.jobs.refresh import NO_ROUTE
from yuqing.seen import polled_sources

_ALL = 1_000_000
_LATE = timedelta(minutes=15)
_AHEAD = timedelta(minutes=5)


class Condition(StrEnum):
    """How a source is, in one word."""

    WELL = "well"
    LATE = "late"  # nothing refused, but nobody looked for too long
    REFUSED = "refused"  # the newest look at some query was not complete, or a host is left alone
    NEVER = "never"
    FED = "fed"  # brought in by imports, not by crawls
    OFF = "off"


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source. `refused`: queries whose newest look was not complete, of `queries`. `complete_until`: the slowest
    query's cursor; `next_try`: when something is asked again; `unrefreshed`: mentions that should be looked at again
    and have no page of their own, so that their counts stay as they were collected."""

    source: str
    name: str
    kind: str
    backend: Backend
    condition: Condition
    outcome: Outcome | None = None
    checked_at: datetime | None = None
    queries: int = 0
    refused: int = 0
    complete_until: datetime | None = None
    last_complete_at: datetime | None = None
    circuit: str = "closed"
    circuit_outcome: Outcome | None = None
    circuit_until: datetime | None = None
    sessions: Mapping[str, int] | None = None
    canary: Outcome | None = None
    canary_at: datetime | None = None
    violations: tuple[str, ...] = ()
    waiting: int = 0
    missing: int = 0
    unrefreshed: int = 0
    next_try: datetime | None = None

    @property
    def is_enabled(self) -> bool:
        """Whether it is crawled at all."""
        return self.condition is not Condition.OFF

    def as_json(self) -> dict[str, Any]:
        """Plain data; times in ISO form."""
        plain = {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(self).items()
        }
        return {**plain, "label": labels.CONDITIONS[self.condition]}

    def session_words(self) -> str:
        """可用 1、已失效 1."""
        found = self.sessions or {}
        return "、".join(f"{labels.SESSIONS.get(name, name)} {count}" for name, count in sorted(found.items())) or "—"

    def line(self, local: Callable[[datetime | None], str]) -> str:
        """One line for the terminal."""
        result = "—" if self.outcome is None else labels.OUTCOMES[self.outcome]
        circuit = labels.CIRCUITS[self.circuit]
        circuit += f"（{labels.OUTCOMES[self.circuit_outcome]}）" if self.circuit_outcome else ""
        canary = "—" if self.canary is None else labels.OUTCOMES[self.canary]
        parts = (
            f"{self.source}（{self.name}）  {labels.CONDITIONS[self.condition]}  方式 {labels.BACKENDS[self.backend]}",
            f"最近结果 {result}  最近完整 {local(self.last_complete_at)}  已核实至 {local(self.complete_until)}",
            f"受阻查询 {self.refused}/{self.queries}  熔断 {circuit}  会话 {self.session_words()}  探测词 {canary}",
            f"待补 {self.waiting} 段  下次 {local(self.next_try)}",
            *((f"不复看 {self.unrefreshed} 条（平台没有单条页面，互动数是采集时的）",) if self.unrefreshed else ()),
            *(f"异常 {labels.VIOLATIONS.get(name, name)}" for name in self.violations),
        )
        return "  ".join(parts)


def source_health(app: App) -> list[SourceHealth]:
    """Every source of sources.yml, in its order."""
    sources = polled_sources(app.sources, app.settings.time_lapse)
    return read_health(sources, app.state, app.clock.now())


def read_health(
    sources: Sequence[Source], state: StateStore, now: datetime, coverage: Iterable[Coverage] | None = None
) -> list[SourceHealth]:
    """The health of some sources as the state documents tell it."""
    desk = _Desk(state, now, load_coverage(state) if coverage is None else coverage)
    return [desk.health(source) for source in sources]


def _by_source(state: StateStore, kind: str, where: Mapping[str, str] | None = None) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = defaultdict(list)
    for document in state.find(kind, where, limit=_ALL):
        found[str(document.body.get("source", ""))].append(document.body)
    return found


def _time(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _outcome(value: object) -> Outcome | None:
    return Outcome(str(value)) if str(value) in set(Outcome) else None


def _canary(body: Json) -> Outcome | None:
    """How the search for the word ended; a page without a single result is not well, whatever it says."""
    found = _outcome(body.get("outcome"))
    return Outcome.SUSPECT_EMPTY if found in (Outcome.OK, Outcome.OK_EMPTY) and not body.get("drafts") else found


class _Desk:
    """The documents of all sources, read once."""

    def __init__(self, state: StateStore, now: datetime, coverage: Iterable[Coverage]) -> None:
        self._now = now
        self._newest: dict[str, dict[str, Coverage]] = defaultdict(dict)
        for row in coverage:
            known = self._newest[row.source].get(row.query)
            if known is None or (row.checked_at, row.until) > (known.checked_at, known.until):
                self._newest[row.source][row.query] = row
        self._cursors: dict[str, list[Cursor]] = defaultdict(list)
        for document in state.find("cursor", limit=_ALL):
            cursor = from_json(Cursor, document.body)
            self._cursors[cursor.source].append(cursor)
        self._totals = load_totals(state)
        self._circuits = _by_source(state, "circuit")
        self._sessions = _by_source(state, "session")
        self._canaries = _by_source(state, "canary")
        self._checks = _by_source(state, "health")
        self._jobs = _by_source(state, "job")
        self._missing = _by_source(state, "vanish")
        self._pageless = _by_source(state, "look", {"outcome": NO_ROUTE})

    def health(self, source: Source) -> SourceHealth:
        """One source."""
        newest = list(self._newest[source.id].values())
        latest = max(newest, key=lambda row: row.checked_at, default=None)
        refused = [row for row in newest if not row.status.is_complete]
        circuit, opened = self._circuit(source.id)
        waiting = self._waiting(source.id)
        canary = next(iter(self._canaries.get(source.id, ())), {})
        totals = self._totals.get(source.id, CrawlTotals(source.id))
        condition = self._condition(source, latest, bool(refused) or circuit == "open")
        return SourceHealth(
            source=source.id,
            name=source.name,
            kind=source.kind,
            backend=source.backend,
            condition=condition,
            outcome=None if latest is None else _worst(refused) or latest.status,
            checked_at=None if latest is None else latest.checked_at,
            queries=len(newest),
            refused=len(refused),
            complete_until=min((cursor.high_water for cursor in self._cursors[source.id]), default=None),
            last_complete_at=totals.last_complete_at or self._last_complete(source.id, refused),
            circuit=circuit,
            circuit_outcome=_outcome(opened.get("outcome")) if opened else None,
            circuit_until=_time(opened.get("until")) if opened else None,
            sessions=self._session_counts(source.id),
            canary=_canary(canary),
            canary_at=_time(canary.get("at")),
            violations=self._violations(source.id),
            waiting=len(waiting),
            missing=len(self._missing.get(source.id, ())),
            unrefreshed=len(self._pageless.get(source.id, ())),
            next_try=self._next_try(source, condition, latest, opened, waiting),
        )

    def _condition(self, source: Source, latest: Coverage | None, is_refused: bool) -> Condition:
        if not source.enabled:
            return Condition.OFF
        if source.backend is Backend.IMPORT:
            return Condition.FED
        if is_refused:
            return Condition.REFUSED
        if latest is None:
            return Condition.NEVER
        is_late = self._now - latest.checked_at > max(timedelta(seconds=2 * source.interval_seconds), _LATE)
        return Condition.LATE if is_late else Condition.WELL

    def _circuit(self, source: str) -> tuple[str, Json]:
        """The worst host: open, half-open, or closed."""
        shut = [body for body in self._circuits.get(source, ()) if body.get("outcome") != Outcome.OK.value]
        for body in shut:
            opened = _time(body.get("opened_at") or body.get("since"))
            is_ahead = opened is not None and opened > self._now + _AHEAD  # as crawls judge it, see crawlers.circuits
            if (until := _time(body.get("until"))) and until > self._now and not is_ahead:
                return "open", body
        return ("half_open", shut[0]) if shut else ("closed", {})

    def _waiting(self, source: str) -> list[datetime]:
        """When the pieces that were refused may be asked for again."""
        times = []
        for body in self._jobs.get(source, ()):
            left = body.get("left")
            parts = [body, *(left if isinstance(left, list) else [])]
            waits = [part.get("wait") for part in parts if isinstance(part, Mapping)]
            found = [_time(wait.get("not_before")) for wait in waits if isinstance(wait, Mapping)]
            times += [moment for moment in found if moment is not None]
        return times

    def _violations(self, source: str) -> tuple[str, ...]:
        """Which assertions the last crawl broke."""
        lists = (body.get("violations") for body in self._checks.get(source, ()))
        return tuple(str(name) for found in lists if isinstance(found, list) for name in found)

    def _session_counts(self, source: str) -> dict[str, int] | None:
        counts: dict[str, int] = defaultdict(int)
        for body in self._sessions.get(source, ()):
            counts[str(body.get("health", "unknown"))] += 1
        return dict(counts) or None

    def _last_complete(self, source: str, refused: Sequence[Coverage]) -> datetime | None:
        good = [row.checked_at for row in self._newest[source].values() if row.status.is_complete]
        return max(good) if good and not refused else None

    def _next_try(
        self,
        source: Source,
        condition: Condition,
        latest: Coverage | None,
        opened: Json,
        waiting: Sequence[datetime],
    ) -> datetime | None:
        if condition in (Condition.OFF, Condition.FED):
            return None
        turn = None if latest is None else latest.checked_at + timedelta(seconds=source.interval_seconds)
        until = _time(opened.get("until")) if opened else None
        if until and turn:
            return max(until, turn)
        return until or min([*waiting, *([turn] if turn else [])], default=None)


def _worst(refused: Sequence[Coverage]) -> Outcome | None:
    """The newest refusal: what a person has to act on."""
    return max(refused, key=lambda row: row.checked_at).status if refused else None
