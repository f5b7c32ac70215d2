"""The list of alerts, firing ones first."""

import streamlit as st

from dashboard import data, frames, labels, widgets
from dashboard import format as fmt
from yuqing.domain.alert import Alert, AlertSeverity, AlertState

_SIZE = 20


def show() -> None:
    """Filters and one box per alert."""
    every = data.alerts()
    if not every:
        st.info(
            "还没有预警。规则每分钟检查一次；出现异常时，这里与值班邮箱会同时收到。采集中断会另发运维预警，不会沉默。",
            icon=":material/notifications_off:",
        )
        return
    chosen = _filtered(every)
    st.caption(f"共 {len(chosen)} 起，其中进行中 {sum(each.state is AlertState.FIRING for each in chosen)} 起")
    pages = max(1, -(-len(chosen) // _SIZE))
    page = st.pagination(pages, key="alert_page") if pages > 1 else 1
    for alert in chosen[(page - 1) * _SIZE : page * _SIZE]:
        _box(alert)
    _latencies(chosen)


def _filtered(every: list[Alert]) -> list[Alert]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        state = st.segmented_control(
            "状态",
            list(AlertState),
            format_func=labels.ALERT_STATES.__getitem__,
            key="state",
            bind="query-params",
        )
        levels = st.pills(
            "级别",
            list(AlertSeverity),
            selection_mode="multi",
            format_func=labels.ALERT_SEVERITIES.__getitem__,
            key="level",
            bind="query-params",
        )
        subject = widgets.choose_subject("about", allow_all=True)
    found = data.alerts_of(subject, every) if subject else every
    return [each for each in found if state in (None, each.state) and (not levels or each.severity in levels)]


def _box(alert: Alert) -> None:
    with st.container(border=True), st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap="xsmall", width="stretch"):
            st.markdown(f"{widgets.alert_badges(alert)} **{fmt.plain(alert.summary)}**")
            name = data.subject_names().get(alert.subject_id, "系统")
            st.caption(f"{fmt.plain(name)} · {widgets.alert_facts(alert)}{_handled(alert)}")
        # A link to the page that is already open would not change the address; the button does.
        st.button("查看", key=f"open_{alert.id}", icon=":material/arrow_forward:", on_click=_open, args=(alert.id,))


def _open(alert_id: str) -> None:
    st.query_params["alert"] = alert_id


def _handled(alert: Alert) -> str:
    return f" · {fmt.plain(alert.acknowledged_by)} 已确认" if alert.acknowledged_by else ""


def _latencies(alerts: list[Alert]) -> None:
    """How quickly people were told, over all listed alerts."""
    table = frames.latency_summary(alerts)
    if table.empty:
        return
    with st.expander("从发布到送达用了多久", icon=":material/timer:"):
        widgets.table(table, "各环节用时的中位数与第 95 百分位")
