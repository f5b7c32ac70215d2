"""The coverage page from top to bottom."""

from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from dashboard import charts, data, frames, labels, periods, widgets
from dashboard import format as fmt
from dashboard.crawling import health, matrix
from dashboard.periods import Period
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.gaps import Track
from yuqing.source_health import Condition

_BADGE_COLUMN = st.column_config.MultiselectColumn(
    options=[labels.outcome(each) for each in Outcome], color=[labels.OUTCOMES[each].color for each in Outcome]
)
_NARROW_BADGES = st.column_config.MultiselectColumn(
    width=106,
    options=[labels.outcome(each) for each in Outcome],
    color=[labels.OUTCOMES[each].color for each in Outcome],
)
_CONDITION_COLUMN = st.column_config.MultiselectColumn(
    options=[labels.condition(each) for each in Condition], color=[labels.CONDITION_COLORS[each] for each in Condition]
)


def show() -> None:
    """State now, what to do, history."""
    sources, tracks = data.app().sources, data.tracks()
    if not tracks:
        _nothing_yet()
        return
    _figures(tracks)
    _advice(tracks)
    _health()
    _matrix(tracks)
    _progress(tracks)
    _history()
    if disabled := [source.name for source in sources if not source.enabled]:
        st.caption(f"未启用：{fmt.listing(disabled, 8)}。在 sources.yml 中启用前，请先确认平台条款。")
    _legend()


def _nothing_yet() -> None:
    st.info(
        "还没有采集记录。运行 `yuqing run` 持续采集，或 `yuqing crawl 来源` 采集一次；`yuqing doctor` 会检查缺什么。",
        icon=":material/radar:",
    )
    _legend()


def _figures(tracks: tuple[Track, ...]) -> None:
    now = data.now()
    good = [track for track in tracks if track.latest.status.is_complete]
    newest = max(track.latest.checked_at for track in tracks)
    complete = [track.complete[-1][1] for track in tracks if track.complete]
    enabled = [source for source in data.app().sources if source.enabled]
    with st.grid(4, min_column_width=160):
        st.metric("启用的来源", f"{len(enabled)} / {len(data.app().sources)}", border=True)
        st.metric("正常的查询", f"{len(good)} / {len(tracks)}", border=True)
        st.metric("最近一次检查", fmt.ago(newest, now), border=True)
        oldest = fmt.duration(now - min(complete)) if len(complete) == len(tracks) else labels.UNKNOWN
        st.metric("最落后的查询", oldest, border=True, help="距离最早一个“完整采集至”的时间")


def _advice(tracks: tuple[Track, ...]) -> None:
    names = data.source_names()
    for outcome, refused in matrix.troubles(tracks).items():
        where = [f"{names.get(track.source, track.source)}·{_name(track.source, track.query)}" for track in refused]
        st.warning(
            f"**{labels.OUTCOME_NAMES[outcome]}**（{fmt.plain(fmt.listing(where, 6))}）\n\n"
            f"{labels.OUTCOMES[outcome].advice}",
            icon=":material/build:",
        )


def _health() -> None:
    frame = health.frame(data.health(), data.now())
    with st.container(border=True):
        st.markdown("**来源健康**")
        st.caption("看到“0 条”时先看这里：受阻、落后或从未采集的来源，它的空白不能当作没有声音。")
        config = {"状态": _CONDITION_COLUMN, "最近结果": _BADGE_COLUMN}
        st.dataframe(frame, hide_index=True, column_config=config, alt="每个启用来源的健康", placeholder="—")


def _matrix(tracks: tuple[Track, ...]) -> None:
    frame = matrix.matrix(data.app().sources, tracks)
    with st.container(border=True):
        st.markdown("**最近结果：来源 × 查询**")
        if matrix.OWN in frame:
            st.caption("“自有清单”是该来源自己的订阅地址、应用、股吧、榜单等的结果，逐项见下面的进度。")
        badges = dict.fromkeys(frame.columns.drop(["来源", "启用"], errors="ignore"), _NARROW_BADGES)
        config = {"启用": st.column_config.TextColumn(width=50), **badges}
        st.dataframe(frame, hide_index=True, column_config=config, alt="每个来源与查询的最近结果", placeholder="—")


def _progress(tracks: tuple[Track, ...]) -> None:
    frame = matrix.progress(data.app().sources, tracks, data.cursors(), data.now())
    with st.container(border=True):
        st.markdown("**进度**")
        st.caption("“完整采集至”只在确认看全并入库之后前移；被拒绝时停住，恢复后从这里补采。")
        st.dataframe(
            frame, hide_index=True, column_config={"最近结果": _BADGE_COLUMN}, alt="每个查询的采集进度", placeholder="—"
        )


def _history() -> None:
    name = st.segmented_control(
        "历史",
        ["24h", "7d", "28d"],
        default="24h",
        required=True,
        format_func=periods.NAMES.__getitem__,
        key="history",
        bind="query-params",
    )
    period = periods.period(str(name), data.now())
    slices = data.slices(period.since)
    frame = frames.slices(_named(each for each in slices if each.since < period.until), data.source_names())
    if not frame.empty:
        frame["开始"] = [max(start, fmt.naive_iso(period.since)) for start in frame["开始"]]
    colors = widgets.palette()
    widgets.card(
        "采集结果的时间线",
        "outcomes",
        frame,
        lambda: charts.outcomes(frame, colors),
        empty="这段时间没有采集记录。",
        note="横条为一次采集所覆盖的发布时间；空白处从未采集。",
        alt="各来源与查询的采集结果随时间的变化",
        height="content",
    )
    _counts(period)


def _name(source: str, query: str) -> str:
    kinds = {each.id: each.kind for each in data.app().sources}
    return matrix.query_name(query, kinds.get(source, ""))


def _named(slices: Iterable[Coverage]) -> list[Coverage]:
    return [replace(each, query=_name(each.source, each.query)) for each in slices]


def _counts(period: Period) -> None:
    frame = matrix.counts(data.slices(period.since), data.source_names())
    with st.container(border=True):
        st.markdown("**各结果的次数**")
        widgets.table(frame, "各来源每种结果的次数")


def _legend() -> None:
    with st.expander("十种采集结果各是什么意思，怎么处理", icon=":material/help:"):
        rows = {
            f":{each.color}-badge[{labels.outcome(outcome)}]": each.advice for outcome, each in labels.OUTCOMES.items()
        }
        st.table(rows, border="horizontal")
