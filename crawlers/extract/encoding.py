"""Bytes to text for pages whose declared encoding may be missing or wrong."""

import codecs
import re
from collections.abc import Mapping

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,30})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,30})["']""", re.IGNORECASE)
_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,30})", re.IGNORECASE)
_PROOF = 12  # so many bytes beyond ASCII that form valid UTF-8 are no accident
_TOLERABLE = 0.01
_ASCII = bytes(range(128))
_WESTERN = re.compile("[\u0080-\u009f]|[\u00a1-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192]{2}")
# gb2312 and gbk pages use characters of the larger set.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "iso-8859-1": "cp1252"}


def _known(name: str) -> str | None:
    try:
        plain = codecs.lookup(name).name
    except LookupError:
        return None
    return _WIDER.get(name.lower(), _WIDER.get(plain, plain))


def _declared(body: bytes, headers: Mapping[str, str]) -> list[str]:
    found = _HEADER.search(headers.get("content-type", ""))
    names = [found.group(1)] if found else []
    head = body[:4096]
    names += [match.group(1).decode("ascii", "replace") for p in (_XML, _META) if (match := p.search(head))]
    return [known for name in names if (known := _known(name))]


def _damage(text: str) -> float:
    """The share of characters that betray a wrong decoding: Chinese read as western letters, or not at all."""
    bad = text.count("\ufffd") + text.count("锟") + len(_WESTERN.findall(text))
    return bad / max(len(text), 1)


def _as_utf8(body: bytes) -> str | None:
    """The text where its form proves UTF-8: a page of Chinese in another encoding is as good as never valid."""
    return _decoded(body, "utf-8") if len(body.translate(None, _ASCII)) >= _PROOF else None


def _decoded(body: bytes, encoding: str) -> str | None:
    """The text, None where the bytes are not of this encoding. Half a character at the end was cut off on the way."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(body, False)
    except UnicodeDecodeError:
        return None


def decode(body: bytes, headers: Mapping[str, str] | None = None) -> str:
    """The text: by byte order mark, by the form of UTF-8, by the first declaration that fits, else GB18030.

    Header and page may contradict each other, and either may be wrong: a declaration counts only where the bytes
    read as text under it.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    if proven := _as_utf8(body):
        return proven
    for encoding in [*_declared(body, headers or {}), "utf-8", "gb18030"]:
        text = _decoded(body, encoding)
        if text is not None and _damage(text) < _TOLERABLE:
            return text
    return min((body.decode(encoding, "replace") for encoding in ("utf-8", "gb18030")), key=_damage)
