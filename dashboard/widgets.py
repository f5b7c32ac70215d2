"""Pieces that several pages share: the filter bar, the coverage notice, a chart card with its table and download."""

import html
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from alerts.detectors import wording
from dashboard import data, frames, labels, periods
from dashboard import format as fmt
from dashboard.charts import Chart
from dashboard.periods import Period
from dashboard.theme import DARK, LIGHT, Palette
from yuqing.domain.alert import Alert, AlertSeverity, AlertState
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.mention import Mention
from yuqing.gaps import Assessment, Gap

_BADGES = {
    AlertSeverity.CRITICAL: "red",
    AlertSeverity.WARNING: "orange",
    AlertSeverity.INFO: "blue",
    AlertSeverity.OPERATOR: "violet",
}
STANCE_BADGES = {SentimentLabel.NEGATIVE: "red", SentimentLabel.NEUTRAL: "gray", SentimentLabel.POSITIVE: "green"}
LEVEL_BADGES = ("gray", "yellow", "orange", "red")


def palette() -> Palette:
    """Data colours of the reader's appearance."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def choose_subject(key: str, *, allow_all: bool = False) -> str | None:
    """The subject picker, kept in the address under `key`. None means all."""
    names = data.subject_names()
    options = [None, *names] if allow_all else list(names)
    chosen: str | None = st.selectbox(
        "监测主体",
        options,
        format_func=lambda each: names[each] if each else "全部主体",
        key=key,
        bind="query-params",
        width=170,
    )
    return chosen


def choose_period(key: str, default: str = "7d") -> Period:
    """The period picker, kept in the address under `key`, another one on each page.

    Streamlit drops from the address of a link what a widget of the page before holds under the same key.
    """
    name = st.segmented_control(
        "时段",
        list(periods.NAMES),
        default=default,
        required=True,
        format_func=periods.NAMES.__getitem__,
        key=key,
        bind="query-params",
    )
    return periods.period(str(name or default), data.now())


def coverage_notice(seen: Assessment) -> None:
    """Says what was not seen of the period, or that everything was."""
    if seen.is_complete:
        st.caption(":material/verified: 该时段各来源采集完整。")
        return
    names = data.source_names()
    if not seen.sources:
        st.warning("没有启用的采集来源：数字只来自导入，不代表全网。", icon=":material/visibility_off:")
        return
    lines = [_gap_line(names.get(source, source), seen, source) for source in seen.sources if seen.of_source(source)]
    st.warning(
        "**采集不完整**：下列时段没有看到全部内容，数字是已采集到的下限，不能把空白当作 0。\n\n" + "\n".join(lines),
        icon=":material/visibility_off:",
    )


def _gap_line(name: str, seen: Assessment, source: str) -> str:
    found = seen.of_source(source)
    if len(found) == 1 and found[0].since <= seen.since and found[0].until >= seen.until and not found[0].is_capped:
        reason = "从未采集" if found[0].outcome is None else labels.OUTCOME_NAMES[found[0].outcome]
        return f"- **{fmt.plain(name)}**：整个时段没有采集（{reason}）"
    spans = [f"{fmt.span(gap.since, gap.until)}（{_gap_word(gap)}）" for gap in found]
    return f"- **{fmt.plain(name)}**：{fmt.listing([fmt.plain(each) for each in spans])}"


def _gap_word(gap: Gap) -> str:
    if gap.is_capped:
        return "列表到顶，只看到一部分"
    return "未采集" if gap.outcome is None else labels.OUTCOME_NAMES[gap.outcome]


def card(
    title: str,
    key: str,
    frame: pd.DataFrame,
    draw: Callable[[], Chart],
    *,
    empty: str,
    note: str = "",
    alt: str = "",
    height: int | str = "stretch",
    legend: Sequence[tuple[str, str]] = (),
) -> None:
    """A chart in a box with its title, a switch to the table behind it and a download. `empty` explains emptiness.

    `legend`: names with their colours, where the chart shows none itself.
    """
    with st.container(border=True, height="stretch" if height == "stretch" else "content"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{title}**", width="stretch")
            as_table = False
            if not frame.empty:
                as_table = st.toggle("表格", key=f"{key}_table")
                st.download_button(
                    "下载",
                    frames.csv_bytes(frame),
                    file_name=f"{title}.csv",
                    mime="text/csv",
                    key=f"{key}_csv",
                    icon=":material/download:",
                    type="tertiary",
                    on_click="ignore",
                )
        if note:
            st.caption(note)
        if frame.empty:
            st.caption(empty)
        elif as_table:
            table(frame, alt or title)
        else:
            if legend:
                st.html(_legend(legend))
            st.altair_chart(draw(), alt=alt or title, key=f"{key}_chart")


def _legend(names: Sequence[tuple[str, str]]) -> str:
    """As many names in a line as there is room for."""
    line = "display:flex;flex-wrap:wrap;gap:0.25rem 1rem;font-size:0.8rem;line-height:1.3"
    dots = (
        f'<span><span style="color:{color}" aria-hidden="true">●</span> {html.escape(name)}</span>'
        for name, color in names
    )
    return f'<div style="{line}">{"".join(dots)}</div>'


def table(frame: pd.DataFrame, alt: str) -> None:
    """A table whose shares read as per cent."""
    shares = {name: st.column_config.NumberColumn(format="percent") for name in frame.columns if name.endswith("占比")}
    st.dataframe(frame, hide_index=True, column_config=shares, alt=alt, placeholder="—")


def post_links(mention: Mention) -> None:
    """To the platform and to all that we know; where a line is too short both go to the next."""
    with st.container(horizontal=True, width="content"):
        if url := fmt.safe_url(mention.url):
            st.page_link(url, label="原文", icon=":material/open_in_new:")
        st.page_link("app_pages/mentions.py", label="详情", query_params={"mention": mention.id})


def alert_badges(alert: Alert) -> str:
    """Severity and state of an alert as badges."""
    state = {AlertState.FIRING: "red", AlertState.PENDING: "orange"}.get(alert.state, "gray")
    parts = [
        f":{_BADGES[alert.severity]}-badge[{labels.ALERT_SEVERITIES[alert.severity]}]",
        f":{state}-badge[{labels.ALERT_STATES[alert.state]}]",
    ]
    if alert.acknowledged_at is not None:
        parts.append(":green-badge[:material/check: 已确认]")
    return " ".join(parts)


def usual(alert: Alert) -> str:
    """What is usual for an alert, in the words of its sentence; a rating or a reach as the number that it is."""
    if alert.expected is None:
        return "不适用"
    return fmt.number(alert.expected) if alert.measure else wording.usual(alert.expected).strip().removesuffix(" 条")


def alert_facts(alert: Alert) -> str:
    """Since when, how long, observed against expected, in one line."""
    length = fmt.duration((alert.ends_at or data.now()) - alert.starts_at)
    compared = "" if alert.expected is None else f" / 平时 {usual(alert)}"
    counted = f" · {alert.measure or '观测'} {fmt.number(alert.observed)}{compared}" if alert.subject_id else ""
    lasting = "持续" if alert.ends_at is None else "共"
    return f"{fmt.short_stamp(alert.starts_at)} 起，{lasting} {length}{counted}"
