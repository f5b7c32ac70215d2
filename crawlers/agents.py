"""The name under which a source is asked: our own, unless its pages are shown to an operator's browser session."""

from crawlers.options import Options
from crawlers.spider import SliceSpider
from yuqing import __version__
from yuqing.domain.subject import Backend, Source

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"


def user_agent(source: Source, spider: type[SliceSpider], contact: str = "") -> str:
    """The option `user_agent`; else our name and contact for interfaces, feeds and lists that everybody may read.

    Only websites that are read with a person's session see the browser that the session comes from.
    """
    honest = f"yuqing/{__version__} (+{contact})" if contact else f"yuqing/{__version__}"
    is_website = not (spider.is_open or spider.names_itself) and spider.way(source) is Backend.WEB
    return Options(source).text("user_agent", _BROWSER if is_website else honest)
