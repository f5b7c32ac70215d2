"""股吧."""

import re
from collections.abc import Callable, Mapping
from typing import ClassVar

from crawlers.backends.guba import Guba, GubaSettings
from crawlers.backends.seen_memory import SeenMemory
from crawlers.extract.guba import Bar
from crawlers.model import Backend
from crawlers.options import Options
from crawlers.plan import CrawlPlan
from crawlers.spider import SliceSpider
from yuqing.domain.errors import ConfigError
from yuqing.domain.subject import Source

# A code with a digit too few is an empty bar to the platform, and would be a proven zero for ever.
_CODE = re.compile(r"\d{6}|hk\d{5}|(?!hk\d)[a-z][a-z_][a-z0-9_]*", re.ASCII)


class GubaSpider(SliceSpider):
    """The bars of listed banks: posts, whole texts, replies. Public pages without a login.

    Options: `bars` (list of codes, or of tables with `code` and `subject`), `details` (true): read the page of each
    new post; `replies` (true); `max_pages` (50) of a list, `max_reply_pages` (20) of a post; and the options of every
    source: see `crawlers.run.crawler_settings`.
    """

    name = "guba"
    own_options = frozenset({"bars", "details", "replies", "max_pages", "max_reply_pages"})
    delay = 4.0
    is_open = True
    bases: ClassVar[Mapping[str, str]] = {"guba": "https://guba.eastmoney.com"}

    @staticmethod
    def build(source: Source, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
        """The page backend."""
        options = Options(source)
        bars = tuple(Bar(**table) for table in options.entries("bars", "code", ("subject",)))
        if not bars or not all(_CODE.fullmatch(bar.code) for bar in bars):
            raise ConfigError(
                f"来源 {source.id} 的选项 bars 应为股吧代码（600000、hk00001，或字母开头的吧名）的列表，至少一个"
            )
        settings = GubaSettings(
            options.text("base", "").rstrip("/") or plan.base("guba", GubaSpider.bases["guba"]),
            bars,
            options.flag("replies", True),
            options.flag("details", True),
            options.integer("max_pages", 50, least=1),
            options.integer("max_reply_pages", 20, least=1),
        )
        return Guba(settings, SeenMemory(plan.state, source.id), plan.clock)
