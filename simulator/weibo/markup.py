"""How a text becomes HTML on Weibo."""

import html
import re
from collections.abc import Callable
from urllib.parse import quote

SHORT_LIMIT = 140
_PARTS = re.compile(r"(?P<topic>#[^#\s]{2,32}#)|(?P<user>@[\w-]{2,30})|(?P<face>\[[一-鿿a-z]{1,8}\])")


def is_long(text: str) -> bool:
    """Whether lists show only the beginning."""
    return len(text) > SHORT_LIMIT


def article_id(mid: str) -> str:
    """The number of the article that a post carries."""
    return f"2309404{mid}"


def shorten(text: str) -> str:
    """What lists show of a long text."""
    return text[: SHORT_LIMIT - 8] if is_long(text) else text


def search_html(text: str) -> str:
    """Paragraph of a search page: topics and mentions are links, faces are images."""
    return _replace(text, _search_topic, _search_face)


def mobile_html(text: str) -> str:
    """`text` of the mobile JSON."""
    return _replace(text, _mobile_topic, _mobile_face)


def _replace(text: str, topic: Callable[[str], str], face: Callable[[str], str]) -> str:
    def render(match: re.Match[str]) -> str:
        word = html.escape(match.group())
        if match.lastgroup == "topic":
            return topic(word)
        if match.lastgroup == "user":
            return f'<a href="//weibo.com/n/{quote(word[1:])}" target="_blank">{word}</a>'
        return face(word)

    parts, end = [], 0
    for match in _PARTS.finditer(text):
        parts += [html.escape(text[end : match.start()]), render(match)]
        end = match.end()
    return "".join([*parts, html.escape(text[end:])])


def _search_topic(word: str) -> str:
    return f'<a href="//s.weibo.com/weibo?q={quote(word)}" target="_blank">{word}</a>'


def _search_face(word: str) -> str:
    return f'<img src="https://face.t.sinajs.cn/t4/invented.png" title="{word}" alt="{word}" class="face" />'


def _mobile_topic(word: str) -> str:
    target = quote(f"231522type=1&q={word}")
    return (
        f'<a href="https://m.weibo.cn/search?containerid={target}" data-hide=""><span class="surl-text">'
        f"{word}</span></a>"
    )


def _mobile_face(word: str) -> str:
    return (
        f'<span class="url-icon"><img alt={word} src="https://h5.sinaimg.cn/m/emoticon/invented.png" '
        f'style="width:1em; height:1em;" /></span>'
    )
