"""SnowNLP: the named baseline. It learned from shop reviews and is never the default."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from yuqing.domain.annotation import Sentiment, SentimentLabel


@cache
def _scorer() -> Any:
    # Imported late: SnowNLP unpacks its dictionaries for seconds, and nobody pays for that who does not ask for it.
    from snownlp import SnowNLP

    return SnowNLP


@dataclass(frozen=True, slots=True)
class SnowNlpSentiment:
    """SnowNLP's positive score cut at two thresholds. The neutral share grows towards the middle of the scale."""

    negative_below: float = 0.35
    positive_above: float = 0.65

    @property
    def name(self) -> str:
        """Name and version."""
        return "snownlp-0.12.3"

    def predict(self, texts: Sequence[str]) -> Sequence[Sentiment]:
        """One stance per text, in order; not calibrated."""
        return [self._sentiment(text) for text in texts]

    def _sentiment(self, text: str) -> Sentiment:
        # SnowNLP divides by zero on a text without words.
        positive = float(_scorer()(text).sentiments) if text.strip() else 0.5
        neutral = 1 - abs(2 * positive - 1)
        label = SentimentLabel.NEUTRAL
        if positive < self.negative_below:
            label = SentimentLabel.NEGATIVE
        elif positive > self.positive_above:
            label = SentimentLabel.POSITIVE
        rest = 1 - neutral
        return Sentiment(label, rest * (1 - positive), neutral, rest * positive)
