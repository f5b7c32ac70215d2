"""Words of Chinese text: the dictionary of jieba, the words of the trade, our own names. Not for the models."""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import rjieba

from nlp.text import prepare

LEXICON = Path(__file__).parent / "lexicon" / "words.json"
_SURE = 20_000  # a frequency beyond that of any way to take a name apart
_SIGN = re.compile(r"\[[^\[\]\s]{1,6}\]|⟨[ua]⟩")
_WORD = re.compile(r"[\u3400-\u9fff]+|[a-z][a-z0-9+.\-]*[a-z0-9+]|[a-z]")


class Segmenter:
    """Cuts texts into words; `names` are never taken apart."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._jieba = rjieba.Jieba()
        trade = json.loads(LEXICON.read_text(encoding="utf-8"))["trade"]
        for word in (*trade, *names):
            self._jieba.add_word(prepare(word).replace(" ", ""), _SURE, "nz")

    def words(self, text: str) -> list[list[str]]:
        """The words of each unbroken run of a text, in order; punctuation, numbers, emoji and addresses end a run."""
        plain = _SIGN.sub("，", prepare(text))
        return [run for run in self._runs(self._jieba.cut(plain)) if run]

    def tagged(self, term: str) -> list[tuple[str, str]]:
        """The words of a term with the part of speech that the dictionary gives each."""
        return list(self._jieba.tag(term))

    def knows(self, word: str) -> bool:
        """Whether a word is in the dictionary."""
        return bool(self._jieba.has_word(word))

    def _runs(self, pieces: Iterable[str]) -> Iterable[list[str]]:
        run: list[str] = []
        for piece in pieces:
            if _WORD.fullmatch(piece):
                run.append(piece)
            else:
                yield run
                run = []
        yield run


@cache
def plain_segmenter() -> Segmenter:
    """A segmenter without names of its own, built once: the dictionary takes a third of a second."""
    return Segmenter()
