"""Words of others inside a message that chat programs render: readable, and without any power.

A post must not bring a link, a mention of everybody, or formatting into a message that the on-call staff trusts. The
dialects of the three vendors differ in how they escape, so the signs of power become their full-width twins.
"""

from urllib.parse import quote

_TWINS = str.maketrans(
    {
        "[": "［",
        "]": "］",
        "<": "＜",
        ">": "＞",
        "*": "＊",
        "_": "＿",
        "`": "｀",
        "~": "～",
        "@": "＠",
        "|": "｜",
        "\\": "＼",
    }
)


def plain(text: object) -> str:
    """One line of plain words."""
    words = " ".join(str(text).split()).translate(_TWINS).replace("://", "：//")
    # At the start of a line these make a heading, a list or a quotation.
    return f"＃{words[1:]}" if words.startswith("#") else words


def address(url: str) -> str:
    """An address that cannot end the brackets around it."""
    return quote(url, safe=":/?#@!$&'*+,;=%-._~")
