"""The first file of a new kind of source: how a backend is made from the options in sources.yml."""

from collections.abc import Callable

from crawlers.backends.forum import Forum
from crawlers.model import Backend
from crawlers.options import Options
from crawlers.plan import CrawlPlan
from crawlers.spider import SliceSpider
from yuqing.domain.subject import Source


class ForumSpider(SliceSpider):
    """A forum with a JSON interface. Options: `board`; and the options of every source."""

    name = "forum"
    own_options = frozenset({"board"})
    delay = 1.0
    is_open = True

    @staticmethod
    def build(source: Source, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
        """The backend of one board."""
        options = Options(source)
        return Forum(
            plan.queries, options.text("base", "https://forum.example"), options.text("board", "all"), plan.clock
        )
