"""Risk words: a level that the model cannot outvote silently."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ahocorasick
import numpy as np

from nlp.features import FloatArray

LEXICON = Path(__file__).parent.parent / "lexicon" / "risk_words.json"


@dataclass(frozen=True, slots=True)
class RiskWord:
    """One risk word found in a text, with the level it demands here."""

    word: str
    level: int


class RiskWords:
    """Finds the risk words of prepared texts; a damping word close by (辟谣, 反诈 …) takes one level off."""

    def __init__(self, levels: Mapping[int, Sequence[str]], dampers: Sequence[str], window: int) -> None:
        self._window = window
        self._dampers = tuple(dampers)
        self._automaton = ahocorasick.Automaton()
        for level in sorted(levels):  # a word of two levels keeps the higher one
            for word in levels[level]:
                self._automaton.add_word(word, (word, level))
        self._automaton.make_automaton()

    @classmethod
    def load(cls, path: Path = LEXICON) -> "RiskWords":
        """The words of a lexicon file."""
        body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        levels = {int(level): words for level, words in body["levels"].items()}
        return cls(levels, body["dampers"], int(body["window"]))

    def find(self, prepared: str) -> tuple[RiskWord, ...]:
        """Every risk word of a prepared text, in order."""
        found = []
        for last, (word, level) in self._automaton.iter(prepared):
            around = prepared[max(0, last + 1 - len(word) - self._window) : last + 1 + self._window]
            is_damped = any(damper in around for damper in self._dampers)
            found.append(RiskWord(word, level - is_damped))
        return tuple(found)

    def level(self, prepared: str) -> int:
        """The highest level that a word of the text demands; 0 when there is none."""
        return max((word.level for word in self.find(prepared)), default=0)


def raise_to(probabilities: FloatArray, floors: Sequence[int]) -> FloatArray:
    """Probabilities whose most likely level is at least the floor: half of the mass is at or above it.

    What the model says about the levels from the floor upwards keeps its proportions.
    """
    raised = probabilities.copy()
    for row, floor in zip(raised, floors, strict=True):
        above = float(row[floor:].sum())
        if floor and above < 0.5:
            row[floor] += 0.5 - above
            row[:floor] *= 0.5 / max(float(row[:floor].sum()), 1e-9)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def level_of(probabilities: Sequence[float]) -> int:
    """The highest level that is reached with a probability of one half."""
    tail = 0.0
    for level in (3, 2, 1):
        tail += probabilities[level]
        if tail >= 0.5 - 1e-6:
            return level
    return 0
