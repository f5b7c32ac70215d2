"""Hot lists over time: what is on each board, and the whole history of every topic about a watched subject.

    book = HotBook(state, matcher, mask)
    book.record("hot_lists", ranks)          # the sink of a crawl
    boards(state)                            # what each board showed when it was last read
    hot_matches(state, since)                # topics about a watched subject that were on a board since then

Two kinds of documents: one for each board with its crowd (topics that match nobody, forgotten some hours after they
left), and one for each topic that matches, with every change of place, heat and label.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from yuqing.domain.codec import from_json, to_json
from yuqing.domain.hot import HotRank
from yuqing.domain.ports import StateStore
from yuqing.jobs.addresses import mask_address
from yuqing.jobs.ingest import Matcher

BOARD_KIND = "hot_board"
TOPIC_KIND = "hot"
PINNED, OFF, UNSEEN = 0, -1, -2
_CROWD_CHANGES = 6
_TOPIC_CHANGES = 4000  # five days of a reading every two minutes that changes every time
_CROWD_STAYS = timedelta(hours=6)
_CLOCK_SKEW = timedelta(minutes=5)
_WHOLE = 0.8  # of the places that the board had in the last hours
_LONGEST_PAUSE = timedelta(minutes=30)  # between two readings; beyond it nobody knows what happened in between


@dataclass(frozen=True, slots=True)
class HotChange:
    """From `at` on a topic stood at this place; rank 0 is pinned, -1 off the board, -2 not known: nobody read it."""

    at: datetime
    rank: int
    heat: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class HotTopic:
    """A topic on a board. `best_rank` 0: never ranked, only pinned. `since` is the board's own word for its start."""

    board: str
    key: str
    word: str
    first_seen: datetime
    last_seen: datetime
    rank: int
    best_rank: int
    source: str
    heat: int | None = None
    peak_heat: int | None = None
    label: str = ""
    note: str = ""
    url: str = ""
    pinned: bool = False
    since: datetime | None = None
    subjects: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    changes: tuple[HotChange, ...] = ()

    @property
    def is_on(self) -> bool:
        """Whether it stood on the board at the last reading."""
        return not self.changes or self.changes[-1].rank >= PINNED

    @property
    def id(self) -> str:
        """The id of its document."""
        return f"{self.board}|{hashlib.sha256(self.key.encode()).hexdigest()[:20]}"


@dataclass(frozen=True, slots=True)
class HotBoard:
    """A board as it was last read. `crowd` also holds topics that left a short while ago."""

    board: str
    source: str
    at: datetime
    crowd: tuple[HotTopic, ...] = ()


@dataclass(frozen=True)
class HotBook:
    """Takes readings in. Matches with the matcher of the intake; personal data in a headline is masked like any."""

    state: StateStore
    matcher: Matcher
    mask: Callable[[str], str]

    def record(self, source_id: str, ranks: Sequence[HotRank]) -> None:
        """Store the readings of one page. The same reading twice changes nothing. Raises StoreError."""
        by_time = sorted(ranks, key=lambda rank: (rank.board, rank.at))
        for (board, at), lines in groupby(by_time, key=lambda rank: (rank.board, rank.at)):
            self._reading(source_id, board, at, list(lines))

    def _reading(self, source_id: str, board: str, at: datetime, lines: list[HotRank]) -> None:
        known = load_board(self.state, board)
        if known is not None and not _is_later(known.at, at):
            return
        before = {topic.key: topic for topic in known.crowd} if known else {}
        crowd: dict[str, HotTopic] = {}
        for line in lines:
            topic = self._topic(source_id, line)
            if topic.subjects:
                self._keep(topic)
            else:
                crowd[topic.key] = _followed(before.get(topic.key), topic, _CROWD_CHANGES)
        usual = max((topic.rank for topic in before.values()), default=0)
        self._leave(board, at, {self._key(line) for line in lines}, _reach(lines, usual))
        left = [t for t in before.values() if t.key not in crowd and at - _CROWD_STAYS < t.last_seen < at]
        body = to_json(HotBoard(board, source_id, at, (*crowd.values(), *left)))
        # The board comes last: were we killed before it, the same reading is taken again.
        self.state.save(BOARD_KIND, board, body)

    def _keep(self, topic: HotTopic) -> None:
        found = self.state.load(TOPIC_KIND, topic.id)
        known = None if found is None else from_json(HotTopic, found.body)
        if known is None or _is_later(known.last_seen, topic.last_seen):
            self.state.save(TOPIC_KIND, topic.id, to_json(_followed(known, topic, _TOPIC_CHANGES)))

    def _leave(self, board: str, at: datetime, present: set[str], reach: int) -> None:
        """Topics of ours that are no longer on the board; beyond the last place that was read nobody knows."""
        for document in self.state.find(TOPIC_KIND, {"board": board}):
            topic = from_json(HotTopic, document.body)
            last = topic.changes[-1].rank if topic.changes else topic.rank
            now = OFF if topic.rank <= reach else UNSEEN
            if topic.key not in present and last not in (OFF, now):
                gone = replace(topic, changes=(*_up_to(topic, at), HotChange(at, now)))
                self.state.save(TOPIC_KIND, topic.id, to_json(gone))

    def _key(self, line: HotRank) -> str:
        """The topic's name over readings: it holds nothing that the mask would blot out."""
        masked = self.mask(line.key)
        if line.key == line.word or masked == line.key:
            return masked
        return hashlib.sha256(line.key.encode()).hexdigest()[:20]

    def _topic(self, source_id: str, line: HotRank) -> HotTopic:
        found = self.matcher.match(f"{line.word}\n{line.note}")
        word = self.mask(line.word)
        return HotTopic(
            board=line.board,
            key=self._key(line),
            word=word,
            first_seen=line.at,
            last_seen=line.at,
            rank=line.rank,
            best_rank=line.rank,
            source=source_id,
            heat=line.heat,
            peak_heat=line.heat,
            label=line.label,
            note=self.mask(line.note),
            url=mask_address(line.url, self.mask, ids=[line.key] if f"/{line.key}" in line.url else ()),
            pinned=line.pinned,
            since=line.since,
            subjects=tuple(found.subjects),
            keywords=tuple(found.keywords),
            changes=(HotChange(line.at, line.rank, line.heat, line.label),),
        )


def _is_later(known: datetime, at: datetime) -> bool:
    """Whether a reading comes after what is known. What lies far ahead was written by a clock that went wrong."""
    return known < at or known > at + _CLOCK_SKEW


def _reach(lines: Sequence[HotRank], usual: int) -> int:
    """The last place that a reading covers: -1 where it is so short that it is but a part of the board."""
    last = max((line.rank for line in lines), default=0)
    return last if last >= _WHOLE * usual else -1


def load_board(state: StateStore, board: str) -> HotBoard | None:
    """A board as it was last read, None when it never was."""
    found = state.load(BOARD_KIND, board)
    return None if found is None else from_json(HotBoard, found.body)


def boards(state: StateStore) -> tuple[HotBoard, ...]:
    """Every board that was ever read, by name; topics about watched subjects among the others, in their places."""
    found = [from_json(HotBoard, document.body) for document in state.find(BOARD_KIND)]
    matched = [from_json(HotTopic, document.body) for document in state.find(TOPIC_KIND)]
    return tuple(_whole(board, matched) for board in found)


def hot_matches(state: StateStore, since: datetime, subject: str | None = None) -> tuple[HotTopic, ...]:
    """Topics about a watched subject that were on a board since then: the latest seen first, then the best placed."""
    found = (from_json(HotTopic, document.body) for document in state.find(TOPIC_KIND))
    recent = [topic for topic in found if topic.last_seen >= since and (subject is None or subject in topic.subjects)]
    return tuple(sorted(recent, key=lambda topic: (-topic.last_seen.timestamp(), topic.best_rank or 999, topic.id)))


def forget(state: StateStore, before: datetime) -> int:
    """Delete what left the boards before that time; returns how many topics went."""
    old = [
        document.id
        for document in state.find(TOPIC_KIND)
        if datetime.fromisoformat(str(document.body["last_seen"])) < before
    ]
    return sum(state.delete(TOPIC_KIND, name) for name in old)


def _whole(board: HotBoard, matched: Iterable[HotTopic]) -> HotBoard:
    topics = (topic for topic in (*matched, *board.crowd) if topic.board == board.board)
    here = [topic for topic in topics if board.at <= topic.last_seen <= board.at + _CLOCK_SKEW]
    return replace(board, crowd=tuple(sorted(here, key=lambda topic: (not topic.pinned, topic.rank))))


def _followed(known: HotTopic | None, seen: HotTopic, most: int) -> HotTopic:
    """What was known, brought up to date by a later sighting."""
    if known is None:
        return seen
    before = _up_to(known, seen.last_seen)
    has_moved = (before[-1].rank, before[-1].heat, before[-1].label) != (seen.rank, seen.heat, seen.label)
    changes = (*before, *seen.changes) if has_moved else before
    return replace(
        seen,
        first_seen=known.first_seen,
        best_rank=min((rank for rank in (known.best_rank, seen.rank) if rank), default=0),
        peak_heat=max((heat for heat in (known.peak_heat, seen.heat) if heat is not None), default=None),
        since=known.since or seen.since,
        note=seen.note or known.note,
        subjects=tuple(dict.fromkeys((*known.subjects, *seen.subjects))),
        keywords=tuple(dict.fromkeys((*known.keywords, *seen.keywords))),
        changes=changes[-most:],
    )


def _up_to(topic: HotTopic, at: datetime) -> tuple[HotChange, ...]:
    """The changes so far; a long time in which nobody read the board is written down as such."""
    if topic.is_on and at - topic.last_seen > _LONGEST_PAUSE:
        return (*topic.changes, HotChange(topic.last_seen, UNSEEN))
    return topic.changes
