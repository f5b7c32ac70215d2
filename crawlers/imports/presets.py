"""Layouts that we know, and how a file is recognised as one of them."""

from collections.abc import Iterable
from dataclasses import replace

from crawlers.imports.channel_presets import CHANNELS, KIND_WORDS, PLATFORM_WORDS, VENDOR, VENDOR_COMMENTS
from crawlers.imports.mapping import FieldMapping
from yuqing.domain.errors import InputError

_MEDIACRAWLER_AUTHOR = {"author_id": ("user_id", "creator_hash"), "author_name": ("nickname",)}

WEIBO_CONTENTS = FieldMapping(
    name="mediacrawler-weibo-contents",
    checks_time=True,
    platform="weibo",
    kind="post",
    columns={
        **_MEDIACRAWLER_AUTHOR,
        "native_id": ("note_id",),
        "text": ("content",),
        # create_time is 8 hours late (local digits stamped as UTC), so the text form comes first.
        "published_at": ("create_date_time", "create_time"),
        "url": ("note_url",),
        "likes": ("liked_count",),
        "comments": ("comments_count",),
        "shares": ("shared_count",),
        "region": ("ip_location",),
        "query": ("source_keyword",),
    },
    url_template="https://m.weibo.cn/detail/{native_id}",
    signature=frozenset({"note_id", "content", "create_time", "liked_count"}),
)

WEIBO_COMMENTS = FieldMapping(
    name="mediacrawler-weibo-comments",
    checks_time=True,
    platform="weibo",
    kind="comment",
    columns={
        **_MEDIACRAWLER_AUTHOR,
        "native_id": ("comment_id",),
        "text": ("content",),
        "published_at": ("create_date_time", "create_time"),
        "likes": ("comment_like_count",),
        "comments": ("sub_comment_count",),
        "region": ("ip_location",),
        "post": ("note_id",),
        "parent": ("parent_comment_id",),
    },
    url_template="https://m.weibo.cn/detail/{post}",
    signature=frozenset({"comment_id", "note_id", "content", "create_time", "comment_like_count"}),
)

DOUYIN_CONTENTS = FieldMapping(
    name="mediacrawler-douyin-contents",
    checks_time=True,
    platform="douyin",
    kind="video",
    columns={
        "author_id": ("sec_uid", "user_id", "creator_hash"),
        "author_name": ("nickname",),
        "native_id": ("aweme_id",),
        "text": ("desc", "title"),
        "published_at": ("create_time",),
        "url": ("aweme_url",),
        "likes": ("liked_count",),
        "comments": ("comment_count",),
        "shares": ("share_count",),
        "region": ("ip_location",),
        "query": ("source_keyword",),
    },
    url_template="https://www.douyin.com/video/{native_id}",
    signature=frozenset({"aweme_id", "desc", "create_time"}),
)

DOUYIN_COMMENTS = FieldMapping(
    name="mediacrawler-douyin-comments",
    checks_time=True,
    platform="douyin",
    kind="comment",
    post_kind="video",
    columns={
        "author_id": ("sec_uid", "user_id", "creator_hash"),
        "author_name": ("nickname",),
        "native_id": ("comment_id",),
        "text": ("content",),
        "published_at": ("create_time",),
        "likes": ("like_count",),
        "comments": ("sub_comment_count",),
        "region": ("ip_location",),
        "post": ("aweme_id",),
        "parent": ("parent_comment_id",),
    },
    url_template="https://www.douyin.com/video/{post}",
    signature=frozenset({"comment_id", "aweme_id", "content", "create_time"}),
)

DOUYIN_COMMENTS_CSV = FieldMapping(
    name="douyin-comments-csv",
    platform="douyin",
    kind="comment",
    columns={
        "author_id": ("author",),
        "text": ("text",),
        "published_at": ("create_time",),
        "likes": ("digg_count",),
        "region": ("ip_label",),
    },
    signature=frozenset({"digg_count", "create_time", "text"}),
)

FEEDBACK = FieldMapping(
    name="feedback",
    platform="feedback",
    kind="review",
    columns={
        "native_id": ("工单号", "工单编号", "编号", "ticket_id"),
        "text": ("反馈内容", "诉求内容", "投诉内容", "意见内容", "工单内容", "feedback"),
        "title": ("标题", "主题"),
        "published_at": ("受理时间", "反馈时间", "提交时间", "来电时间", "submitted_at"),
        "kind": ("类型", "反馈类型", "feedback_type"),
        "rating": ("评分", "满意度", "rating"),
        "region": ("地区", "网点", "分行", "branch"),
        "source": ("渠道", "来源", "channel"),
        "author_id": ("客户号", "customer_id"),
        "author_name": ("客户姓名", "姓名"),
    },
    values={
        "kind": {
            "投诉": "complaint",
            "举报": "complaint",
            "建议": "review",
            "评价": "review",
            "表扬": "review",
            "咨询": "comment",
            "留言": "comment",
        }
    },
)

YUQING = FieldMapping(
    name="yuqing",
    columns={
        **{name: (name,) for name in ("platform", "kind", "native_id", "url", "title", "text", "published_at")},
        **{name: (name,) for name in ("likes", "comments", "shares", "views", "region", "subjects", "state")},
        "text_truncated": ("text_truncated",),
        "parent": ("parent_id",),
        "root": ("root_id",),
    },
    signature=frozenset({"id", "platform", "kind", "native_id", "text", "published_at", "collected_at"}),
    is_own=True,
)

_PLAIN = FieldMapping(
    name="auto",
    columns={
        "native_id": ("native_id", "id", "mid", "编号", "微博id"),
        "platform": ("platform", "平台"),
        "kind": ("kind",),
        "url": ("url", "link", "weibo_url", "链接", "原文链接", "地址", "微博链接"),
        "title": ("title", "标题"),
        "text": (
            "text", "content", "weibo_content", "内容", "正文", "评论内容", "微博正文", "微博内容", "评论", "原文",
        ),
        "published_at": (
            "published_at", "publish_time", "pub_time", "create_time", "created_at", "time", "date",
            "发布时间", "发表时间", "评论时间", "发布日期", "时间", "日期",
        ),
        "author_id": ("author_id", "user_id", "uid", "用户id"),
        "author_name": ("author_name", "nickname", "用户昵称", "昵称", "作者"),
        "followers": ("followers", "followers_count", "粉丝数"),
        "likes": ("likes", "like_count", "liked_count", "digg_count", "like", "点赞数", "点赞"),
        "comments": ("comments", "comment_count", "comments_count", "评论数"),
        "shares": ("shares", "share_count", "reposts", "forward", "转发数", "分享数"),
        "views": ("views", "view_count", "阅读数", "播放数"),
        "region": ("region", "ip_location", "地区", "IP属地"),
        "rating": ("rating", "评分"),
        "subjects": ("subject", "subjects"),
    },
    values={"platform": PLATFORM_WORDS, "kind": KIND_WORDS},
)  # fmt: skip

PRESETS = {
    preset.name: preset
    for preset in (
        WEIBO_CONTENTS,
        WEIBO_COMMENTS,
        DOUYIN_CONTENTS,
        DOUYIN_COMMENTS,
        DOUYIN_COMMENTS_CSV,
        FEEDBACK,
        YUQING,
        *CHANNELS,
    )
}


def preset(name: str) -> FieldMapping:
    """The built-in layout of this name."""
    if name not in PRESETS:
        raise InputError(f"没有内置映射 {name}；可用：{'、'.join(PRESETS)}")
    return PRESETS[name]


def detect(columns: Iterable[str]) -> FieldMapping:
    """The layout whose signature is there, the most specific one first; else columns by their usual names."""
    there = frozenset(columns)
    fitting = [one for one in PRESETS.values() if one.signature and one.signature <= there]
    if fitting:
        return max(fitting, key=lambda one: len(one.signature))
    if _is_feedback(there):
        return FEEDBACK
    return _vendor(there) or _plain(there)


def _vendor(there: frozenset[str]) -> FieldMapping | None:
    """A vendor's table: it names the platform of each row in Chinese. With a number of the comment: of comments."""
    if not all(there.intersection(VENDOR.columns[name]) for name in ("platform", "text", "published_at", "url")):
        return None
    return VENDOR_COMMENTS if there.intersection(VENDOR_COMMENTS.columns["native_id"]) else VENDOR


def _is_feedback(there: frozenset[str]) -> bool:
    return all(there.intersection(FEEDBACK.columns[name]) for name in ("text", "published_at"))


def _plain(there: frozenset[str]) -> FieldMapping:
    """Usual names, without regard to case; only what is there, so that nothing is claimed to be read."""
    by_lower = {column.lower(): column for column in sorted(there, reverse=True)}
    columns = {
        name: tuple(by_lower[one.lower()] for one in names if one.lower() in by_lower)
        for name, names in _PLAIN.columns.items()
    }
    return replace(_PLAIN, columns={name: found for name, found in columns.items() if found})
