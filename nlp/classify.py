"""The engine of `yuqing classify`: rows in, one JSON line per row out. Needs no store and no settings."""

import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from nlp.opinion import ModelReader, Opinion, Reader, Refusal
from nlp.privacy import mask
from nlp.registry import DEFAULT, load_sentiment, load_topics
from nlp.rows import InputRow, read_rows
from nlp.scorer import MOST_CHARACTERS, speaking_text
from yuqing.domain.annotation import SeverityScore, TopicScore
from yuqing.domain.errors import InputError
from yuqing.domain.ports import TopicModel

BATCH = 512


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be classified: its line and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ClassifyResult:
    """How many rows were read, and which of them were quarantined."""

    rows: int
    quarantined: tuple[BadRow, ...]


def classify_file(
    source: Path | None,
    output: Path | None,
    model: str = DEFAULT,
    stdin: IO[bytes] | None = None,
    reader: Reader | None = None,
) -> ClassifyResult:
    """Classify a file (None: standard input) into a file (None: standard output), one line per row, same order.

    A bad row becomes a line with `error`, so that line n always answers row n. The output file appears complete or
    not at all. A `reader` is asked in the place of the stance model. Raises InputError when the input or output cannot
    be used, ModelError when the model cannot.
    """
    topics = load_topics(DEFAULT if reader else model)
    reader = reader or ModelReader(load_sentiment(model))
    rows = read_rows(source, stdin or (sys.stdin.buffer if source is None else None))
    total = 0
    bad: list[BadRow] = []
    with _output(output) as file:
        for batch in _batches(rows):
            for line, fault in _lines(batch, reader, topics):
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                bad += [fault] if fault else []
            total += len(batch)
    return ClassifyResult(total, tuple(bad))


def _batches(rows: Iterable[InputRow]) -> Iterator[list[InputRow]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _lines(
    batch: Sequence[InputRow], reader: Reader, topics: TopicModel
) -> Iterator[tuple[dict[str, Any], BadRow | None]]:
    texts = [_read(row) for row in batch if row.error is None]
    labelled = topics.predict([text[:MOST_CHARACTERS] for text in texts])
    answers = iter(zip(reader.judge(texts), labelled, strict=True))
    for row in batch:
        if row.error is not None:
            yield _refused(row, row.error)
            continue
        found, labels = next(answers)
        if isinstance(found, Refusal):
            yield _refused(row, found.reason)
        else:
            yield _answer(row, found, labels, reader.name), None


def _read(row: InputRow) -> str:
    return speaking_text(row.fields["title"] or None, row.fields["text"], is_repost=row.fields["kind"] == "repost")


def _answer(
    row: InputRow, found: Opinion, labelled: tuple[tuple[TopicScore, ...], SeverityScore], model: str
) -> dict[str, Any]:
    (topics, severity), stance = labelled, found.sentiment
    return {
        "id": row.fields["id"] or str(row.line),
        "sentiment": {
            "label": stance.label.value,
            "negative": round(stance.negative, 6),
            "neutral": round(stance.neutral, 6),
            "positive": round(stance.positive, 6),
        },
        "topics": [{"id": topic.id, "probability": round(topic.probability, 6)} for topic in topics],
        "severity": {"level": severity.level, "probabilities": [round(value, 6) for value in severity.probabilities]},
        "masked_text": mask(row.fields["text"]),
        "model": model,
        **({"evidence": found.quote} if found.quote else {}),
    }


def _refused(row: InputRow, reason: str) -> tuple[dict[str, Any], BadRow]:
    name = row.fields.get("id") or str(row.line)
    return {"id": name, "error": f"第 {row.line} 行：{reason}"}, BadRow(row.line, reason)


@contextmanager
def _output(output: Path | None) -> Iterator[IO[str]]:
    """Standard output as UTF-8, or a file that replaces the old one only when everything is written."""
    if output is None:
        sys.stdout.flush()
        # A console may be set to another encoding; the contract says UTF-8.
        wrapper = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n", write_through=True)
        try:
            yield wrapper
        finally:
            wrapper.detach()
        return
    is_device = output.exists() and not output.is_file()
    target = output if is_device else output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        file = target.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"写不到 {output}（{error.strerror}）") from None
    try:
        with file:
            yield file
        if not is_device:
            target.replace(output)
    finally:
        if not is_device:
            target.unlink(missing_ok=True)
