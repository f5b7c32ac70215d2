"""Rows that did not get in, with line and reason, fit to be shown: masked and without authors."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

from crawlers.imports.cells import is_missing, text_of
from crawlers.imports.mapping import PERSONAL, FieldMapping
from yuqing.domain.errors import InputError
from yuqing.jobs.handles import mask_handles, mask_name

_MAX_CELL = 2_000
# Addresses and ancestors carry the numbers of people; a row is found again by its line and its own id.
_HIDDEN = PERSONAL | {"url", "parent", "root"}


@dataclass(slots=True)
class Quarantine:
    """One file of refused rows, written beside its final place and moved there when the import ends.

    The same input always writes the same file. An import that breaks off leaves the earlier one untouched; one
    without refused rows removes it.
    """

    path: Path
    mapping: FieldMapping
    mask: Callable[[str], str]
    count: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    _file: IO[str] | None = None

    def add(self, line: int, reason: str, values: Mapping[str, object]) -> None:
        """Write one refused row."""
        record = {"line": line, "reason": reason, "row": self._shown(values)}
        self._open().write(json.dumps(record, ensure_ascii=False) + "\n")
        self.count += 1
        short = reason.partition("（")[0]  # positions and advice stay in the file
        self.reasons[short] = self.reasons.get(short, 0) + 1

    def __enter__(self) -> "Quarantine":
        """Nothing is created before the first refused row."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Put the file in its place, unless the import broke off."""
        if self._file is None:
            if kind is None and self.path.exists():
                self.path.unlink()
            return
        self._file.close()
        if kind is None:
            self._partial.replace(self.path)
        else:
            self._partial.unlink(missing_ok=True)

    @property
    def _partial(self) -> Path:
        return self.path.with_suffix(".partial")

    def _open(self) -> IO[str]:
        if self._file is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._partial.open("w", encoding="utf-8")
            except OSError as error:
                raise InputError(f"{self.path.parent}：无法写入隔离文件（{error.strerror}）") from None
        return self._file

    def _shown(self, values: Mapping[str, object]) -> dict[str, str]:
        """Cells of mapped columns only: an unknown column may hold anything about anybody."""
        columns = self.mapping.columns
        hidden = {column for name in _HIDDEN for column in columns.get(name, ())}
        shown = {column for names in columns.values() for column in names} - hidden
        personal = {column for name in PERSONAL for column in columns.get(name, ())}
        people = [text_of(values[column]) for column in personal if not is_missing(values.get(column))]
        return {
            column: self._masked(text_of(cell)[:_MAX_CELL], people)
            for column, cell in values.items()
            if column in shown and not is_missing(cell)
        }

    def _masked(self, text: str, people: list[str]) -> str:
        masked = mask_handles(self.mask(text), lambda name: ())
        for name in people:
            masked = mask_name(masked, name)
        return masked
