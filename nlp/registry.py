"""Models by name: `linear`, `encoder`, both as `ensemble` or `cascade`, `snownlp`, `hf:PATH_OR_ID`."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from nlp.match import SubjectMatcher
from nlp.scorer import DefaultScorer
from nlp.sentiment.ensemble import EncoderSentiment, EnsembleSentiment
from nlp.sentiment.linear import LinearSentiment
from nlp.topics.blended import BlendedTopics
from nlp.topics.linear import LinearTopics
from yuqing.domain.errors import ModelError
from yuqing.domain.ports import SentimentModel, TopicModel
from yuqing.domain.subject import Subject

if TYPE_CHECKING:
    from nlp.encoder import Encoder

DEFAULT = "linear"
WITH_ENCODER = ("encoder", "ensemble", "cascade")


@cache
def shared_encoder() -> "Encoder":
    """One session for all scorers of a process; imported late, since ONNX Runtime costs start-up time and memory."""
    from nlp.encoder import Encoder

    return Encoder.load()


def _with_encoder(name: str) -> EncoderSentiment | EnsembleSentiment:
    if name == "encoder":
        return EncoderSentiment(shared_encoder())
    return EnsembleSentiment(LinearSentiment.load(), shared_encoder(), is_cascade=name == "cascade")


def load_sentiment(name: str = DEFAULT) -> SentimentModel:
    """The stance model of this name. Raises ModelError when it is unknown or cannot be loaded."""
    if name == "linear":
        return LinearSentiment.load()
    if name in WITH_ENCODER:
        return _with_encoder(name)
    if name == "snownlp":
        from nlp.sentiment.snownlp_baseline import SnowNlpSentiment

        return SnowNlpSentiment()
    if name.startswith("hf:"):
        from nlp.sentiment.huggingface import HuggingFaceSentiment

        return HuggingFaceSentiment.load(name.removeprefix("hf:"))
    if name == "endpoint":
        raise ModelError("endpoint 不作打分模型：它的判断不进库、不参与预警，只用于 yuqing classify --model endpoint")
    raise ModelError(
        f"没有名为 {name} 的情感模型；可用：linear、encoder、ensemble、cascade、snownlp、hf:模型目录或名称"
    )


def load_topics(name: str = DEFAULT) -> TopicModel:
    """The topic and severity model that goes with a stance model of this name.

    Where the stance model has the transformer read a text, topics and severity are of both models. Raises ModelError
    when the name is unknown.
    """
    if name in WITH_ENCODER:
        return BlendedTopics(LinearTopics.load(), shared_encoder(), _with_encoder(name))
    if name == DEFAULT or name == "snownlp" or name.startswith("hf:"):
        return LinearTopics.load()
    raise ModelError(f"没有名为 {name} 的话题模型；可用：linear、encoder、ensemble、cascade")


def default_scorer(subjects: Sequence[Subject], sentiment: str = DEFAULT) -> DefaultScorer:
    """The scorer of the product: the named stance model, its topics, stance per subject."""
    return DefaultScorer(load_sentiment(sentiment), load_topics(sentiment), SubjectMatcher(subjects))
