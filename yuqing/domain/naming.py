"""Addresses as names: what may stand in a cursor, a log or a label, and what of them is secret."""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from urllib.parse import unquote, urlsplit

_SECRET = re.compile(
    r"(?i)(?:.*[_-])?(?:api|app|access|secret|private|auth)?[_-]?"
    r"(?:k|key|token|code|secret|auth|authorization|password|passwd|pwd|pass|signature|sign|sig|session|sid|cookie|credential)"
)
_TABLES = ("ok", "fields", "skip")  # of rolls: words of the platform, like "code"
_PARAMETER = re.compile(r"(?<=[?&])([^=&#]+)=([^&#]*)")
_PERSON = re.compile(
    r"(?:^|(?<=/))((?:user|users|people|person|member|members|author|profile|account|u)/)([^?#]+)", re.IGNORECASE
)


def public_name(address: str, *, hides_people: bool = False) -> str:
    """The address or route without account and values that open something; if told so, without numbers of people.

    A digest stands in their place, so that two addresses that differ there keep two names. Others stay as they are.
    """
    scheme, mark, rest = address.rpartition("://")
    host, slash, path = rest.partition("/") if mark else ("", "", rest)
    head = f"{scheme}{mark}{host.rpartition('@')[2]}{slash}"
    if hides_people:
        path = _PERSON.sub(lambda found: found[1] + _digest(found[2]), path)
    return head + _PARAMETER.sub(_hidden, path)


def _hidden(found: re.Match[str]) -> str:
    is_open = not found[2] or "{" in found[2] or not _SECRET.fullmatch(unquote(found[1]))
    return found[0] if is_open else f"{found[1]}={_digest(found[2])}"


def _digest(text: str) -> str:
    return "~" + sha256(text.encode()).hexdigest()[:8]


def texts_of(value: object) -> Iterator[str]:
    """Every text inside options, however deep; keys of mappings too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from texts_of(key)
            yield from texts_of(child)
    elif isinstance(value, list | tuple | set | frozenset):
        for child in value:
            yield from texts_of(child)


def has_account(address: str) -> bool:
    """True for an address with a user or a password in it."""
    scheme, mark, rest = address.partition("://")
    return scheme in ("http", "https") and bool(mark) and "@" in re.split(r"[/?#]", rest, maxsplit=1)[0]


def secrets_in(value: object) -> Iterator[str]:
    """What the log must not show of the addresses in options: passwords and values that open something."""
    for text in texts_of(value):
        for found in _PARAMETER.finditer(text):
            if _hidden(found) != found[0]:
                yield from (found[2], unquote(found[2]))
        if has_account(text):
            yield from unquote(urlsplit(text).netloc.rpartition("@")[0]).split(":")
    yield from _named(value)


def _named(value: object) -> Iterator[str]:
    """The values of parameters and headers that are written as mappings."""
    if isinstance(value, Mapping):
        for key, child in value.items():
            if isinstance(child, str) and "{" not in child and _SECRET.fullmatch(str(key)):
                yield child
            if key not in _TABLES:
                yield from _named(child)
    elif isinstance(value, list | tuple):
        for child in value:
            yield from _named(child)
