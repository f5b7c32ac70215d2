"""Foreign checkpoints: a clear refusal without PyTorch, real inference with it."""

import importlib.util
from pathlib import Path

import pytest

from nlp.identity import folder_digest
from nlp.registry import load_sentiment
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.errors import ModelError

HAS_TORCH = importlib.util.find_spec("torch") is not None
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"云江银行服务差好手机闪退很满意"]


def checkpoint(folder: Path, labels: dict[int, str]) -> str:
    """A tiny BERT classifier whose bias alone decides for the last label."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    vocabulary = list(dict.fromkeys(VOCABULARY))
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=32, num_labels=len(labels), id2label=labels,
        label2id={name: index for index, name in labels.items()},
    )  # fmt: skip
    torch.manual_seed(1)
    model = BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.copy_(torch.arange(len(labels), dtype=torch.float32))
    model.save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return str(folder)


@pytest.mark.skipif(HAS_TORCH, reason="PyTorch is installed here")
def test_without_pytorch_the_message_says_what_to_install() -> None:
    """No traceback of an import: the extra is named."""
    with pytest.raises(ModelError, match=r"\[train\]"):
        load_sentiment("hf:some/model")


@pytest.mark.skipif(not HAS_TORCH, reason="PyTorch (the extra [train]) is not installed")
def test_a_local_checkpoint_answers(tmp_path: Path) -> None:
    """Saved by transformers, loaded by name, labels mapped by their names, long and empty texts included."""
    model = load_sentiment(f"hf:{checkpoint(tmp_path, {0: 'positive', 1: 'neutral', 2: 'negative'})}")
    answers = model.predict(["云江银行服务差", "", "手机闪退" * 100] * 12)
    assert len(answers) == 36
    assert {answer.label for answer in answers} == {SentimentLabel.NEGATIVE}
    assert answers[0].negative == pytest.approx(0.665, abs=0.01)
    assert answers[0].positive == pytest.approx(0.090, abs=0.01)
    assert model.name == f"hf:{tmp_path}@{folder_digest(tmp_path)}"


@pytest.mark.skipif(not HAS_TORCH, reason="PyTorch (the extra [train]) is not installed")
def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    """An empty folder is a ModelError that names it."""
    with pytest.raises(ModelError, match="加载失败"):
        load_sentiment(f"hf:{tmp_path}")
