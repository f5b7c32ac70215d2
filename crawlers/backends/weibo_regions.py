"""The codes by which s.weibo.com narrows a search to a place: `custom:{province}:{city}`, city 1000 a whole province.

Province codes are like those of the national standard, with 100 (other) and 400 (overseas) for what lies outside, so
that together they hold every account that tells a province. City codes are the site's own; they mostly follow the
third and fourth digit of the standard's code, counted here as far as they go. A code that does not exist costs an
empty page, a code that is missing shows: see `WeiboLadder`, which compares the parts with the whole.
"""

from collections.abc import Mapping
from types import MappingProxyType

WHOLE = "1000"  # as a city: all of the province
REST = "*"  # ours, never sent: the listing of the whole, read after its parts and compared with them

_DISTRICTS = tuple(range(1, 18))
# Province -> its cities; () where there is no listing below the province.
CITIES: Mapping[int, tuple[int, ...]] = MappingProxyType(
    {
        11: (*_DISTRICTS, 28, 29),
        12: (*_DISTRICTS, 21, 23, 25),
        13: tuple(range(1, 12)),
        14: tuple(range(1, 12)),
        15: (*range(1, 10), 22, 25, 26, 27, 28, 29),
        21: tuple(range(1, 15)),
        22: (*range(1, 9), 24),
        23: (*range(1, 13), 27),
        31: (*range(1, 21), 30),
        32: tuple(range(1, 14)),
        33: tuple(range(1, 12)),
        34: tuple(range(1, 19)),
        35: tuple(range(1, 10)),
        36: tuple(range(1, 12)),
        37: tuple(range(1, 18)),
        41: (*range(1, 19), 90),
        42: (*range(1, 14), 28, 29, 94, 95, 96),
        43: (*range(1, 14), 31),
        44: (*range(1, 21), 51, 52, 53),
        45: (*range(1, 15), 21, 22),
        46: (1, 2, 3, 4, 90),
        50: (*range(1, 20), *range(22, 44), *range(81, 85)),
        51: (*range(1, 21), 32, 33, 34),
        52: (*range(1, 7), 22, 23, 24, 26, 27),
        53: (*range(1, 10), 23, 25, 26, 28, 29, 31, 33, 34),
        54: (1, *range(21, 28)),
        61: tuple(range(1, 11)),
        62: (*range(1, 13), 24, 26, 29, 30),
        63: (1, 2, 21, 22, 23, 25, 26, 27, 28),
        64: tuple(range(1, 6)),
        65: (1, 2, 21, 22, 23, 27, 28, 29, 30, 31, 32, 40, 42, 43, 44),
        71: (),
        81: (),
        82: (),
        100: (),
        400: (),
    }
)


def provinces(cities: Mapping[int, tuple[int, ...]]) -> tuple[str, ...]:
    """All provinces as regions, and last the listing of the whole."""
    return (*(f"{province}:{WHOLE}" for province in sorted(cities)), REST)


def parts_of(region: str, cities: Mapping[int, tuple[int, ...]]) -> tuple[str, ...]:
    """The regions that a full one falls into: a province into its cities and its rest, anything else into nothing."""
    if region == "":
        return provinces(cities)
    province, _, city = region.partition(":")
    if city != WHOLE or not cities.get(int(province)):
        return ()
    return (*(f"{province}:{one}" for one in cities[int(province)]), f"{province}:{REST}")


def asked(region: str) -> str:
    """The value of `region` to send; "" to send none."""
    if region in ("", REST):
        return ""
    return f"custom:{region.replace(REST, WHOLE)}"


def is_rest(region: str) -> bool:
    """True for a listing that is read to be compared with its parts."""
    return region.endswith(REST)
