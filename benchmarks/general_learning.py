"""The encoder recipe on a general set: the general stage of `nlp.training.encoder`, then the set's own rows, several
times, with the class weights of the bank stage. Needs the extra [train]."""

import logging
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.general_sets import class_weights
from nlp.training.data import GENERAL, LABELS, Row, texts_of, without
from nlp.training.encoder import FIRST, SEED, Start, encode, first_stage, one_hot, start
from nlp.training.evaluation import Sets
from nlp.training.fitting import Example, Plan, answers, fit

HEAD = "judged"
PLAN = Plan(epochs=3, rate=1e-4, head_factor=1.0)  # how often a set is read is said by the set
LEARNED_TOKENS = 96
READ_TOKENS = 160  # as many positions as the network keeps
log = logging.getLogger("benchmarks")


def begun(jar: Path, data: Path, judged: set[str], kept: Path | None = None) -> Start:
    """The pretrained encoder after the general stage, which reads no judged text; read from `kept` where that is."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    found = start(jar)
    if kept is not None and kept.exists():
        found.network.add_heads(dict.fromkeys(FIRST, len(LABELS)))
        found.network.load_state_dict(torch.load(kept))
        return found
    first_stage(found, Sets([], [], [], {name: without(GENERAL[name](data), judged) for name in FIRST}))
    if kept is not None:
        torch.save(found.network.state_dict(), kept)
    return found


def chances(first: Start, known: Sequence[Row], asked: Sequence[Row], plan: Plan) -> Any:
    """What a copy that learned the known rows says about the asked ones: probabilities of the classes that occur."""
    network = deepcopy(first.network)
    network.add_heads({HEAD: len(LABELS)})
    network.encoder.embeddings.word_embeddings.weight.requires_grad_(False)  # as in the bank stage: rows are few
    weights = class_weights([row.label for row in known])
    ids = encode(first.tokenizer, texts_of(known), LEARNED_TOKENS)
    examples = [
        Example(tokens, {HEAD: one_hot(row.label)}, float(weights[row.label]))
        for tokens, row in zip(ids, known, strict=True)
    ]
    log.info("学 %d 条，%g 遍，种子 %d", len(examples), plan.epochs, plan.seed)
    fit(network, examples, plan)
    (scores,) = answers(network, encode(first.tokenizer, texts_of(asked), READ_TOKENS), [HEAD])
    scores = np.where(weights > 0, scores, -np.inf)
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)
