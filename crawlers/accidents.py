"""What a download and the reading of a page can end with, so that each becomes a verdict wherever a page is awaited."""

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    StopDownload,
    UnsupportedURLSchemeError,
)
from twisted.internet.error import ConnectError, ConnectionClosed
from twisted.web.client import ResponseFailed

from crawlers.model import Verdict
from yuqing.domain.coverage import Outcome

# They have no common ancestor below Exception, and Scrapy does not wrap all that Twisted raises.
DOWNLOAD_ERRORS: tuple[type[Exception], ...] = (
    IgnoreRequest,
    OSError,
    ValueError,
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    NotSupported,
    ResponseDataLossError,
    StopDownload,
    UnsupportedURLSchemeError,
    ConnectError,
    ConnectionClosed,
    ResponseFailed,
)
PARSE_ERRORS: tuple[type[Exception], ...] = (
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    ArithmeticError,
    RecursionError,
)


def unread(error: Exception) -> Verdict:
    """A page that breaks its parser has changed. The message may quote the page: only its type is told."""
    return Verdict(Outcome.CHANGED, f"parser_{type(error).__name__}")
