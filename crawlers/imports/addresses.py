"""Addresses of imported rows, without the numbers of the people who wrote there."""

import re
from urllib.parse import SplitResult, parse_qs, urlsplit, urlunsplit

from crawlers.extract.ids import is_bid, is_mid

_WEIBO = ("weibo.com", "weibo.cn")
_DOUYIN = ("douyin.com", "iesdouyin.com")
_WEIBO_CLEAN = re.compile(r"/(?:detail|status)/([0-9A-Za-z]{5,19})/?$")
# Behind the number of the author: 16 digits or more, or the nine signs of the other spelling with a letter in them.
_WEIBO_OF_AUTHOR = re.compile(r"/(?:u/)?\d{5,12}/(\d{16,19}|(?=\d*[A-Za-z])[0-9A-Za-z]{9})/?$")
_DOUYIN_WORK = re.compile(r"/(?:share/)?(video|note)/(\d{15,20})/?$")
_PROFILE = re.compile(r"/(?:people|users?|u|profile|space|members?|authors?)/[^/]|/@", re.IGNORECASE)
_OF_PEOPLE = frozenset(
    {
        "uid", "user_id", "userid", "user", "username", "user_name", "sec_uid", "sec_user_id", "author", "author_id",
        "authorid", "un", "nick", "nickname", "name", "phone", "mobile", "tel", "email", "openid", "unionid", "token",
        "access_token", "customer_id", "share_uid", "shareuid", "sharer_shareid", "share_sec_uid", "u_code",
        "vd_source", "idcard", "xsec_token", "xsec_source",
    }
)  # fmt: skip


def public_address(url: str, publication: str) -> str:
    """The address of a publication: on Weibo and Douyin made from its id, elsewhere without what names people.

    "" where the address is none, or leads to a person. `publication` is the id of the post itself, "" where unknown.
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    if _belongs(host, _WEIBO):
        return _weibo(parts, publication)
    if _belongs(host, _DOUYIN):
        return _douyin(parts, publication)
    if host.startswith("space.") or _PROFILE.match(parts.path):
        return ""
    query = "&".join(pair for pair in parts.query.split("&") if pair.partition("=")[0].lower() not in _OF_PEOPLE)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, parts.fragment)).strip()


def _belongs(host: str, sites: tuple[str, ...]) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in sites)


def _weibo(parts: SplitResult, publication: str) -> str:
    found = _WEIBO_CLEAN.match(parts.path) or _WEIBO_OF_AUTHOR.match(parts.path)
    known = publication if is_mid(publication) or is_bid(publication) else found.group(1) if found else ""
    if not known:
        return ""
    return f"https://m.weibo.cn/{'detail' if known.isdigit() else 'status'}/{known}"


def _douyin(parts: SplitResult, publication: str) -> str:
    found = _DOUYIN_WORK.match(parts.path)
    form, known = found.groups() if found else ("video", (parse_qs(parts.query).get("modal_id") or [""])[0])
    if publication.isascii() and publication.isdigit() and len(publication) >= 15:
        known = publication
    return f"https://www.douyin.com/{form}/{known}" if re.fullmatch(r"\d{15,20}", known, re.ASCII) else ""
