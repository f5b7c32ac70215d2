"""Logging: one structured line per unit of work on stderr, never a secret and never a person."""

import logging
import sys

import structlog

# These write whole URLs (with robot keys and tokens) at INFO.
_QUIET = (
    "httpx",
    "httpcore",
    "elastic_transport",
    "apscheduler.executors",
    "trafilatura",
    "htmldate",
    "charset_normalizer",
)


def configure_logging(level: str) -> None:
    """Send structlog and standard logging to stderr at `level`; libraries that log URLs are held at WARNING."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    logging.basicConfig(level=number, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
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
