"""Sentences that were written for training: ways of speaking that the labelled sets hardly show.

Sarcasm, complaints in the shape of a question or of a bare fact, negation, dialect, advice, other people's troubles and
short plain complaints, labelled by the rules of bank_topics. Names and banks are made up; none of them is a sentence of
benchmarks/robustness.jsonl.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from nlp.text import prepare
from nlp.training.data import LABELS, TopicRow, Weighed

FILE = Path(__file__).with_name("invented.jsonl")
SOURCE = "invented"
WEIGHT = 0.3  # in the linear stance model, where a labelled text has 1


def invented_rows(path: Path = FILE) -> list[TopicRow]:
    """The sentences, prepared, in the order of the file; their source is `invented`."""
    bodies = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [
        TopicRow(
            prepare(body["text"]), LABELS.index(body["sentiment"]), tuple(body["topics"]), body["severity"], SOURCE
        )
        for body in bodies
    ]


def weighed(rows: Sequence[TopicRow]) -> list[Weighed]:
    """The sentences as the linear stance model learns them."""
    return [Weighed(row.text, row.label, WEIGHT) for row in rows]
