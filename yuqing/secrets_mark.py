"""What sources are opened with, and one mark for all of it: another as soon as the operator changes any of it."""

import hmac
from hashlib import sha256

from config.settings import Settings
from yuqing.keys import load_or_create_key

OPENERS = ("weibo_cookie", "douyin_cookie", "weibo_api_token", "weibo_open_token", "douyin_open_token", "rsshub_key")
_USE = b"openers of sources"


def openers(settings: Settings) -> dict[str, str]:
    """What sources are opened with, where we have it."""
    found = {name: getattr(settings, name) for name in OPENERS}
    return {name: value.get_secret_value() for name, value in found.items() if value is not None}


def secrets_mark(settings: Settings) -> str:
    """A keyed mark from which nobody gets back to a cookie or a token. Raises ConfigError for a broken key file."""
    mark = hmac.new(load_or_create_key(settings.home / "crawl.key"), _USE, sha256)
    for name, secret in sorted(openers(settings).items()):
        for part in (name.encode(), secret.encode()):
            mark.update(len(part).to_bytes(8, "big") + part)
    return mark.hexdigest()[:16]
