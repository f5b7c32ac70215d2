"""Addresses without personal data: a number of a person in an address is as readable as one in a text."""

from collections.abc import Callable, Iterable
from urllib.parse import unquote, urlsplit, urlunsplit

Mask = Callable[[str], str]


def mask_address(url: str, mask: Mask, *, ids: Iterable[str] = (), keeps_path: bool = False) -> str:
    """The address without user and password and without the parts in which `mask` finds something.

    `ids` of publications that may stand in the address are not personal, whatever they look like.
    `keeps_path`: paths of this platform are ids of publications, which may look like telephone numbers. Elsewhere an
    address with a personal path is cut down to its site.
    """
    bare = url
    for name in ids:
        bare = bare.replace(name, "") if len(name) > 4 else bare
    if "@" not in bare and "?" not in bare and "#" not in bare and not _is_personal(bare, mask):
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if not parts.netloc:
        return mask(url)
    site = parts.netloc.rpartition("@")[2]
    if not keeps_path and _is_personal(bare.partition("?")[0].partition("#")[0].replace(parts.netloc, site), mask):
        return "" if _is_personal(site, mask) else urlunsplit((parts.scheme, site, "/", "", ""))
    query = "&".join(pair for pair in parts.query.split("&") if not _is_personal(pair, mask))
    fragment = "" if _is_personal(parts.fragment, mask) else parts.fragment
    return urlunsplit((parts.scheme, site, parts.path, query, fragment))


def _is_personal(part: str, mask: Mask) -> bool:
    plain = unquote(part.replace("+", " ")) if "%" in part or "+" in part else part
    return mask(plain) != plain
