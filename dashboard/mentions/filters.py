"""From the search box and the filters to one query. Every choice is kept in the address, so that it can be shared."""

from dataclasses import dataclass, replace

import streamlit as st

from dashboard import data, labels, widgets
from dashboard import format as fmt
from dashboard.insight import events
from dashboard.periods import Period
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.errors import QuerySyntaxError
from yuqing.domain.mention import MentionKind, Platform
from yuqing.domain.ports import MentionQuery
from yuqing.domain.query import Node, parse_query

_HELP = """
| 写法 | 含义 |
|---|---|
| `云江银行 闪退` | 两个词都出现 |
| `崩了 OR 闪退` | 至少出现一个 |
| `NOT 招聘` | 不出现 |
| `"登录 不了"` | 原样短语 |
| `转账 NEAR/10 失败` | 相距不超过 10 个字 |
| `(崩了 OR 闪退) NOT 招聘` | 括号分组 |
| `severity:>=2` `platform:weibo` | 按字段 |

AND、OR、NOT、NEAR 用大写。可用字段：platform、kind、subject、sentiment、topic、severity、source、region、state。
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for: the query, its period and its subject."""

    query: MentionQuery
    period: Period
    subject: str | None


def choose() -> Choice | None:
    """The search box and the filters; None (and a sentence that says where) when the search does not parse."""
    text = _search_box()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        subject = widgets.choose_subject("scope", allow_all=True)
        period = widgets.choose_period("within")
        sentiments = st.pills(
            "情感",
            list(labels.SENTIMENTS),
            selection_mode="multi",
            format_func=labels.SENTIMENTS.__getitem__,
            key="sentiment",
            bind="query-params",
        )
        with st.popover("更多条件", icon=":material/tune:"):
            platforms, kinds, topics, level = _more()
    try:
        node = parse_query(text) if text else None
    except QuerySyntaxError as error:
        _explain(text, error)
        return None
    query = _query(node, subject, period, (tuple(sentiments), tuple(platforms), tuple(kinds), tuple(topics)), level)
    return _of_event(Choice(query, period, subject))


def _of_event(choice: Choice) -> Choice | None:
    """Only the mentions of the event that the address names; None (and a sentence) when it is there no more."""
    wanted = st.query_params.get("event")
    if not wanted:
        return choice
    event = events.with_mention(choice.subject, choice.period, wanted)
    with st.container(horizontal=True, vertical_alignment="center"):
        if event is None:
            st.warning("这个主体和时段里没有这个事件：可能已移出时段、已更正或合并。", icon=":material/search_off:")
        else:
            label = fmt.plain(" · ".join(event.label) or "没有突出的词")
            st.markdown(f":material/filter_alt: 只看事件 **{label}**（{len(event.mention_ids)} 条）", width="stretch")
        st.button("不限事件", icon=":material/close:", on_click=_any_event, key="any_event")
    return None if event is None else replace(choice, query=replace(choice.query, ids=event.mention_ids))


def _any_event() -> None:
    st.query_params.pop("event", None)


def _search_box() -> str:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "检索",
            key="q",
            bind="query-params",
            type="search",
            placeholder="例如：(崩了 OR 闪退) NOT 招聘",
            label_visibility="collapsed",
            icon=":material/search:",
        )
        with st.popover("语法", icon=":material/help:"):
            st.markdown(_HELP)
    return (text or "").strip()


def _more() -> tuple[list[Platform], list[MentionKind], list[str], int | None]:
    names = data.topic_names()
    platforms = st.multiselect(
        "平台", list(Platform), format_func=labels.PLATFORMS.__getitem__, key="platform", bind="query-params"
    )
    kinds = st.multiselect(
        "形式", list(MentionKind), format_func=labels.KINDS.__getitem__, key="kind", bind="query-params"
    )
    topics = st.multiselect("话题", list(names), format_func=names.__getitem__, key="topic", bind="query-params")
    level = st.selectbox(
        "风险不低于",
        [None, 1, 2, 3],
        format_func=lambda value: "不限" if value is None else labels.severity(value),
        key="risk",
        bind="query-params",
    )
    return platforms, kinds, topics, level


def _query(
    node: Node | None,
    subject: str | None,
    period: Period,
    chosen: tuple[tuple[SentimentLabel, ...], tuple[Platform, ...], tuple[MentionKind, ...], tuple[str, ...]],
    level: int | None,
) -> MentionQuery:
    sentiments, platforms, kinds, topics = chosen
    return MentionQuery(
        text=node,
        subjects=(subject,) if subject else (),
        platforms=platforms,
        kinds=kinds,
        sentiments=sentiments,
        topics=topics,
        min_severity=level,
        since=period.since,
        until=period.until,
    )


def _explain(text: str, error: QuerySyntaxError) -> None:
    at = min(error.position, len(text))
    marked = fmt.plain(text[at : at + 1]) or "（此处）"
    st.error(
        f"检索式第 {at + 1} 个字符处：{error.reason}。\n\n"
        f"{fmt.plain(text[:at])}:red-background[**{marked}**]{fmt.plain(text[at + 1 :])}",
        icon=":material/error:",
    )
