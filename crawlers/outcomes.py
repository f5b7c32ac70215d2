"""How a fetch ended, told by status and control fields alone: a post may well contain the word 验证码.

Order of judgement: where a redirect points, the status, an empty body, then the platform's own control fields.
"""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from crawlers.model import Reply, Verdict
from yuqing.domain.coverage import SEVERITY_ORDER, Outcome

OK = Verdict(Outcome.OK)
SOME_UNREADABLE = "some_unreadable"
_FEW_ENTRIES = 5  # on shorter pages one odd entry says nothing of the layout
TRUNCATED_HTML = "truncated_html"
TRUNCATED = frozenset({"truncated_json", TRUNCATED_HTML})  # documents that end too early: asked for once more
_LOGIN_PATHS = re.compile(r"/(visitor/visitor|signin/login|sso/signin|login\.php|newlogin|login)\b")
_VERIFY_HOSTS = ("verify.snssdk.com", "rmc.bytedance.com", "wappass.baidu.com")
_VERIFY_PATHS = re.compile(r"/(captcha|verify|antispider)\b")
_STATUS: Mapping[int, Verdict] = MappingProxyType(
    {
        401: Verdict(Outcome.AUTH_REQUIRED, "http_401"),
        403: Verdict(Outcome.BLOCKED, "http_403"),
        404: Verdict(Outcome.NOT_FOUND, "http_404"),
        410: Verdict(Outcome.NOT_FOUND, "http_410"),
        408: Verdict(Outcome.TRANSPORT, "http_408"),
        412: Verdict(Outcome.RATE_LIMITED, "http_412"),
        414: Verdict(Outcome.RATE_LIMITED, "http_414"),
        418: Verdict(Outcome.RATE_LIMITED, "http_418"),
        429: Verdict(Outcome.RATE_LIMITED, "http_429"),
        432: Verdict(Outcome.RATE_LIMITED, "http_432"),
        461: Verdict(Outcome.CHALLENGE, "http_461"),
        471: Verdict(Outcome.CHALLENGE, "http_471"),
    }
)

_EVERYWHERE = frozenset({Outcome.OK, Outcome.TRANSPORT, Outcome.RATE_LIMITED, Outcome.BLOCKED, Outcome.CHANGED})
_REFUSABLE = _EVERYWHERE | {Outcome.AUTH_REQUIRED, Outcome.CHALLENGE, Outcome.NOT_FOUND}
# Which outcomes each source can produce: what the tests must tell apart, and what an operator may meet.
PRODUCIBLE: Mapping[str, frozenset[Outcome]] = MappingProxyType(
    {
        "weibo_web": _EVERYWHERE
        | {Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY, Outcome.AUTH_REQUIRED, Outcome.CHALLENGE, Outcome.NOT_FOUND},
        "weibo_mobile": _EVERYWHERE
        | {Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY, Outcome.AUTH_REQUIRED, Outcome.CHALLENGE, Outcome.NOT_FOUND},
        "weibo_user": _EVERYWHERE
        | {Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY, Outcome.AUTH_REQUIRED, Outcome.CHALLENGE, Outcome.NOT_FOUND},
        "weibo_talk": _EVERYWHERE
        | {Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY, Outcome.AUTH_REQUIRED, Outcome.CHALLENGE, Outcome.NOT_FOUND},
        "weibo_commercial": _EVERYWHERE | {Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY, Outcome.AUTH_REQUIRED},
        "weibo_mentions": _EVERYWHERE | {Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY, Outcome.AUTH_REQUIRED},
        "douyin_web": _EVERYWHERE
        | {Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY, Outcome.AUTH_REQUIRED, Outcome.CHALLENGE, Outcome.NOT_FOUND},
        "douyin_open": _EVERYWHERE | {Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY, Outcome.AUTH_REQUIRED},
        "news_rss": _EVERYWHERE
        | {Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY, Outcome.AUTH_REQUIRED, Outcome.CHALLENGE, Outcome.NOT_FOUND},
        "appstore": _REFUSABLE | {Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY},
        "guba": _REFUSABLE | {Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY},
        "heimao": _REFUSABLE | {Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY},
        "rsshub": _REFUSABLE | {Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY},
        "hot": _EVERYWHERE | {Outcome.SUSPECT_EMPTY, Outcome.AUTH_REQUIRED, Outcome.CHALLENGE, Outcome.NOT_FOUND},
    }
)


def worst(outcomes: list[Verdict]) -> Verdict:
    """The verdict of a whole made of parts. Nothing at all was looked at: suspect. Empty beside full is full."""
    if not outcomes:
        return Verdict(Outcome.SUSPECT_EMPTY, "nothing_fetched")
    found = max(outcomes, key=lambda verdict: SEVERITY_ORDER.index(verdict.outcome))
    full = [verdict for verdict in outcomes if verdict.outcome is Outcome.OK]
    if full and found.outcome in (Outcome.OK, Outcome.OK_EMPTY):
        return next((verdict for verdict in full if verdict.detail), OK)  # what one part left out, the whole leaves out
    return found


def by_redirect(reply: Reply) -> Verdict | None:
    """Where a 3xx points tells why: to a login, to a captcha, or elsewhere (a layout we do not know)."""
    if not 300 <= reply.status < 400 or reply.status == 304:
        return None
    target = urlsplit(reply.location)
    if target.hostname in _VERIFY_HOSTS or _VERIFY_PATHS.search(target.path):
        return Verdict(Outcome.CHALLENGE, "redirect_to_captcha")
    if _LOGIN_PATHS.search(target.path) or "passport" in (target.hostname or ""):
        return Verdict(Outcome.AUTH_REQUIRED, "redirect_to_login")
    return Verdict(Outcome.CHANGED, f"http_{reply.status}")


def by_status(reply: Reply) -> Verdict | None:
    """The verdict when redirect, status or an empty body already decide, None for an ordinary 200."""
    if found := by_redirect(reply):
        return found
    if reply.status >= 500:
        return Verdict(Outcome.TRANSPORT, f"http_{reply.status}")
    if reply.status >= 400:
        return weibo_error(reply) or _STATUS.get(reply.status, Verdict(Outcome.CHANGED, f"http_{reply.status}"))
    body = reply.body.strip()
    if not body:
        return Verdict(Outcome.BLOCKED, "empty_body")
    if body[:16].strip(b'"').lower() == b"blocked":
        return Verdict(Outcome.BLOCKED, "blocked_body")
    return None


_WEIBO_TOO_MUCH = range(10022, 10025)  # requests per IP, per user, per user and interface
_WEIBO_TOKEN = (*range(21314, 21328), 21301, 21332, 10006, 10013, 10014)  # token missing, wrong, expired, not enough


def weibo_error(reply: Reply) -> Verdict | None:
    """The verdict of an `error_code` in the JSON of a refusal of Weibo's APIs, None where there is none."""
    if b'"error_code"' not in reply.body[:4096]:
        return None
    document = load_json(reply)
    return None if isinstance(document, Verdict) else weibo_error_code(document)


def weibo_error_code(document: Mapping[str, object]) -> Verdict | None:
    """The same for a document that was read already."""
    code = str(document.get("error_code", ""))[:8]
    if not (code.isascii() and code.isdigit()):
        return None
    if int(code) in _WEIBO_TOO_MUCH:
        return Verdict(Outcome.RATE_LIMITED, f"error_{code}")
    if int(code) in _WEIBO_TOKEN:
        return Verdict(Outcome.AUTH_REQUIRED, f"error_{code}")
    return Verdict(Outcome.NOT_FOUND, "error_20101") if code == "20101" else None


def html_instead(body: bytes) -> Verdict | None:
    """The verdict of HTML where JSON was expected: a captcha page or a block. None for anything else."""
    if body.lstrip()[:1] != b"<":
        return None
    head = body[:8192]
    if b'id="captcha_container"' in head or b"<title>\xe9\xaa\x8c\xe8\xaf\x81" in head:  # <title>验证…
        return Verdict(Outcome.CHALLENGE, "captcha_page")
    return Verdict(Outcome.BLOCKED, "html_instead_of_json")


def judge_cards(read: int, unreadable: int) -> Verdict | None:
    """A page on which half of the entries or more cannot be read has changed its layout."""
    return Verdict(Outcome.CHANGED, "entries_unreadable") if unreadable and unreadable >= read else None


def is_partly_unread(read: int, unreadable: int) -> bool:
    """Every fifth entry of a page or more cannot be read: the rest counts, but not as all there was."""
    return read + unreadable >= _FEW_ENTRIES and 5 * unreadable >= read + unreadable


def load_json(reply: Reply) -> Mapping[str, object] | Verdict:
    """The JSON object of a reply, or the verdict that says why there is none."""
    if refusal := html_instead(reply.body):
        return refusal
    try:
        document = json.loads(reply.body)
    except ValueError:
        return Verdict(Outcome.TRANSPORT, "truncated_json")
    return document if isinstance(document, dict) else Verdict(Outcome.CHANGED, "json_not_an_object")


def weibo_json(document: Mapping[str, object]) -> Verdict:
    """The verdict of the `ok`, `data`, `url` and `msg` control fields of m.weibo.cn and weibo.com/ajax."""
    ok = document.get("ok")
    if str(ok) == "-100":
        return Verdict(Outcome.AUTH_REQUIRED, "ok_-100")
    if "data" not in document and document.get("url"):
        return Verdict(Outcome.CHALLENGE, "captcha_url")
    if str(ok) == "1":
        return OK if "data" in document else Verdict(Outcome.CHANGED, "no_data")
    if document.get("msg") == "这里还没有内容":
        return Verdict(Outcome.OK_EMPTY, "no_content_message")
    if str(document.get("error_code")) == "20101":
        return Verdict(Outcome.NOT_FOUND, "error_20101")
    return Verdict(Outcome.SUSPECT_EMPTY if str(ok) == "0" else Outcome.CHANGED, f"ok_{str(ok)[:8]}")


_DOUYIN_CHECKS = frozenset({"verify_check", "antispam_check", "hit_shark"})
_DOUYIN_NIL = ("search_nil_type", "search_nil_item", "text_type")
# New checks come under new names; these parts of a name speak of the asker and not of what was asked for.
_DOUYIN_ASKS = ("check", "verify", "captcha", "slide", "shark", "spam", "spider", "robot", "login", "risk")
_DOUYIN_STATUS: Mapping[str, Outcome] = MappingProxyType(
    {"2483": Outcome.AUTH_REQUIRED, "9": Outcome.RATE_LIMITED, "missing": Outcome.CHANGED}
)


def douyin(document: Mapping[str, object]) -> Verdict | None:
    """The refusal that a Douyin JSON document carries, None when it carries none."""
    if sign := _douyin_check(document):
        return Verdict(Outcome.CHALLENGE, sign)
    status = str(document.get("status_code", "missing"))
    if status == "0":
        return None
    return Verdict(_DOUYIN_STATUS.get(status, Outcome.BLOCKED), f"status_{status[:8]}")


def _douyin_check(document: Mapping[str, object]) -> str:
    """The word by which an answer that looks like an empty search asks for a captcha, "" where there is none."""
    nil = document.get("search_nil_info")
    signs = {str(nil.get(name)) for name in _DOUYIN_NIL} if isinstance(nil, dict) else set()
    signs |= {str(document.get(name)) for name in _DOUYIN_NIL}
    if found := signs & _DOUYIN_CHECKS:
        return min(found)
    if document.get("data"):
        return ""
    is_asked = any(part in sign.lower() for sign in signs for part in _DOUYIN_ASKS)
    return "text_type_9" if "9" in signs else "check_of_new_name" if is_asked else ""
