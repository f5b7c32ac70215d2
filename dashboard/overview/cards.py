"""The boxes below the key figures."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard import charts, data, frames, labels, widgets
from dashboard import format as fmt
from dashboard.frames import Tally
from dashboard.periods import NAMES, Period
from yuqing.domain.alert import Alert
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.mention import Platform
from yuqing.domain.ports import MentionQuery, Page, StoredMention
from yuqing.gaps import Assessment, platforms_of

_MOST_TOPICS = 10


def _query(subject: str, period: Period) -> MentionQuery:
    return MentionQuery(subjects=(subject,), since=period.since, until=period.until)


def volume_and_alerts(subject: str, period: Period, seen: Assessment) -> None:
    """Volume over time beside the newest alerts."""
    wide, narrow = st.columns([2, 1])
    bins = data.volume(_query(subject, period), period.interval, "sentiment")
    frame = frames.volume(bins, period.interval, seen)
    shaded = frames.bands(seen, data.source_names())
    colors = widgets.palette()
    with wide:
        widgets.card(
            "声量与情感",
            "volume",
            frame,
            lambda: charts.volume(frame, shaded, colors, height=380),
            empty="该时段没有可显示的数据。",
            note="灰色区间为采集中断或不完整：其中的数字是下限，没有柱子不代表没有声音。" if not shaded.empty else "",
            alt="声量随时间的变化，按情感堆叠",
        )
    with narrow, st.container(border=True, height="stretch"):
        _alerts(data.alerts_of(subject, data.alerts()))


def _platform_card(subject: str, period: Period, seen: Assessment) -> None:
    groups = frames.tallies(_platforms(subject, period, seen), "平台")
    unknown = [str(name) for name in groups[groups["合计"].isna()]["平台"]]
    colors = widgets.palette()
    widgets.card(
        "平台分布",
        "platforms",
        groups,
        lambda: charts.groups(groups, "平台", colors),
        empty="该时段没有可显示的数据。" if seen.is_complete else "没有数据，且采集不完整：不能判断为没有声音。",
        note=f"{fmt.listing(unknown)}：未知（该时段没有采集到）" if unknown else "",
        alt="各平台声量，按情感堆叠",
        height="content",
    )


def _platforms(subject: str, period: Period, seen: Assessment) -> list[Tally]:
    """Platforms with mentions, and those that we watch: with 0 where that is known, unknown where it is not."""
    query = _query(subject, period)
    found = {
        each.value: data.stances(frames.platform_name(each.value), replace(query, platforms=(Platform(each.value),)))
        for each in data.facet(query, "platform")
    }
    for source, platform in platforms_of(data.app().sources).items():
        if source in seen.sources and platform.value not in found:
            total = None if seen.of_source(source) else 0
            found[platform.value] = Tally(frames.platform_name(platform.value), total, {})
    return list(found.values())


def topics_platforms_voice(subject: str, period: Period, seen: Assessment) -> None:
    """Topics by their negative part beside the platforms and the share of voice."""
    left, right = st.columns(2)
    colors = widgets.palette()
    topics = _topics(subject, period)
    with left:
        widgets.card(
            "话题与负面",
            "topics",
            topics,
            lambda: charts.negatives(topics, "话题", colors),
            empty="该时段没有已评分的提及。",
            note="红色为负面条数，灰色为全部条数，右侧为负面占比。",
            alt="各话题的全部与负面条数",
        )
    with right:
        _platform_card(subject, period, seen)
        _voice_card(subject, period, seen)


def _voice_card(subject: str, period: Period, seen: Assessment) -> None:
    voice = frames.tallies(_voices(period), "银行")
    if len(voice) < 2:
        return
    own, colors = data.bank_of(subject), widgets.palette()
    note = "各行在全部被提及次数中的份额；一条提到两家的计两次。"
    widgets.card(
        "声量份额",
        "voice",
        voice if voice["合计"].sum() else voice.head(0),
        lambda: charts.share_of_voice(voice, "银行", own, colors),
        empty="该时段没有可比较的数据。",
        note=note if seen.is_complete else f"{note}采集不完整，份额仅供参考。",
        alt="本行与同业的声量份额",
        height="content",
    )


def _topics(subject: str, period: Period) -> pd.DataFrame:
    """The topics with the most negative mentions, by two facets instead of one query per topic."""
    query = _query(subject, period)
    negative = replace(query, sentiments=(SentimentLabel.NEGATIVE,))
    return frames.topics(data.facet(query, "topic"), data.facet(negative, "topic"), data.topic_names()).head(
        _MOST_TOPICS
    )


def _voices(period: Period) -> list[Tally]:
    return [data.stances(each.name, _query(each.id, period)) for each in data.compared()]


def _alerts(alerts: list[Alert]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**最新预警**", width="stretch")
        st.page_link("app_pages/alerts.py", label="全部预警")
    if not alerts:
        st.caption("没有预警。规则每分钟检查一次；采集中断时，系统会另发运维预警，不会沉默。")
    for alert in alerts[:3]:
        with st.container(gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(widgets.alert_badges(alert), width="stretch")
                st.page_link("app_pages/alerts.py", label="详情", query_params={"alert": alert.id})
            st.markdown(fmt.plain(alert.summary))
            st.caption(widgets.alert_facts(alert))


def posts(subject: str, period: Period, seen: Assessment) -> None:
    """The loudest negative posts."""
    with st.container(border=True):
        _posts(subject, period, seen)


def _posts(subject: str, period: Period, seen: Assessment) -> None:
    query = replace(_query(subject, period), sentiments=(SentimentLabel.NEGATIVE,))
    found = data.search(query, Page(size=5, sort="engagement_desc"))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**热度最高的负面**", width="stretch")
        link = {"scope": data.subject_names()[subject], "sentiment": "负面", "within": NAMES[period.name]}
        st.page_link("app_pages/mentions.py", label=f"全部 {fmt.count(found.total)} 条", query_params=link)
    if not found.items:
        st.caption("没有负面提及。" if seen.is_complete else "没有采集到负面提及；采集不完整，不能判断为没有。")
    for item in found.items:
        _post(item)


def _post(item: StoredMention) -> None:
    mention, note = item.mention, item.annotation
    level = (
        f":{widgets.LEVEL_BADGES[note.severity.level]}-badge[{labels.severity(note.severity.level)}] " if note else ""
    )
    where = f"{labels.PLATFORMS[mention.platform]} · {fmt.short_stamp(mention.published_at)}"
    with st.container(gap="xxsmall"):
        st.markdown(fmt.plain(fmt.clip(mention.title or mention.text, 90)))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{level}{where} · 点赞 {fmt.count(mention.engagement.likes)}", width="stretch")
            widgets.post_links(mention)
