"""The shipped transformer: files checked, answers in order and the same in every batch, floors of plain sentences."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from nlp.encoder import FILES, FOLDER, Encoder
from nlp.registry import load_sentiment
from nlp.sentiment.linear import ORDER
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.errors import ModelError

ENCODER = Encoder.load()
TEXTS = ["太差了", "请问额度多少", "谢谢客服，很满意", "手机银行又闪退，更新之后根本登不上去", "今天天气真好", "😂"] * 3


@pytest.mark.parametrize("name", ["encoder", "ensemble", "cascade"])
@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("什么垃圾银行，服务态度差得要命，再也不用了", SentimentLabel.NEGATIVE),
        ("手机银行又闪退，更新之后根本登不上去，太差了", SentimentLabel.NEGATIVE),
        ("请问信用卡怎么查账单日？", SentimentLabel.NEUTRAL),
        ("很好用，界面清爽，转账方便，五星好评", SentimentLabel.POSITIVE),
        ("", SentimentLabel.NEUTRAL),
    ],
)
def test_plain_stances_are_recognised(name: str, text: str, label: SentimentLabel) -> None:
    """Sentences that leave no doubt, by every way of using the transformer."""
    assert load_sentiment(name).predict([text])[0].label is label


def test_a_text_scores_the_same_alone_and_in_a_batch() -> None:
    """Neighbours and padding change no more than rounding does, and the order is that of the texts."""
    together = ENCODER.heads(TEXTS)
    for index, text in enumerate(TEXTS[:6]):
        alone = ENCODER.heads([text])
        assert all(np.allclose(together[name][index], alone[name][0], atol=1e-3) for name in together)


@pytest.mark.parametrize("name", ["encoder", "ensemble", "cascade"])
def test_answers_are_probabilities_in_order(name: str) -> None:
    """One answer per text, summing to 1; nothing in gives nothing out."""
    answers = load_sentiment(name).predict(TEXTS)
    assert len(answers) == len(TEXTS)
    assert all(abs(a.negative + a.neutral + a.positive - 1) < 1e-5 for a in answers)
    assert {answer.label for answer in answers} <= set(ORDER)
    assert load_sentiment(name).predict([]) == []


def test_a_very_long_text_is_cut_and_answered() -> None:
    """Thousands of characters cost no more than the most tokens a text may have."""
    scores = ENCODER.scores(["银行排队太久了" * 500])
    assert scores.shape == (1, 26)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_refused(tmp_path: Path, name: str) -> None:
    """One changed byte and the model does not load."""
    folder = tmp_path / "encoder"
    shutil.copytree(FOLDER, folder)
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ModelError, match="SHA-256"):
        Encoder.load(folder)


def test_a_missing_folder_and_another_format_are_refused(tmp_path: Path) -> None:
    """The message names the file or the format."""
    with pytest.raises(ModelError, match=r"model\.json"):
        Encoder.load(tmp_path)
    (tmp_path / "model.json").write_text(json.dumps({"format": 99}), encoding="utf-8")
    with pytest.raises(ModelError, match="99"):
        Encoder.load(tmp_path)


def test_the_weights_fit_the_repository() -> None:
    """30 MB at most, all files together."""
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 30_000_000


def test_a_text_is_read_once_until_it_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stance and topics of a batch cost one reading; the answer stays the same when it is read anew."""
    encoder = Encoder.load()
    read: list[str] = []
    scores = encoder.scores
    monkeypatch.setattr(encoder, "scores", lambda texts: (read.extend(texts), scores(texts))[1])
    first = encoder.heads(["太差了", "请问额度多少", "太差了"])
    assert read == ["太差了", "请问额度多少"]
    assert all(np.array_equal(rows[0], rows[2]) for rows in first.values())
    again = encoder.heads(["请问额度多少"])
    assert len(read) == 2
    encoder.forget()
    anew = encoder.heads(["请问额度多少"])
    assert read[2:] == ["请问额度多少"]
    for name in first:
        np.testing.assert_allclose(again[name], anew[name], atol=1e-3)


def test_memory_keeps_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest texts stay, however many were read."""
    monkeypatch.setattr("nlp.encoder.REMEMBERED", 2)
    encoder = Encoder.load()
    read: list[str] = []
    scores = encoder.scores
    monkeypatch.setattr(encoder, "scores", lambda texts: (read.extend(texts), scores(texts))[1])
    encoder.heads(["一", "二", "三"])
    encoder.heads(["三", "一"])
    assert read == ["一", "二", "三", "一"]
