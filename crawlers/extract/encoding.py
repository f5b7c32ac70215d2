"""Bytes to text for pages whose declared encoding may be missing or wrong."""

import codecs
import re
from collections.abc import Mapping

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,30})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,30})["']""", re.IGNORECASE)
_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,30})", re.IGNORECASE)
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
    """The share of characters that betray a wrong decoding."""
    bad = sum(text.count(sign) for sign in ("\ufffd", "Ã", "Â", "å", "ä¸", "Ö", "Ð", "锟"))
    return bad / max(len(text), 1)


def decode(body: bytes, headers: Mapping[str, str] | None = None) -> str:
    """The text: by byte order mark, by a declaration that fits, else UTF-8, else GB18030."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    for encoding in [*_declared(body, headers or {}), "utf-8", "gb18030"]:
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _damage(text) < 0.01:
            return text
    return min((body.decode(encoding, "replace") for encoding in ("utf-8", "gb18030")), key=_damage)
