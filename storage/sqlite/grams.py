"""Text as pairs of neighbouring characters: the tokens under which SQLite's FTS5 finds any piece of Han text.

Han text has no spaces, most words have two characters, and a query must find any piece of a text. A pair is a whole
word for most queries and exact by itself; a longer term is the conjunction of its pairs, verified afterwards; a
single character is a prefix of pairs. The tokeniser `ascii` keeps every byte above 0x7F; with PUNCTUATION as token
characters only blanks and control characters have to be moved out of its way.
"""

import re
from itertools import pairwise
from operator import add

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
# Full-width capitals never occur in a normalised text (NFKC and case folding replace them), so they can stand for
# what a token cannot hold, and for the end, which makes the last character start a pair too.
_BLANK, _CONTROL, _END = "\uff21", "\uff22", "\uff23"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_MOST_PAIRS = 12


def encodable(normal: str) -> str:
    """The text with lone surrogates replaced: UTF-8, and so SQLite, has no form for them."""
    return normal.encode("utf-8", "replace").decode()


def grams(normal: str) -> str:
    """The tokens of a normalised text."""
    moved = _moved(normal)
    return " ".join(map(add, moved, moved[1:] + _END))


def match_expression(term: str) -> str:
    """The FTS5 query for texts that may hold a term."""
    moved = _moved(term)
    if len(moved) == 1:
        return f"{_quoted(moved)} *"
    pairs = dict.fromkeys(map("".join, pairwise(moved)))
    return " ".join(_quoted(pair) for pair in list(pairs)[:_MOST_PAIRS])


def is_exact(term: str) -> bool:
    """True when the FTS5 query alone decides."""
    return len(term) <= 2 and not _CONTROLS.search(term)


def _moved(normal: str) -> str:
    return _CONTROLS.sub(_CONTROL, normal.replace(" ", _BLANK))


def _quoted(token: str) -> str:
    return '"' + token.replace('"', '""') + '"'
