"""Keeps secrets out of the log, whoever writes it: a filter on the handlers."""

import logging
import re
from collections.abc import Iterable

_NAMED = re.compile(
    r"(?i)\b(SUBP?|SCF|ALF|WBPSESS|XSRF-TOKEN|sessionid\w*|sid_guard|ttwid|msToken|a_bogus|access_token|token|__ac_\w+"
    r"|X-Bogus|verifyFp|fp|webid|s_v_web_id|x-s|sec_user_id|sec_uid|uid)"
    r"(=|%3D)[^\s;&,'\"\]]+"
)
# Signatures have new names every month, and a search names people: of an address the log needs host and path alone.
_ADDRESS = re.compile(r"(?i)\b(https?://)(?:[^\s/?#'\"<>@]*@)?([^\s?#'\"<>]*)(?:[?#][^\s'\"<>]*)?")
_HEADER = re.compile(r"(?i)(['\"]?(?:set-)?cookie['\"]?\s*[:=]\s*)(b?['\"\[]?)[^\r\n]+")


class SecretFilter(logging.Filter):
    """Replaces known secrets, cookie headers and token parameters by ***, and cuts addresses behind their path."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        # A secret may hold several accounts, one per line, each with its User-Agent.
        lines = {line.partition("|||")[0].strip() for secret in secrets for line in secret.splitlines()}
        whole = {line for line in lines if len(line) >= 6}
        values = {part.partition("=")[2].strip() for line in whole for part in line.split(";")}
        self._secrets = sorted(whole | {value for value in values if len(value) >= 6}, key=len, reverse=True)

    def mask(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return _HEADER.sub(r"\1***", _NAMED.sub(r"\1\2***", _ADDRESS.sub(r"\1\2", text)))

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask message and traceback; nothing is dropped."""
        record.msg, record.args = self.mask(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.mask(record.exc_text)
        return True
