"""What the double of RSSHub declares."""

from collections.abc import Iterator

from aiohttp import web

from simulator.rsshub import instance
from simulator.rsshub.articles import Article, build
from simulator.site import Site, TruthItem
from simulator.world import World

_VERIFY = '<html><body><h2 class="weui-msg__title">环境异常</h2><a id="js_verify">去验证</a></body></html>'


def _line(article: Article) -> TruthItem:
    more = {"account": article.account}
    return TruthItem("wechat", "article", article.id, article.created, article.text, article.deleted_at, more)


def _truth(world: World) -> Iterator[TruthItem]:
    return map(_line, world.content["rsshub"])


SITE = Site(
    name="rsshub",
    prefixes=("rsshub", "wechat"),
    routes=instance.routes,
    names=((r"^/wechat/", ("wechat-article",)), (r"/healthz$", ("rsshub-health",)), (r"", ("rsshub-feed", "rsshub"))),
    answers={
        "cooling_down": instance.error_page("Error: Cooling down before new visitor Cookies may be generated"),
        "cookies_expired": instance.error_page("Error: Cookies expired. Please update WEIBO_COOKIES"),
        "not_configured": instance.error_page("ConfigNotFoundError: this route needs cookies"),
        "upstream_418": instance.error_page('FetchError: [GET] "https://m.weibo.cn/api": 418 I&#39;m a teapot'),
        "route_error": instance.error_page("TypeError: Cannot read properties of undefined"),
        "verify_page": lambda _: web.Response(text=_VERIFY, content_type="text/html"),
        "violation": lambda _: instance.message_page("此内容因违规无法查看"),
    },
    no_result={"rsshub": instance.empty_feed},
    blank_page={"rsshub": instance.feed_of_a_refusal},
    renamed={
        "rsshub": ((b"<item>", b"<record>"), (b"</item>", b"</record>"), (b"<rss ", b"<feeds ")),
        "wechat-article": ((b'id="js_content"', b'id="js_body"'),),
    },
    too_fast={"rsshub": "cooling_down", "wechat-article": "verify_page"},
    content=build,
    truth=_truth,
)
