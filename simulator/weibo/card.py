"""One post as a card of the search page."""

import html
from datetime import datetime

from simulator.corpus import Author, Post
from simulator.formats import relative_time, short_count
from simulator.weibo.markup import article_id, is_long, search_html, shorten

_UNFOLD = '<a href="javascript:void(0);" action-type="fl_unfold" target="_blank">展开<i class="wbicon">c</i></a>'
_FOLD = '<a href="javascript:void(0);" action-type="fl_fold" target="_blank">收起<i class="wbicon">d</i></a>'
_BADGES = {0: "woo_svg_vyellow", 1: "woo_svg_vblue", 2: "woo_svg_vblue", 3: "woo_svg_vblue"}


def card(post: Post, now: datetime, yesterday: bool = True, article: str = "") -> str:
    """The `div.card-wrap` of a post as it looks at `now`; `article`: the title of the article that it links to."""
    reach = post.reach.at(now - post.created)
    act = (
        f'<div class="card-act"><ul><li><a action-type="feed_list_forward"><span></span> '
        f"{_count('转发', reach.shares)}</a></li>"
        f'<li><a action-type="feed_list_comment">{_count("评论", reach.comments)}</a></li>'
        f'<li><a action-type="feed_list_like"><button><span class="woo-like-iconWrap"></span>'
        f'<span class="woo-like-count">{short_count(reach.likes) if reach.likes else "赞"}</span></button></a>'
        f"</li></ul></div>"
    )
    return (
        f'<div class="card-wrap" action-type="feed_list_item" mid="{post.id}"><div class="card"><div class="card-feed">'
        f'<div class="avator"><a href="//weibo.com/{post.author.uid}"><img '
        f'src="//tvax1.sinaimg.cn/crop/invented.jpg"></a>{_badge(post.author)}</div>'
        f'<div class="content" node-type="like">'
        f"{_info(post.author)}{_from(post, now, 'div', yesterday)}{_paragraphs(post, article)}{_pictures(post)}"
        f"{_original(post, now, yesterday)}</div></div>{act}</div></div>\n"
    )


def _count(word: str, count: int) -> str:
    return f"{word} {short_count(count)}" if count else word


def _badge(author: Author) -> str:
    badge = _BADGES.get(author.verified_type)
    return f'<svg id="{badge}"></svg>' if badge else ""


def _info(author: Author) -> str:
    name = html.escape(author.name, quote=True)
    link = (
        f'<a class="name" href="//weibo.com/{author.uid}?refer_flag=1001030103_" nick-name="{name}" '
        f'target="_blank">{name}</a>'
    )
    return f'<div class="info"><div class="menu s-fr"></div><div>{link}</div></div>'


def _from(post: Post, now: datetime, tag: str, yesterday: bool) -> str:
    source = (
        f'&nbsp;来自 <a href="//app.weibo.com/t/feed/x" rel="nofollow">{html.escape(post.source)}</a>'
        if post.source
        else ""
    )
    link = f"//weibo.com/{post.author.uid}/{post.bid}?refer_flag=1001030103_"
    return (
        f'<{tag} class="from">\n        <a href="{link}" target="_blank">\n            '
        f"{relative_time(post.created, now, yesterday)}\n"
        f"        </a> {source}\n</{tag}>"
    )


def _article(post: Post, title: str) -> str:
    """The link to an article, with its icon; the address carries the number of the article."""
    link = f"https://weibo.com/ttarticle/p/show?id={article_id(post.id)}"
    return f' <a href="{link}" target="_blank"><i class="wbicon">O</i>{html.escape(title)}</a>' if title else ""


def _paragraphs(post: Post, article: str = "") -> str:
    name = html.escape(post.author.name, quote=True)
    more = _article(post, article)
    short = search_html(shorten(post.text)) + (f"...{_UNFOLD}" if is_long(post.text) else "")
    shown = f'<p class="txt" node-type="feed_list_content" nick-name="{name}">\n            {short}{more}\u200b\n</p>'
    if not is_long(post.text):
        return shown
    return (
        f'{shown}<p class="txt" node-type="feed_list_content_full" nick-name="{name}" style="display: none">\n'
        f"            {search_html(post.text)}{more}\u200b{_FOLD}\n</p>"
    )


def _pictures(post: Post) -> str:
    if not post.pictures:
        return ""
    items = "".join(
        f'<li><img src="https://wx1.sinaimg.cn/thumb150/{post.id}{number}.jpg"></li>' for number in range(post.pictures)
    )
    return f'<div node-type="feed_list_media_prev"><div class="media media-piclist"><ul>{items}</ul></div></div>'


def _original(post: Post, now: datetime, yesterday: bool) -> str:
    original = post.original
    if original is None:
        return ""
    if original.deleted:
        return (
            '<div class="card-comment" node-type="feed_list_forward"><div class="con"><p>'
            "抱歉，此微博已被作者删除。</p></div></div>"
        )
    reach = original.reach.at(now - original.created)
    name = html.escape(original.author.name, quote=True)
    return (
        f'<div class="card-comment" node-type="feed_list_forward"><div class="con"><div '
        f'node-type="feed_list_forwardContent">'
        f'<a class="name" href="//weibo.com/{original.author.uid}" nick-name="{name}">@{name}</a>'
        f"{_paragraphs(original)}"
        f'{_from(original, now, "p", yesterday)}<ul class="act s-fr"><li><a>{_count("转发", reach.shares)}</a></li>'
        f'<li><a>{_count("评论", reach.comments)}</a></li><li><a action-type="feed_list_like" '
        f'action-data="mid={original.id}">'
        f'<span class="woo-like-count">{reach.likes or "赞"}</span></a></li></ul></div></div></div>'
    )
