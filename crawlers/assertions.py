"""What must hold of every crawl: a source that had posts does not fall silent, posts have their fields, and are new.

A violation makes the slices at hand incomplete, with a word of its own: so the cursor stands still, the gap is shown,
and the coverage rule tells the operator.

*Silent*: platforms say "no results" when they hide them. Remembered is, for each hour of working days and of weekends,
how often it went by without a new post, how many hours of each of the last days had one, and the longest pause between
two. An empty run is not believed when the usual day has posts, the hours since the last one would hardly ever all be
empty, and the pause is half as long again as any before. So nights, weekends and quiet sources raise no alarm. A
silence teaches nothing: it ends with a new post or with the word of an operator, never by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from statistics import median as middle

from crawlers.model import Slice, Verdict
from crawlers.options import Options
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionKind, Platform
from yuqing.domain.ports import Clock, Json, StateStore
from yuqing.domain.subject import Source

KIND = "health"
SILENT, FIELDS_MISSING, TOO_OLD = "silent", "fields_missing", "newest_too_old"
_RUNS = 200  # runs whose item counts are remembered
_DAYS = 14  # over how many days hours, days and pauses are remembered
_LOCAL = timezone(timedelta(hours=8))  # whose nights and weekends count
_CELLS = 48  # hours of a working day, then those of a day off
_LEAST_DAYS = 3  # that must be known before a usual day is known
_LONGER = 1.5  # than the longest pause that is remembered
_LEARN = timedelta(hours=72)  # before a source is known for so long nothing is called silence
_HARDLY_EVER = 1e-5
_SLICE_SAMPLE, _RUN_SAMPLE, _MEMORY = 5, 20, 200
_TITLED = frozenset({MentionKind.ARTICLE})
_SIGNED = frozenset({Platform.WEIBO, Platform.DOUYIN})  # whose pages always name an author
_WORDLESS = frozenset({MentionKind.VIDEO, MentionKind.REPOST})  # these may carry no text of their own


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on a crawl is not believed. `silent_runs` 0 and `max_age` None: never for that reason."""

    missing_share: float = 0.5
    silent_runs: int = 3
    max_age: timedelta | None = None


def limits(source: Source) -> Limits:
    """From the options of a source: `max_missing_share` (0.5), `silent_runs` (3; 0: off), `max_newest_age_hours`."""
    options = Options(source)
    age = options.number("max_newest_age_hours", 0)
    return Limits(
        missing_share=options.number("max_missing_share", 0.5),
        silent_runs=options.integer("silent_runs", 3),
        max_age=timedelta(hours=age) if age else None,
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """Drafts counted: how many lack a field that their kind must have, and the newest of them."""

    drafts: int = 0
    missing: int = 0
    newest: datetime | None = None

    def __add__(self, other: "Sample") -> "Sample":
        newest = max((at for at in (self.newest, other.newest) if at), default=None)
        return Sample(self.drafts + other.drafts, self.missing + other.missing, newest)

    @property
    def share(self) -> float:
        """The share of drafts that lack something."""
        return self.missing / self.drafts if self.drafts else 0.0


def sample(drafts: Iterable[Draft]) -> Sample:
    """Count drafts."""
    found = list(drafts)
    newest = max((draft.published_at for draft in found), default=None)
    return Sample(len(found), sum(lacks_something(draft) for draft in found), newest)


def lacks_something(draft: Draft) -> bool:
    """True when a field is empty that the kind of draft always has on a page that is read rightly."""
    no_text = not draft.text.strip() and not (draft.title or "").strip() and draft.kind not in _WORDLESS
    no_title = draft.kind in _TITLED and not (draft.title or "").strip()
    no_author = draft.platform in _SIGNED and not draft.author_id and not draft.author_name
    return no_text or no_title or no_author or not draft.native_id


@dataclass(frozen=True, slots=True)
class Health:
    """What is remembered of a source over runs.

    `hours`: for each hour of a working day and of a day off, how often it was watched and how often no new post was
    seen in it. `hour` is the one that runs now, `chance` how probable it is that all hours since the last new post
    were empty, `pause` how many these are. `days` and `pauses`: of each of the last days, how many hours had a new
    post, and the longest pause that ended in it.
    """

    source: str
    since: datetime
    checked_at: datetime
    items: tuple[int, ...] = ()
    requests: int = 0
    drafts: int = 0  # the last two hundred or so, with those of them that lack a field
    missing: int = 0
    newest: datetime | None = None
    hours: tuple[tuple[float, float], ...] = ((0.0, 0.0),) * _CELLS
    hour: datetime | None = None
    hour_is_empty: bool = True
    chance: float = 1.0
    pause: int = 0
    days: tuple[int, ...] = ()
    pauses: tuple[int, ...] = ()
    violations: tuple[str, ...] = ()

    @property
    def median(self) -> float:
        """What a run of this source usually brings."""
        return float(middle(self.items)) if self.items else 0.0

    @property
    def has_posts_daily(self) -> bool:
        """Whether most days had a new post, up to the day of the last one."""
        last = max((place for place, count in enumerate(self.days, 1) if count), default=0)
        return last >= _LEAST_DAYS and middle(self.days[:last]) > 0

    @property
    def is_overdue(self) -> bool:
        """Whether the pause since the last new post is longer than what is usual could explain."""
        return self.chance < _HARDLY_EVER and self.pause > _LONGER * max(self.pauses, default=0)

    @property
    def empty_runs(self) -> int:
        """How many runs in a row brought nothing."""
        return next((i for i, count in enumerate(reversed(self.items)) if count), len(self.items))

    @property
    def share(self) -> float:
        """The share of the last drafts that lack something."""
        return self.missing / self.drafts if self.drafts else 0.0

    def as_json(self) -> dict[str, object]:
        """Plain data for the summary."""
        newest = self.newest.isoformat() if self.newest else None
        told = {"median_items": self.median, "empty_runs": self.empty_runs, "missing_share": round(self.share, 3)}
        return {**told, "newest": newest, "violations": list(self.violations)}


class Assertions:
    """Judges the slices of one run of one source, and remembers the run.

    A follow-up reads what earlier runs did not: what it brings tells nothing of what a run usually brings.
    """

    def __init__(
        self, state: StateStore, source: str, clock: Clock, limits: Limits, is_follow_up: bool = False
    ) -> None:
        self._state = state
        self._is_follow_up = is_follow_up
        self._clock = clock
        self._limits = limits
        found = state.load(KIND, source)
        now = clock.now()
        self.health = _readable(found.body if found else None) or Health(source, now, now)
        self._run = Sample()
        self._is_silent = self._expects_items()
        self._violations: set[str] = set()
        self._looked = False

    def _expects_items(self) -> bool:
        """Whether nothing at all, once more, would be a silence that this source hardly ever has."""
        known = self.health
        if not self._limits.silent_runs or self._clock.now() - known.since < _LEARN:
            return False
        return known.is_overdue and known.has_posts_daily and known.empty_runs + 1 >= self._limits.silent_runs

    def count(self, seen: Sample) -> None:
        """Drafts were read."""
        self._run += seen

    def judge(self, piece: Slice, verdict: Verdict, seen: Sample) -> Verdict:
        """What to make of a slice that ended well, with these drafts."""
        if not verdict.outcome.is_complete:
            return verdict
        self._looked = True
        found = self._drifted(seen) or self._silent(verdict) or self._stale(piece)
        if found is not None:
            self._violations.add(found.detail)
        return found or verdict

    def tell(self, rule: str) -> None:
        """Something else is wrong with what was read, though not so much that it is not believed."""
        self._violations.add(rule)

    def _drifted(self, seen: Sample) -> Verdict | None:
        limit = self._limits.missing_share
        lately = self.health.drafts + self._run.drafts
        share = (self.health.missing + self._run.missing) / lately if lately else 0.0
        many = seen.drafts >= _SLICE_SAMPLE or (lately >= _RUN_SAMPLE and share > limit)
        return Verdict(Outcome.CHANGED, FIELDS_MISSING) if many and seen.share > limit else None

    def _silent(self, verdict: Verdict) -> Verdict | None:
        nothing = verdict.outcome is Outcome.OK_EMPTY and not self._run.drafts
        return Verdict(Outcome.SUSPECT_EMPTY, SILENT) if self._is_silent and nothing else None

    def _stale(self, piece: Slice) -> Verdict | None:
        """Only what reaches into the present can be too old."""
        limit, now = self._limits.max_age, self._clock.now()
        newest = max((at for at in (self.health.newest, self._run.newest) if at), default=None)
        if limit is None or newest is None or now - piece.until > limit or now - newest <= limit:
            return None
        return Verdict(Outcome.SUSPECT_EMPTY, TOO_OLD)

    def finish(self, requests: int) -> None:
        """The run is over. One that saw nothing because it was refused says nothing about the source."""
        known, run, now = self.health, self._run, self._clock.now()
        fade = 0.5 if known.drafts + run.drafts > _MEMORY else 1.0
        self.health = replace(
            known,
            checked_at=now,
            requests=requests,
            drafts=round(known.drafts * fade) + run.drafts,
            missing=round(known.missing * fade) + run.missing,
            newest=max((min(at, now) for at in (known.newest, run.newest) if at), default=None),
            violations=tuple(sorted(self._violations | (set(known.violations) if self._is_follow_up else set()))),
        )
        is_new = run.newest is not None and (known.newest is None or min(run.newest, now) > known.newest)
        is_whole = not self._is_follow_up and (run.drafts > 0 or self._looked)
        if is_whole and (is_new or not self._is_silent):
            items = (*known.items, run.drafts)[-_RUNS:]
            self.health = _pass_hours(replace(self.health, items=items), now, not is_new)
        self._state.save(KIND, known.source, to_json(self.health))


def _readable(body: Json | None) -> Health | None:
    """What was remembered; an older version counted hours in another way and begins to learn anew."""
    known = None if body is None else from_json(Health, body)
    if known is None or len(known.hours) == _CELLS:
        return known
    return Health(known.source, known.checked_at, known.checked_at, newest=known.newest)


def accept_silence(state: StateStore, source: str, clock: Clock) -> bool:
    """An operator says that the zero is right: what is usual is learnt anew. False when there was no silence."""
    found = state.load(KIND, source)
    known = _readable(found.body if found else None)
    if known is None or not (SILENT in known.violations or known.is_overdue):
        return False
    now = clock.now()
    state.save(KIND, source, to_json(Health(source, now, now, newest=known.newest)))
    return True


def _pass_hours(known: Health, now: datetime, is_empty: bool) -> Health:
    """Note a run in its hour; an hour that is over goes into the memory of its hour of the day."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    if known.hour is not None and known.hour != hour:
        known = _pass_day(_pass_hour(known, known.hour), known.hour, hour)
    if not is_empty:
        pauses = known.pauses or (0,)
        ended = 0 if known.is_overdue else known.pause  # a silence that is over teaches nothing
        known = replace(known, pauses=(*pauses[:-1], max(pauses[-1], ended)), chance=1.0, pause=0, hour_is_empty=False)
    return replace(known, hour=hour)


def _pass_hour(known: Health, hour: datetime) -> Health:
    local = hour.astimezone(_LOCAL)
    place = local.hour + 24 * (local.weekday() >= 5)
    watched, empty = known.hours[place]
    fade = (_DAYS - 1) / _DAYS if watched >= _DAYS else 1.0
    passed = (watched * fade + 1, empty * fade + known.hour_is_empty)
    days = known.days or (0,)
    return replace(
        known,
        hours=(*known.hours[:place], passed, *known.hours[place + 1 :]),
        # An hour that was never watched, or was empty whenever it was, says nothing.
        chance=known.chance * (empty + 1) / (watched + 1) if known.hour_is_empty else 1.0,
        pause=known.pause + 1 if known.hour_is_empty else 0,
        days=(*days[:-1], days[-1] + (not known.hour_is_empty)),
        hour_is_empty=True,
    )


def _pass_day(known: Health, before: datetime, now: datetime) -> Health:
    """A day that is over; the one that begins takes its place at the end."""
    if before.astimezone(_LOCAL).date() == now.astimezone(_LOCAL).date():
        return known
    return replace(known, days=(*known.days, 0)[-_DAYS:], pauses=(*(known.pauses or (0,)), 0)[-_DAYS:])
