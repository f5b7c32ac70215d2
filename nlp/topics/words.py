"""Topic words: rare topics that a phrase names beyond doubt."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ahocorasick
import numpy as np

from nlp.features import FloatArray

LEXICON = Path(__file__).parent.parent / "lexicon" / "topic_words.json"


class TopicWords:
    """Lifts the probability of a topic whose phrase occurs in a prepared text."""

    def __init__(self, topics: Mapping[str, Sequence[str]], ids: Sequence[str], probability: float) -> None:
        self._probability = probability
        self._automaton = ahocorasick.Automaton()
        for topic, words in topics.items():
            for word in words:
                self._automaton.add_word(word, ids.index(topic))
        self._automaton.make_automaton()

    @classmethod
    def load(cls, ids: Sequence[str], path: Path = LEXICON) -> "TopicWords":
        """The words of a lexicon file; `ids` gives the column of each topic."""
        body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(body["topics"], ids, float(body["probability"]))

    def lift(self, probabilities: FloatArray, prepared: Sequence[str]) -> FloatArray:
        """The probabilities, raised where a phrase names the topic."""
        lifted = probabilities.copy()
        for row, text in zip(lifted, prepared, strict=True):
            for _, column in self._automaton.iter(text):
                row[column] = max(row[column], self._probability)
        return np.asarray(lifted, dtype=np.float32)
