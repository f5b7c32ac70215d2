"""What a reader says about a text when it may also decline to say anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nlp.scorer import MOST_CHARACTERS
from yuqing.domain.annotation import Sentiment
from yuqing.domain.ports import SentimentModel


@dataclass(frozen=True, slots=True)
class Opinion:
    """A stance and the piece of the text that it rests on; our own models give no quote."""

    sentiment: Sentiment
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no opinion."""

    reason: str
    is_down: bool = False  # the reader, not its answer, is to blame


class Reader(Protocol):
    """Says something about texts, or why not."""

    @property
    def name(self) -> str:
        """Who it is."""
        ...

    def judge(self, texts: Sequence[str]) -> Sequence[Opinion | Refusal]:
        """One opinion or refusal per text, in order."""
        ...


@dataclass(frozen=True)
class ModelReader:
    """A stance model has an opinion on every text."""

    model: SentimentModel

    @property
    def name(self) -> str:
        """See Reader.name."""
        return self.model.name

    def judge(self, texts: Sequence[str]) -> Sequence[Opinion | Refusal]:
        """See Reader.judge."""
        cut = [text[:MOST_CHARACTERS] for text in texts]
        return [Opinion(stance) for stance in self.model.predict(cut)]
