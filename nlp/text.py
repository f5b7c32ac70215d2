"""Text in one form: folded for comparison, cut into own words and sentences, prepared for the models."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from opencc import OpenCC

_REPOST = re.compile(r"//\s*@[^\s:：/@]{1,40}\s*[:：]?")
_SENTENCE_END = re.compile(r"[。！？!?；;\n]+[”’」』）)\]】]*|…+|\.{3,}")
_URL = re.compile(r"(?:https?://|www\.)[A-Za-z0-9./?=&%#_~:@+,\-]+", re.IGNORECASE)
_MENTION = re.compile(r"@[\w\-·]{1,30}")
_HASHTAG = re.compile(r"#([^#\n]{1,40})#")
_ZERO_WIDTH = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


class _Folder(dict[int, str]):
    """Translation table filled on demand: NFKC, case-folded, simplified, white space as a blank, zero width gone."""

    def __missing__(self, codepoint: int) -> str:
        folded = self[codepoint] = _fold_character(chr(codepoint))
        return folded


def _fold_character(character: str) -> str:
    if character in _ZERO_WIDTH:
        return ""
    if character.isspace():
        return " "
    plain = unicodedata.normalize("NFKC", character).casefold()
    # Character by character, never by phrase: offsets in the folded text must lead back to the original.
    return str(_simplifier().convert(plain)) if plain >= "\u3400" else plain


_FOLDER = _Folder()


def fold(text: str) -> str:
    """The form in which texts and aliases are compared; each character is folded on its own."""
    return text.translate(_FOLDER)


def fold_offsets(text: str) -> list[int]:
    """For each character of `fold(text)` and for its end, the index in `text` where it comes from."""
    offsets = [index for index, character in enumerate(text) for _ in _FOLDER[ord(character)]]
    return [*offsets, len(text)]


def own_words(text: str) -> str:
    """What the poster wrote: everything before the first `//@somebody:` of a repost chain."""
    found = _REPOST.search(text)
    return text[: found.start()].rstrip() if found else text


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it stands in its text."""

    start: int
    end: int
    text: str


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a text in order, without surrounding white space; none is empty."""
    start = 0
    for end in [*(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]:
        piece = text[start:end]
        if body := piece.strip():
            left = start + len(piece) - len(piece.lstrip())
            yield Sentence(left, left + len(body), body)
        start = end


def prepare(text: str) -> str:
    """The text as the models read it: folded, URLs and @names as signs, hashtags opened, spaces gone.

    Emoji and [表情] codes stay as they are: they carry feeling.
    """
    folded = fold(text)
    if "://" in folded or "www." in folded:
        folded = _URL.sub("⟨u⟩", folded)
    if "@" in folded:
        folded = _MENTION.sub("⟨a⟩", folded)
    if "#" in folded:
        folded = _HASHTAG.sub(r"\1 ", folded)
    return " ".join(folded.split())
