"""Hot lists as people ask for them: each board with the time and outcome of its last reading, and what concerns us."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from yuqing.coverage_view import load_coverage
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.ports import StateStore
from yuqing.domain.subject import HOT_KIND, Source
from yuqing.hot_book import HotBoard, HotTopic, boards, hot_matches, on_board
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
    """A topic about a watched subject; `is_on` when it stood on the board at the last reading."""

    topic: HotTopic
    name: str
    is_on: bool

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
    state: StateStore, since: datetime, subject: str | None = None, board: str | None = None
) -> tuple[MatchedTopic, ...]:
    """Topics about watched subjects since then; those that are on their board now come first."""
    known = {found.board: found for found in boards(state)}
    topics = [topic for topic in hot_matches(state, since, subject) if board in (None, topic.board)]
    rows = [MatchedTopic(topic, name_of(topic.board), on_board(topic, known.get(topic.board))) for topic in topics]
    return tuple(sorted(rows, key=lambda row: not row.is_on))


def whole_history(topic: HotTopic) -> tuple[tuple[datetime, int, int | None], ...]:
    """Points of a chart: every change of place, and the last sighting at the place it had."""
    points = [(each.at, each.rank, each.heat) for each in topic.changes]
    if points and points[-1][0] < topic.last_seen:
        points.append((topic.last_seen, topic.rank, topic.heat))
    return tuple(points)


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
