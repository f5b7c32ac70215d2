"""What an address tells about the publication behind it: platform, kind, id, and the address without its author."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qs, urlsplit

from crawlers.extract import ids, urls
from yuqing.domain.mention import MentionKind, Platform


@dataclass(frozen=True, slots=True)
class Publication:
    """A publication by its address: the same one as seen by the platform's own source or an import."""

    platform: Platform
    kind: MentionKind
    native_id: str
    url: str
    author_id: str | None = field(default=None, repr=False)


_Maker = Callable[[re.Match[str]], Publication]


def _weibo(found: re.Match[str]) -> Publication | None:
    author, known = found.groupdict().get("uid"), found.group("id")
    mid = known if len(known) >= 16 and ids.is_mid(known) else ids.bid_to_mid(known) if ids.is_bid(known) else ""
    if not mid:
        return None
    return Publication(Platform.WEIBO, MentionKind.POST, mid, f"https://m.weibo.cn/detail/{mid}", author)


def _douyin(found: re.Match[str]) -> Publication:
    form, native = found.group("form"), found.group("id")
    return Publication(Platform.DOUYIN, MentionKind.VIDEO, native, f"https://www.douyin.com/{form}/{native}")


def _simple(platform: Platform, kind: MentionKind, template: str) -> _Maker:
    def make(found: re.Match[str]) -> Publication:
        return Publication(platform, kind, found.group("id"), template.format(**found.groupdict()))

    return make


def _bilibili(found: re.Match[str]) -> Publication:
    """`BV…`, or the number behind `av`."""
    known = found.group("id")
    native = known[2:] if known.lower().startswith("av") else known
    return Publication(Platform.BILIBILI, MentionKind.VIDEO, native, f"https://www.bilibili.com/video/{known}")


_P, _K = Platform, MentionKind
_FORMS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], Publication | None]], ...] = tuple(
    (site, re.compile(pattern, re.ASCII), make)
    for site, pattern, make in (
        ("weibo.com", r"/(?P<uid>\d{5,12})/(?P<id>[0-9A-Za-z]{9,19})/?$", _weibo),
        ("weibo.cn", r"/(?:detail|status)/(?P<id>[0-9A-Za-z]{9,19})/?$", _weibo),
        ("weibo.com", r"/(?:detail|status)/(?P<id>[0-9A-Za-z]{9,19})/?$", _weibo),
        ("douyin.com", r"/(?P<form>video|note)/(?P<id>\d{15,20})/?$", _douyin),
        (
            "zhihu.com",
            r"/question/(?P<q>\d+)/answer/(?P<id>\d+)$",
            _simple(_P.ZHIHU, _K.POST, "https://www.zhihu.com/question/{q}/answer/{id}"),
        ),
        ("zhihu.com", r"/answer/(?P<id>\d+)$", _simple(_P.ZHIHU, _K.POST, "https://www.zhihu.com/answer/{id}")),
        ("zhuanlan.zhihu.com", r"/p/(?P<id>\d+)$", _simple(_P.ZHIHU, _K.ARTICLE, "https://zhuanlan.zhihu.com/p/{id}")),
        ("zhihu.com", r"/zvideo/(?P<id>\d+)$", _simple(_P.ZHIHU, _K.VIDEO, "https://www.zhihu.com/zvideo/{id}")),
        ("bilibili.com", r"/video/(?P<id>BV[0-9A-Za-z]{10}|[aA][vV]\d+)/?$", _bilibili),
        (
            "xiaohongshu.com",
            r"/(?:explore|discovery/item)/(?P<id>[0-9a-f]{24})$",
            _simple(_P.XIAOHONGSHU, _K.POST, "https://www.xiaohongshu.com/explore/{id}"),
        ),
        (
            "guba.eastmoney.com",
            r"/news,(?P<bar>\w+),(?P<id>\d+)\.html$",
            _simple(_P.GUBA, _K.POST, "https://guba.eastmoney.com/news,{bar},{id}.html"),
        ),
        (
            "tousu.sina.com.cn",
            r"/complaint/view/(?P<id>\d+)/?$",
            _simple(_P.HEIMAO, _K.COMPLAINT, "https://tousu.sina.com.cn/complaint/view/{id}/"),
        ),
        (
            "kuaishou.com",
            r"/short-video/(?P<id>\w+)$",
            _simple(_P.KUAISHOU, _K.VIDEO, "https://www.kuaishou.com/short-video/{id}"),
        ),
        ("tieba.baidu.com", r"/p/(?P<id>\d+)$", _simple(_P.TIEBA, _K.POST, "https://tieba.baidu.com/p/{id}")),
        ("mp.weixin.qq.com", r"/s/(?P<id>[\w-]{10,40})$", _simple(_P.WECHAT, _K.ARTICLE, "https://mp.weixin.qq.com/s/{id}")),
    )
)  # fmt: skip
_ARTICLE_OF_WECHAT = ("__biz", "mid", "idx", "sn")


def read(url: str) -> Publication | None:
    """The publication of an address; an article of a site that we do not know is news.

    None for what is no publication: a profile, a search or a list of a platform.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    forms = [(pattern, make) for site, pattern, make in _FORMS if host == site or host.endswith(f".{site}")]
    for pattern, make in forms:
        if found := pattern.search(parts.path):
            return make(found)
    if host == "mp.weixin.qq.com":
        return _wechat(parts)
    return None if forms else _news(url)


def _wechat(parts: SplitResult) -> Publication | None:
    """The long form of an article's address; what comes from sharing it is left out."""
    query = parse_qs(parts.query)
    if not all(name in query for name in _ARTICLE_OF_WECHAT[:3]):
        return None
    named = "&".join(f"{name}={query[name][0]}" for name in _ARTICLE_OF_WECHAT if name in query)
    address = f"https://mp.weixin.qq.com/s?{named}"
    return Publication(Platform.WECHAT, MentionKind.ARTICLE, urls.native_id(address), address)


def _news(url: str) -> Publication:
    address = urls.canonicalise(url)
    return Publication(Platform.NEWS, MentionKind.ARTICLE, urls.native_id(address), address)
