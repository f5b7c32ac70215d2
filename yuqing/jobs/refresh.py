"""Refresh: which stored mentions are worth a second look now, and what is remembered of the looks.

Only what is risky, hot or evidence is looked at again, at ages that grow: a counter that climbs is news in the first
hours. What one run does not get to is due in the next; what is past the last age is left alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum
from urllib.parse import urlsplit

from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.mention import Engagement, Mention, MentionId, MentionKind, Platform
from yuqing.domain.ports import Clock, MentionQuery, MentionStore, Page, StateStore, StoredMention
from yuqing.jobs.retention import held_evidence
from yuqing.jobs.vanish import AHEAD, Missing, is_owed, load_missing

KIND = "look"
NO_ROUTE = "no_route"  # the platform has no page that shows one mention again
SHOWN = "ok"
BEGUN = "begun"  # its pages are out, or a kill has ended it: nothing is told, and it is looked at again
PARTLY = "partly"  # the mention was shown, what hangs below it was refused: looked at again as soon as allowed
CUT = "cut"  # the mention was shown, and time was over while what hangs below it was read: the next refresh goes on
LOOKED = (SHOWN, CUT, "ok_empty", "not_found")  # outcomes after which the schedule goes on
_PRESENT = (SHOWN, PARTLY, CUT)
RETRY = timedelta(minutes=30)  # after a look that was refused
LATE_RETRY = timedelta(hours=6)  # for comments that are owed below a mention past its last age, or cannot be read
OWED_FOR = timedelta(days=30)
_OWED_BELOW = ("thread", "owed")  # where the crawlers note works whose comments were wanted and not read
GRACE = timedelta(days=14)  # the last age may be late by this much: whoever is refused looks at few posts a day
AGES = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 180, 720, 1440, 4320, 10080))
_WITNESSES, _WITNESS_PAGES = 200, 10  # how many of the newest of a kind are searched for one of the same site
_HOT_PAGE = 200
_WITH_BELOW = tuple(f"{Platform.WEIBO.value}:{kind.value}" for kind in (MentionKind.POST, MentionKind.REPOST))


class Reason(IntEnum):
    """Why a mention is looked at again; the most urgent first."""

    WITNESS = 0  # proves that the platform shows anything at all before a deletion is believed
    MISSING = 1  # it was not there at the last look
    EVIDENCE = 2  # of an alert that is open
    RISK = 3  # negative, severe or hot
    OWED = 4  # its comments were refused, or the look was ended by a kill or by time


@dataclass(frozen=True, slots=True)
class RefreshPolicy:
    """At which ages, from which severity or number of reactions on, and how many in one run and source."""

    ages: tuple[timedelta, ...] = AGES
    min_severity: int = 2
    min_reactions: int = 100
    limit: int = 50

    @property
    def horizon(self) -> timedelta:
        """Older mentions are left alone."""
        return max(self.ages, default=timedelta(0)) + GRACE


@dataclass(frozen=True, slots=True)
class Look:
    """One mention to look at again. `due_at`: the age that is due, or when it was missed or tried. A witness `vouches`
    for the platform: only when it is shown in the same run do the misses of these mentions prove anything."""

    source: str
    id: MentionId
    url: str = field(repr=False)
    query_id: str
    subjects: tuple[str, ...]
    published_at: datetime
    due_at: datetime
    reason: Reason
    vouches: tuple[MentionId, ...] = ()


@dataclass(frozen=True, slots=True)
class Looked:
    """What is remembered of the looks at one mention: the last try, and the last that told anything."""

    source: str
    tried_at: datetime
    outcome: str
    published_at: datetime
    looked_at: datetime | None = None


class LookBook:
    """The looks of this installation in the state store."""

    def __init__(self, state: StateStore, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def note(self, look: Look, outcome: str) -> None:
        """A look is over. Only one that told something moves the schedule on."""
        now, before = self._clock.now(), self.load(look.id)
        looked_at = now if outcome in LOOKED else before.looked_at if before else None
        body = to_json(Looked(look.source, now, outcome, look.published_at, looked_at))
        self._state.save(KIND, look.id, body)

    def vouched(self, looks: Iterable[Look], begin: datetime) -> frozenset[MentionId]:
        """The mentions whose witness was shown since `begin`: a miss of one of these in the same run is a miss."""
        heard: set[MentionId] = set()
        for look in looks:
            known = self.load(look.id) if look.vouches else None
            if known is not None and known.tried_at >= begin and known.outcome in _PRESENT:
                heard.update(look.vouches)
        return frozenset(heard)

    def load(self, mention: MentionId) -> Looked | None:
        """What is remembered of one mention."""
        found = self._state.load(KIND, mention)
        return None if found is None else from_json(Looked, found.body)

    def of_source(self, source: str) -> dict[MentionId, Looked]:
        """Everything that is remembered of one source."""
        found = self._state.find(KIND, {"source": source}, limit=1_000_000)
        return {MentionId(document.id): from_json(Looked, document.body) for document in found}

    def forget(self, before: datetime) -> int:
        """Drop what is remembered of mentions that were published before."""
        found = self._state.find(KIND, None, limit=1_000_000)
        old = [doc.id for doc in found if from_json(Looked, doc.body).published_at < before]
        return sum(self._state.delete(KIND, name) for name in old)


def last_due(published_at: datetime, now: datetime, ages: Sequence[timedelta]) -> datetime | None:
    """The latest age that has come, None before the first."""
    return max((published_at + age for age in ages if published_at + age <= now), default=None)


def reactions(engagement: Engagement) -> int:
    """Known likes, comments and shares; views are of another scale."""
    return sum(count or 0 for count in (engagement.likes, engagement.comments, engagement.shares))


@dataclass(frozen=True)
class Refresh:
    """Says what to look at again. Reads only; the crawl does the looking."""

    mentions: MentionStore
    state: StateStore
    clock: Clock
    policy: RefreshPolicy = RefreshPolicy()

    def due(self, source: str) -> tuple[Look, ...]:
        """The looks that are due for one source, the most urgent first, at most `limit` (witnesses come on top)."""
        now, looked = self.clock.now(), LookBook(self.state, self.clock).of_source(source)
        missing = load_missing(self.state, source)
        found: dict[MentionId, Look] = {}
        for more in (self._owed, self._risky, self._evidence):  # the most urgent reason counts
            found |= {look.id: look for look in more(source, now, looked) if look.id not in missing}
        owed = list(self._missing(source, now, looked, missing))
        ordered = sorted((*owed, *found.values()), key=_urgency)[: self.policy.limit]
        witnesses = self._witnesses(source, now, owed, looked, missing) if owed else []
        known = {look.id for look in witnesses}
        return (*witnesses, *(look for look in ordered if look.id not in known))

    def _risky(self, source: str, now: datetime, looked: Mapping[MentionId, Looked]) -> Iterator[Look]:
        since = now - self.policy.horizon
        for stored in _unique(
            self.mentions.scan(MentionQuery(sources=(source,), since=since, sentiments=(SentimentLabel.NEGATIVE,))),
            self.mentions.scan(MentionQuery(sources=(source,), since=since, min_severity=self.policy.min_severity)),
            self._hot(source, since),
        ):
            if look := self._scheduled(source, stored, now, looked, Reason.RISK):
                yield look

    def _hot(self, source: str, since: datetime) -> Iterator[StoredMention]:
        query, after = MentionQuery(sources=(source,), since=since), None
        while True:
            page = self.mentions.search(query, Page(_HOT_PAGE, after, "engagement_desc"))
            hot = [one for one in page.items if reactions(one.mention.engagement) >= self.policy.min_reactions]
            yield from hot
            after = page.next_after
            if after is None or len(hot) < len(page.items):
                return

    def _evidence(self, source: str, now: datetime, looked: Mapping[MentionId, Looked]) -> Iterator[Look]:
        stored = self.mentions.get(tuple(sorted(held_evidence(self.state, now))))
        here = (one for one in stored.values() if one.mention.source_id == source and one.deleted_at is None)
        for one in here:
            if look := self._scheduled(source, one, now, looked, Reason.EVIDENCE):
                yield look

    def _owed(self, source: str, now: datetime, looked: Mapping[MentionId, Looked]) -> Iterator[Look]:
        """Mentions whose comments are owed, and looks that were begun and not ended."""
        kind, name = _OWED_BELOW
        noted = self.state.load(kind, f"{source}|{name}")
        works = noted.body.get("works") if noted else None
        names = tuple(works) if isinstance(works, Mapping) else ()
        below = {MentionId(f"{sort}:{work}") for work in names for sort in _WITH_BELOW}
        open_looks = {each for each, known in looked.items() if known.outcome in (PARTLY, BEGUN, CUT)}
        for stored in self.mentions.get(tuple(sorted(below | open_looks))).values():
            mention, known = stored.mention, looked.get(stored.mention.id)
            age = now - mention.published_at
            if stored.deleted_at is not None or mention.source_id != source or age > OWED_FOR:
                continue
            # Shown, and its comments are owed all the same: they cannot be read for a reason that does not pass soon.
            is_lasting = known is not None and known.outcome == SHOWN
            pause = LATE_RETRY if is_lasting or age > self.policy.horizon else RETRY
            if known is not None and known.outcome == CUT:
                pause = timedelta(0)  # nobody refused: behind the others that wait it goes on where it stopped
            if known is None or not (known.outcome == NO_ROUTE or -AHEAD <= now - known.tried_at < pause):
                yield _look(source, mention, known.tried_at if known else mention.collected_at, Reason.OWED)

    def _missing(
        self,
        source: str,
        now: datetime,
        looked: Mapping[MentionId, Looked],
        missing: Mapping[MentionId, Missing],
    ) -> Iterator[Look]:
        wanted = [name for name, each in missing.items() if is_owed(each, now)]
        for name, stored in self.mentions.get(wanted).items():
            tried = looked.get(name)
            rested = tried is None or tried.outcome in LOOKED or not _is_recent(tried.tried_at, now)
            if stored.deleted_at is None and rested and not (tried and tried.outcome == NO_ROUTE):
                yield _look(source, stored.mention, missing[name].first_at, Reason.MISSING)

    def _witnesses(
        self,
        source: str,
        now: datetime,
        owed: Sequence[Look],
        looked: Mapping[MentionId, Looked],
        missing: Mapping[MentionId, Missing],
    ) -> list[Look]:
        """For each kind and site of which something is missing the newest mention that should be there."""
        wanted: dict[tuple[str, str], list[Look]] = defaultdict(list)
        for look in owed:
            wanted[_sort(look.id), _site(look.url)].append(look)
        found = []
        for (sort, site), looks in wanted.items():
            if witness := self._witness(source, sort, site, looked, missing):
                made = _look(source, witness, now, Reason.WITNESS)
                found.append(replace(made, vouches=tuple(look.id for look in looks)))
        return found

    def _witness(
        self,
        source: str,
        sort: str,
        site: str,
        looked: Mapping[MentionId, Looked],
        missing: Mapping[MentionId, Missing],
    ) -> Mention | None:
        """The newest on this site whose last look did not fail; one whose look failed only where there is no other."""
        second: Mention | None = None
        for mention in self._newest(source, sort):
            known = looked.get(mention.id)
            if mention.id in missing or _site(mention.url) != site or (known and known.outcome == NO_ROUTE):
                continue
            if known is None or known.outcome in _PRESENT:
                return mention
            second = second or mention
        return second

    def _newest(self, source: str, sort: str) -> Iterator[Mention]:
        platform, _, kind = sort.partition(":")
        kinds = (MentionKind.POST, MentionKind.REPOST) if kind == MentionKind.POST else (MentionKind(kind),)
        query = MentionQuery(sources=(source,), platforms=(Platform(platform),), kinds=kinds)
        after = None
        for _ in range(_WITNESS_PAGES):
            page = self.mentions.search(query, Page(_WITNESSES, after))
            yield from (stored.mention for stored in page.items)
            after = page.next_after
            if after is None:
                return

    def _scheduled(
        self, source: str, stored: StoredMention, now: datetime, looked: Mapping[MentionId, Looked], reason: Reason
    ) -> Look | None:
        """The look that the schedule asks for, None when the last reading is young enough."""
        mention, known = stored.mention, looked.get(stored.mention.id)
        due_at = last_due(mention.published_at, now, self.policy.ages)
        if due_at is None or now - mention.published_at > self.policy.horizon:
            return None
        is_partly = known is not None and known.outcome in (PARTLY, BEGUN) and known.tried_at >= due_at
        readings = () if is_partly else (mention.collected_at, known.looked_at if known else None)
        if any(at is not None and due_at <= at <= now + AHEAD for at in readings):
            return None
        if known and (known.outcome == NO_ROUTE or (known.outcome not in LOOKED and _is_recent(known.tried_at, now))):
            return None
        # Tried in vain it waits behind those that nobody has looked at yet: a look may be too long for any run.
        return _look(source, mention, max(due_at, known.tried_at) if known else due_at, reason)


def _is_recent(tried_at: datetime, now: datetime) -> bool:
    return -AHEAD <= now - tried_at < RETRY


def _urgency(look: Look) -> tuple[int, datetime, str]:
    return look.reason, look.due_at, look.id


def _site(url: str) -> str:
    return urlsplit(url).netloc


def _sort(name: MentionId) -> str:
    """platform:kind"""
    return ":".join(name.split(":", 2)[:2])


def _look(source: str, mention: Mention, due_at: datetime, reason: Reason) -> Look:
    return Look(
        source=source,
        id=mention.id,
        url=mention.url,
        query_id=mention.query_id,
        subjects=mention.subjects,
        published_at=mention.published_at,
        due_at=due_at,
        reason=reason,
    )


def _unique(*streams: Iterator[StoredMention]) -> Iterator[StoredMention]:
    seen: set[MentionId] = set()
    for stream in streams:
        for stored in stream:
            if stored.mention.id not in seen:
                seen.add(stored.mention.id)
                yield stored
