"""Text as pairs of neighbouring characters: the tokens under which SQLite's FTS5 finds any piece of Han text.

Han text has no spaces, most words have two characters, and a query must find any piece of a text. A pair is a whole
word for most queries and exact by itself; a longer term is the conjunction of its pairs, verified afterwards; a
single character is a prefix of pairs. The tokeniser `ascii` keeps every byte above 0x7F and folds nothing else, so
only the ASCII characters that it would drop have to be moved out of its way.
"""

from itertools import pairwise

END = "\U000f0200"  # stands behind the last character, so that it starts a pair too
_MOVED = {code: 0xF0000 + code for code in range(128) if not chr(code).isalnum()}
# Real characters of that private plane would be mistaken for the moved ones.
_MOVED |= dict.fromkeys((*range(983040, 983296), ord(END)), 983296)
_AMBIGUOUS = frozenset(chr(code) for code in (*range(0xF0000, 0xF0100), ord(END), 0xF0100))
_MOST_PAIRS = 12


def encodable(normal: str) -> str:
    """The text with lone surrogates replaced: UTF-8, and so SQLite, has no form for them."""
    return normal.encode("utf-8", "replace").decode()


def grams(normal: str) -> str:
    """The tokens of a normalised text."""
    moved = normal.translate(_MOVED)
    return " ".join({a + b for a, b in zip(moved, moved[1:] + END, strict=False)})


def match_expression(term: str) -> str:
    """The FTS5 query for texts that may hold a term."""
    moved = term.translate(_MOVED)
    if len(moved) == 1:
        return f'"{moved}" *'
    pairs = dict.fromkeys(a + b for a, b in pairwise(moved))
    return " ".join(f'"{pair}"' for pair in list(pairs)[:_MOST_PAIRS])


def is_exact(term: str) -> bool:
    """True when the FTS5 query alone decides."""
    return len(term) <= 2 and not _AMBIGUOUS & set(term)
