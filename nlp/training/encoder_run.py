"""`python -m nlp.training encoder`: all stages in order, and the figures of a twin that did not learn what it judges.

A twin learns neither the dev split of the bank comments nor one quarter of bank_topics; already in 8 bits, it judges
those texts. Weighing, calibration and limits are fitted on these judgements. What is shipped learns everything.
"""

import hashlib
import json
import logging
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from nlp.encoder import FILES, FORMAT, Encoder
from nlp.linear import sigmoid, softmax
from nlp.sentiment.ensemble import COMMENTS, GUIDE, SEVERITY, TOPICS
from nlp.training.bank_stage import (
    HEADS,
    OWN_SHARE,
    Gold,
    Speaker,
    Targets,
    both_said,
    crossed,
    encoder_teacher,
    evaluation_gold,
    linear_teacher,
    mean_said,
    speak,
    student,
)
from nlp.training.combine import band_for, fit_stack, stack_body, topic_thresholds
from nlp.training.data import TopicRow, texts_digest, texts_of, unlabelled, without
from nlp.training.encoder import MOST_TOKENS, SEED, Start, e5_start, first_stage, start
from nlp.training.encoder_card import encoder_card
from nlp.training.evaluation import Sets
from nlp.training.export import onnx_model
from nlp.training.heard import heard_rows, save_heard
from nlp.training.judgements import (
    ALONE,
    JUDGED,
    LINEAR,
    ROUTED,
    TOGETHER,
    TOPIC_SHARE,
    load_judgements,
    quarter,
)

VERSION = "3"
APP_REVIEWS = 4_000
log = logging.getLogger("nlp.training")


@dataclass(frozen=True, slots=True)
class Pretrained:
    """The files that training starts from: bge-small-zh-v1.5, and multilingual-e5-small for half of the teachers."""

    jar: Path
    wheel: Path


@dataclass(frozen=True, slots=True)
class Split:
    """What an evaluation run judges, what it learns, and the texts without labels that it may read."""

    judged_topics: Sequence[TopicRow]
    gold: Gold
    comments: Sequence[str]
    reviews: Sequence[str]

    @property
    def free(self) -> list[str]:
        """The texts without labels that the teachers speak about."""
        drawn = np.random.default_rng(SEED).permutation(len(self.reviews))[:APP_REVIEWS]
        return list(dict.fromkeys([*self.comments, *(self.reviews[index] for index in drawn)]))


def split(sets: Sets, free: dict[str, list[str]]) -> Split:
    """Dev comments and one quarter of bank_topics are judged; no text of theirs is learned, labelled or not."""
    judged_topics = quarter(sets.topics)
    judged = set(texts_of(sets.dev, judged_topics))
    gold = evaluation_gold(sets.train, [*sets.topics, *sets.invented], judged)
    known = judged | set(gold.texts())
    comments = [text for text in free["ccf_bdci2021_bank"] if text not in known]
    reviews = [text for text in free["icbc_app_reviews"] if 4 <= len(text) <= 120 and text not in known]
    return Split(judged_topics, gold, comments, reviews)


def train_encoder(sets: Sets, data: Path, pretrained: Pretrained, output: Path) -> None:
    """Train a twin that is judged, then the model that is shipped.

    Both learn in the same way, the twin without the texts that it judges, the shipped one with all of them.
    """
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    free = unlabelled(data)
    parts = split(sets, free)
    begun = start(pretrained.jar)
    first_stage(begun, sets)
    said = everything_said(sets, parts, begun, _second_opinion(sets, free, pretrained.wheel))
    save_heard(parts.comments, [said[text][COMMENTS] for text in parts.comments])
    sets = replace(sets, heard=heard_rows(parts.comments))
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder), student(begun, parts.gold, said, parts.free), {})
        judge(sets, parts, Path(folder))
    everything = Gold(without([*sets.train, *sets.dev], set()), [*sets.topics, *sets.invented])
    model = student(begun, everything, said, parts.free)
    write_files(output, model, {})
    agreement = parity(model, output, parts.free)
    write_files(output, model, {**settings(sets), "parity": agreement})
    (output / "MODEL_CARD.md").write_text(encoder_card(sets, output), encoding="utf-8")


def _second_opinion(sets: Sets, free: dict[str, list[str]], wheel: Path) -> Start:
    """The encoder of the second kind of teachers: they err elsewhere than the first."""
    texts = texts_of(sets.train, sets.dev, sets.topics, sets.invented, *sets.general.values())
    begun = e5_start(wheel, [*texts, *(text for some in free.values() for text in some)])
    first_stage(begun, sets)
    return begun


def everything_said(sets: Sets, parts: Split, begun: Start, other: Start) -> Targets:
    """What all teachers together say about every text, each only where it did not learn the text."""
    spoken_of = [*parts.free, *dict.fromkeys(texts_of(sets.dev, parts.judged_topics))]

    def cross(teach: Callable[[Gold, int], Speaker]) -> Targets:
        return crossed(teach, parts.gold, spoken_of)

    encoders = mean_said(
        [
            (OWN_SHARE, cross(lambda known, number: encoder_teacher(begun, known, number))),
            (1 - OWN_SHARE, cross(lambda known, number: encoder_teacher(other, known, number))),
        ]
    )
    return both_said(encoders, cross(lambda known, _: linear_teacher(sets.general, known)))


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


def parity(model: Start, folder: Path, texts: Sequence[str]) -> dict[str, float]:
    """How far the file of 8 bits is from the network it was written from, on texts without labels.

    `largest` and `mean` are differences of a stance's probability, `same_label` the share of texts with one label.
    """
    exact = speak(model, texts)[COMMENTS]
    rounded = softmax(Encoder.load(folder).heads(texts)[COMMENTS])
    apart = np.abs(exact - rounded).max(axis=1)
    same = float(np.mean(exact.argmax(axis=1) == rounded.argmax(axis=1)))
    found = {"texts": len(texts), "largest": float(apart.max()), "mean": float(apart.mean()), "same_label": same}
    return {name: round(value, 4) for name, value in found.items()}


def judge(sets: Sets, parts: Split, folder: Path) -> None:
    """Probabilities of encoder and linear model for the judged texts, neither of which they learned."""
    texts = texts_of(sets.dev, parts.judged_topics)
    heads = Encoder.load(folder).heads(texts)
    linear = linear_teacher(sets.general, parts.gold, sets.heard)(texts)
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
        "blend": {
            "share": TOPIC_SHARE,
            "topic_threshold": topic_thresholds(found.topics(TOPIC_SHARE), found.topic_truth),
        },
    }
