"""What the teachers of the encoder said about bank comments without labels: the linear stance model learns it, too.

A large model's probabilities on texts that nobody labelled are lessons for a small one (knowledge distillation, Hinton,
Vinyals and Dean 2015). The teachers learned neither the dev split of the comments nor one quarter of bank_topics, so
what is judged there stays unknown. The file holds probabilities and a digest of the texts, no text.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlp.training.data import Weighed, texts_digest
from yuqing.domain.errors import InputError

HEARD = Path(__file__).with_name("heard.npz")
LEAST = 0.02  # a class below it is no lesson


def save_heard(texts: Sequence[str], chances: Any, path: Path = HEARD) -> None:
    """Write the three probabilities of each text."""
    np.savez_compressed(path, digest=np.array(texts_digest(texts)), chances=np.asarray(chances, dtype=np.float16))


def heard_rows(texts: Sequence[str], path: Path = HEARD) -> list[Weighed]:
    """Each text once per class that the teachers find possible, weighed by its probability.

    Raises InputError when they were asked about other texts.
    """
    with np.load(path, allow_pickle=False) as stored:
        if str(stored["digest"]) != texts_digest(texts):
            raise InputError(f"{path.name} 说的不是现在这份无标注评论，请重新运行 python -m nlp.training encoder")
        chances = stored["chances"].astype(float)
    return [
        Weighed(text, label, float(chance), is_ordinary=True)
        for text, row in zip(texts, chances, strict=True)
        for label, chance in enumerate(row)
        if chance >= LEAST
    ]
