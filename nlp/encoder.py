"""The transformer at run time: ONNX Runtime and a tokenizer file, no PyTorch.

The folder holds `encoder.onnx` (8-bit weights), `tokenizer.json`, and `model.json` with what the outputs mean, how they
are calibrated, and the SHA-256 of the other two.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from nlp.features import FloatArray
from nlp.identity import model_name
from nlp.linear import MODELS
from nlp.text import prepare
from nlp.variants import LEXICON
from yuqing.domain.errors import ModelError

FORMAT = 1
FOLDER = MODELS / "encoder"
FILES = ("encoder.onnx", "tokenizer.json")
BATCH = 32
THREADS = 1  # one core for one scorer; whoever has more cores runs more scorers
REMEMBERED = 2_048  # texts; the stance and the topics of a batch are asked for one after the other
_PADDING = 0


class Encoder:
    """Scores (logits) of prepared texts, one row per text: every head of the network side by side."""

    def __init__(self, session: Any, tokenizer: Tokenizer, metadata: Mapping[str, Any]) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._tokenizer.enable_truncation(int(metadata["tokens"]))
        self._heads = {name: slice(*bounds) for name, bounds in metadata["heads"].items()}
        self._outputs = max(part.stop for part in self._heads.values())
        self._said: dict[str, FloatArray] = {}
        self.metadata = metadata
        self._name = model_name("encoder", metadata, LEXICON)

    @classmethod
    def load(cls, folder: Path = FOLDER, threads: int = THREADS) -> "Encoder":
        """The model of a folder, checked against its digests. Raises ModelError when a file is missing or changed."""
        metadata = _metadata(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )
        return cls(session, Tokenizer.from_file(str(folder / "tokenizer.json")), metadata)

    @property
    def name(self) -> str:
        """Name, version and digest."""
        return self._name

    def scores(self, texts: Sequence[str]) -> FloatArray:
        """One row of scores per prepared text, in order; texts of similar length share a batch."""
        encoded = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(encoded)), key=lambda index: len(encoded[index]))
        scores = np.zeros((len(encoded), self._outputs), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            members = order[start : start + BATCH]
            scores[members] = self._batch([encoded[index] for index in members])
        return scores

    def heads(self, texts: Sequence[str]) -> dict[str, FloatArray]:
        """The scores of raw texts by head; a text that was asked about lately is not read again."""
        prepared = [prepare(text) for text in texts]
        said = {text: self._said[text] for text in prepared if text in self._said}
        unread = [text for text in dict.fromkeys(prepared) if text not in said]
        said |= zip(unread, self.scores(unread), strict=True)
        self._said = dict(list((self._said | said).items())[-REMEMBERED:])
        scores = np.stack([said[text] for text in prepared]) if prepared else self.scores([])
        return {name: scores[:, part] for name, part in self._heads.items()}

    def forget(self) -> None:
        """Read every text anew from here on: what measures speed does not want to measure memory."""
        self._said = {}

    def _batch(self, rows: Sequence[Sequence[int]]) -> FloatArray:
        width = max(map(len, rows))
        ids = np.full((len(rows), width), _PADDING, dtype=np.int64)
        mask = np.zeros((len(rows), width), dtype=np.int64)
        for row, tokens in enumerate(rows):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        return np.asarray(self._session.run(["scores"], {"ids": ids, "mask": mask})[0], dtype=np.float32)


def _metadata(folder: Path) -> dict[str, Any]:
    try:
        metadata: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"模型 {folder.name} 读不出来：{folder / 'model.json'}（{type(error).__name__}）") from None
    if metadata.get("format") != FORMAT:
        raise ModelError(f"模型 {folder.name} 的格式是 {metadata.get('format')}，本版本只认 {FORMAT}，请重新训练")
    for name in FILES:
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != metadata["sha256"][name]:
            raise ModelError(f"模型 {folder.name} 的文件缺失或已损坏（SHA-256 不符）：{path}")
    return metadata
