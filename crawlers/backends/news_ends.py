"""Where a list ends: an empty page behind others is believed for a reason, never because it is empty."""

from collections.abc import Mapping

from crawlers.backends.base import MAX_ATTEMPTS
from crawlers.extract import news_frame
from crawlers.extract.entries import Feed
from crawlers.model import PageRequest


def carried(found: Feed, memo: Mapping[str, str]) -> dict[str, str]:
    """What the page after this one is judged by."""
    here = found.rows or len(found.entries)
    told = {"total": str(found.total)} if found.total is not None else {}
    return {
        "read": str(int(memo.get("read", "0")) + here),
        "most": str(max(int(memo.get("most", "0")), here)),
        "last": str(here),
        "frame": "\n".join(found.frame),
        "next": "1" if found.has_next else "",
        **told,
    }


def is_end(found: Feed, page: PageRequest) -> bool:
    """Whether an empty page behind others is where the list ends.

    Proved by the count of hits, or by a last page that was not full; what stays empty when asked for again is
    believed where nothing speaks against it: no link led here, and it is the same page, emptied.
    """
    memo = page.memo
    if "total" in memo:
        return int(memo.get("read", "0")) >= int(memo["total"])
    known = [part for part in memo.get("frame", "").split("\n") if part]
    if memo.get("next") or (known and not news_frame.is_same(found.frame, known)):
        return False
    is_short = int(memo.get("last", "0")) < int(memo.get("most", "0"))
    return is_short or page.attempt >= MAX_ATTEMPTS
