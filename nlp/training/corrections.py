"""What people corrected, as training rows: the file that `yuqing corrections export` writes."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nlp.scorer import MOST_CHARACTERS, speaking_text
from nlp.text import prepare
from nlp.training.data import Row, TopicRow
from nlp.training.evaluation import Sets
from nlp.training.topics import TOPICS
from yuqing.domain.errors import InputError

SOURCE = "corrections"
_STANCES = ("negative", "neutral", "positive")
_NONE = "-"


def with_corrections(sets: Sets, path: Path) -> Sets:
    """The sets with people's judgements; of a text that both label, the judgement holds. Raises InputError.

    Rows that judge stance, topics and severity join bank_topics, those that judge the stance only the comments. Left
    out are rows without a text (it changed since) and stances towards single subjects, which are none of the text.
    """
    whole, stances = list[TopicRow](), list[Row]()
    for line, row in _rows(path):
        found = _read(line, row)
        if isinstance(found, TopicRow):
            whole.append(found)
        elif found is not None:
            stances.append(found)
    judged = {row.text for row in whole} | {row.text for row in stances}
    kept = [row for row in sets.topics if row.text not in judged]
    train, dev = ([row for row in part if row.text not in judged] for part in (sets.train, sets.dev))
    invented = tuple(row for row in sets.invented if row.text not in judged)
    heard = tuple(row for row in sets.heard if row.text not in judged)
    return replace(sets, train=[*train, *stances], dev=dev, topics=[*kept, *whole], invented=invented, heard=heard)


def _read(line: int, row: Mapping[str, Any]) -> Row | TopicRow | None:
    text, stance = row.get("text"), row.get("sentiment")
    if not text or not stance or row.get("subject"):
        return None
    if stance not in _STANCES:
        raise InputError(f"更正第 {line} 行：sentiment 是 {stance!r}，应为 {'、'.join(_STANCES)}")
    spoken = speaking_text(row.get("title") or None, str(text), is_repost=row.get("kind") == "repost")
    prepared, label = prepare(spoken[:MOST_CHARACTERS]), _STANCES.index(stance)
    topics, severity = _topics(line, row.get("topics")), row.get("severity")
    if topics is None or severity in (None, ""):
        return Row(prepared, label)
    if str(severity) not in ("0", "1", "2", "3"):
        raise InputError(f"更正第 {line} 行：severity 是 {severity!r}，应为 0 至 3")
    return TopicRow(prepared, label, topics, int(str(severity)), SOURCE)


def _topics(line: int, value: object) -> tuple[str, ...] | None:
    if value in (None, "", []):
        return None
    names = [str(each) for each in value] if isinstance(value, list) else str(value).split(";")
    topics = tuple(name for name in names if name != _NONE)
    if unknown := sorted(set(topics) - set(TOPICS)):
        raise InputError(f"更正第 {line} 行：模型没有话题 {'、'.join(unknown)}")
    return topics


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"更正文件读不出来：{path}（{type(error).__name__}）") from None
    return _csv(content) if path.suffix.lower() == ".csv" else _jsonl(content.split("\n"))


def _csv(content: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(content, newline=""))
    for row in reader:
        yield reader.line_num, row


def _jsonl(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise InputError(f"更正第 {number} 行不是 JSON 对象")
        yield number, row
