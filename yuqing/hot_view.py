"""Hot lists as people ask for them: each board with the time and outcome of its last reading, and what concerns us."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from yuqing.coverage_view import load_coverage
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.ports import StateStore
from yuqing.domain.subject import HOT_KIND, Source
from yuqing.hot_book import PINNED, UNSEEN, HotBoard, HotChange, HotTopic, boards, hot_matches
from yuqing.labels import HOT_BOARDS, OUTCOMES

_SURFACES = {"weibo_html": "weibo"}  # another way to read the same board


@dataclass(frozen=True, slots=True)
class BoardState:
    """A board: when it was last read (None: never), how the last look ended (None: nobody looked), and its topics.

    `topics` are those of the last reading, however long ago that was.
    """

    board: str
    name: str
    read_at: datetime | None = None
    outcome: Outcome | None = None
    checked_at: datetime | None = None
    topics: tuple[HotTopic, ...] = ()

    @property
    def is_current(self) -> bool:
        """True when the last look saw the board."""
        return self.outcome is not None and self.outcome.is_complete and self.read_at is not None

    @property
    def status(self) -> str:
        """The state in words. What was not seen is never called empty."""
        if self.is_current:
            return OUTCOMES[Outcome.OK]
        if self.outcome is None:
            return "尚未读取" if self.read_at is None else "本来源已不再读取"
        return OUTCOMES[self.outcome] + ("，下为此前的榜单" if self.read_at else "，从未读到")

    def as_json(self) -> dict[str, Any]:
        """Plain data; times in ISO 8601."""
        return {
            "board": self.board,
            "name": self.name,
            "read_at": self.read_at and self.read_at.isoformat(),
            "outcome": self.outcome and self.outcome.value,
            "status": self.status,
            "topics": [
                {"rank": each.rank, "word": each.word, "heat": each.heat, "label": each.label, "pinned": each.pinned}
                for each in self.topics
            ],
        }


@dataclass(frozen=True, slots=True)
class MatchedTopic:
    """A topic about a watched subject; `is_on` when it stood on the board at the last reading, `read_at`.

    Not `is_current`: the board could not be read since, and where the topic stands now is not known.
    """

    topic: HotTopic
    name: str
    is_on: bool
    is_current: bool
    read_at: datetime | None

    @property
    def standing(self) -> str:
        """Where it stands, in words that claim no more than was seen."""
        place = "置顶" if self.topic.pinned else f"第 {self.topic.rank} 位"
        if self.topic.changes and self.topic.changes[-1].rank == UNSEEN:
            return "榜单未读全，位置不明"
        if not self.is_on:
            return "已下榜"
        return place if self.is_current else f"{place}（此后未能读取榜单）"

    def as_json(self) -> dict[str, Any]:
        """Plain data; times in ISO 8601."""
        topic = self.topic
        return {
            "board": topic.board,
            "board_name": self.name,
            "word": topic.word,
            "subjects": list(topic.subjects),
            "keywords": list(topic.keywords),
            "rank": topic.rank,
            "best_rank": topic.best_rank,
            "heat": topic.heat,
            "peak_heat": topic.peak_heat,
            "label": topic.label,
            "pinned": topic.pinned,
            "on_board": self.is_on,
            "standing": self.standing,
            "first_seen": topic.first_seen.isoformat(),
            "last_seen": topic.last_seen.isoformat(),
            "url": topic.url,
            "changes": [[each.at.isoformat(), each.rank, each.heat, each.label] for each in topic.changes],
        }


def board_states(state: StateStore, sources: Sequence[Source]) -> tuple[BoardState, ...]:
    """Every board that the enabled sources read or that was read before, in the order of the labels."""
    found = {board.board: board for board in boards(state)}
    looks = _latest_looks(load_coverage(state), {source.id for source in sources if source.kind == HOT_KIND})
    wanted = dict.fromkeys((*_configured(sources), *found))
    order = list(HOT_BOARDS)
    ranked = sorted(wanted, key=lambda name: order.index(name) if name in order else len(order))
    return tuple(_state(name, found.get(name), looks.get(name)) for name in ranked)


def matched_topics(
    state: StateStore, states: Sequence[BoardState], since: datetime, subject: str | None = None
) -> tuple[MatchedTopic, ...]:
    """Topics about watched subjects on these boards since then; those that are on their board now come first."""
    known = {each.board: each for each in states}
    topics = [topic for topic in hot_matches(state, since, subject) if topic.board in known]
    rows = [_matched(topic, known[topic.board]) for topic in topics]
    return tuple(sorted(rows, key=lambda row: (not row.is_on, row.topic.rank)))


def _matched(topic: HotTopic, state: BoardState) -> MatchedTopic:
    return MatchedTopic(topic, state.name, topic.is_on, state.is_current, state.read_at)


def stays(topic: HotTopic) -> tuple[tuple[HotChange, ...], ...]:
    """The history as stretches without a hole: each ends where the topic left the board or nobody read it any more.

    The last point of a stretch repeats the place that the topic held until then.
    """
    found: list[tuple[HotChange, ...]] = []
    stretch: list[HotChange] = []
    for change in topic.changes:
        if change.rank < PINNED:
            if stretch:
                found.append((*stretch, replace(stretch[-1], at=change.at)))
            stretch = []
        else:
            stretch.append(change)
    if stretch:
        found.append((*stretch, replace(stretch[-1], at=max(topic.last_seen, stretch[-1].at))))
    return tuple(found)


def name_of(board: str) -> str:
    """The Chinese name of a board."""
    return HOT_BOARDS.get(board, board)


def _state(name: str, board: HotBoard | None, look: Coverage | None) -> BoardState:
    found = BoardState(name, name_of(name))
    if look is not None:
        found = replace(found, outcome=look.status, checked_at=look.checked_at)
    return found if board is None else replace(found, read_at=board.at, topics=board.crowd)


def _configured(sources: Iterable[Source]) -> list[str]:
    hot = [source for source in sources if source.kind == HOT_KIND and source.enabled]
    names = [name for source in hot for name in _listed(source.options.get("boards"))]
    return [_SURFACES.get(name, name) for name in names]


def _listed(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []


def _latest_looks(coverage: Iterable[Coverage], sources: set[str]) -> dict[str, Coverage]:
    latest: dict[str, Coverage] = {}
    for row in coverage:  # oldest check first
        if row.source in sources:
            latest[_SURFACES.get(row.query, row.query)] = row
    return latest
