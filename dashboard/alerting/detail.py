"""One alert in full: what, since when, on what evidence, who was told. Narrow enough for a phone."""

from datetime import timedelta
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard import charts, data, frames, gate, labels, widgets
from dashboard import format as fmt
from dashboard.incidents import alerts_part
from dashboard.periods import Period
from yuqing.domain.alert import Alert, AlertSeverity, AlertState
from yuqing.domain.errors import InputError
from yuqing.domain.ports import MentionQuery, StoredMention
from yuqing.gaps import Assessment

_BIN = timedelta(minutes=15)
_BEFORE = timedelta(hours=12)
_SPAN = timedelta(hours=48)  # of a long alert the first two days
_CHOSEN = "，已去重"  # of an event of numbers the gravest posts are kept, each text once


def show(id: str) -> None:
    """Everything about one alert."""
    alert = data.alert(id)
    if alert is None:
        st.info("没有这起预警：它可能已超过保存期限，或链接有误。", icon=":material/search_off:")
        return
    st.markdown(widgets.alert_badges(alert))
    st.subheader(fmt.plain(alert.summary))
    rule = data.rule_names().get(alert.rule_id, alert.rule_id)
    st.caption(f"{fmt.plain(rule)} · {widgets.alert_facts(alert)}")
    _beside(alert)
    _from_message(alert)
    _actions(alert)
    alerts_part.link_from(alert)
    if alert.subject_id:
        _facts(alert)
    elif advice := labels.ADVICE.get(alert.labels.get("outcome", "")):
        st.warning(f"**怎么办**　{advice}", icon=":material/build:")
    if alert.subject_id and alert.severity is not AlertSeverity.OPERATOR:
        _course(alert)
    _evidence(alert)
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        st.markdown("**各环节用时**")
        widgets.table(frames.latency(alert), "这起预警经过各环节的时间")
    with right, st.container(border=True, height="stretch"):
        _log(alert)


def _beside(alert: Alert) -> None:
    """What else goes on about the same subject: two matters at once are easily taken for one."""
    for other in data.beside(alert):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"同一主体另有一起进行中：{fmt.plain(other.summary)}", width="stretch")
            st.button("查看", key=f"beside_{other.id}", on_click=_open, args=(other.id,))


def _open(alert_id: str) -> None:
    forget_grant()
    st.query_params["alert"] = alert_id


def forget_grant() -> None:
    """What a message's link allows belongs to the alert it is about."""
    for name in ("do", "exp", "to", "sig"):
        st.query_params.pop(name, None)


def _from_message(alert: Alert) -> None:
    """Says what the button of a message that led here asks for; an old or forged link is told, not obeyed."""
    if "sig" not in st.query_params:
        return
    try:
        action = data.grant(urlencode(st.query_params.to_dict())).action
    except InputError as error:
        st.warning(f"{error}。", icon=":material/link_off:")
        return
    if action != "open" and alert.state is not AlertState.RESOLVED:
        word = {"silence": "静默"}.get(action, "确认，我来处理")
        st.info(f"您从预警消息打开：填写处理人后按“{word}”。", icon=":material/touch_app:")


def _actions(alert: Alert) -> None:
    if alert.acknowledged_at is not None:
        who = fmt.plain(alert.acknowledged_by or "")
        st.success(f"{who} 已于 {fmt.stamp(alert.acknowledged_at)} 确认。", icon=":material/check:")
    for silence in data.silences_of(alert):
        until = f"静默至 {fmt.stamp(silence.ends_at)}"
        st.info(
            f"{until}（{fmt.plain(silence.author)}：{fmt.plain(silence.reason)}）", icon=":material/notifications_off:"
        )
    if alert.state is AlertState.RESOLVED:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = gate.actor() or st.text_input("处理人", key="actor", max_chars=30, persist_state="session", width=180)
        if alert.acknowledged_at is None and st.button(
            "确认，我来处理", key="acknowledge", type="primary", icon=":material/check:"
        ):
            _acknowledge(alert, (name or "").strip())
        with st.popover("静默", icon=":material/notifications_off:"):
            _silence(alert, (name or "").strip())
    if alert.acknowledged_at is None:
        st.caption("确认后不再重复提醒；再次放大与恢复时仍会通知。")


def _acknowledge(alert: Alert, name: str) -> None:
    if not name:
        st.error("请先填写处理人，之后可以查到是谁确认的。")
        return
    data.acknowledge(alert.id, name)
    st.rerun()


def _silence(alert: Alert, name: str) -> None:
    hours = st.segmented_control(
        "多久", [1, 2, 8, 24], default=2, required=True, format_func="{} 小时".format, key="hours"
    )
    reason = st.text_input("原因", key="reason", max_chars=100)
    same = "同一规则、同一主体、同一话题" if "topic" in alert.labels else "同一规则、同一主体"
    st.caption(f"{same}的预警在此期间不通知任何人；预警本身照常记录。")
    if not st.button("开始静默", key="silence"):
        return
    try:
        data.silence(alert, timedelta(hours=int(hours or 2)), name, (reason or "").strip())
    except InputError:
        st.error("请填写处理人和原因，之后可以查到是谁、为什么静默。")
        return
    st.rerun()


def _facts(alert: Alert) -> None:
    chance = "不适用" if alert.probability is None else fmt.probability(alert.probability)
    with st.grid(4, min_column_width=150, gap="small"):
        st.metric(alert.measure or "观测", fmt.number(alert.observed), border=True)
        st.metric("平时", widgets.usual(alert), border=True)
        st.metric("偶然出现的概率", chance, border=True)
        length = (alert.ends_at or data.now()) - alert.starts_at
        st.metric("持续" if alert.ends_at is None else "历时", fmt.short_duration(length), border=True)


def _window(alert: Alert) -> Period:
    end = min(alert.ends_at or data.now(), alert.starts_at + _SPAN)
    start = (alert.starts_at - _BEFORE).replace(minute=0, second=0, microsecond=0)
    until = max(end.replace(second=0, microsecond=0) + timedelta(minutes=1), alert.starts_at + _BIN)
    return Period("alert", start, until, _BIN)


def _course(alert: Alert) -> None:
    window = _window(alert)
    seen = data.assess(alert.subject_id, window)
    frame = _course_frame(alert, window, seen)
    shaded = frames.bands(seen, data.source_names())
    fired = (fmt.naive_iso(alert.starts_at), fmt.naive_iso(min(alert.ends_at or data.now(), window.until)))
    colors = widgets.palette()
    about = data.topic_names().get(alert.labels.get("topic", ""), "")
    widgets.card(
        f"{about and f'话题“{about}”的'}负面声量（每 15 分钟）",
        "course",
        frame,
        lambda: charts.alert_window(frame, shaded, fired, colors),
        empty="这段时间没有可显示的数据。",
        note="红色区间为预警期间" + ("，灰色区间为采集中断。" if not shaded.empty else "。"),
        alt="预警前后的负面条数",
        height="content",
    )


def _course_frame(alert: Alert, window: Period, seen: Assessment) -> pd.DataFrame:
    topic = alert.labels.get("topic", "")
    topics = (topic,) if topic else ()
    query = MentionQuery(subjects=(alert.subject_id,), topics=topics, since=window.since, until=window.until)
    return frames.volume(data.volume(query, window.interval, "sentiment"), window.interval, seen)


def _evidence(alert: Alert) -> None:
    found = data.mentions_of(alert.evidence)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**证据（{len(alert.evidence)} 条{_CHOSEN if alert.expected is not None else ''}）**", width="stretch"
            )
            names = data.subject_names()
            if alert.subject_id in names:
                link = {"scope": names[alert.subject_id], "sentiment": "负面", "within": "近 24 小时"}
                if topic := data.topic_names().get(alert.labels.get("topic", "")):
                    link["topic"] = topic
                st.page_link("app_pages/mentions.py", label="全部负面", query_params=link)
        if not found:
            st.caption("这起预警不以单条内容为依据。" if not alert.evidence else "证据已超过保存期限。")
        for item in found:
            _post(item)


def _post(item: StoredMention) -> None:
    mention = item.mention
    if title := fmt.heading(mention.title, mention.text):
        st.markdown(f"**{fmt.plain(title)}**")
    st.text(mention.text if item.deleted_at is None else "（平台已删除）")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{labels.PLATFORMS[mention.platform]} · {fmt.short_stamp(mention.published_at)} · "
            f"点赞 {fmt.count(mention.engagement.likes)}",
            width="stretch",
        )
        widgets.post_links(mention)


def _log(alert: Alert) -> None:
    st.markdown("**通知记录**")
    log = data.notifications(alert.id)
    if log:
        widgets.table(frames.notifications(log), "这起预警发给了谁")
    else:
        st.caption("没有通知：未配置接收方，或在静默期内。")
