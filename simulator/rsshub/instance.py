"""The instance: routes as RSS, an access key, error pages that name the cause, health, and articles of 公众号."""

from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape

from aiohttp import web

from simulator.corpus import Post
from simulator.formats import rfc822
from simulator.rsshub.articles import ACCOUNTS, Article, Articles
from simulator.site import Answer
from simulator.world import WORLD

FEED_SIZE = 20
KEY = "simulated-access-key"
_ITEM = (
    "<item><title>{title}</title><description>{text}</description><link>{link}</link>"
    '<guid isPermaLink="false">{link}</guid><pubDate>{time}</pubDate></item>'
)
_ERROR = (
    '<html><head><title>Welcome to RSSHub!</title></head><body><div class="error-message"><p>Looks like something '
    "went wrong</p><p>Error Message: <code>{message}</code></p></div></body></html>"
)
_MESSAGE = (
    '<html><head><title></title></head><body><div class="weui-msg"><h2 class="weui-msg__title">{text}</h2></div>'
    "</body></html>"
)
_ARTICLE = (
    '<html><head><meta charset="utf-8"></head><body><h1 id="activity-name">{title}</h1>'
    '<div id="meta_content"><a id="js_name">{account}</a></div>'
    '<div id="js_content" style="visibility: hidden;">{body}</div>'
    '<script>var biz = "MzInvented=="; var ct = "{seconds}"; var ori_create_time = "";</script></body></html>'
)


def routes() -> list[web.RouteDef]:
    """The routes of the instance, and the host of the articles."""
    return [
        web.get("/rsshub/healthz", _health),
        web.get("/rsshub/weibo/keyword/{keyword}", _weibo),
        web.get("/rsshub/weibo/user/{uid}", _weibo_user),
        web.get("/rsshub/wechat/mp/{account}", _wechat),
        web.get("/rsshub/robots.txt", _robots),
        web.get("/wechat/s/{id}", _article),
    ]


def error_page(message: str, status: int = 503) -> Answer:
    """How the instance says that a route did not work."""
    return lambda _: web.Response(status=status, text=_ERROR.format(message=message), content_type="text/html")


def message_page(text: str) -> web.Response:
    """What stands in place of an article."""
    return web.Response(text=_MESSAGE.format(text=text), content_type="text/html")


def empty_feed(_: web.Request) -> web.Response:
    """A route without entries."""
    return _rss(())


def feed_of_a_refusal(_: web.Request) -> web.Response:
    """What a platform showed the instance instead of its list, made a feed."""
    text = '<rss version="2.0"><channel><title>请登录</title><description>login required</description></channel></rss>'
    return web.Response(text=text, content_type="application/xml")


async def _health(_: web.Request) -> web.Response:
    return web.Response(text="ok", headers={"Cache-Control": "no-cache"})


async def _weibo(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    found = world.corpus.posts.search(request.match_info["keyword"], world.clock.now())
    return _of_posts(request, list(found))


async def _weibo_user(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    found = world.corpus.posts.search("", world.clock.now())
    return _of_posts(request, [post for post in found if post.author.uid == request.match_info["uid"]])


def _of_posts(request: web.Request, posts: list[Post]) -> web.Response:
    if not _may(request):
        return error_page("RejectError: Authentication failed. Access denied.", 403)(request)
    newest = posts[::-1][: int(request.query.get("limit", FEED_SIZE))]
    return _rss(
        _item(one.text[:30], one.text, f"https://weibo.com/{one.author.uid}/{one.bid}", one.created) for one in newest
    )


async def _wechat(request: web.Request) -> web.Response:
    if not _may(request):
        return error_page("RejectError: Authentication failed. Access denied.", 403)(request)
    articles: Articles = request.app[WORLD].content["rsshub"]
    shown = articles.of(request.match_info["account"], request.app[WORLD].clock.now())[::-1][:FEED_SIZE]
    link = "https://mp.weixin.qq.com/s/"
    return _rss(_item(one.title, one.paragraphs[0], link + one.id, one.created) for one in shown)


def _may(request: web.Request) -> bool:
    """An instance with a key is one whose caller sends any: a wrong one is refused."""
    return request.query.get("key", KEY) == KEY


def _item(title: str, text: str, link: str, at: datetime) -> str:
    return _ITEM.format(title=escape(title), text=escape(f"<p>{escape(text)}</p>"), link=link, time=rfc822(at))


def _rss(items: Iterable[str]) -> web.Response:
    channel = f"<channel><title>示例</title>{''.join(items)}</channel>"
    text = f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0">{channel}</rss>'
    return web.Response(text=text, content_type="application/xml")


async def _article(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    found: Article | None = world.content["rsshub"].get(request.match_info["id"])
    if found is None or (found.deleted_at and found.deleted_at <= world.clock.now()):
        return message_page("该内容已被发布者删除")
    body = "".join(f"<p>{escape(one)}</p>" for one in found.paragraphs)
    seconds, account = int(found.created.timestamp()), ACCOUNTS[found.account]
    page = _ARTICLE.format(title=escape(found.title), account=account, body=body, seconds=seconds)
    return web.Response(text=page, content_type="text/html")


async def _robots(_: web.Request) -> web.Response:
    return web.Response(text="User-agent: *\nDisallow: /\n")
