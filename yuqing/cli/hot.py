"""The command that shows the hot lists."""

from datetime import timedelta
from typing import Annotated

import typer

from yuqing.cli.common import JsonOption, local, progress, write_json, write_lines
from yuqing.domain.errors import InputError

_SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(hot)


def hot(
    board: Annotated[str | None, typer.Option(help="只看一个榜单，例如 weibo、douyin、baidu；显示全部条目")] = None,
    hours: Annotated[float, typer.Option(min=0.1, help="与监测主体有关的话题：最近多少小时内上过榜")] = 24.0,
    as_json: JsonOption = False,
) -> None:
    """热榜：与监测主体有关的话题及其名次变化，各榜单最近更新的时间与结果。"""
    from yuqing.bootstrap import open_app
    from yuqing.hot_view import BoardState, MatchedTopic, board_states, matched_topics

    def tell_match(row: MatchedTopic) -> None:
        topic = row.topic
        now = row.standing if row.is_on else f"{row.standing}（最后见于 {local(topic.last_seen)}）"
        best = f"，最高第 {topic.best_rank} 位" if topic.best_rank else ""
        label = f"[{topic.label}]" if topic.label else ""
        write_lines([f"{row.name}  {topic.word}{label}  {now}{best}，上榜 {local(topic.first_seen)}"])

    def tell_board(state: BoardState) -> None:
        write_lines([f"{state.name}（{state.board}）  {state.status}  最近更新 {local(state.read_at)}"])
        for topic in state.topics if board else state.topics[:_SHOWN]:
            place = "顶" if topic.pinned else str(topic.rank)
            mark = "  ★" if topic.subjects else ""
            write_lines([f"  {place:>3}  {topic.word}{f' [{topic.label}]' if topic.label else ''}{mark}"])

    with open_app() as app:
        states = [each for each in board_states(app.state, app.sources) if board in (None, each.board)]
        if board is not None and not states:
            raise InputError(f"没有读取过榜单 {board}，也没有来源要读它（sources.yml 中 kind: hot 的 boards）")
        matches = matched_topics(app.state, states, app.clock.now() - timedelta(hours=hours))
        if as_json:
            write_json({"matches": [row.as_json() for row in matches], "boards": [each.as_json() for each in states]})
            return
        for row in matches:
            tell_match(row)
        for each in states:
            tell_board(each)
    if not states:
        progress("还没有热榜：在 sources.yml 中启用 kind: hot 的来源")
    elif not matches and all(each.is_current for each in states):
        progress(f"最近 {hours:g} 小时，读到的榜单上没有与监测主体有关的话题")
