"""The alerts of an incident, each with the way to it; and on the page of an alert the way to its incident."""

import streamlit as st

from dashboard import data, widgets
from dashboard import format as fmt
from dashboard.incidents import desk
from yuqing.domain.alert import Alert, AlertSeverity, AlertState
from yuqing.domain.incident import Incident
from yuqing.incidents.office import Office


def show(office: Office, incident: Incident) -> None:
    """What rang."""
    alerts = office.timeline.alerts(incident)
    if not alerts:
        st.caption("没有预警：由人工开立。")
    for alert in alerts:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container(gap="xsmall", width="stretch"):
                st.markdown(f"{widgets.alert_badges(alert)} **{fmt.plain(alert.summary)}**")
                st.caption(widgets.alert_facts(alert))
            st.page_link("app_pages/alerts.py", label="查看", query_params={"alert": alert.id})
            if incident.is_open:
                args = (incident.id, alert.id)
                st.button("移出", key=f"detach_{alert.id}", type="tertiary", on_click=_detach, args=args)
    if gone := len(incident.alerts) - len(alerts):
        st.caption(f"另有 {gone} 起预警已不在库中。")
    if incident.previous:
        link = {"incident": incident.previous}
        st.page_link("app_pages/incidents.py", label="此前相关的事件", icon=":material/history:", query_params=link)


def _detach(incident_id: str, alert_id: str) -> None:
    desk.act("已移出；不会再自动并入", lambda office, name: office.actions.detach(incident_id, alert_id, name))


def link_from(alert: Alert) -> None:
    """On the page of an alert: its incident, or the button that opens one."""
    if not alert.subject_id or alert.severity is AlertSeverity.OPERATOR:
        return
    incident = desk.office().of_alert(alert.id)
    desk.tell()
    if incident is not None:
        st.page_link(
            "app_pages/incidents.py",
            label=f"处置事件 {incident.id}（{incident.grade.value} 级）",
            icon=":material/assignment:",
            query_params={"incident": incident.id},
        )
        return
    if alert.state is AlertState.RESOLVED:
        desk.who_acts()  # the page of an alert that is over has no field for it
    st.button("开立处置事件", key="open_incident", icon=":material/assignment_add:", on_click=_open, args=(alert.id,))


def _open(alert_id: str) -> None:
    alert = data.alert(alert_id)
    if alert is not None:
        desk.act("已开立事件", lambda office, name: office.open_from(alert, name))
