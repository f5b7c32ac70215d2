"""Other ways to write the same: dodged filters, homophones, pinyin, dialect and emoji become the common spelling.

Works on folded text. Nothing is guessed: what is rewritten stands in `lexicon/variants.json`, and characters are
pulled together only where single Han characters stand apart or a listed word is broken up.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import ahocorasick

from nlp.folding import fold

LEXICON = Path(__file__).parent / "lexicon" / "variants.json"
_HAN = r"[\u3400-\u9fff]"
_SYMBOL = r"[ \-_.·*/\\|~+=^`'\"&%$#…—–。\u2600-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff\ufe0f]"
# 取-不-出-钱: at least three single characters, each apart from its neighbours.
_APART = re.compile(rf"(?<!{_HAN}){_HAN}(?:{_SYMBOL}{{1,3}}{_HAN}){{2,}}(?!{_HAN})")
_SYMBOLS = re.compile(rf"{_SYMBOL}+")
_GAP = re.compile(rf"(?<={_HAN})(?!。){_SYMBOL}{{1,3}}(?={_HAN})")
_TOUCHED = re.compile(rf"{_HAN}{_SYMBOL}{{1,3}}{_HAN}")
_MODIFIER = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
_REPEATED = re.compile(r"(\[[^\[\]\s]{1,4}\])\1{3,}")
_LETTER = re.compile(r"[a-z]")


class Variants:
    """The tables of one lexicon file, ready to rewrite texts."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._automaton = ahocorasick.Automaton()
        for variant, word in _pairs(body):
            key = _MODIFIER.sub("", fold(variant))
            if key != word:  # 轉賬 is 转账 already
                self._automaton.add_word(key, (len(key), word))
        self._automaton.make_automaton()
        self._faces = re.compile("|".join(map(re.escape, body["faces"])))
        self._broken = re.compile("|".join(f"{_SYMBOL}{{1,3}}".join(word) for word in body["broken"]))

    @classmethod
    def load(cls, path: Path = LEXICON) -> "Variants":
        """The tables of a file."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def rewrite(self, folded: str) -> str:
        """The text in the common spelling; what is in no table stays as it is."""
        text = self.joined(_MODIFIER.sub("", folded))
        pieces, at = [], 0
        for last, (length, word) in self._automaton.iter_long(text):
            start = last + 1 - length
            if start >= at and not _is_inside_word(text, start, last + 1):
                pieces += [text[at:start], word]
                at = last + 1
        text = "".join([*pieces, text[at:]]) if pieces else text
        return _REPEATED.sub(r"\1\1\1", text) if "][" in text else text

    def without_faces(self, rewritten: str) -> str:
        """The text without its feelings: they say how somebody speaks, not about what."""
        return self._faces.sub("", rewritten) if "[" in rewritten else rewritten

    def joined(self, folded: str) -> str:
        """The text without the symbols that keep the characters of words apart."""
        if not _TOUCHED.search(folded):
            return folded
        return self._broken.sub(_without_symbols, _APART.sub(_without_symbols, folded))


@cache
def variants() -> Variants:
    """The shipped tables, read once."""
    return Variants.load()


def squeezed(folded: str) -> tuple[str, list[int]] | None:
    """The text without any symbol between two Han characters, and where each character stood; None: there is none."""
    if not _TOUCHED.search(folded):
        return None
    kept: list[int] = []
    at = 0
    for gap in _GAP.finditer(folded):
        kept += range(at, gap.start())
        at = gap.end()
    kept += range(at, len(folded))
    return "".join([folded[index] for index in kept]), [*kept, len(folded)]


def _without_symbols(found: re.Match[str]) -> str:
    return _SYMBOLS.sub("", found.group())


def _is_inside_word(text: str, start: int, end: int) -> bool:
    """True for letters that are part of a longer foreign word: `lj` in `sljw`."""
    before = start > 0 and _LETTER.match(text[start]) and _LETTER.match(text[start - 1])
    after = end < len(text) and _LETTER.match(text[end - 1]) and _LETTER.match(text[end])
    return bool(before or after)


def _pairs(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every variant with the word that it stands for."""
    for group in ("spell", "letters", "talk", "faces"):
        for word, written in body[group].items():
            yield from ((variant, word) for variant in written)
    for word, sounds in body["pinyin"].items():
        yield from ((variant, word) for variant in _half_spelled(word, sounds.split()))


def _half_spelled(word: str, sounds: Sequence[str]) -> Iterator[str]:
    """The word with some, but not all, of its characters as pinyin; one letter alone is no pinyin."""
    for choice in product((False, True), repeat=len(word)):
        if (
            any(choice)
            and not all(choice)
            and all(len(sound) > 1 for sound, is_in in zip(sounds, choice, strict=True) if is_in)
        ):
            yield "".join(sound if is_in else char for char, sound, is_in in zip(word, sounds, choice, strict=True))
