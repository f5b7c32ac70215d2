"""Corrections join the training rows: people's word holds over the sets', and nothing doubtful is learned."""

import json
from pathlib import Path

import pytest

from nlp.text import prepare
from nlp.training.corrections import with_corrections
from nlp.training.data import Row, TopicRow
from nlp.training.evaluation import Sets
from nlp.training.topics import TOPICS
from yuqing.domain.errors import InputError

KNOWN = Row(prepare("云江银行又涨费了"), 1)
SETS = Sets([KNOWN, Row("x", 0)], [Row("y", 2)], [TopicRow("z", 0, (TOPICS[0],), 1, "hand")], {})


def written(folder: Path, *rows: dict[str, object]) -> Path:
    """A file as the command writes it."""
    path = folder / "corrections.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_judgements_replace_the_labels_of_the_same_text(tmp_path: Path) -> None:
    """A stance alone joins the comments; stance, topics and severity together join the hand-made labels."""
    path = written(
        tmp_path,
        {"text": "云江银行又涨费了", "sentiment": "negative", "kind": "post"},
        {"text": "取钱要预约三天", "sentiment": "negative", "topics": [TOPICS[1]], "severity": 2},
    )
    found = with_corrections(SETS, path)
    assert found.train == [Row("x", 0), Row(KNOWN.text, 0)]
    assert found.topics[1:] == [TopicRow(prepare("取钱要预约三天"), 0, (TOPICS[1],), 2, "corrections")]
    assert found.dev == SETS.dev


def test_a_judged_text_is_no_longer_held_out(tmp_path: Path) -> None:
    """What is learned from cannot judge."""
    found = with_corrections(SETS, written(tmp_path, {"text": "y", "sentiment": "neutral"}))
    assert (found.dev, found.train[-1]) == ([], Row("y", 1))


def test_rows_that_do_not_label_a_text_are_left_out(tmp_path: Path) -> None:
    """A text that changed, a stance towards one of several banks, no stance at all."""
    rows = (
        {"text": None, "sentiment": "negative"},
        {"text": "a", "sentiment": "negative", "subject": "b"},
        {"text": "c"},
    )
    assert with_corrections(SETS, written(tmp_path, *rows)) == SETS


def test_csv_and_jsonl_say_the_same(tmp_path: Path) -> None:
    """Both formats of the export are read."""
    table = tmp_path / "corrections.csv"
    table.write_text(
        f"text,sentiment,topics,severity,kind\n取钱难,negative,{TOPICS[0]};{TOPICS[1]},1,post\n", encoding="utf-8"
    )
    lines = written(tmp_path, {"text": "取钱难", "sentiment": "negative", "topics": list(TOPICS[:2]), "severity": 1})
    assert with_corrections(SETS, table) == with_corrections(SETS, lines)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"text": "a", "sentiment": "bad"}, "第 1 行：sentiment"),
        ({"text": "a", "sentiment": "neutral", "topics": ["nothing"], "severity": 1}, "没有话题 nothing"),
        ({"text": "a", "sentiment": "neutral", "topics": ["-"], "severity": 7}, "severity"),
    ],
)
def test_what_no_export_writes_is_refused_with_its_line(tmp_path: Path, row: dict[str, object], reason: str) -> None:
    """Training on half a file would go unnoticed."""
    with pytest.raises(InputError, match=reason):
        with_corrections(SETS, written(tmp_path, row))
