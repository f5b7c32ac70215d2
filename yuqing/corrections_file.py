"""Corrections as tables: rows that people filled in come in, what they said goes out with the texts for training."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from storage.export_formats import write_csv, write_jsonl
from storage.export_rows import local
from storage.formula import unescape
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.errors import InputError
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import MentionStore, StateStore
from yuqing.domain.subject import Subject, TopicDefinition
from yuqing.jobs.correct import Corrections, Fate, Judgement, Record, is_of_these_words, records
from yuqing.labels import SENTIMENTS

COLUMNS = (
    "id", "platform", "kind", "published_at", "title", "text", "subject", "sentiment", "topics", "severity", "subjects",
    "by", "at", "holds", "model", "model_sentiment", "model_topics", "model_severity",
)  # fmt: skip
FILLED = ("id", "subject", "sentiment", "topics", "severity", "subjects", "by")
NONE = "-"  # in `topics` and `subjects`: judged, and there is none


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that says nothing we can take: its line, why, and the cells that we know."""

    line: int
    reason: str
    row: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a table."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    bad: tuple[BadRow, ...] = ()

    def sentence(self) -> str:
        """For people."""
        return (
            f"共 {self.rows} 行：新判断 {self.new} 条，改变判断 {self.changed} 条，"
            f"没有变化 {self.unchanged} 条，隔离 {len(self.bad)} 行"
        )


class Words:
    """The Chinese and the English names of everything that a cell may hold."""

    def __init__(self, topics: tuple[TopicDefinition, ...], subjects: tuple[Subject, ...]) -> None:
        self._topics = {name: each.id for each in topics for name in (each.id, each.name)}
        self._subjects = {name: each.id for each in subjects for name in (each.id, each.name)}
        self._stances = {name: label for label, word in SENTIMENTS.items() for name in (label.value, word)}

    def judgement(self, row: Mapping[str, str]) -> Judgement:
        """What a row says. Raises InputError, naming the cell."""
        name = row.get("id", "")
        if not name:
            raise InputError("缺少 id（提及编号）")
        stance, about = self._stance(row.get("sentiment", "")), row.get("subject", "")
        if about and stance is None:
            raise InputError("填了 subject（对谁）而没有填 sentiment")
        said = Judgement(
            MentionId(name),
            sentiment=None if about else stance,
            stances=((self._subject(about), stance),) if about and stance is not None else (),
            topics=_several(row.get("topics", ""), self._topic),
            severity=_level(row.get("severity", "")),
            subjects=_several(row.get("subjects", ""), self._subject),
        )
        if said == Judgement(MentionId(name)):
            raise InputError("sentiment、topics、severity、subjects 都没有填")
        return said

    def _stance(self, cell: str) -> SentimentLabel | None:
        if not cell:
            return None
        if cell not in self._stances:
            raise InputError(f"sentiment 应为 负面、中性、正面 之一，不是 {_clipped(cell)}")
        return self._stances[cell]

    def _topic(self, cell: str) -> str:
        if cell not in self._topics:
            raise InputError(f"没有话题 {_clipped(cell)}（见 topics.yml）")
        return self._topics[cell]

    def _subject(self, cell: str) -> str:
        if cell not in self._subjects:
            raise InputError(f"没有主体 {_clipped(cell)}（见 subjects.yml）")
        return self._subjects[cell]


def import_table(content: bytes, corrections: Corrections, words: Words, by: str) -> Imported:
    """Take every row of a CSV table; one that cannot be taken is kept aside with its line. Safe to repeat."""
    fates: dict[Fate, int] = dict.fromkeys(Fate, 0)
    bad: list[BadRow] = []
    rows = 0
    for line, row in _rows(content):
        rows += 1
        try:
            fates[corrections.judge(words.judgement(row), row.get("by") or by)] += 1
        except InputError as error:
            bad.append(BadRow(line, str(error), row))
    return Imported(rows, fates[Fate.NEW], fates[Fate.CHANGED], fates[Fate.UNCHANGED], tuple(bad))


def write_quarantine(path: Path, bad: tuple[BadRow, ...]) -> None:
    """The rows that were kept aside, one JSON object a line; no file where there are none."""
    if not bad:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps({"line": b.line, "reason": b.reason, "row": b.row}, ensure_ascii=False) + "\n" for b in bad)
    path.write_text("".join(lines), encoding="utf-8")


def export_table(mentions: MentionStore, state: StateStore, fmt: str, file: IO[bytes]) -> int:
    """Everything that people said, with texts and what the model had said; how many rows. It can be imported again."""
    rows = (row for record in records(state) for row in _exported(record, mentions))
    if fmt not in ("csv", "jsonl"):
        raise InputError(f"格式 {fmt} 应为 csv 或 jsonl")
    return (write_csv if fmt == "csv" else write_jsonl)(rows, COLUMNS, file)


def _exported(record: Record, mentions: MentionStore) -> Iterator[dict[str, object]]:
    """One row for the mention, one more for each subject whose stance was judged by itself."""
    stored, said, before = mentions.get([record.mention_id]).get(record.mention_id), record.correction, record.before
    holds = stored is not None and is_of_these_words(record, stored.mention)
    changed = bool(said.added or said.removed)
    whole: dict[str, object] = {
        "id": record.mention_id,
        "platform": record.platform.value,
        "kind": stored.mention.kind.value if stored else None,
        "published_at": local(record.published_at),
        # Of other words than those that were judged, the text would teach a model something wrong.
        "title": stored.mention.title if stored and holds else None,
        "text": stored.mention.text if stored and holds else None,
        "subject": None,
        "sentiment": said.sentiment.value if said.sentiment else None,
        "topics": None if said.topics is None else list(said.topics) or [NONE],
        "severity": said.severity,
        "subjects": (list(stored.mention.subjects) or [NONE]) if stored and changed else None,
        "by": said.by,
        "at": local(said.at),
        "holds": holds,
        "model": before.model if before else None,
        "model_sentiment": before.sentiment.value if before else None,
        "model_topics": list(before.topics) if before else None,
        "model_severity": before.severity if before else None,
    }
    if said.sentiment or said.topics is not None or said.severity is not None or changed:
        yield whole
    for subject, label in said.stances:
        scored = dict(before.stances).get(subject) if before else None
        judged = {"subject": subject, "sentiment": label.value, "model_sentiment": scored.value if scored else None}
        yield {**whole, **judged, "topics": None, "severity": None, "subjects": None}


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(_decoded(content), newline=""))
    names = [name.strip() for name in reader.fieldnames or ()]
    if "id" not in names:
        raise InputError(f"第 1 行的表头里没有 id 列（有：{'、'.join(names) or '空'}）")
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(f"第 {line} 行起不是合法的 CSV：{error}") from None
        cells = {name.strip(): cell for name, cell in row.items() if isinstance(name, str) and isinstance(cell, str)}
        yield line, {name: unescape(cells[name]).strip() for name in FILLED if name in cells}


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("文件编码认不出来：既不是 UTF-8 也不是 GB18030")


def _several(cell: str, known: Callable[[str], str]) -> tuple[str, ...] | None:
    """Values apart by `;`; None where nothing is judged."""
    if not cell:
        return None
    parts = [part.strip() for part in cell.replace("；", ";").replace("、", ";").split(";") if part.strip()]
    return () if parts == [NONE] else tuple(dict.fromkeys(known(part) for part in parts))


def _level(cell: str) -> int | None:
    if not cell:
        return None
    if cell not in ("0", "1", "2", "3"):
        raise InputError(f"severity 应为 0 至 3，不是 {_clipped(cell)}")
    return int(cell)


def _clipped(cell: str) -> str:
    return cell if len(cell) <= 20 else f"{cell[:20]}…"
