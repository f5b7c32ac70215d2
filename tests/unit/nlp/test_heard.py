"""What teachers said about texts without labels."""

from pathlib import Path

import numpy as np
import pytest

from nlp.training.heard import heard_rows, save_heard
from yuqing.domain.errors import InputError

TEXTS = ("云江银行又闪退", "云江银行的利率")


def test_a_text_is_learned_once_per_class_that_is_possible(tmp_path: Path) -> None:
    """Weighed by its probability; what is all but excluded teaches nothing."""
    save_heard(TEXTS, np.array([[0.75, 0.25, 0.0], [0.0, 1.0, 0.0]]), tmp_path / "said.npz")
    rows = heard_rows(TEXTS, tmp_path / "said.npz")
    assert [(row.text, row.label, row.weight) for row in rows] == [
        (TEXTS[0], 0, 0.75),
        (TEXTS[0], 1, 0.25),
        (TEXTS[1], 1, 1.0),
    ]
    assert all(row.is_ordinary for row in rows)


def test_answers_about_other_texts_are_refused(tmp_path: Path) -> None:
    """They would be learned for the wrong sentences."""
    save_heard(TEXTS, np.full((2, 3), 1 / 3), tmp_path / "said.npz")
    with pytest.raises(InputError, match=r"said\.npz"):
        heard_rows(TEXTS[::-1], tmp_path / "said.npz")


def test_no_text_is_in_the_file(tmp_path: Path) -> None:
    """Probabilities and a digest alone."""
    save_heard(TEXTS, np.full((2, 3), 1 / 3), tmp_path / "said.npz")
    with np.load(tmp_path / "said.npz", allow_pickle=False) as stored:
        assert sorted(stored.files) == ["chances", "digest"]
        assert stored["chances"].shape == (2, 3)
