"""Text in one form: folded for comparison, cut into own words and sentences, prepared for the models."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlp.folding import fold, fold_offsets
from nlp.variants import variants

__all__ = ["Sentence", "fold", "fold_offsets", "own_words", "prepare", "sentences"]

_REPOST = re.compile(r"//\s*@[^\s:：/@]{1,40}\s*[:：]?")
_SENTENCE_END = re.compile(r"[。！？!?；;\n]+[”’」』）)\]】]*|…+|\.{3,}")
_URL = re.compile(r"(?:https?://|www\.)[A-Za-z0-9./?=&%#_~:@+,\-]+", re.IGNORECASE)
_MENTION = re.compile(r"@[\w\-·]{1,30}")
_HASHTAG = re.compile(r"#([^#\n]{1,40})#")


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

    Dodged, dialectal and other uncommon spellings become the common ones; emoji and [表情] codes one code a feeling.
    """
    folded = fold(text)
    if "://" in folded or "www." in folded:
        folded = _URL.sub("⟨u⟩", folded)
    if "@" in folded:
        folded = _MENTION.sub("⟨a⟩", folded)
    if "#" in folded:
        folded = _HASHTAG.sub(r"\1 ", folded)
    return " ".join(variants().rewrite(folded).split())
