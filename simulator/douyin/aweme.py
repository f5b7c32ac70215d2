"""A video and a comment as Douyin's JSON."""

from datetime import datetime
from typing import Any

from simulator.corpus import Author, Comment, Video

Json = dict[str, Any]


def aweme(video: Video, now: datetime, comments: int) -> Json:
    """The record that search and detail share; `comments` is how many are published below it."""
    reach = video.reach.at(now - video.created)
    return {
        "aweme_id": video.id,
        "aweme_type": 68 if video.pictures else 0,
        "media_type": 2 if video.pictures else 4,
        "desc": video.text,
        "caption": video.text,
        "create_time": int(video.created.timestamp()),
        "author": author_json(video.author),
        "statistics": {
            "aweme_id": video.id,
            "digg_count": reach.likes,
            "comment_count": comments,
            "share_count": reach.shares,
            "collect_count": reach.likes // 9,
            "play_count": 0,
            "admire_count": 0,
            "recommend_count": 0,
        },
        "text_extra": _hashtags(video),
        "video": _video(video),
        "images": _images(video),
        "region": "CN",
        "share_url": f"https://www.iesdouyin.com/share/video/{video.id}/",
        "is_top": 0,
        "is_ads": False,
        "status": {
            "is_delete": False,
            "is_prohibited": False,
            "private_status": 0,
            "part_see": 0,
            "in_reviewing": False,
        },
        "aweme_control": {"can_comment": True, "can_forward": True, "can_share": True},
        "seo_info": {"seo_ocr_content": video.screen_text} if video.screen_text else {},
        "poi_info": None,
        "anchor_info": None,
        "video_tag": [{"level": 1, "tag_id": 2012, "tag_name": "财经"}],
    }


def comment_json(comment: Comment, now: datetime, replies: list[Comment], inline: int, total: int) -> Json:
    """One comment; `replies` are its answers, of which `inline` come along."""
    shown = [comment_json(reply, now, [], 0, total) for reply in replies[:inline]]
    return {
        "cid": comment.id,
        "aweme_id": comment.video,
        "text": comment.text,
        "create_time": int(comment.created.timestamp()),
        "digg_count": comment.reach.at(now - comment.created).likes,
        "ip_label": comment.author.region,
        "level": 2 if comment.parent else 1,
        "reply_id": comment.parent or "0",
        "reply_to_reply_id": "0",
        "reply_comment_total": len(replies),
        "is_hot": False,
        "is_author_digged": False,
        "label_text": "",
        "text_extra": [],
        "image_list": None,
        "sticker": None,
        "item_comment_total": total,
        "user": author_json(comment.author),
        "reply_comment": shown or None,
        "status": 1,
    }


def sec_uid(author: Author) -> str:
    """The public id of an account."""
    return f"MS4wLjABAAAAinvented{author.uid}"


def author_json(author: Author) -> Json:
    """An account as works and comments show it."""
    organisation = f"{author.name}官方账号" if author.verified_type > 0 else ""
    return {
        "uid": author.uid,
        "sec_uid": sec_uid(author),
        "short_id": "0",
        "unique_id": f"id{author.uid}",
        "nickname": author.name,
        "signature": "示例签名",
        "follower_count": author.followers,
        "custom_verify": "",
        "enterprise_verify_reason": organisation,
        "verification_type": 1 if organisation else 0,
    }


def _hashtags(video: Video) -> list[Json]:
    found = []
    for tag in video.hashtags:
        start = video.text.find(f"#{tag}")
        found.append(
            {
                "hashtag_name": tag,
                "hashtag_id": "160000000001",
                "start": start,
                "end": start + len(tag) + 1,
                "type": 1,
                "sec_uid": "",
                "user_id": "",
            }
        )
    return found


def _video(video: Video) -> Json:
    address = {"uri": f"v0inv{video.id}", "url_list": [f"https://v3-web.douyinvod.com/{video.id}"]}
    cover = {"uri": f"c{video.id}", "url_list": [f"https://p3-pc.douyinpic.com/{video.id}.jpg"]}
    return {
        "duration": video.seconds * 1000,
        "cover": cover,
        "origin_cover": cover,
        "play_addr": address,
        "bit_rate": [],
    }


def _images(video: Video) -> list[Json] | None:
    if not video.pictures:
        return None
    return [
        {"uri": f"i{number}", "url_list": [f"https://p3-pc.douyinpic.com/{video.id}-{number}.jpg"]}
        for number in range(video.pictures)
    ]
