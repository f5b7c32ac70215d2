"""Pages that stand where an article was expected: a login, a captcha, the front page, or a page that leads on."""

import re
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from crawlers.extract.encoding import decode
from crawlers.extract.urls import is_front
from crawlers.model import Reply, Verdict
from crawlers.outcomes import by_redirect
from yuqing.domain.coverage import Outcome

_REFUSALS = (Outcome.AUTH_REQUIRED, Outcome.CHALLENGE)
_GONE_PATHS = re.compile(r"/(?:404|410|notfound|not_found)(?=[/._-]|$)", re.IGNORECASE)
_ERROR_PATHS = re.compile(r"/(?:error|errorpage)(?=[/._-]|$)", re.IGNORECASE)
_REFRESH = re.compile(r"^\s*(\d{1,3})(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"'\s]+)", re.IGNORECASE)
_SOON = 5  # seconds; a page that reloads later is meant to be read
_LEADING_ON = 16 * 1024  # bytes; a page that only leads on is short


def detour(asked: str, reply: Reply) -> Verdict | None:
    """Why a redirect that was followed did not lead to the page that was asked for; None where it did.

    A page that says "not found" says so; the front page and error pages are also where sites send whom they refuse.
    """
    if reply.url == asked:
        return None
    found = by_redirect(Reply(asked, 302, b"", {"location": reply.url}))
    if found is not None and found.outcome in _REFUSALS:
        return found
    if is_front(reply.url) and not is_front(asked):
        return Verdict(Outcome.CHANGED, "redirect_to_front")
    path, before = urlsplit(reply.url).path, urlsplit(asked).path
    if _GONE_PATHS.search(path) and not _GONE_PATHS.search(before):
        return Verdict(Outcome.NOT_FOUND, "redirect_to_404")
    if _ERROR_PATHS.search(path) and not _ERROR_PATHS.search(before):
        return Verdict(Outcome.CHANGED, "redirect_to_error")
    return None


def leads_to(reply: Reply) -> str | None:
    """Where a page that is nothing but a meta refresh sends its reader at once; None for any other page."""
    if reply.status != 200 or len(reply.body) > _LEADING_ON or b"refresh" not in reply.body.lower():
        return None
    try:
        tree = html.document_fromstring(decode(reply.body, reply.headers).encode("utf-8", "replace"))
    except (etree.ParserError, ValueError):
        return None
    for meta in tree.iter("meta"):
        found = _REFRESH.match(meta.get("content") or "")
        if (meta.get("http-equiv") or "").strip().lower() == "refresh" and found and int(found[1]) <= _SOON:
            target = _joined(reply.url, found[2])
            return target if target != reply.url else None
    return None


def _joined(base: str, link: str) -> str | None:
    try:
        return urljoin(base, link)
    except ValueError:
        return None
