"""Any Hugging Face sequence classifier as a stance model. Needs the extra [train] (PyTorch)."""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nlp.identity import folder_digest
from yuqing.domain.annotation import Sentiment, SentimentLabel
from yuqing.domain.errors import ModelError

Classifier = Callable[[list[str]], Sequence[Sequence[float]]]  # texts -> probabilities of the checkpoint's labels

BATCH = 32
MOST_TOKENS = 256
_WORDS = {
    SentimentLabel.NEGATIVE: ("negative", "neg", "负", "消极", "差评", "bad", "angry", "sad", "fear", "disgust"),
    SentimentLabel.POSITIVE: ("positive", "pos", "正", "积极", "好评", "good", "happy", "joy", "like"),
    SentimentLabel.NEUTRAL: ("neutral", "neu", "中", "无情", "none", "other"),
}


def label_columns(id2label: Mapping[int, str]) -> dict[SentimentLabel, tuple[int, ...]]:
    """Which outputs speak for which stance, by their names. Raises ModelError when a name says nothing.

    Star ratings count: of "1 star" to "5 stars" the first two are negative and the last two positive.
    """
    columns: dict[SentimentLabel, list[int]] = {label: [] for label in SentimentLabel}
    for index, name in sorted(id2label.items()):
        columns[_stance(name)].append(index)
    if not columns[SentimentLabel.NEGATIVE] or not columns[SentimentLabel.POSITIVE]:
        raise ModelError(f"模型的标签 {list(id2label.values())} 里缺少负面或正面，不能当情感模型用")
    return {label: tuple(indices) for label, indices in columns.items()}


def _stance(name: str) -> SentimentLabel:
    plain = name.casefold().strip()
    if "star" in plain and plain[:1].isdigit():
        stars = int(plain[0])
        return (
            SentimentLabel.NEGATIVE if stars < 3 else SentimentLabel.POSITIVE if stars > 3 else SentimentLabel.NEUTRAL
        )
    for label, words in _WORDS.items():
        if any(word in plain for word in words):
            return label
    raise ModelError(f"看不懂模型的标签“{name}”：请在它的 config.json 的 id2label 里写明 negative / neutral / positive")


class HuggingFaceSentiment:
    """Stances by a checkpoint with a classification head; probabilities as the checkpoint gives them."""

    def __init__(self, name: str, id2label: Mapping[int, str], classify: Classifier, commit: str = "") -> None:
        self._name = name
        self._classify = classify
        self._commit = commit[:12] or (folder_digest(Path(name)) if Path(name).is_dir() else "")
        self._columns = label_columns({int(index): label for index, label in id2label.items()})

    @classmethod
    def load(cls, name: str) -> "HuggingFaceSentiment":
        """A checkpoint from a folder or a hub id. Raises ModelError when PyTorch or the checkpoint is missing."""
        if importlib.util.find_spec("torch") is None:
            raise ModelError('hf: 模型需要 PyTorch，请先安装训练附加组件：pip install -e ".[train]"')
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(name)
            model = AutoModelForSequenceClassification.from_pretrained(name)
        except (OSError, ValueError, ImportError) as error:
            raise ModelError(
                f"模型 {name} 加载失败（{type(error).__name__}）：请检查目录或名称，以及是否能联网"
            ) from error
        commit = getattr(model.config, "_commit_hash", None) or ""
        return cls(name, model.config.id2label, TorchClassifier(tokenizer, model.eval()), commit)

    @property
    def name(self) -> str:
        """hf: and the folder or id, with the commit of a hub or the digest of the folder."""
        return f"hf:{self._name}" + (f"@{self._commit}" if self._commit else "")

    def predict(self, texts: Sequence[str]) -> Sequence[Sentiment]:
        """One stance per text, in order."""
        return [
            self._sentiment(row)
            for start in range(0, len(texts), BATCH)
            for row in self._classify(list(texts[start : start + BATCH]))
        ]

    def _sentiment(self, row: Sequence[float]) -> Sentiment:
        share = {label: sum(row[index] for index in indices) for label, indices in self._columns.items()}
        return Sentiment(
            max(share, key=lambda label: share[label]),
            share[SentimentLabel.NEGATIVE],
            share[SentimentLabel.NEUTRAL],
            share[SentimentLabel.POSITIVE],
        )


class TorchClassifier:
    """Probabilities of a checkpoint's own labels, one row per text."""

    def __init__(self, tokenizer: Any, model: Any) -> None:
        self._tokenizer = tokenizer
        self._model = model

    def __call__(self, texts: list[str]) -> list[list[float]]:
        """One batch."""
        import torch

        encoded = self._tokenizer(
            texts, padding=True, truncation=True, max_length=self._most_tokens, return_tensors="pt"
        )
        with torch.inference_mode():
            rows: list[list[float]] = self._model(**encoded).logits.softmax(dim=-1).tolist()
        return rows

    @property
    def _most_tokens(self) -> int:
        positions = getattr(self._model.config, "max_position_embeddings", MOST_TOKENS)
        return min(MOST_TOKENS, positions)
