"""Logging: one structured line per unit of work on stderr, never a secret and never a person."""

import logging
import sys

import structlog

# httpx and the transports write whole URLs (with robot keys and tokens) at INFO. APScheduler's turns and crashes are
# reported by our own listener: the last line of its tracebacks may quote a post. The extractors warn about pages that
# our outcomes report anyway.
_QUIET = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "elastic_transport": logging.ERROR,
    "charset_normalizer": logging.WARNING,
    "asyncio": logging.WARNING,
    "scrapy": logging.WARNING,
    "apscheduler": logging.CRITICAL,
    "trafilatura": logging.ERROR,
    "htmldate": logging.ERROR,
}


def configure_logging(level: str) -> None:
    """Send structlog and standard logging to stderr at `level`; libraries that log URLs are held at WARNING."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    logging.basicConfig(level=number, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, number))
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
