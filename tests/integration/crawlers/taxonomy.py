"""The outcome taxonomy as a table: how each source is brought to each outcome that it can have.

A new source is one line in `WAYS`; a sign that is its own is one entry of the line's table. What a source can produce
is declared in `crawlers.outcomes.PRODUCIBLE`, and the test fails for a cell that no row reaches.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from crawlers.outcomes import PRODUCIBLE
from simulator.apple.reviews import BUSY as BUSY_APP
from simulator.guba.posts import BUSY as BUSY_BAR
from simulator.weibo.official import OWNER
from tests.integration.crawlers.support import FAST, MUTE
from yuqing.domain.coverage import Outcome

SPEAKER = "3000400999"  # an account of its own, so that its timeline is nobody else's
ORDINARY = {
    Outcome.OK: "",
    Outcome.OK_EMPTY: "no_result",
    Outcome.SUSPECT_EMPTY: "blank_page",
    Outcome.AUTH_REQUIRED: "401",
    Outcome.CHALLENGE: "captcha_page",
    Outcome.RATE_LIMITED: "429",
    Outcome.BLOCKED: "403",
    Outcome.NOT_FOUND: "404",
    Outcome.CHANGED: "changed",
    Outcome.TRANSPORT: "5xx",
}


@dataclass(frozen=True)
class Sign:
    """An outcome that is reached elsewhere: on another route, on a part of the paths, or with other options."""

    fault: str
    route: str = ""
    path: str = ""
    options: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Way:
    """A source as sources.yml writes it, the route that its faults strike, and its own signs.

    `match` narrows the faults to its own requests where another source reads the same route. `by_page`: some of its
    outcomes concern a page and not the slice (a thread below a post).
    """

    kind: str
    route: str
    options: Mapping[str, Any] = field(default_factory=dict)
    signs: Mapping[Outcome, str | Sign] = field(default_factory=dict)
    match: Mapping[str, str] = field(default_factory=dict)
    by_page: bool = False

    def sign(self, outcome: Outcome) -> Sign:
        """How it is brought to an outcome."""
        sign = self.signs.get(outcome, ORDINARY[outcome])
        return Sign(sign) if isinstance(sign, str) else sign

    def source(self, name: str, url: str, sign: Sign) -> dict[str, Any]:
        """The order for the driver; `{url}` in an option is the simulator's."""
        options = {**FAST, "retries": 0, **(self.options if sign.options is None else sign.options)}
        filled = {key: _filled(value, url) for key, value in options.items()}
        return {"id": name, "kind": self.kind, "options": filled}


def _filled(value: Any, url: str) -> Any:
    if isinstance(value, list):
        return [_filled(each, url) for each in value]
    if isinstance(value, dict):
        return {key: _filled(each, url) for key, each in value.items()}
    return value.replace("{url}", url) if isinstance(value, str) else value


_COLUMN = {
    "url": "{url}/news/roll/all.json",
    "params": {"page": "{page}", "num": "7"},
    "items": "result.data",
    "fields": {"title": "title", "url": "url", "time": "ctime"},
    "ok": {"result.status.code": "0"},
    "total": "result.total",
}
ROLL = {"rolls": [_COLUMN], "obey_robots": False}
O = Outcome  # noqa: E741  # the table below is read as a table
WAYS: dict[str, Way] = {
    "weibo_web": Way("weibo", "weibo-s", {**MUTE, "surface": "search"}, {O.AUTH_REQUIRED: "302_visitor"}),
    "weibo_mobile": Way(
        "weibo", "weibo-m", {**MUTE, "surface": "mobile"}, {O.AUTH_REQUIRED: "ok_-100", O.RATE_LIMITED: "432"}
    ),
    "weibo_user": Way(
        "weibo",
        "weibo-ajax-timeline",
        {**MUTE, "surface": "user", "users": {"云江银行": OWNER}},
        {O.AUTH_REQUIRED: "ok_-100", O.CHALLENGE: "captcha_json", O.RATE_LIMITED: "418"},
        match={"uid": OWNER},
    ),
    "weibo_talk": Way(
        "weibo",
        "weibo-ajax-comments",
        {**MUTE, "surface": "user", "users": {"云江公告": SPEAKER}, "comments": True},
        {O.AUTH_REQUIRED: "ok_-100", O.CHALLENGE: "captcha_json"},
        by_page=True,
    ),
    "weibo_commercial": Way(
        "weibo", "weibo-api", {**MUTE, "surface": "commercial_api"}, {O.AUTH_REQUIRED: "error_21327"}
    ),
    "weibo_mentions": Way(
        "weibo", "weibo-open", {**MUTE, "surface": "open_api_mentions"}, {O.RATE_LIMITED: "error_10023"}
    ),
    "douyin_web": Way("douyin", "douyin", {**MUTE}, {O.AUTH_REQUIRED: "status_2483", O.CHALLENGE: "verify_check"}),
    "douyin_open": Way(
        "douyin",
        "douyin-open",
        {**MUTE, "surface": "open_api"},
        {O.AUTH_REQUIRED: "err_28001003", O.RATE_LIMITED: "err_28003017"},
    ),
    "news_rss": Way(
        "news",
        "news-feed",
        {"feeds": ["{url}/news/rss/all.xml"], "obey_robots": False},
        {O.AUTH_REQUIRED: "302_visitor", O.SUSPECT_EMPTY: Sign("blank_page", "news-roll", options=ROLL)},
    ),
    "appstore": Way("appstore", "apple", {"apps": [BUSY_APP]}, {O.SUSPECT_EMPTY: Sign("blank_page", path="page=1/")}),
    "guba": Way("guba", "guba-list", {"bars": [BUSY_BAR], "details": False}),
    "heimao": Way("heimao", "heimao", {}, {O.AUTH_REQUIRED: "302_login"}),
    "hot": Way("hot", "hot-weibo", {"boards": ["weibo"]}, {O.AUTH_REQUIRED: "ok_-100"}),
    "rsshub": Way(
        "rsshub",
        "rsshub",
        {"routes": ["/weibo/keyword/{keyword}?limit=400"], "obey_robots": False},
        {O.AUTH_REQUIRED: "cookies_expired"},
    ),
}


@dataclass(frozen=True)
class Cell:
    """One source brought to one outcome."""

    name: str
    way: Way
    outcome: Outcome

    @property
    def sign(self) -> Sign:
        """How."""
        return self.way.sign(self.outcome)


def cells() -> Iterator[Cell]:
    """Every cell that PRODUCIBLE declares."""
    for name, outcomes in PRODUCIBLE.items():
        way = WAYS[name]
        for outcome in Outcome:
            if outcome in outcomes:
                yield Cell(name, way, outcome)


def rounds() -> list[list[Cell]]:
    """The cells in as few crawls as possible: in each every source meets one of its outcomes."""
    by_source = [[cell for cell in cells() if cell.name == name] for name in WAYS]
    return [[cell for cell in together if cell] for together in zip_longest(*by_source)]
