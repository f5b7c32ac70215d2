"""The sentences that were written for training: well-formed, varied, and none of those that judge."""

import json
from collections import Counter

from benchmarks.robustness import rows as judged_rows
from nlp.text import prepare
from nlp.training.invented import FILE, SOURCE, invented_rows
from nlp.training.topics import TOPICS

LIKE = 0.3  # of the runs of three characters that two texts have together


def _runs(text: str) -> set[str]:
    return {text[start : start + 3] for start in range(len(text) - 2)}


def test_every_sentence_is_labelled_by_the_guidelines() -> None:
    """Known topics, one to three; a severity of 0 to 3 that is above 0 for the negative ones alone; each text once."""
    rows = invented_rows()
    assert len(rows) > 1_000
    assert all(1 <= len(row.topics) <= 3 and set(row.topics) <= set(TOPICS) for row in rows)
    assert all(row.severity in range(4) and row.source == SOURCE for row in rows)
    assert [row.text for row in rows if row.severity and row.label != 0] == []
    assert [text for text, times in Counter(row.text for row in rows).items() if times > 1] == []
    assert set(Counter(row.label for row in rows)) == {0, 1, 2}


def test_ways_of_speaking_are_there_in_number() -> None:
    """No kind is a handful, and what only looks like a complaint is there beside what is one."""
    kinds = Counter(json.loads(line)["kind"] for line in FILE.read_text(encoding="utf-8").splitlines())
    assert {"sarcasm", "complaint_question", "plain_question", "own_trouble", "dialect", "negation"} <= set(kinds)
    assert min(kinds.values()) >= 15


def test_nothing_that_judges_is_learned() -> None:
    """No sentence is one of benchmarks/robustness.jsonl, nor nearly one."""
    judged = [_runs(prepare(row.text)) for row in judged_rows()]
    learned = [(row.text, _runs(row.text)) for row in invented_rows()]
    near = [
        text
        for text, runs in learned
        for other in judged
        if runs and other and len(runs & other) / len(runs | other) >= LIKE
    ]
    assert near == []
