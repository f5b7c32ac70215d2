"""Layouts of platforms that only a vendor or an operator's own export can serve: see docs/howto/channels.md."""

from crawlers.imports.mapping import FieldMapping

_AUTHOR = {"author_id": ("user_id", "creator_hash"), "author_name": ("user_nickname", "nickname")}
_OF_COMMENTS = {
    **_AUTHOR,
    "native_id": ("comment_id",),
    "text": ("content",),
    "likes": ("like_count", "comment_like_count"),
    "comments": ("sub_comment_count",),
    "region": ("ip_location",),
    "parent": ("parent_comment_id",),
}
_ZHIHU_KINDS = {"answer": "post", "article": "article", "zvideo": "video"}

ZHIHU_CONTENTS = FieldMapping(
    name="mediacrawler-zhihu-contents",
    platform="zhihu",
    columns={
        **_AUTHOR,
        "native_id": ("content_id",),
        "kind": ("content_type",),
        "title": ("title",),
        "text": ("content_text", "desc", "title"),
        "published_at": ("created_time",),
        "url": ("content_url",),
        "likes": ("voteup_count",),
        "comments": ("comment_count",),
        "query": ("source_keyword",),
    },
    values={"kind": _ZHIHU_KINDS},
    signature=frozenset({"content_id", "content_type", "created_time", "voteup_count"}),
)

ZHIHU_COMMENTS = FieldMapping(
    name="mediacrawler-zhihu-comments",
    platform="zhihu",
    kind="comment",
    columns={
        **_OF_COMMENTS,
        "published_at": ("publish_time", "create_time"),
        "post": ("content_id",),
        "post_kind": ("content_type",),
    },
    values={"post_kind": _ZHIHU_KINDS},
    signature=frozenset({"comment_id", "content_id", "content_type", "content"}),
)

BILIBILI_CONTENTS = FieldMapping(
    name="mediacrawler-bilibili-contents",
    platform="bilibili",
    kind="video",
    columns={
        **_AUTHOR,
        "native_id": ("video_id", "aid", "bvid"),
        "title": ("title",),
        "text": ("desc", "title"),
        "published_at": ("create_time",),
        "url": ("video_url",),
        "likes": ("liked_count",),
        "comments": ("video_comment",),
        "shares": ("video_share_count",),
        "views": ("video_play_count",),
        "query": ("source_keyword",),
    },
    url_template="https://www.bilibili.com/video/av{native_id}",
    signature=frozenset({"video_id", "title", "create_time", "video_play_count", "video_danmaku"}),
)

# Comments of B站 and 快手 have the same columns: which of them a file holds must be said with --preset.
BILIBILI_COMMENTS = FieldMapping(
    name="mediacrawler-bilibili-comments",
    platform="bilibili",
    kind="comment",
    post_kind="video",
    columns={**_OF_COMMENTS, "published_at": ("create_time",), "post": ("video_id",)},
    url_template="https://www.bilibili.com/video/av{post}",
)

KUAISHOU_CONTENTS = FieldMapping(
    name="mediacrawler-kuaishou-contents",
    platform="kuaishou",
    kind="video",
    columns={
        **_AUTHOR,
        "native_id": ("video_id",),
        "text": ("desc", "title"),
        "published_at": ("create_time",),
        "likes": ("liked_count",),
        "views": ("viewd_count", "viewed_count"),
        "query": ("source_keyword",),
    },
    url_template="https://www.kuaishou.com/short-video/{native_id}",
    signature=frozenset({"video_id", "title", "create_time", "viewd_count"}),
)

KUAISHOU_COMMENTS = FieldMapping(
    name="mediacrawler-kuaishou-comments",
    platform="kuaishou",
    kind="comment",
    post_kind="video",
    columns={**_OF_COMMENTS, "published_at": ("create_time",), "post": ("video_id",)},
    url_template="https://www.kuaishou.com/short-video/{post}",
)

XIAOHONGSHU_CONTENTS = FieldMapping(
    name="mediacrawler-xiaohongshu-contents",
    platform="xiaohongshu",
    kind="post",
    columns={
        **_AUTHOR,
        "native_id": ("note_id",),
        "title": ("title",),
        "text": ("desc", "title"),
        "published_at": ("time",),
        "likes": ("liked_count",),
        "comments": ("comment_count",),
        "shares": ("share_count",),
        "region": ("ip_location",),
        "query": ("source_keyword",),
    },
    # The address in the file carries a token of whoever collected it.
    url_template="https://www.xiaohongshu.com/explore/{native_id}",
    signature=frozenset({"note_id", "title", "desc", "time", "collected_count"}),
)

XIAOHONGSHU_COMMENTS = FieldMapping(
    name="mediacrawler-xiaohongshu-comments",
    platform="xiaohongshu",
    kind="comment",
    columns={**_OF_COMMENTS, "published_at": ("create_time",), "post": ("note_id",)},
    url_template="https://www.xiaohongshu.com/explore/{post}",
    signature=frozenset({"comment_id", "note_id", "content", "create_time", "like_count"}),
)

TIEBA_CONTENTS = FieldMapping(
    name="mediacrawler-tieba-contents",
    platform="tieba",
    kind="post",
    columns={
        **_AUTHOR,
        "native_id": ("note_id",),
        "title": ("title",),
        "text": ("desc", "title"),
        "published_at": ("publish_time",),
        "comments": ("total_replay_num",),
        "region": ("ip_location",),
        "query": ("source_keyword",),
    },
    url_template="https://tieba.baidu.com/p/{native_id}",
    signature=frozenset({"note_id", "title", "publish_time", "tieba_name", "total_replay_num"}),
)

TIEBA_COMMENTS = FieldMapping(
    name="mediacrawler-tieba-comments",
    platform="tieba",
    kind="comment",
    columns={**_OF_COMMENTS, "published_at": ("publish_time",), "post": ("note_id",)},
    url_template="https://tieba.baidu.com/p/{post}",
    signature=frozenset({"comment_id", "note_id", "content", "publish_time", "tieba_name"}),
)

PLATFORM_WORDS = {
    **dict.fromkeys(("微博", "新浪微博"), "weibo"),
    **dict.fromkeys(("抖音", "抖音短视频"), "douyin"),
    **dict.fromkeys(("新闻", "网媒", "网站", "新闻网站", "客户端", "新闻客户端", "报刊", "数字报", "媒体"), "news"),
    **dict.fromkeys(("微信", "公众号", "微信公众号"), "wechat"),
    **dict.fromkeys(("小红书", "xhs"), "xiaohongshu"),
    "知乎": "zhihu",
    **dict.fromkeys(("B站", "b站", "哔哩哔哩", "bili"), "bilibili"),
    **dict.fromkeys(("快手", "ks"), "kuaishou"),
    **dict.fromkeys(("贴吧", "百度贴吧"), "tieba"),
    **dict.fromkeys(("股吧", "东方财富股吧"), "guba"),
    **dict.fromkeys(("黑猫", "黑猫投诉"), "heimao"),
    **dict.fromkeys(("应用商店", "App Store", "AppStore", "苹果应用商店"), "appstore"),
    **dict.fromkeys(("论坛", "问答", "其他", "其它"), "other"),
}
KIND_WORDS = {
    **dict.fromkeys(("帖子", "主帖", "原创", "博文", "笔记", "回答", "动态"), "post"),
    **dict.fromkeys(("转发", "转帖"), "repost"),
    **dict.fromkeys(("评论", "回复", "回帖", "跟帖"), "comment"),
    **dict.fromkeys(("文章", "新闻", "专栏", "图文"), "article"),
    **dict.fromkeys(("视频", "短视频", "作品"), "video"),
    "评价": "review",
    "投诉": "complaint",
}
_WORDS = {"platform": PLATFORM_WORDS, "kind": KIND_WORDS, "post_kind": KIND_WORDS}
_VENDOR = {
    "platform": ("平台", "媒体类型", "来源平台", "平台类型", "媒体平台"),
    "title": ("标题", "文章标题", "主题"),
    "text": ("正文", "内容", "全文", "评论内容", "摘要", "标题"),
    "published_at": ("发布时间", "发表时间", "评论时间", "时间"),
    "url": ("链接", "原文链接", "文章链接", "地址", "URL", "url"),
    "author_id": ("作者ID", "用户ID", "账号ID", "作者id", "用户id"),
    "author_name": ("作者", "昵称", "用户昵称", "账号名称", "公众号", "公众号名称", "媒体名称"),
    "followers": ("粉丝数", "粉丝量"),
    "likes": ("点赞数", "点赞量", "赞同数", "点赞"),
    "comments": ("评论数", "评论量", "回复数"),
    "shares": ("转发数", "转发量", "分享数"),
    "views": ("阅读数", "阅读量", "播放数", "播放量", "浏览量"),
    "region": ("IP属地", "地区", "发布地区"),
    "hashtags": ("话题", "标签"),
    "query": ("关键词", "监测词", "命中关键词"),
}

VENDOR = FieldMapping(
    name="vendor",
    columns={
        **_VENDOR,
        "native_id": ("原文ID", "作品ID", "笔记ID", "视频ID", "帖子ID", "文章ID", "回答ID", "ID", "编号"),
        "kind": ("类型", "信息类型", "内容类型"),
    },
    values=_WORDS,
    ids_from_address=True,
)

VENDOR_COMMENTS = FieldMapping(
    name="vendor-comments",
    kind="comment",
    columns={
        **_VENDOR,
        "native_id": ("评论ID", "评论编号", "回复ID"),
        "post": ("原文ID", "作品ID", "笔记ID", "视频ID", "帖子ID", "文章ID", "回答ID"),
        "post_kind": ("原文类型", "作品类型"),
        "parent": ("上级评论ID", "父评论ID"),
    },
    values=_WORDS,
)

CHANNELS = (
    *(ZHIHU_CONTENTS, ZHIHU_COMMENTS, BILIBILI_CONTENTS, BILIBILI_COMMENTS, XIAOHONGSHU_CONTENTS, XIAOHONGSHU_COMMENTS),
    *(KUAISHOU_CONTENTS, KUAISHOU_COMMENTS, TIEBA_CONTENTS, TIEBA_COMMENTS, VENDOR, VENDOR_COMMENTS),
)
