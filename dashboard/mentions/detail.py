"""One mention in full: text, scores, reactions over time, and how it came to us."""

import streamlit as st

from dashboard import charts, data, frames, labels, widgets
from dashboard import format as fmt
from dashboard.mentions import correct
from yuqing.domain.annotation import Annotation, Sentiment
from yuqing.domain.mention import Mention, MentionId
from yuqing.domain.ports import StoredMention


def show(id: MentionId) -> None:
    """The panel of one mention, or a sentence when it is gone."""
    found = data.mentions_of((id,))
    if not found:
        st.info("没有这条提及：它可能已超过保存期限，或链接有误。", icon=":material/search_off:")
        return
    item = found[0]
    with st.container(border=True):
        _head(item)
        _text(item)
        if item.annotation is None:
            st.caption("等待评分，通常在一分钟内完成。")
        else:
            _scores(item.annotation, correct.marks(item))
            correct.show(item)
        _engagement(item.mention)
        _origin(item)


def _head(item: StoredMention) -> None:
    mention, note = item.mention, item.annotation
    badges = [f":blue-badge[{labels.PLATFORMS[mention.platform]}·{labels.KINDS[mention.kind]}]"]
    if note:
        level = note.severity.level
        stance = note.sentiment.label
        badges.append(f":{widgets.STANCE_BADGES[stance]}-badge[{labels.SENTIMENTS[stance]}]")
        badges.append(f":{widgets.LEVEL_BADGES[level]}-badge[风险 {labels.severity(level)}]")
    if item.correction is not None:
        badges.append(":violet-badge[已更正]")
    if item.deleted_at is not None:
        badges.append(f":gray-badge[平台已删除 {fmt.short_stamp(item.deleted_at)}]")
    st.markdown(" ".join(badges))


def _text(item: StoredMention) -> None:
    mention = item.mention
    if item.deleted_at is not None:
        st.caption("原帖已在平台删除，文字按规则一并清除，只保留计数。")
        return
    if title := fmt.heading(mention.title, mention.text):
        st.markdown(f"**{fmt.plain(title)}**")
    # st.text reads no markup: what strangers write is shown as written.
    st.text(mention.text)
    if mention.text_truncated:
        st.caption("平台只给出了部分文字，全文待补。")
    if url := fmt.safe_url(mention.url):
        st.link_button("打开原文", url, icon=":material/open_in_new:")


def _chances(sentiment: Sentiment) -> str:
    return f"负面 {sentiment.negative:.0%} · 中性 {sentiment.neutral:.0%} · 正面 {sentiment.positive:.0%}"


def _scores(note: Annotation, marks: dict[str, str]) -> None:
    names, topics = data.subject_names(), data.topic_names()
    rows = {"全文情感": f"{labels.SENTIMENTS[note.sentiment.label]}（{_chances(note.sentiment)}）"}
    for each in note.by_subject:
        name = names.get(each.subject_id, each.subject_id)
        rows[f"对{name}"] = f"{labels.SENTIMENTS[each.sentiment.label]}（{_chances(each.sentiment)}）"
    rows["风险"] = "　".join(f"{level} 级 {chance:.0%}" for level, chance in enumerate(note.severity.probabilities))
    rows["话题"] = "、".join(f"{topics.get(each.id, each.id)} {each.probability:.0%}" for each in note.topics) or "—"
    rows["模型"] = f"{note.model}，{fmt.stamp(note.scored_at)}"
    st.table({fmt.plain(key): fmt.plain(value) for key, value in (rows | marks).items()}, border="horizontal")


def _engagement(mention: Mention) -> None:
    counts = mention.engagement
    parts = [f"{name} {fmt.count(getattr(counts, key))}" for key, name in labels.ENGAGEMENT.items()]
    fixed = "（采集时的数：平台没有单条页面，不再更新）" if data.is_never_refreshed(mention.id) else ""
    st.caption("互动：" + " · ".join(parts) + fixed)
    frame = frames.engagement(data.snapshots(mention.id))
    if len(frame) > 1:
        st.altair_chart(charts.engagement(frame, widgets.palette()), alt="互动随时间的变化", key="engagement_chart")


def _origin(item: StoredMention) -> None:
    mention = item.mention
    names = data.source_names()
    author = [labels.AUTHOR_KINDS[mention.author.kind], labels.FOLLOWERS[mention.author.followers]]
    lag = fmt.duration(mention.collected_at - mention.published_at)
    rows = {
        "发布": fmt.stamp(mention.published_at),
        "采集": f"{fmt.stamp(mention.collected_at)}（发布后 {lag}）",
        "来源": f"{names.get(mention.source_id, mention.source_id) or '导入'}　查询：{mention.query_id or '—'}",
        "作者": f"{mention.author.outlet or '匿名'}　" + "，".join(author),
        "地区": mention.region or labels.UNKNOWN,
        "编号": mention.id,
    }
    st.table({key: fmt.plain(value) for key, value in rows.items()}, border="horizontal")
