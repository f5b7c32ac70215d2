"""Rows become drafts: ids, ancestors, times and kinds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.imports.drafts import DraftBuilder, Tombstone
from crawlers.imports.presets import (
    DOUYIN_COMMENTS,
    DOUYIN_COMMENTS_CSV,
    DOUYIN_CONTENTS,
    FEEDBACK,
    WEIBO_COMMENTS,
    WEIBO_CONTENTS,
    YUQING,
)
from crawlers.imports.rows import Row, RowError
from yuqing.domain.draft import Draft
from yuqing.domain.mention import Engagement, MentionKind, Platform, TimePrecision

NOW = datetime(2026, 11, 23, tzinfo=UTC)
POSTED = datetime(2026, 11, 20, 2, 30, 15, tzinfo=UTC)
# An invented post and comment whose ids carry POSTED and five minutes later.
MID = str((int(POSTED.timestamp()) - 515483463) << 22)
CID = str((int(POSTED.timestamp()) + 300 - 515483463) << 22)


def build(mapping, **values) -> Draft:
    """The draft of one row."""
    draft = DraftBuilder(mapping, NOW).build(Row(1, values))
    assert isinstance(draft, Draft)
    return draft


def weibo(**changes) -> Draft:
    """The draft of a MediaCrawler post."""
    values = {
        "note_id": MID,
        "content": "云江银行#手机银行#又闪退了",
        "create_time": int(POSTED.timestamp()) + 8 * 3600,
        "create_date_time": "2026-11-20 10:30:15+08:00",
        "liked_count": "1.2万",
        "comments_count": "3",
        "shared_count": "",
        "user_id": "1234567",
        "nickname": "小江",
        "ip_location": "浙江",
        "source_keyword": "云江银行",
    }
    return build(WEIBO_CONTENTS, **{**values, **changes})


def test_a_mediacrawler_post():
    """Every column finds its field."""
    draft = weibo()
    assert (draft.platform, draft.kind, draft.native_id) == (Platform.WEIBO, MentionKind.POST, MID)
    assert draft.url == f"https://m.weibo.cn/detail/{MID}"
    assert draft.published_at == POSTED
    assert draft.engagement == Engagement(likes=12_000, comments=3, shares=None)
    assert (draft.hashtags, draft.region, draft.query_id) == (("手机银行",), "浙江", "云江银行")
    assert (draft.author_id, draft.author_name) == ("1234567", "小江")


def test_the_eight_hours_of_mediacrawler_are_put_right():
    """Its create_time has Shanghai digits stamped as UTC; the id of the post tells."""
    assert weibo(create_date_time=None).published_at == POSTED


def test_a_right_create_time_is_left_alone():
    """A fixed MediaCrawler must not be moved eight hours back."""
    assert weibo(create_date_time=None, create_time=int(POSTED.timestamp())).published_at == POSTED


def test_a_time_that_contradicts_the_id_is_refused():
    """Days apart, one of the two columns is wrong."""
    with pytest.raises(RowError, match="相差超过一天"):
        weibo(create_date_time="2026-11-10 10:30:15+08:00")


@pytest.mark.parametrize("ending", ["...全文", "…全文", "... 全文"])
def test_cut_texts_are_marked(ending):
    """The link to the whole text is not part of the text."""
    draft = weibo(content="云江银行说明" + ending)
    assert (draft.text, draft.text_truncated) == ("云江银行说明", True)


@pytest.mark.parametrize("parent", [CID, "0", "", None])
def test_a_comment_of_the_first_level_answers_the_post(parent):
    """MediaCrawler writes the comment itself, or 0, as parent."""
    draft = build(
        WEIBO_COMMENTS,
        comment_id=CID,
        note_id=MID,
        content="我也打不开",
        create_date_time="2026-11-20 10:35:15+08:00",
        parent_comment_id=parent,
    )
    assert draft.parent_id == draft.root_id == f"weibo:post:{MID}"
    assert draft.url == f"https://m.weibo.cn/detail/{MID}"


def test_an_answer_names_the_comment_it_answers():
    """The root stays the post."""
    draft = build(
        WEIBO_COMMENTS,
        comment_id=CID,
        note_id=MID,
        content="同上",
        create_date_time="2026-11-20 10:35:15",
        parent_comment_id="77",
    )
    assert (draft.parent_id, draft.root_id) == ("weibo:comment:77", f"weibo:post:{MID}")


def test_douyin_works_are_videos_and_their_comments_answer_them():
    """The aweme is the root of its comments."""
    aweme, cid = (str((int(POSTED.timestamp()) << 32) + n) for n in (1, 2))
    work = build(DOUYIN_CONTENTS, aweme_id=aweme, desc="云江银行柜台排队", create_time=int(POSTED.timestamp()))
    comment = build(
        DOUYIN_COMMENTS, comment_id=cid, aweme_id=aweme, content="真的慢", create_time=int(POSTED.timestamp())
    )
    assert (work.kind, work.url) == (MentionKind.VIDEO, f"https://www.douyin.com/video/{aweme}")
    assert comment.root_id == f"douyin:video:{aweme}"


def test_feedback_of_the_bank_is_translated():
    """Ticket kinds become kinds of mentions."""
    draft = build(
        FEEDBACK, 工单号="T-7", 诉求内容="柜台态度差", 受理时间="2026/11/20 9:05", 类型="投诉", 评分="2", 渠道="热线"
    )
    assert (draft.platform, draft.kind, draft.native_id) == (Platform.FEEDBACK, MentionKind.COMPLAINT, "T-7")
    assert (draft.rating, draft.source_id, draft.time_precision) == (2, "热线", TimePrecision.MINUTE)


def test_an_unknown_kind_in_a_row_is_refused_without_showing_the_cell():
    """The reason names the field, not what stood there."""
    with pytest.raises(RowError) as caught:
        build(FEEDBACK, 诉求内容="x", 受理时间="2026/11/20", 类型="13800138000")
    assert "138" not in str(caught.value)


def test_made_ids_tell_repetitions_apart_and_are_the_same_every_time():
    """Two identical rows are two comments, on every import, whoever wrote them."""
    row = {"text": "太慢了", "create_time": "2026/11/20 9:05", "digg_count": "1", "author": "a1"}

    def ids() -> list[str]:
        builder = DraftBuilder(DOUYIN_COMMENTS_CSV, NOW)
        drafts = [builder.build(Row(1, {**row, "author": author})) for author in ("a1", "a1", "b2")]
        return [draft.native_id for draft in drafts if isinstance(draft, Draft)]

    assert ids() == ids()
    assert len(set(ids())) == 3


@given(st.text(min_size=1), st.datetimes(datetime(2010, 1, 1), datetime(2026, 1, 1)))  # noqa: DTZ001
def test_made_ids_do_not_depend_on_likes_or_authors(text, at):
    """A later export of the same comment, with more likes, is the same mention."""
    cells = {"text": "甲" + text, "create_time": at.isoformat()}
    once = build(DOUYIN_COMMENTS_CSV, **cells, digg_count="1", author="a")
    later = build(DOUYIN_COMMENTS_CSV, **cells, digg_count="99", author="b")
    assert once.native_id == later.native_id


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://weibo.com/1234567890/NabcDEF12", f"https://m.weibo.cn/detail/{MID}"),
        (f"https://m.weibo.cn/1234567890/{MID}?uid=1234567890", f"https://m.weibo.cn/detail/{MID}"),
        ("https://example.invalid/a", "https://example.invalid/a"),
        ("javascript:alert(1)", ""),
    ],
)
def test_addresses_carry_no_author_and_no_script(url, kept):
    """The desktop address of Weibo names the author; other schemes do not become links."""
    assert weibo(note_url=url).url == kept


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"content": "nan"}, "正文为空"), ({"content": "\u200b"}, "正文为空"), ({"content": "x" * 100_001}, "超过"),
     ({"create_date_time": None, "create_time": None}, "没有发布时间"), ({"liked_count": "很多"}, "likes")],
    ids=["nan", "invisible", "too-long", "no-time", "count"],
)  # fmt: skip
def test_rows_that_cannot_be_mentions(changes, reason):
    """Each has its reason."""
    with pytest.raises(RowError, match=reason):
        weibo(**changes)


def test_a_deletion_in_our_export_is_no_mention():
    """A tombstone has no text to import."""
    assert isinstance(DraftBuilder(YUQING, NOW).build(Row(3, {"state": "deleted", "text": ""})), Tombstone)


def test_chosen_platform_and_kind_win():
    """An operator who says what a file is knows better than its columns."""
    builder = DraftBuilder(replace(WEIBO_CONTENTS, checks_time=False), NOW, Platform.ZHIHU, MentionKind.ARTICLE)
    draft = builder.build(Row(1, {"note_id": "1", "content": "x", "create_date_time": "2026-11-20"}))
    assert isinstance(draft, Draft)
    assert (draft.platform, draft.kind) == (Platform.ZHIHU, MentionKind.ARTICLE)


def test_a_draft_keeps_personal_data_out_of_its_repr():
    """Drafts appear in tracebacks."""
    assert not {"1234567", "小江"} & set(repr(weibo()).replace("'", " ").split())
    assert POSTED - timedelta(0) == weibo().published_at
