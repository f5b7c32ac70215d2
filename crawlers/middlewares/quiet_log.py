"""Scrapy's own log lines without items: an item holds what people wrote."""

from typing import Any

from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure


class QuietLogFormatter(LogFormatter):
    """Says nothing about items."""

    def scraped(self, item: Any, response: Response | Failure | None, spider: Any) -> LogFormatterResult:
        """No line per item."""
        return None  # type: ignore[return-value]  # Scrapy takes None for "no line", its annotation does not say so

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Any
    ) -> LogFormatterResult:
        """The kind of error alone."""
        return {"level": 40, "msg": "item failed: %(error)s", "args": {"error": type(exception).__name__}}
