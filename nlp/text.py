"""Text in one form: folded for comparison, cut into own words and sentences, prepared for the models."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlp.folding import fold, fold_offsets
from nlp.variants import variants

__all__ = ["Sentence", "fold", "fold_offsets", "is_bare_repost", "own_words", "prepare", "sentences"]

_COLON = r"\s?(?<!http)(?<!https)[:：](?!//)"
_ACCOUNT = r"[@＠][^\s:：/\\|@＠]{1,40}"
# By hand people also write one stroke, or those of another keyboard; then only a colon tells that somebody speaks.
_REPOST = re.compile(
    rf"//\s*@[^\s:：/@]{{1,40}}\s*[:：]?"
    rf"|(?<![A-Za-z0-9./\\|])(?:/|//|\\{{1,2}}|\|{{1,2}})\s*(?P<who>{_ACCOUNT}){_COLON}"
)
# No account stands behind a letter or a digit (mail addresses), and none is a number (times of day).
_QUOTE = re.compile(
    rf"(?:(?:\bRT|转发|转自|转)\s*|(?<![A-Za-z0-9._/-]))(?P<who>(?![@＠]\d+\s?[:：]){_ACCOUNT}){_COLON}", re.IGNORECASE
)
_ANSWERED = re.compile(r"(?:回[复覆復]|reply|[据問问請请由和跟给給对對向])\s*$", re.IGNORECASE)
_NEAR = 12  # characters
_ADDRESSED = re.compile(r"银行|客服|公司|保险|证券|支付|监会|监管|央行|消协")  # people speak to them in the same form
_STROKES = " \t\n\u3000/\\|"
_SPOKEN = re.compile(r"[@＠]\S+|\W+")
_BARE_REPOSTS = frozenset(
    ("", "转发微博", "转发", "轉發微博", "轉發", "repost", "快转微博", "rt", "fw", "via", "分享", "转")
)
_MARKS = " \t\n\u3000:：。.、,，!！~～-—…【】[]()（）"
_SENTENCE_END = re.compile(r"[。！？!?；;\n]+[”’」』）)\]】]*|…+|\.{3,}")
_URL = re.compile(r"(?:https?://|www\.)[A-Za-z0-9./?=&%#_~:@+,\-]+", re.IGNORECASE)
_MENTION = re.compile(r"@[\w\-·]{1,30}")
_HASHTAG = re.compile(r"#([^#\n]{1,40})#")


def own_words(text: str, *, is_repost: bool = False) -> str:
    """What the poster wrote: everything before the first `//@somebody:` of a repost chain.

    Of what is known to be a repost, everything before the first `@somebody:` as well, which opens what was reposted in
    older posts. It is left whole where nothing stands before that, and where `@somebody:` speaks to the one it names.
    """
    strokes = (found for found in _REPOST.finditer(text) if not _ADDRESSED.search(found["who"] or ""))
    found = next(strokes, None)
    own = text[: found.start()].rstrip() if found else text
    return _before_quote(own) if is_repost else own


def _before_quote(text: str) -> str:
    for found in _QUOTE.finditer(text):
        start = found.start()
        is_answered = _ANSWERED.search(text, max(start - _NEAR, 0), start)
        if not is_answered and not _ADDRESSED.search(found["who"]):
            return text[:start].rstrip(_STROKES) if _SPOKEN.sub("", text[:start]) else text
    return text


def is_bare_repost(own: str) -> bool:
    """Whether a poster's own words say no more than that this is a repost."""
    return _URL.sub("", own).strip(_MARKS).casefold() in _BARE_REPOSTS


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
