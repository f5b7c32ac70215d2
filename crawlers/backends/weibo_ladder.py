"""The splitting ladder: range, day, hour, hour by province, hour by city. Below that nothing can be asked for.

Parts by region hold the whole only where every account tells its region. That is checked: after the parts the listing
of the whole is read once more, as far as the site shows it, and a post on it that no part has shown proves that posts
are missing. Then, and where a smallest part is full, the piece is saturated.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from crawlers.backends.base import split_slice
from crawlers.backends.weibo_regions import is_rest, parts_of
from crawlers.model import Slice
from yuqing.domain.draft import Draft

_Hour = tuple[str, datetime, datetime]


class WeiboLadder:
    """Cuts pieces, and remembers for the hours that were cut by region which posts their parts have shown."""

    def __init__(self, cities: Mapping[int, tuple[int, ...]]) -> None:
        self._cities = cities
        self._shown: dict[_Hour, set[str]] = {}

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
            return inside <= self._shown.get(_hour(piece), set())
        self._shown.setdefault(_hour(piece), set()).update(inside)
        return True

    def forget(self, piece: Slice) -> None:
        """The whole was compared with its parts: the hour is over."""
        if piece.region and is_rest(piece.region) and ":" not in piece.region:
            self._shown.pop(_hour(piece), None)


def _hour(piece: Slice) -> _Hour:
    return piece.query.id, piece.since, piece.until
