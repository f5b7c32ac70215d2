"""Topic cues: words that speak for a topic. How much each counts is learned; none decides anything alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ahocorasick
import numpy as np

from nlp.features import FloatArray
from nlp.linear import LinearModel
from nlp.text import fold

LEXICON = Path(__file__).parent.parent / "lexicon" / "topic_cues.json"


class TopicCues:
    """Counts the cue words of each topic in prepared texts."""

    def __init__(self, topics: Mapping[str, Sequence[str]], ids: Sequence[str]) -> None:
        self._size = len(ids)
        pairs = [(fold(word), ids.index(topic)) for topic, words in topics.items() for word in words]
        columns: dict[str, list[int]] = {}
        for word, column in pairs:
            columns.setdefault(word, []).append(column)
        self._automaton = ahocorasick.Automaton()
        for word, found in columns.items():
            self._automaton.add_word(word, (word, found))
        self._automaton.make_automaton()

    @classmethod
    def load(cls, ids: Sequence[str], path: Path = LEXICON) -> "TopicCues":
        """The words of a lexicon file; `ids` gives the column of each topic."""
        body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(body["topics"], ids)

    def find(self, prepared: Sequence[str]) -> FloatArray:
        """Texts by topics: the logarithm of 1 + how many different words speak for the topic."""
        cells = [
            row * self._size + column
            for row, text in enumerate(prepared)
            for columns in dict(value for _, value in self._automaton.iter(text)).values()
            for column in columns
        ]
        counts = np.bincount(np.array(cells, dtype=np.int64), minlength=len(prepared) * self._size)
        return np.log1p(counts).astype(np.float32).reshape(len(prepared), self._size)


@dataclass(frozen=True, slots=True)
class CuedModel:
    """Scores by n-grams and by cues."""

    linear: LinearModel
    cues: TopicCues
    weights: FloatArray  # (topics, outputs)

    def scores(self, texts: Sequence[str]) -> FloatArray:
        """One row of scores per prepared text, in order."""
        return np.asarray(self.linear.scores(texts) + self.cues.find(texts) @ self.weights, dtype=np.float32)
