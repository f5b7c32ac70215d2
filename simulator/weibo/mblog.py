"""One post as JSON, in the mobile and the desktop form."""

from datetime import datetime
from typing import Any

from simulator.corpus import Author, Post
from simulator.formats import api_count, short_count, weibo_time
from simulator.weibo.markup import article_id, is_long, mobile_html, search_html, shorten

Json = dict[str, Any]


def mobile(post: Post, now: datetime, full: bool = False) -> Json:
    """`mblog` of m.weibo.cn."""
    if post.deleted:
        return _deleted(post)
    reach = post.reach.at(now - post.created)
    short = mobile_html(shorten(post.text)) + f'...<a href="/status/{post.id}">全文</a>'
    record: Json = {
        "id": post.id,
        "mid": post.id,
        "bid": post.bid,
        "mblogtype": 2 if post.pinned else 0,
        "created_at": weibo_time(post.created),
        "text": mobile_html(post.text) if full or not is_long(post.text) else short,
        "textLength": 2 * len(post.text),
        "isLongText": is_long(post.text),
        "source": post.source,
        "region_name": f"发布于 {post.author.region}",
        "region_opt": 1,
        "reposts_count": api_count(reach.shares),
        "comments_count": api_count(reach.comments),
        "attitudes_count": api_count(reach.likes),
        "pic_num": post.pictures,
        "user": mobile_user(post.author),
        **_edit(post),
    }
    if full and is_long(post.text):
        record["longText"] = {"longTextContent": mobile_html(post.text)}
    if post.pictures:
        record["pics"] = _pictures(post)
    if post.original is not None:
        record["raw_text"] = post.text
        record["retweeted_status"] = mobile(post.original, now)
    return record


def desktop(post: Post, now: datetime) -> Json:
    """Status of weibo.com/ajax."""
    if post.deleted:
        return _deleted(post)
    reach = post.reach.at(now - post.created)
    record: Json = {
        "ok": 1,
        "id": int(post.id),
        "idstr": post.id,
        "mid": post.id,
        "mblogid": post.bid,
        "rid": "0_0_0",
        "created_at": weibo_time(post.created),
        "text": search_html(shorten(post.text)) + ('...<span class="expand">展开</span>' if is_long(post.text) else ""),
        "text_raw": shorten(post.text) + ("\u200b..." if is_long(post.text) else ""),
        "textLength": 2 * len(post.text),
        "isLongText": is_long(post.text) or post.pictures > 8,
        "source": f'<a href="//app.weibo.com/t/feed/x" rel="nofollow">{post.source}</a>',
        "region_name": f"发布于 {post.author.region}",
        "reposts_count": reach.shares,
        "comments_count": reach.comments,
        "attitudes_count": reach.likes,
        "visible": {"type": 0, "list_id": 0},
        "pic_num": post.pictures,
        "pic_ids": [f"{post.id}{number}" for number in range(post.pictures)],
        "user": desktop_user(post.author),
        **_edit(post),
    }
    if is_long(post.text):
        record["continue_tag"] = {"title": "全文", "pic": "https://h5.sinaimg.cn/invented.png"}
    if post.original is not None:
        record["retweeted_status"] = desktop(post.original, now)
    return record


def official(post: Post, now: datetime) -> Json:
    """Status object of the open platform."""
    if post.deleted:
        return _deleted(post)
    reach = post.reach.at(now - post.created)
    record: Json = {
        "created_at": weibo_time(post.created),
        "id": int(post.id),
        "idstr": post.id,
        "mid": post.id,
        "text": post.text,
        "source": f'<a href="http://app.weibo.com/t/feed/x" rel="nofollow">{post.source}</a>',
        "isLongText": False,
        "reposts_count": reach.shares,
        "comments_count": reach.comments,
        "attitudes_count": reach.likes,
        "pic_ids": [f"{post.id}{number}" for number in range(post.pictures)],
        "visible": {"type": 0, "list_id": 0},
        "user": desktop_user(post.author),
    }
    if post.original is not None:
        record["retweeted_status"] = official(post.original, now)
    return record


def with_article(record: Json, post: Post, article: tuple[str, str] | None, is_mobile: bool) -> Json:
    """The record with the card of the article that the post carries, if it carries one."""
    if article is None:
        return record
    number = article_id(post.id)
    if is_mobile:
        page = {"type": "article", "page_url": f"https://card.weibo.com/article/m/show/id/{number}"}
    else:
        page = {
            "object_type": "article",
            "page_id": number,
            "page_url": f"https://weibo.com/ttarticle/p/show?id={number}",
        }
    return {**record, "page_info": {**page, "page_title": article[0]}}


def _edit(post: Post) -> Json:
    return {"edit_count": 1, "edit_at": weibo_time(post.edited_at)} if post.edited_at else {"edit_count": 0}


def _deleted(post: Post) -> Json:
    return {
        "id": post.id,
        "mid": post.id,
        "bid": post.bid,
        "user": None,
        "text": "抱歉，此微博已被作者删除。查看帮助：网页链接",
        "created_at": weibo_time(post.created),
        "isLongText": False,
        "deleted": "1",
    }


def _pictures(post: Post) -> list[Json] | dict[str, Json]:
    pictures = [
        {
            "pid": f"{post.id}{number}",
            "url": f"https://wx1.sinaimg.cn/orj360/{post.id}{number}.jpg",
            "large": {
                "url": f"https://wx1.sinaimg.cn/large/{post.id}{number}.jpg",
                "geo": {"width": "800", "height": "600"},
            },
        }
        for number in range(post.pictures)
    ]
    # The site answers with an object instead of a list now and then.
    return {str(number): picture for number, picture in enumerate(pictures)} if int(post.id) % 3 == 0 else pictures


def mobile_user(author: Author) -> Json:
    """`user` of m.weibo.cn."""
    return {
        "id": int(author.uid),
        "screen_name": author.name,
        "profile_url": f"https://m.weibo.cn/u/{author.uid}",
        "verified": author.verified_type >= 0,
        "verified_type": author.verified_type,
        "followers_count": short_count(author.followers),
        "follow_count": 120,
        "statuses_count": 900,
        "gender": "m",
        "mbrank": 2,
        "urank": 9,
        "description": "示例简介",
        "avatar_hd": f"https://tvax1.sinaimg.cn/crop/{author.uid}.jpg",
    }


def desktop_user(author: Author) -> Json:
    """`user` of the desktop site and the open platform."""
    return {
        "id": int(author.uid),
        "idstr": author.uid,
        "screen_name": author.name,
        "verified": author.verified_type >= 0,
        "verified_type": author.verified_type,
        "domain": "",
        "followers_count": author.followers,
        "mbrank": 2,
        "mbtype": 2,
        "profile_image_url": f"https://tvax1.sinaimg.cn/crop/{author.uid}.jpg",
    }
