"""`python -m nlp.training encoder`: all stages in order, then the figures of the very file that is shipped.

It learns neither the dev split of the bank comments nor one quarter of bank_topics; the file, already in 8 bits, judges
those texts. Weighing, calibration and limits are fitted on these judgements.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from nlp.encoder import FILES, FORMAT, Encoder
from nlp.linear import sigmoid, softmax
from nlp.sentiment.ensemble import GUIDE, SEVERITY, TOPICS
from nlp.training.bank_stage import (
    HEADS,
    Gold,
    both_said,
    crossed,
    encoder_teacher,
    evaluation_gold,
    linear_teacher,
    student,
)
from nlp.training.combine import band_for, fit_stack, stack_body
from nlp.training.data import TopicRow, texts_of
from nlp.training.encoder import MOST_TOKENS, SEED, Start, first_stage, start, unlabelled
from nlp.training.encoder_card import encoder_card
from nlp.training.evaluation import Sets
from nlp.training.export import onnx_model
from nlp.training.judgements import (
    ALONE,
    JUDGED,
    LINEAR,
    ROUTED,
    TOGETHER,
    load_judgements,
    quarter,
    texts_digest,
)

VERSION = "1"
APP_REVIEWS = 4_000
log = logging.getLogger("nlp.training")


@dataclass(frozen=True, slots=True)
class Split:
    """What an evaluation run judges, and what it learns."""

    judged_topics: Sequence[TopicRow]
    gold: Gold
    free: Sequence[str]


def split(sets: Sets, free: dict[str, list[str]]) -> Split:
    """Dev comments and one quarter of bank_topics are judged; no text of theirs is learned, labelled or not."""
    judged_topics = quarter(sets.topics)
    judged = set(texts_of(sets.dev, judged_topics))
    gold = evaluation_gold(sets.train, sets.topics, judged)
    known = judged | set(gold.texts())
    reviews = [text for text in free["icbc_app_reviews"] if 4 <= len(text) <= 120]
    drawn = np.random.default_rng(SEED).permutation(len(reviews))[:APP_REVIEWS]
    texts = dict.fromkeys([*free["ccf_bdci2021_bank"], *(reviews[index] for index in drawn)])
    return Split(judged_topics, gold, [text for text in texts if text not in known])


def train_encoder(sets: Sets, data: Path, wheel: Path, output: Path) -> None:
    """Train, judge, ship."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    free = unlabelled(data)
    begun = start(wheel, sets, [text for texts in free.values() for text in texts])
    first_stage(begun, sets)
    parts = split(sets, free)
    spoken_of = [*parts.free, *dict.fromkeys(texts_of(sets.dev, parts.judged_topics))]
    linear = crossed(lambda known, _: linear_teacher(sets.general, known), parts.gold, spoken_of)
    said = both_said(crossed(lambda known, half: encoder_teacher(begun, known, half), parts.gold, spoken_of), linear)
    model = student(begun, parts.gold, said, parts.free)
    write_files(output, model, {})
    judge(sets, parts, output)
    write_files(output, model, settings(sets))
    (output / "MODEL_CARD.md").write_text(encoder_card(sets, output), encoding="utf-8")


def write_files(folder: Path, model: Start, extra: dict[str, Any]) -> None:
    """ONNX, tokenizer and model.json."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value.detach().float().numpy() for name, value in model.network.state_dict().items()}
    (folder / "encoder.onnx").write_bytes(
        onnx_model(state, list(HEADS), model.network.encoder.config.num_attention_heads)
    )
    tokenizer: Tokenizer = model.tokenizer
    (folder / "tokenizer.json").write_text(tokenizer.to_str(pretty=False), encoding="utf-8")
    ends = np.cumsum(list(HEADS.values())).tolist()
    body = {
        "format": FORMAT,
        "version": VERSION,
        "sha256": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES},
        "tokens": MOST_TOKENS,
        "heads": {name: [end - HEADS[name], end] for name, end in zip(HEADS, ends, strict=True)},
        **extra,
    }
    (folder / "model.json").write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def judge(sets: Sets, parts: Split, folder: Path) -> None:
    """Probabilities of encoder and linear model for the judged texts, neither of which they learned."""
    texts = texts_of(sets.dev, parts.judged_topics)
    heads = Encoder.load(folder).heads(texts)
    linear = linear_teacher(sets.general, parts.gold)(texts)
    columns = {f"encoder.{name}": _probabilities(name, scores) for name, scores in heads.items()}
    columns |= {f"linear.{name}": linear[name] for name in (GUIDE, TOPICS, SEVERITY)}
    columns = {name: np.asarray(values, dtype=np.float16) for name, values in columns.items()}
    np.savez_compressed(JUDGED, digest=np.array(texts_digest(texts)), comments=np.array(len(sets.dev)), **columns)


def _probabilities(name: str, scores: Any) -> Any:
    return sigmoid(scores) if name.endswith(":several") else softmax(scores)


def settings(sets: Sets) -> dict[str, Any]:
    """Weights, thresholds and limits of the shipped model, from the judgements."""
    found = load_judgements(JUDGED, sets)
    rows = np.arange(len(found.evidence.truth))
    band = band_for(found.evidence.models[LINEAR][found.evidence.is_comment], ROUTED)
    return {
        "stance": {
            "encoder": stack_body(fit_stack(found.evidence, ALONE, rows)),
            "ensemble": stack_body(fit_stack(found.evidence, TOGETHER, rows)),
            "route": asdict(band),
        },
    }
