"""The page of the hot lists: our topics first, then every board with the time and the outcome of its last reading."""

from datetime import timedelta

import streamlit as st

from dashboard import charts, data, labels, widgets
from dashboard import format as fmt
from dashboard.hot import tables
from yuqing.hot_view import BoardState, MatchedTopic, board_states, matched_topics

_SINCE = {"24h": timedelta(days=1), "7d": timedelta(days=7), "28d": timedelta(days=28)}
_NAMES = {"24h": "近 24 小时", "7d": "近 7 天", "28d": "近 28 天"}


def show() -> None:
    """Our topics, their way up and down, the boards."""
    app = data.app()
    states = board_states(app.state, app.sources)
    if not states:
        st.info(
            "还没有热榜。在 sources.yml 中启用 `kind: hot` 的来源（须先确认平台条款），再运行 `yuqing run`。",
            icon=":material/trending_up:",
        )
        return
    _unread(states)
    name = st.segmented_control(
        "时段",
        list(_SINCE),
        default="24h",
        required=True,
        format_func=_NAMES.__getitem__,
        key="hot_period",
        bind="query-params",
    )
    since = data.now() - _SINCE[str(name or "24h")]
    _matches(matched_topics(app.state, states, since), states, _NAMES[str(name or "24h")])
    _boards(states)


def _unread(states: tuple[BoardState, ...]) -> None:
    """What the page cannot know stands above all else."""
    lines = [
        f"- **{each.name}**：{each.status}" + (f"（{fmt.stamp(each.read_at)}）" if each.read_at else "")
        for each in states
        if not each.is_current
    ]
    if lines:
        st.warning(
            "**有的榜单没有读到**：它们现在是什么样子并不知道，没有看到不等于没有上榜。\n\n" + "\n".join(lines),
            icon=":material/visibility_off:",
        )


def _matches(rows: tuple[MatchedTopic, ...], states: tuple[BoardState, ...], period: str) -> None:
    best = min((row.topic.best_rank for row in rows if row.topic.best_rank), default=None)
    with st.grid(4, min_column_width=160):
        st.metric("正在榜上", _on_now(rows, states), border=True, help="与监测主体有关的话题，一榜算一处")
        st.metric(f"{period}上过榜", f"{len(rows)} 处", border=True)
        st.metric("最高名次", "—" if best is None else f"第 {best} 位", border=True)
        st.metric("读到的榜单", f"{sum(each.is_current for each in states)} / {len(states)}", border=True)
    with st.container(border=True):
        st.markdown("**与监测主体有关的话题**")
        if not rows:
            st.caption(_none_found(states, period))
            return
        st.dataframe(
            tables.matches(rows, data.subject_names(), data.now()),
            hide_index=True,
            column_config={"打开": st.column_config.LinkColumn(display_text="打开", width="small")},
            alt="与监测主体有关的热榜话题",
            placeholder="—",
        )
    frame = tables.history(rows)
    colors = widgets.palette()
    widgets.card(
        "名次变化",
        "hot_history",
        frame,
        lambda: charts.ranks(frame, colors),
        empty="还没有名次变化。",
        note="越高越靠前；线断处是话题下榜或榜单没有读到。",
        alt="话题在各榜单上的名次随时间的变化",
        height="content",
        legend=charts.rank_legend(frame, colors),
    )


def _on_now(rows: tuple[MatchedTopic, ...], states: tuple[BoardState, ...]) -> str:
    """A lower bound where a board could not be read; no zero where nobody looked."""
    count = sum(row.is_on and row.is_current for row in rows)
    if all(each.is_current for each in states):
        return f"{count} 处"
    return f"至少 {count} 处" if count else labels.UNKNOWN


def _none_found(states: tuple[BoardState, ...], period: str) -> str:
    read = [each for each in states if each.read_at is not None]
    if not read:
        return labels.UNKNOWN + "：还没有读到任何榜单。"
    return f"{period}读到的 {len(read)} 个榜单上，没有与监测主体有关的话题。"


def _boards(states: tuple[BoardState, ...]) -> None:
    st.subheader("各榜单")
    with st.grid(3, min_column_width=360):
        for each in states:
            _board(each)


def _board(state: BoardState) -> None:
    color = "gray" if state.outcome is None else labels.OUTCOMES[state.outcome].color
    with st.container(border=True):
        st.markdown(f"**{state.name}** :{color}-badge[{state.status}]")
        updated = "从未读到" if state.read_at is None else f"最近更新 {fmt.stamp(state.read_at)}"
        st.caption(f"{updated} · {len(state.topics)} 条" if state.topics else updated)
        if state.topics:
            st.dataframe(
                tables.board(state),
                hide_index=True,
                height=360,
                column_config={
                    "名次": st.column_config.TextColumn(width=50),
                    "热度": st.column_config.TextColumn(width=80),
                },
                alt=f"{state.name}当前的条目",
                placeholder="—",
            )
