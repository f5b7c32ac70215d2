"""How a foreign checkpoint's labels become stances; the checkpoint itself is a fake, so no PyTorch is needed."""

from pathlib import Path

import pytest

from nlp.sentiment.huggingface import BATCH, HuggingFaceSentiment
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.errors import ModelError


class FakeClassifier:
    """Says what was prepared for each text, and remembers the sizes of its batches."""

    def __init__(self, rows: dict[str, list[float]]) -> None:
        self._rows = rows
        self.batches: list[int] = []

    def __call__(self, texts: list[str]) -> list[list[float]]:
        self.batches.append(len(texts))
        return [self._rows[text] for text in texts]


def test_texts_are_asked_in_batches_and_answered_in_order() -> None:
    """The last batch is what is left; nothing asked is nothing answered."""
    classifier = FakeClassifier({"好": [0.1, 0.9], "差": [0.8, 0.2]})
    model = HuggingFaceSentiment("some/model", {0: "negative", 1: "positive"}, classifier)
    answers = model.predict(["好", "差"] * BATCH + ["差"])
    assert classifier.batches == [BATCH, BATCH, 1]
    labels = [answer.label for answer in answers]
    assert labels == [SentimentLabel.POSITIVE, SentimentLabel.NEGATIVE] * BATCH + [SentimentLabel.NEGATIVE]
    assert (answers[0].negative, answers[0].neutral, answers[0].positive) == (0.1, 0, 0.9)
    assert model.predict([]) == []


def test_labels_of_one_stance_are_added_up() -> None:
    """Five stars are three stances: two small shares may outweigh a larger one."""
    stars = {str(index): f"{index + 1} stars" for index in range(5)}  # config.json keeps its keys as text
    classifier = FakeClassifier({"一般": [0.25, 0.25, 0.3, 0.15, 0.05]})
    model = HuggingFaceSentiment("some/model", stars, classifier)  # type: ignore[arg-type]
    (answer,) = model.predict(["一般"])
    assert answer.label is SentimentLabel.NEGATIVE
    assert (answer.negative, answer.neutral, answer.positive) == pytest.approx((0.5, 0.3, 0.2))


@pytest.mark.parametrize(
    ("labels", "reason"),
    [({0: "LABEL_0", 1: "LABEL_1"}, "LABEL_0"), ({0: "negative", 1: "neutral"}, "缺少负面或正面")],
    ids=["nameless", "nothing positive"],
)
def test_labels_that_say_no_stance_are_refused(labels: dict[int, str], reason: str) -> None:
    """Guessing which output is the negative one would turn the scores round."""
    with pytest.raises(ModelError, match=reason):
        HuggingFaceSentiment("some/model", labels, FakeClassifier({}))


def test_the_name_tells_two_checkpoints_apart(tmp_path: Path) -> None:
    """A hub model by its commit, a folder by its content: stored scores say whose they are."""
    labels = {0: "negative", 1: "positive"}
    assert HuggingFaceSentiment("some/model", labels, FakeClassifier({}), "0123456789abcdef").name == (
        "hf:some/model@0123456789ab"
    )
    assert HuggingFaceSentiment("some/model", labels, FakeClassifier({})).name == "hf:some/model"
    names = set()
    for content in ("first", "second"):
        (tmp_path / "model.safetensors").write_text(content)
        names.add(HuggingFaceSentiment(str(tmp_path), labels, FakeClassifier({})).name)
    assert len(names) == 2
