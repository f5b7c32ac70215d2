"""One form of characters for comparison: NFKC, case-folded, simplified, each character on its own."""

import unicodedata
from functools import cache

from opencc import OpenCC

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
