"""How the web surfaces of Weibo are asked: addresses, headers, the visitor's ticket. Every base comes from settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from crawlers.extract import ids, weibo_json
from crawlers.model import PageRequest, Reply, Verdict
from crawlers.outcomes import OK
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft

_JSON = "application/json, text/plain, */*"


@dataclass(frozen=True, slots=True)
class WeiboBases:
    """The origins of the surfaces."""

    search: str = "https://s.weibo.com"
    mobile: str = "https://m.weibo.cn"
    ajax: str = "https://weibo.com"
    passport: str = "https://passport.weibo.com"
    card: str = "https://card.weibo.com"


@dataclass(frozen=True, slots=True)
class WeiboSite:
    """Makes requests for the JSON of one of the two sites; the Referer is always of the same host."""

    bases: WeiboBases
    is_mobile: bool
    cookie: str = field(default="", repr=False)

    @property
    def cookies(self) -> tuple[str, ...]:
        """The account's session."""
        return (self.cookie,) if self.cookie else ()

    def ask(
        self, path: str, query: Mapping[str, object], purpose: str, referer: str = "/", **more: object
    ) -> PageRequest:
        """A request for JSON; further keywords are fields of `PageRequest`."""
        base = self.bases.mobile if self.is_mobile else self.bases.ajax
        headers = {"Referer": f"{base}{referer}", "Accept": _JSON, "X-Requested-With": "XMLHttpRequest"}
        if self.is_mobile:
            headers["MWeibo-Pwa"] = "1"
        url = f"{base}{path}?{urlencode(query)}" if query else f"{base}{path}"
        return PageRequest(url, purpose, headers=headers, session=True, **more)  # type: ignore[arg-type]

    def show(self, mid: str, purpose: str, draft: Draft | None = None, **memo: str) -> PageRequest:
        """One status in full."""
        if self.is_mobile:
            bid = ids.mid_to_bid(mid)
            return self.ask("/statuses/show", {"id": bid}, purpose, f"/detail/{mid}", draft=draft, memo=memo)
        query = {"id": mid, "locale": "zh-CN"}
        return self.ask("/ajax/statuses/show", query, purpose, draft=draft, memo=memo)

    def ticket(self) -> PageRequest | None:
        """The request for a visitor ticket, when there is no account: one for all pages of a run."""
        if self.cookie:
            return None
        form = {"cb": "visitor_gray_callback", "tid": "", "from": "weibo", "webdriver": "false", "ver": "20250916"}
        form["return_url"] = "https://weibo.com/"
        headers = {"Referer": f"{self.bases.passport}/visitor/visitor"}
        url = f"{self.bases.passport}/visitor/genvisitor2"
        return PageRequest(url, "session", method="POST", form=form, headers=headers)

    def config(self) -> PageRequest:
        """The cheapest page that tells whether the platform answers, and as whom it knows us."""
        headers = {"Referer": f"{self.bases.mobile}/", "Accept": _JSON, "MWeibo-Pwa": "1"}
        return PageRequest(f"{self.bases.mobile}/api/config", "probe", headers=headers, session=self.is_mobile)

    def read_config(self, reply: Reply) -> Verdict:
        """An account that is no longer known as one has to be entered anew."""
        verdict, login = weibo_json.parse_config(reply)
        if verdict.outcome is Outcome.OK and self.is_mobile and self.cookie and not login:
            return Verdict(Outcome.AUTH_REQUIRED, "not_logged_in")
        return OK if verdict.outcome is Outcome.OK else verdict


def open_ticket(reply: Reply) -> tuple[Verdict, str]:
    """The visitor's cookie in a reply."""
    verdict, pair = weibo_json.parse_visitor(reply)
    return verdict, "; ".join(f"{name}={value}" for name, value in pair.items())
