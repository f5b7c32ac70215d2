"""Which terms can be quoted to people: whole words and names, not pieces of a sentence.

The dictionary does not know the names of new products and tricks and cuts them anywhere. A term that ends in the middle
of something goes on with the same character in nearly every text: it is grown until it does not. Then its parts of
speech are asked: what begins or ends with a particle, a pronoun or a measure word is a piece of a sentence.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

import rjieba

from nlp.text import prepare

_SURE = 0.8  # of the texts go on with the same character
_MOST_GROWN = 4  # characters on each side
_LONGEST = 12
# Parts of speech by their first letter (those of jieba): what may stand inside a term, and what may end it.
_INSIDE = frozenset("nvajlixegbs")
_ENDS = frozenset("nvjlixe")
_BEGINS = frozenset("nvjlixeabs")
_BARE = frozenset("njlixe")  # of one word: a name or a thing, or a verb that the dictionary knows as a word
_LAST = frozenset("贷宝卡通盾行付币券码号员店盘款金费险群器机")  # a single character that ends names of things
_LATIN_NAME = re.compile(r"[a-z]{1,4}[\u3400-\u9fff]{1,4}|[\u3400-\u9fff]{1,4}[a-z]{1,4}[\u3400-\u9fff]{1,4}")
_WEAK = frozenset("不没很太再又还就都也")  # what they begin says something of a thing and names none
_WAYS = frozenset(a + b for a in "进出上下回过起" for b in "来去")


@cache
def _tagger() -> rjieba.Jieba:
    return rjieba.Jieba()


def whole(term: str, texts: Sequence[str]) -> str | None:
    """The term with its ends complete, or None where it is no word or name. `texts`: those that hold it."""
    grown = _grown(term, [prepare(text) for text in texts])
    return grown if is_quotable(grown) else None


def is_quotable(term: str) -> bool:
    """Whether it reads as a word, a name or a phrase."""
    parts = [(word, tag[:1]) for word, tag in _tagger().tag(term) if word.strip()]
    if not parts or len(term) < 2 or term[0] in _WEAK or term in _WAYS:
        return False
    if _LATIN_NAME.fullmatch(term):
        return True
    if len(parts) > 1 and len(parts[-1][0]) == 1 and term[-1] not in _LAST:
        return False
    if len(parts) == 1:
        word, kind = parts[0]
        return kind in _BARE or (kind == "v" and len(word) > 1)
    kinds = [kind for _, kind in parts]
    last = kinds[-1] in _ENDS or term[-1] in _LAST
    return kinds[0] in _BEGINS and last and all(kind in _INSIDE for kind in kinds[:-1])


def _grown(term: str, texts: Iterable[str]) -> str:
    known = list(texts)
    for side in (1, -1):
        for _ in range(_MOST_GROWN):
            more = _next(term, known, side) if _is_cut(term, side) and len(term) < _LONGEST else ""
            if not more:
                break
            term = term + more if side == 1 else more + term
    return term


def _is_cut(term: str, side: int) -> bool:
    """Whether the outermost word is a single character, as what the dictionary does not know falls apart."""
    words = _tagger().cut(term)
    return len(words[-1] if side == 1 else words[0]) == 1


def _next(term: str, texts: Sequence[str], side: int) -> str:
    """The character that nearly every text has beside the term; "" where they differ."""
    beside: Counter[str] = Counter()
    for text in texts:
        place = text.find(term)
        at = place + len(term) if side == 1 else place - 1
        beside[text[at] if place >= 0 and 0 <= at < len(text) else ""] += 1
    found, count = beside.most_common(1)[0] if beside else ("", 0)
    return found if found.isalnum() and count >= _SURE * len(texts) else ""
