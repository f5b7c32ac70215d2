"""What the double of 股吧 declares."""

from collections.abc import Iterator
from typing import Any

from simulator.formats import parse_moment
from simulator.guba import pages
from simulator.guba.posts import BUSY, Post, Reply, build
from simulator.site import Site, TruthItem
from simulator.world import World


def _of_post(post: Post) -> TruthItem:
    return TruthItem("guba", "post", post.id, post.created, post.text, post.deleted_at, {"bar": post.bar})


def _of_reply(reply: Reply, post: Post) -> TruthItem:
    more = {"bar": post.bar, "post": post.id, "parent": reply.parent}
    return TruthItem("guba", "comment", reply.id, reply.created, reply.text, post.deleted_at, more)


def _truth(world: World) -> Iterator[TruthItem]:
    for post in world.content["guba"]:
        yield _of_post(post)
        for reply in post.replies:
            yield _of_reply(reply, post)


def _publish(world: World, body: dict[str, Any]) -> TruthItem:
    at = parse_moment(body["at"]) if body.get("at") else world.clock.now()
    text = str(body["text"])
    title, bar = str(body.get("title", text[:20])), str(body.get("bar", BUSY))
    return _of_post(world.content["guba"].add(bar, title, text, at.replace(microsecond=0)))


SITE = Site(
    name="guba",
    prefixes=("guba",),
    routes=pages.routes,
    names=(
        (r"/list,", ("guba-list", "guba")),
        (r"/news,", ("guba-post", "guba")),
        (r"GetData", ("guba-replies", "guba")),
    ),
    answers={"302_deleted": pages.deleted},
    no_result={"guba-list": pages.empty_list},
    blank_page={"guba-list": pages.odd_count},
    soft_block={"guba": pages.without_data},
    renamed={
        "guba-list": ((b"article_list=", b"articleList="), (b"post_id", b"postId")),
        "guba-post": ((b"post_article=", b"postArticle="), (b"post_content", b"postContent")),
        "guba-replies": ((b'"re":', b'"replies":'),),
    },
    too_fast={"guba": "soft_block"},
    content=build,
    truth=_truth,
    inject={"guba": _publish},
)
