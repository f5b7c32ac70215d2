"""The import itself: a file goes in, drafts go through the intake in batches, refused rows go into quarantine."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from crawlers.imports.drafts import DraftBuilder, Tombstone
from crawlers.imports.mapping import FieldMapping
from crawlers.imports.presets import detect
from crawlers.imports.progress import Progress, SilentProgress
from crawlers.imports.quarantine import Quarantine
from crawlers.imports.readers import open_reader
from crawlers.imports.rows import BadRow, Reader, Row, RowError
from crawlers.imports.source import Source, open_source
from crawlers.imports.titles import presentable
from yuqing.domain.draft import Draft
from yuqing.domain.errors import InputError
from yuqing.domain.mention import MentionKind, Platform
from yuqing.domain.ports import Clock
from yuqing.jobs.ingest import AdmitResult

_PEEK = 50  # rows whose keys decide the layout of a JSON file
_Name = TypeVar("_Name", Platform, MentionKind)
_UNSAFE = re.compile(r"[^\w.-]+")


class Intake(Protocol):
    """The only door into the store; subjects to assign and what to do with unmatched rows are its own settings."""

    def admit(self, drafts: Sequence[Draft]) -> AdmitResult:
        """Store a batch; returns after the store has acknowledged."""
        ...


@dataclass(frozen=True)
class ImportOptions:
    """How to read a file. No mapping: the layout is recognised. `platform` and `kind` win over what rows say."""

    quarantine: Path  # folder
    mask: Callable[[str], str]
    mapping: FieldMapping | None = None
    platform: str | None = None
    kind: str | None = None
    source_id: str = "import"
    batch: int = 500


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What became of a file: read = new + updated + unchanged + unmatched + quarantined + skipped.

    `skipped` are deletions told by our own export. `ignored_columns` were in the file and are not read.
    """

    file: str
    mapping: str
    read: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    unmatched: int = 0
    quarantined: int = 0
    skipped: int = 0
    quarantine_path: Path | None = None
    reasons: dict[str, int] = field(default_factory=dict)
    ignored_columns: tuple[str, ...] = ()

    def sentence(self, name: str) -> str:
        """What became of the file, for people."""
        parts = [
            f"{name}：读 {self.read} 行（{self.mapping}）",
            f"新增 {self.new}，更新 {self.updated}，未变 {self.unchanged}，未提到主体 {self.unmatched}",
        ]
        if self.skipped:
            parts.append(f"已删除的提及 {self.skipped} 行未导入")
        if self.quarantined:
            reasons = "、".join(f"{reason} {count}" for reason, count in self.reasons.items())
            parts.append(f"隔离 {self.quarantined} 行（{reasons}），见 {self.quarantine_path}")
        if self.ignored_columns:
            parts.append(f"未读取的列：{'、'.join(self.ignored_columns)}")
        return "；".join(parts)

    def as_json(self) -> dict[str, object]:
        """Plain data for `--json`."""
        path = str(self.quarantine_path) if self.quarantine_path else None
        return {**asdict(self), "quarantine_path": path, "ignored_columns": list(self.ignored_columns)}


def import_file(
    path: Path | None,
    options: ImportOptions,
    intake: Intake,
    clock: Clock,
    progress: Progress | None = None,
    stdin: BinaryIO | None = None,
) -> ImportSummary:
    """Import one file, or standard input for None and `-`. Safe to repeat: known rows are counted as unchanged.

    Raises InputError where the file as a whole cannot be read; rows that cannot are quarantined. A StoreError ends
    the import: what was acknowledged before stays, and importing again completes it.
    """
    platform, kind = _chosen(Platform, options.platform, "--platform"), _chosen(MentionKind, options.kind, "--kind")
    with open_source(path, stdin) as source:
        reader = open_reader(source)
        rows, columns = _peeked(reader)
        mapping = options.mapping or detect(columns)
        if not columns:
            rows = _nothing_readable(source, rows)
        else:
            mapping.check(source.name, columns)
            _check_platform(source, mapping, platform)
        builder = DraftBuilder(mapping, clock.now(), platform, kind, options.source_id, reader.is_table)
        with Quarantine(_quarantine_path(options, source), mapping, options.mask) as quarantine:
            run = _Run(builder, quarantine, intake, options.batch, progress or SilentProgress())
            run.all(rows, reader)
        return run.summary(source.name)


@dataclass
class _Run:
    """One import under way."""

    builder: DraftBuilder
    quarantine: Quarantine
    intake: Intake
    batch: int
    progress: Progress
    read: int = 0
    skipped: int = 0
    admitted: AdmitResult = field(default_factory=AdmitResult)
    columns: set[str] = field(default_factory=set)
    waiting: list[Draft] = field(default_factory=list)

    def all(self, rows: Iterator[Row | BadRow], reader: Reader) -> None:
        """Take every row, in batches."""
        for row in rows:
            self.read += 1
            self._take(row)
            if len(self.waiting) >= self.batch:
                self._flush(reader)
        self._flush(reader)

    def summary(self, name: str) -> ImportSummary:
        """What became of the file."""
        fate, bad = self.admitted, self.quarantine
        return ImportSummary(
            file=name,
            mapping=self.builder.mapping.name,
            read=self.read,
            new=fate.new,
            updated=fate.updated,
            unchanged=fate.unchanged,
            unmatched=fate.unmatched,
            quarantined=bad.count,
            skipped=self.skipped,
            quarantine_path=bad.path if bad.count else None,
            reasons=dict(sorted(bad.reasons.items())),
            ignored_columns=presentable(sorted(self.columns - self.builder.mapping.known_columns())),
        )

    def _take(self, row: Row | BadRow) -> None:
        if isinstance(row, BadRow):
            self.quarantine.add(row.line, row.reason, row.values)
            return
        self.columns.update(row.values)
        try:
            draft = self.builder.build(row)
        except RowError as error:
            self.quarantine.add(row.line, str(error), row.values)
            return
        if isinstance(draft, Tombstone):
            self.skipped += 1
        else:
            self.waiting.append(draft)

    def _flush(self, reader: Reader) -> None:
        if self.waiting:
            self.admitted += self.intake.admit(self.waiting)
            self.waiting = []
        self.progress.update(self.read, reader.fraction())


def _chosen(names: type[_Name], value: str | None, option: str) -> _Name | None:
    if value is None:
        return None
    try:
        return names(value)
    except ValueError:
        raise InputError(f"{option}：没有 {value}；可用：{'、'.join(names)}") from None


def _peeked(reader: Reader) -> tuple[Iterator[Row | BadRow], list[str]]:
    """All rows, and the columns of the first ones."""
    rows = iter(reader)
    first = list(islice(rows, _PEEK))
    columns = dict.fromkeys(key for row in first if isinstance(row, Row) for key in row.values)
    return chain(first, rows), list(columns)


def _nothing_readable(source: Source, rows: Iterator[Row | BadRow]) -> Iterator[Row | BadRow]:
    """A header without rows is a file without mentions; refused rows only are a file of another kind."""
    first = next(rows, None)
    if first is not None:
        reason = first.reason if isinstance(first, BadRow) else "没有列"
        raise InputError(f"{source.name}：前 {_PEEK} 行都无法读取（第 {first.line} 行：{reason}）")
    return iter(())


def _check_platform(source: Source, mapping: FieldMapping, chosen: Platform | None) -> None:
    if chosen is None and mapping.platform is None and "platform" not in mapping.columns:
        raise InputError(f"{source.name}：看不出平台，请用 --platform 指定（{'、'.join(Platform)}）")
    _chosen(Platform, mapping.platform, f"映射 {mapping.name} 的 platform")
    _chosen(MentionKind, mapping.kind, f"映射 {mapping.name} 的 kind")


def _quarantine_path(options: ImportOptions, source: Source) -> Path:
    name = _UNSAFE.sub("_", source.name)[-80:]
    return options.quarantine / f"{name}-{source.digest}.jsonl"
