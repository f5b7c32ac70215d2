"""Total orders of search results and the opaque tokens between two pages."""

import base64
import binascii
import json
from typing import cast

from storage.record import reactions
from storage.times import micros
from yuqing.domain.errors import InputError
from yuqing.domain.ports import Page, SortKey, StoredMention

Position = tuple[int | str, ...]

# Every order ends with the id, so no two mentions are ever equal and no page repeats or skips one.
ORDERS: dict[SortKey, tuple[tuple[str, bool], ...]] = {
    "published_desc": (("published", True), ("id", False)),
    "published_asc": (("published", False), ("id", False)),
    "severity_desc": (("severity", True), ("published", True), ("id", False)),
    "engagement_desc": (("reactions", True), ("published", True), ("id", False)),
}
UNSCORED_SEVERITY = -1


def sort_values(stored: StoredMention) -> dict[str, int | str]:
    """The values that orders are made of."""
    return {
        "published": micros(stored.mention.published_at),
        "severity": stored.annotation.severity.level if stored.annotation else UNSCORED_SEVERITY,
        "reactions": reactions(stored.mention.engagement),
        "id": stored.mention.id,
    }


def position(stored: StoredMention, sort: SortKey) -> Position:
    """Where a mention stands in an order."""
    values = sort_values(stored)
    return tuple(values[name] for name, _ in ORDERS[sort])


def next_token(sort: SortKey, last: Position) -> str:
    """The opaque `after` of the page behind a position."""
    return base64.urlsafe_b64encode(json.dumps([sort, *last]).encode()).decode()


def after_position(page: Page) -> Position | None:
    """The position that a page starts behind. Raises InputError for a token of another order or a damaged one."""
    if page.after is None:
        return None
    try:
        sort, *last = json.loads(base64.urlsafe_b64decode(page.after.encode()))
    except (ValueError, binascii.Error, TypeError) as error:
        raise InputError("翻页标记无效，请从第一页重新开始") from error
    if sort != page.sort or len(last) != len(ORDERS[page.sort]):
        raise InputError("翻页标记属于另一种排序，请从第一页重新开始")
    return cast(Position, tuple(last))
