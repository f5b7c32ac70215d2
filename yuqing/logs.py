"""Logging: one structured line per unit of work on stderr, never a secret and never a person."""

import logging
import sys
from pathlib import Path
from traceback import extract_tb

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
    "uvicorn": logging.WARNING,
}


class _Quiet(logging.Filter):
    """Holds libraries at their least level, whatever they set themselves: Scrapy resets levels when it starts."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True for records that are to be written."""
        least = _QUIET.get(record.name.partition(".")[0], logging.NOTSET)
        return record.levelno >= least


def configure_logging(level: str) -> None:
    """Send structlog and standard logging to stderr at `level`; libraries that log URLs are held at WARNING."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(number)
    handler.addFilter(_Quiet())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=number, handlers=[handler])
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


def place_of(error: BaseException, depth: int = 1) -> str:
    """Where it was raised, and from where, without a word of what it says: that may quote a post."""
    frames = extract_tb(error.__traceback__)[-depth:]
    return "<".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
