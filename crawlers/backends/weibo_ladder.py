"""The splitting ladder: range, day, hour, hour by province, hour by city. Below that nothing can be asked for.

Parts by region hold the whole only where every account tells its region. That is checked: after the parts the listing
of the whole is read once more, as far as the site shows it, and a post on it that no part has shown proves that posts
are missing. Then, and where a smallest part is full, the piece is saturated.

A site that does not heed the filter shows the same posts in every part, and would be asked for thousands of pages: an
account lives in one place, so posts of one part that turn up in another one show it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from crawlers.backends.base import split_slice
from crawlers.backends.weibo_regions import WHOLE, is_rest, parts_of
from crawlers.model import Slice
from yuqing.domain.draft import Draft

_Hour = tuple[str, datetime, datetime]


class WeiboLadder:
    """Cuts pieces, and remembers for the hours that were cut by region which posts their parts have shown."""

    def __init__(self, cities: Mapping[int, tuple[int, ...]]) -> None:
        self._cities = cities
        self._shown: dict[_Hour, dict[str, str]] = {}  # post -> the region that showed it

    def split(self, piece: Slice) -> tuple[Slice, ...]:
        """The pieces that replace a full one; () on the last rung."""
        if not piece.region and (by_time := split_slice(piece)):
            return by_time
        if is_rest(piece.region) or not self._cities:
            return ()
        return tuple(replace(piece, region=region) for region in parts_of(piece.region, self._cities))

    def saw(self, piece: Slice, drafts: tuple[Draft, ...]) -> bool:
        """Take note of the posts of a page. False when it shows what no part has shown: posts are missing then."""
        if not piece.region:
            return True
        inside = {draft.native_id for draft in drafts if piece.since <= draft.published_at < piece.until}
        if is_rest(piece.region):  # parts that an earlier run has read are not known here: nothing is proved then
            return inside <= self._shown.get(_hour(piece), {}).keys()
        shown = self._shown.setdefault(_hour(piece), {})
        shown.update({mid: piece.region for mid in inside if _lies_in(piece.region, shown.get(mid, ""))})
        return True

    def is_heeded(self, piece: Slice, drafts: tuple[Draft, ...]) -> bool:
        """False for a page of a part of which most posts were shown by another part: the site does not narrow then."""
        shown = self._shown.get(_hour(piece), {})
        if not piece.region or is_rest(piece.region):
            return True
        elsewhere = sum(
            not (_lies_in(piece.region, known) or _lies_in(known, piece.region))
            for draft in drafts
            if (known := shown.get(draft.native_id))
        )
        return 2 * elsewhere <= len(drafts)

    def forget(self, piece: Slice) -> None:
        """The whole was compared with its parts: the hour is over."""
        if piece.region and is_rest(piece.region) and ":" not in piece.region:
            self._shown.pop(_hour(piece), None)


def _lies_in(region: str, other: str) -> bool:
    """Whether a region is the other one or a part of it; "" is everywhere."""
    province, _, city = other.partition(":")
    return region == other or not other or (city == WHOLE and region.startswith(f"{province}:"))


def _hour(piece: Slice) -> _Hour:
    return piece.query.id, piece.since, piece.until
