"""Tables of the hot lists page: pure functions from views to frames."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd

from dashboard import format as fmt
from yuqing.hot_book import PINNED, HotTopic
from yuqing.hot_view import BoardState, MatchedTopic, stays

_HISTORY = ["时间", "名次", "热度", "话题", "榜单", "线", "段"]


def matches(rows: Sequence[MatchedTopic], subjects: Mapping[str, str], now: datetime) -> pd.DataFrame:
    """One row a topic and board."""
    return pd.DataFrame(
        {
            "榜单": row.name,
            "话题": _titled(row.topic),
            "主体": "、".join(subjects.get(each, each) for each in row.topic.subjects),
            "现在": row.standing,
            "最高": f"第 {row.topic.best_rank} 位" if row.topic.best_rank else "置顶",
            "热度": fmt.count(row.topic.heat),
            "最高热度": fmt.count(row.topic.peak_heat),
            "上榜": fmt.short_stamp(row.topic.first_seen),
            "最后见到": fmt.ago(row.topic.last_seen, now),
            "打开": fmt.safe_url(row.topic.url),
        }
        for row in rows
    )


def _titled(topic: HotTopic) -> str:
    return f"{topic.word} [{topic.label}]" if topic.label else topic.word


def history(rows: Sequence[MatchedTopic]) -> pd.DataFrame:
    """Every change of place, as points of lines; a hole in the history begins a new piece of the line."""
    points = [point for row in rows if row.topic.best_rank for point in _line(row)]
    return pd.DataFrame(points, columns=_HISTORY)


def _line(row: MatchedTopic) -> list[tuple[object, ...]]:
    line = f"{row.name} · {row.topic.word}"
    return [
        (fmt.naive_iso(each.at), each.rank, each.heat, row.topic.word, row.name, line, f"{line}/{piece}")
        for piece, stretch in enumerate(stays(row.topic))
        for each in stretch
        if each.rank > PINNED
    ]


def board(state: BoardState) -> pd.DataFrame:
    """The lines of a board from the top; ours are marked."""
    return pd.DataFrame(
        {
            "名次": "顶" if topic.pinned else str(topic.rank),
            "话题": f"{'★ ' if topic.subjects else ''}{_titled(topic)}",
            "热度": fmt.count(topic.heat) if topic.heat is not None else "—",
        }
        for topic in state.topics
    )
