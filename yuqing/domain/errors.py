"""The error tree of the product.

YuqingError
├── ConfigError             settings are wrong; the message names file and line
├── InputError              a file, row or query given by a user is wrong; the message names it
│   └── QuerySyntaxError    a boolean query does not parse; carries the position
├── StoreError              a store refused or broke
│   ├── StoreUnavailable    nobody answers: trying again later can help
│   └── Conflict            another process saved the document first
├── CrawlError              a crawl could not be run at all (refusals are outcomes, not errors)
├── ModelError              a model file is missing, broken or of another version
└── ChannelError            a message was not delivered; `permanent` means trying again cannot help
"""

from datetime import timedelta


class YuqingError(Exception):
    """Base of every error that the product raises on purpose; its text is fit for a user's eyes."""


class ConfigError(YuqingError):
    """A setting is wrong. The text names the file and the line, or the environment variable."""


class InputError(YuqingError):
    """Something a user gave (file, row, argument) is wrong. The text names it."""


class QuerySyntaxError(InputError):
    """A boolean query does not parse; `position` counts characters from 0, the text for people from 1."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"查询语句第 {position + 1} 个字符处：{reason}")
        self.reason = reason
        self.position = position


class StoreError(YuqingError):
    """A store refused a request or is damaged."""


class StoreUnavailable(StoreError):
    """The store does not answer; nothing was written by the call that raised this, or it is safe to repeat."""


class Conflict(StoreError):
    """The document was changed by somebody else since it was loaded."""


class CrawlError(YuqingError):
    """A crawl could not be run."""


class ModelError(YuqingError):
    """A model cannot be loaded or does not fit this version."""


class ChannelError(YuqingError):
    """A message was not delivered; `permanent` means trying again cannot help.

    `retry_after`: the far side asked to wait so long. Such an attempt does not count against the message.
    `refused`: the far side said no or was never reached, so it cannot have taken the message.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        retry_after: timedelta | None = None,
        refused: bool = False,
    ) -> None:
        super().__init__(reason)
        self.may_have_arrived = not (refused or permanent or retry_after is not None)
        self.permanent = permanent
        self.retry_after = retry_after
