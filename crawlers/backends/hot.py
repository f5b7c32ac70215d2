"""Hot lists: one reading of each board a run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again
from crawlers.backends.weibo_requests import WeiboBases, WeiboSite, open_ticket
from crawlers.extract import hot_html, hot_json
from crawlers.extract.hot_json import Reader
from crawlers.extract.hot_lines import HotPage
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.ports import Clock

Parse = Callable[[Reply, str, datetime], HotPage]
_DOUYIN = "device_platform=webapp&aid=6383&channel=channel_pc_web&detail_list=1"


@dataclass(frozen=True, slots=True)
class Board:
    """Where a hot list is and how it is read. `name` is the board of its readings (two surfaces may share one).

    `least`: half of the lines that the board has; fewer are a part of it and not the board.
    """

    name: str
    host: str
    path: str
    parse: Parse
    referer: str = ""
    needs_ticket: bool = False
    least: int = 25


def _json(reader: Reader) -> Parse:
    def parse(reply: Reply, board: str, now: datetime) -> HotPage:
        return hot_json.parse(reply, board, now, reader)

    return parse


_WEIBO, _TOP = "https://weibo.com", "https://s.weibo.com"
BOARDS: Mapping[str, Board] = MappingProxyType(
    {
        "weibo": Board("weibo", _WEIBO, "/ajax/side/hotSearch", _json(hot_json.weibo), f"{_WEIBO}/"),
        "weibo_band": Board(
            "weibo_band", _WEIBO, "/ajax/statuses/hot_band", _json(hot_json.weibo_band), f"{_WEIBO}/hot/search"
        ),
        "weibo_html": Board(
            "weibo", _TOP, "/top/summary?cate=realtimehot", hot_html.weibo_summary, f"{_TOP}/", needs_ticket=True
        ),
        "douyin": Board(
            "douyin",
            "https://www.douyin.com",
            f"/aweme/v1/web/hot/search/list/?{_DOUYIN}",
            _json(hot_json.douyin),
            "https://www.douyin.com/hot",
        ),
        "toutiao": Board(
            "toutiao",
            "https://www.toutiao.com",
            "/hot-event/hot-board/?origin=toutiao_pc",
            _json(hot_json.toutiao),
            "https://www.toutiao.com/",
        ),
        "baidu": Board("baidu", "https://top.baidu.com", "/board?tab=realtime", hot_html.baidu, least=15),
        "zhihu": Board(
            "zhihu",
            "https://www.zhihu.com",
            "/api/v3/feed/topstory/hot-list-web?limit=20&desktop=true",
            _json(hot_json.zhihu),
            "https://www.zhihu.com/hot",
            least=10,
        ),
        "bilibili": Board(
            "bilibili", "https://s.search.bilibili.com", "/main/hotword?limit=30", _json(hot_json.bilibili), least=15
        ),
        "tieba": Board(
            "tieba", "https://tieba.baidu.com", "/hottopic/browse/topicList", _json(hot_json.tieba), least=10
        ),
        "tencent": Board(
            "tencent", "https://r.inews.qq.com", "/gw/event/hot_ranking_list?page_size=50", _json(hot_json.tencent)
        ),
        "kuaishou": Board("kuaishou", "https://www.kuaishou.com", "/?isHome=1", hot_html.kuaishou),
    }
)


@dataclass(frozen=True, slots=True)
class HotSettings:
    """`base` replaces the host of every board when it is set. `reach`: for how long one reading speaks."""

    boards: tuple[str, ...]
    base: str = ""
    passport: str = "https://passport.weibo.com"
    cookie: str = field(default="", repr=False)
    reach: timedelta = timedelta(minutes=5)


class HotLists(BackendBase):
    """Reads the present of each board: a list has no past that could be asked for.

    A reading therefore speaks for the time since shortly before it, and hours in which nobody looked stay unseen.
    """

    def __init__(self, settings: HotSettings, clock: Clock) -> None:
        super().__init__(tuple(SearchTerm(name, name) for name in settings.boards))
        self._settings = settings
        self._clock = clock
        self._needs_ticket = any(BOARDS[name].needs_ticket for name in settings.boards)

    def slices(self, query: SearchTerm, since: datetime, until: datetime) -> tuple[Slice, ...]:
        """The last minutes."""
        return (Slice(query, max(since, until - self._settings.reach), until),)

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The list."""
        board = BOARDS[piece.query.id]
        url = f"{self._settings.base or board.host}{board.path}"
        headers = {"Referer": board.referer} if board.referer else {}
        return (PageRequest(url, "board", headers=headers, session=board.needs_ticket),)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """The lines of the board; an empty one, or a part of one, is asked for again.

        What a part shows did stand there; that the rest is not seen is told, and left to the book.
        """
        board = BOARDS[piece.query.id]
        found = board.parse(reply, board.name, self._clock.now())
        verdict = found.verdict
        if verdict.outcome is Outcome.OK and sum(not line.pinned for line in found.ranks) < board.least:
            verdict = Verdict(Outcome.SUSPECT_EMPTY, "board_cut")
        if verdict.outcome is Outcome.SUSPECT_EMPTY and page.attempt < MAX_ATTEMPTS:
            return again(page, verdict)
        return PageResult(verdict, ranks=found.ranks, notes=found.notes)

    @property
    def cookies(self) -> tuple[str, ...]:
        """The operator's session, only where the board wants one."""
        return (self._settings.cookie,) if self._needs_ticket and self._settings.cookie else ()

    def session(self) -> PageRequest | None:
        """A visitor's ticket for Weibo's page, when there is no session of our own."""
        site = WeiboSite(WeiboBases(passport=self._settings.passport), is_mobile=False, cookie=self._settings.cookie)
        return site.ticket() if self._needs_ticket else None

    def open_session(self, reply: Reply) -> tuple[Verdict, str]:
        """The ticket in a reply."""
        return open_ticket(reply)
