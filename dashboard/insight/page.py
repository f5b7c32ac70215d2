"""The insight page: why the numbers are as they are, who carries them, and what people ask for."""

import pandas as pd
import streamlit as st

from dashboard import data, frames, labels, periods, widgets
from dashboard.insight import events, tables
from dashboard.periods import Period
from yuqing.domain.annotation import SentimentLabel
from yuqing.gaps import Assessment
from yuqing.insight import Insight, InsightReader

_MOST = 2_000  # a page answers within seconds; `yuqing insight` reads more
_ROWS = 30
_STORIES = 10
_EVENTS = 20
_NEGATIVE = SentimentLabel.NEGATIVE


def show(subject_id: str, period: Period, seen: Assessment) -> None:
    """Key figures, then keywords, stories, voices and demand."""
    found = _insight(subject_id, period)
    if found is None:
        return
    _limits(found)
    _figures(found, seen)
    address = {"scope": data.subject_names().get(subject_id, ""), "within": periods.NAMES[period.name]}
    left, right = st.columns(2)
    with left:
        words = tables.keywords(found.keywords, **address)
        _table("关键词", "keywords", words, "与此前 28 天相比更常出现的词；转发与抄送只算一次。", _none(seen))
    with right:
        words = tables.keywords(found.complaints, sentiment=labels.SENTIMENTS[_NEGATIVE], **address)
        _table("负面关键词", "complaints", words, "负面提及比其他提及更常出现的词。", _none(seen))
    _events(subject_id, period, seen, address)
    worst = found.impact.stories[:_STORIES]
    texts = {item.mention.id: item for item in data.mentions_of(tuple(each.mention_ids[0] for each in worst))}
    note = "压力 = 负面概率 × (1+严重度) × log₁₀(10+估计触达)。"
    _table("影响最大的事项", "stories", tables.stories(worst, texts), note, _none(seen))
    voices = tables.voices(found.voices[:_ROWS])
    _table("传播者", "voices", voices, "媒体与机构显示名称，个人只显示假名；触达为估计值，未知不当作 0。", _none(seen))
    demands = tables.demands(found.demands, data.topic_names())
    _table("需求信号", "demands", demands, "客户原话里的愿望与提问，按产品归类；抱怨式的反问不算。", _none(seen))


@st.cache_resource(ttl=600, max_entries=1, show_spinner=False)
def _reader(_version: int) -> InsightReader:
    return InsightReader(data.app().mentions, data.app().subjects, _MOST, events.segmenter(_version))


@st.cache_data(ttl=60, max_entries=20, show_spinner="正在分析……")
def _insight(subject_id: str, period: Period) -> Insight | None:
    subject = data.subject(subject_id)
    return None if subject is None else _reader(id(data.app())).read(subject, period.since, period.until)


def _events(subject_id: str, period: Period, seen: Assessment, address: dict[str, str]) -> None:
    listed = events.found(subject_id, period)
    if listed is None:
        return
    shown = listed.events[:_EVENTS]
    firsts = {item.mention.id: item for item in data.mentions_of(tuple(each.first for each in shown))}
    notes = ["说同一件事的负面提及，至少 3 条，最大的在前；一件事有时会分成几个事件。走势各行自成比例。"]
    if not listed.is_whole:
        notes.append(
            f"该时段共 {listed.total:,} 条负面提及，只归并了最新的 {listed.read:,} 条：首发与条数只就这些而言。"
        )
    if len(listed.events) > len(shown):
        notes.append(f"共 {len(listed.events)} 个事件，列出最大的 {len(shown)} 个。")
    _table("事件", "events", tables.events(shown, firsts, period, **address), "".join(notes), _none(seen))


def _limits(found: Insight) -> None:
    if not found.is_whole:
        st.caption(f"该时段共 {found.total:,} 条提及，这里分析了最新的 {found.read:,} 条。")
    if found.unscored:
        st.caption(f"{found.unscored:,} 条还没有评分：负面关键词、影响指数与需求信号是下限。")


def _figures(found: Insight, seen: Assessment) -> None:
    media, leaders = found.media, sum(each.is_leader for each in found.voices)
    with st.grid(4, min_column_width=160):
        st.metric(
            "影响指数",
            _shown(round(found.impact.index), seen),
            border=True,
            help="0 至 100：与本主体平常时段相比的负面压力，平常为 29，两倍为 50，六倍为 88。",
        )
        st.metric("媒体报道", _shown(media.mentions, seen, f"{media.outlets} 家 {media.mentions} 条"), border=True)
        st.metric("意见领袖", _shown(leaders, seen), border=True, help="粉丝 10 万以上，或估计触达 10 万以上的个人账号")
        asked = sum(each.stories for each in found.demands)
        st.metric("需求信号", _shown(asked, seen), border=True, help="愿望与提问，抄送只算一次")


def _shown(number: int, seen: Assessment, text: str | None = None) -> str:
    """The number; 未知 in the place of a 0 that nobody can vouch for."""
    return labels.UNKNOWN if number == 0 and not seen.is_complete else text or f"{number:,}"


def _none(seen: Assessment) -> str:
    return "该时段没有。" if seen.is_complete else "已采集到的内容里没有；该时段采集不完整，没有看到不等于没有。"


def _table(title: str, key: str, frame: pd.DataFrame, note: str, empty: str) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{title}**", width="stretch")
            if not frame.empty:
                st.download_button(
                    "下载",
                    frames.csv_bytes(frame),
                    file_name=f"{title}.csv",
                    mime="text/csv",
                    key=f"insight_{key}_csv",
                    icon=":material/download:",
                    type="tertiary",
                    on_click="ignore",
                )
        st.caption(note)
        if frame.empty:
            st.caption(empty)
            return
        columns = {
            "查看": st.column_config.LinkColumn(display_text="查看", width=52 if "首发" in frame else "small"),
            "估计触达": st.column_config.NumberColumn(format="localized"),
            "事件": st.column_config.TextColumn(width=190),
            "走势": st.column_config.BarChartColumn(width=130, y_min=0, color=widgets.palette().sentiment[_NEGATIVE]),
            "首发内容": st.column_config.TextColumn(width=170),
            "首发": st.column_config.LinkColumn(display_text="首发", width=52),
        }
        st.dataframe(frame, hide_index=True, column_config=columns, alt=title, placeholder="—")
