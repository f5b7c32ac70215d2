"""The list of mentions: counts, pages, export."""

from collections.abc import Callable
from io import BytesIO

import pandas as pd
import streamlit as st

from dashboard import data, gate, labels
from dashboard import format as fmt
from dashboard.crawling import health
from dashboard.mentions.filters import Choice
from storage.export import export
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import MentionQuery, Page, SearchResult, SortKey, StoredMention
from yuqing.gaps import Assessment

SIZE = 50
_FILES = {
    "excel-csv": ("CSV", "提及.csv", "text/csv"),
    "xlsx": ("Excel", "提及.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def show(choice: Choice, seen: Assessment, *, beside: bool) -> MentionId | None:
    """The page of results; returns the id of the selected row. `beside` a detail there is room for four columns."""
    head = st.container(horizontal=True, vertical_alignment="center")
    with head:
        total = st.container(width="stretch")
        sort = _sort()
    pages = _pages(choice.query, sort)
    found = data.search(choice.query, Page(SIZE, pages[-1], sort))
    with total:
        _total(found, seen)
    with head:
        _downloads(choice.query, found)
    if not found.items:
        _empty(seen)
        return None
    selected = _table(found, beside=beside, key=f"rows_{hash((repr(choice.query), sort, pages[-1]))}")
    _turn(found, pages)
    return selected


def _pages(query: MentionQuery, sort: SortKey) -> list[str | None]:
    """The cursors of the pages up to this one; forgotten when the question changes."""
    question = repr((query, sort))
    if st.session_state.get("mention_question") != question:
        st.session_state["mention_question"] = question
        st.session_state["mention_pages"] = [None]
    pages: list[str | None] = st.session_state["mention_pages"]
    return pages


def _total(found: SearchResult, seen: Assessment) -> None:
    total = seen.shown(found.total)
    lower = "" if seen.is_complete or total is None else "（采集不完整，为下限）"
    st.markdown(f"**共 {fmt.count(total)} 条**{lower}")


def _downloads(query: MentionQuery, found: SearchResult) -> None:
    for kind, (name, file, mime) in _FILES.items():
        st.download_button(
            name,
            exporter(query, kind),
            file_name=file,
            mime=mime,
            key=f"export_{kind}",
            icon=":material/download:",
            on_click="ignore",
            disabled=not found.items,
        )


def _sort() -> SortKey:
    options: list[SortKey] = ["published_desc", "published_asc", "severity_desc", "engagement_desc"]
    chosen: SortKey = st.selectbox(
        "排序",
        options,
        format_func=labels.SORTS.__getitem__,
        key="sort",
        bind="query-params",
        width=130,
        label_visibility="collapsed",
    )
    return chosen


def exporter(query: MentionQuery, kind: str) -> Callable[[], bytes]:
    app, actor = data.app(), gate.actor() or "dashboard"

    def write() -> bytes:
        """All that matches, written when the button is pressed."""
        file = BytesIO()
        rows = export("mentions", app.mentions, app.state, query, query.since, query.until, kind, None, stdout=file)
        data.audit(actor, "export", "mentions", {"rows": str(rows), "format": kind})
        return file.getvalue()

    return write


def _empty(seen: Assessment) -> None:
    if seen.is_complete:
        st.info("没有符合条件的提及。可以放宽时段或条件；该时段采集完整，“没有”可信。", icon=":material/search_off:")
    else:
        st.info("没有采集到符合条件的提及；该时段采集不完整，不能判断为没有。", icon=":material/visibility_off:")
    st.caption(f"来源健康：{health.sentence(data.health())}")


def _row(item: StoredMention, topics: dict[str, str]) -> dict[str, object]:
    mention, note = item.mention, item.annotation
    told = filter(None, (fmt.heading(mention.title, mention.text), mention.text))
    return {
        "时间": fmt.short_stamp(mention.published_at),
        "平台": labels.PLATFORMS[mention.platform],
        "情感": [labels.SENTIMENTS[note.sentiment.label] if note else labels.UNSCORED, *_corrected(item)],
        "风险": [labels.severity(note.severity.level)] if note else [],
        "内容": fmt.clip("　".join(told), 160) or "（已删除）",
        "话题": "、".join(topics.get(each.id, each.id) for each in note.topics) if note else "",
        "点赞": mention.engagement.likes,
        "原文": fmt.safe_url(mention.url),
    }


def _corrected(item: StoredMention) -> list[str]:
    return [labels.CORRECTED] if item.correction is not None else []


def _table(found: SearchResult, *, beside: bool, key: str) -> MentionId | None:
    topics = data.topic_names()
    frame = pd.DataFrame([_row(item, topics) for item in found.items]).astype({"点赞": "Int64"})
    stances = [*labels.SENTIMENTS.values(), labels.UNSCORED]
    levels = [labels.severity(level) for level in range(4)]
    event = st.dataframe(
        frame,
        hide_index=True,
        height=560,
        key=key,
        column_order=["时间", "平台", "情感", "内容"] if beside else None,
        on_select="rerun",
        selection_mode="single-row",
        placeholder="—",
        alt="符合条件的提及",
        column_config={
            "时间": st.column_config.TextColumn(width=90),
            "平台": st.column_config.TextColumn(width=76),
            "情感": st.column_config.MultiselectColumn(
                options=[*stances, labels.CORRECTED], color=["red", "gray", "green", "blue", "violet"], width=70
            ),
            "风险": st.column_config.MultiselectColumn(
                options=levels, color=["gray", "yellow", "orange", "red"], width=80
            ),
            "内容": st.column_config.TextColumn(width="large"),
            "点赞": st.column_config.NumberColumn(width=60, format="localized"),
            "原文": st.column_config.LinkColumn(display_text="打开", width=60),
        },
    )
    rows = event.selection.rows
    return found.items[rows[0]].mention.id if rows else None


def _turn(found: SearchResult, pages: list[str | None]) -> None:
    last = max(1, -(-found.total // SIZE))
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.caption(f"第 {len(pages)} / {last} 页", width="content")
        st.button(
            "上一页",
            key="page_back",
            icon=":material/chevron_left:",
            disabled=len(pages) == 1,
            on_click=_back,
            args=(pages,),
        )
        st.button(
            "下一页",
            key="page_next",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=found.next_after is None,
            on_click=pages.append,
            args=(found.next_after,),
        )


def _back(pages: list[str | None]) -> None:
    pages.pop()
