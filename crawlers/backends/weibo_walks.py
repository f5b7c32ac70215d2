"""Pages of comments of a post as places that a later look can go on from."""

from collections.abc import Mapping

from crawlers.backends.thread_places import Place, Stop
from crawlers.extract.weibo_talk import TalkPage
from crawlers.model import PageRequest


def stop_of(page: PageRequest) -> Stop:
    """A page as a later look would go on with it."""
    memo = page.memo
    return Stop(
        comment=memo.get("comment", ""),
        cursor=memo.get("max_id", ""),
        kind=memo.get("max_id_type", ""),
        number=page.number,
        seen=int(memo.get("seen", "0")),
        told=int(memo.get("told", "0")),
        until=memo.get("until", ""),
        is_lasting=page.purpose != "plain_comments",
    )


def key_of(page: PageRequest) -> str:
    """By what the page is known in what is remembered."""
    return page.memo.get("stop") or stop_of(page).key


def threads_of(found: TalkPage, page: PageRequest, place: Place | None) -> Mapping[str, int]:
    """Comments whose replies are wanted; on pages that are read again those that have others than before."""
    if page.purpose != "comments":
        return {}
    known = place.replies if place is not None and "until" in page.memo else {}
    return {comment: count for comment, count in found.threads.items() if known.get(comment) != count}
