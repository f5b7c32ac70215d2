"""What reads as a whole word or phrase: begins and ends where a speaker would, and is short enough to be said.

The tags of jieba are a hint, no more (更新 is an adverb to it): the function words, which are a closed class, are
listed in nlp/lexicon/words.json.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache

from nlp.segment import LEXICON, Segmenter

_FUNCTION_KINDS = frozenset("rcuyeoqpfm")  # pronouns, conjunctions, particles, measures, prepositions, numbers …
_LATIN_NAME = re.compile(r"[a-z]{1,4}[\u3400-\u9fff]{1,2}|[\u3400-\u9fff][a-z]{1,4}[\u3400-\u9fff]{1,2}")  # u盾, 融e联
_ASKED = re.compile(r"(.)[不没]\1")  # 坑不坑
_NOMINAL_KINDS = frozenset("nbseijlxg")
_SAID = 7  # characters of a phrase with function words inside
_SAID_PLAIN = 10
_SAID_NAME = 12
Part = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Lists:
    """The word lists of the lexicon."""

    stop: frozenset[str]  # say nothing by themselves and begin no phrase
    edges: frozenset[str]  # besides, no phrase ends with them
    weak: frozenset[str]  # adverbs and the like: no phrase begins or ends with them
    never: frozenset[str]  # speak to somebody or ask: a sentence, no phrase
    denials: frozenset[str]  # a single character behind them ends a phrase: 不让取, 很难用
    outcomes: frozenset[str]  # end a verb: 卡死
    denied_outcomes: frozenset[str]  # end a verb that is denied: 没收到
    qualities: frozenset[str]  # end a phrase behind a thing: 态度差
    light: frozenset[str]  # adverbs inside a phrase that make no sentence of it: 客服电话也打不通
    tails: frozenset[str]  # add nothing to a verb that is complete: 登录不上去
    particles: frozenset[str]  # characters that begin no word that the dictionary does not know


@cache
def lists() -> Lists:
    """Those of nlp/lexicon/words.json, read once."""
    body = json.loads(LEXICON.read_text(encoding="utf-8"))
    found = {each.name: frozenset(body[each.name]) for each in fields(Lists)}
    return Lists(**{**found, "edges": found["edges"] | found["stop"]})


class Phrases:
    """Judges terms; remembers its judgements."""

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter
        self._lists = lists()
        self._parts: dict[str, tuple[Part, ...]] = {}

    def is_whole(self, term: str) -> bool:
        """Whether a term begins and ends where a word or a phrase does."""
        parts = self._taken_apart(term)
        if _LATIN_NAME.fullmatch(term) and not any(map(self.is_particle, term)):
            return True
        if _ASKED.search(term) or term in self._lists.weak:
            return False
        if not parts or self._opens_nothing(parts[0]) or any(word in self._lists.never for word, _ in parts):
            return False
        word, _ = parts[-1]
        if len(parts) == 1:
            is_rest = word in self._lists.edges or word in self._lists.tails or self._is_complement(word)
            return len(word) > 1 and not is_rest
        if len(word) == 1:
            return self._ends(parts)
        if self._is_complement(word):
            return parts[-2][1][0] == "v"
        return word not in self._lists.edges and not self._is_function(parts[-1])

    def is_compact(self, term: str) -> bool:
        """Whether it can be said in one breath: a name may be longer than a phrase, a phrase than half a sentence."""
        if len(term) <= _SAID:
            return True
        parts = self._taken_apart(term)
        if all(kind[0] in _NOMINAL_KINDS for _, kind in parts):
            return len(term) <= _SAID_NAME
        return self.is_plain(term) and len(term) <= _SAID_PLAIN

    def hangs(self, term: str) -> bool:
        """Whether its last word is a verb, which may want an object."""
        return self._taken_apart(term)[-1][1][0] == "v"

    def is_plain(self, term: str) -> bool:
        """Whether no function word stands inside."""
        parts = self._taken_apart(term)
        return not any(self.is_particle(word) and word not in self._lists.light for word, _ in parts)

    def is_flourish(self, term: str) -> bool:
        """Whether it is an idiom, which says how and not what: 天荒地老."""
        parts = self._taken_apart(term)
        return len(parts) == 1 and parts[0][1] == "i"

    def bare(self, term: str) -> str:
        """Without the function words inside; denials stay."""
        known = self._lists.stop | self._lists.weak
        return "".join(word for word, _ in self._taken_apart(term) if word not in known)

    def is_particle(self, word: str) -> bool:
        """Whether a word adds nothing to the phrase beside it."""
        return word in self._lists.edges or word in self._lists.weak

    def is_outcome(self, word: str) -> bool:
        """Whether a word may complete the verb before it."""
        return word == "中" or (word in self._lists.denied_outcomes and word != "了")

    def is_coined(self, word: str) -> bool:
        """Whether the dictionary does not have it, so that it may be cut anywhere."""
        return not self._segmenter.knows(word)

    def adds_nothing(self, rest: str) -> bool:
        """Whether what one term has beyond another is only a tail: 登录不上去 says 登录不上."""
        return all(word in self._lists.tails for word, _ in self._taken_apart(rest))

    def _opens_nothing(self, part: Part) -> bool:
        return part[0] in self._lists.tails or self._is_complement(part[0]) or self._is_function(part)

    def _is_complement(self, word: str) -> bool:
        """不了, 不上: what a verb was cut from; of most the dictionary knows nothing."""
        return word == "不了" or (len(word) == 2 and word[0] in "不没" and self.is_coined(word))

    def _taken_apart(self, term: str) -> tuple[Part, ...]:
        if term not in self._parts:
            self._parts[term] = tuple((word, kind) for word, kind in self._segmenter.tagged(term) if word.strip())
        return self._parts[term]

    def _is_function(self, part: Part) -> bool:
        word, kind = part
        if word in self._lists.stop or word in self._lists.weak:
            return True
        if self.is_coined(word):  # its tag is a guess
            return word[0] in self._lists.particles
        return kind[0] in _FUNCTION_KINDS

    def _ends(self, parts: Sequence[Part]) -> bool:
        """Whether a single character ends a phrase: names of things do, verbs only with what completes them."""
        (before, its_kind), (word, kind) = parts[-2:]
        if word == "了":
            return len(before) == 1 and its_kind[0] in "va" and before not in self._lists.edges
        if word == "中":
            return its_kind[0] == "v" and len(before) > 1
        if before in self._lists.denials:
            return kind[0] in "vapn"
        if kind[0] == "n":
            return not self.is_particle(word)
        if word in self._lists.qualities:
            return its_kind[0] == "n"
        return self._completes(word, parts)

    def _completes(self, word: str, parts: Sequence[Part]) -> bool:
        before, its_kind = parts[-2]
        if its_kind[0] not in "va" and before[0] not in "不没":
            return False
        is_denied = any(each[0] in "不没未无" for each, _ in parts)
        return word in self._lists.outcomes or (is_denied and word in self._lists.denied_outcomes)
