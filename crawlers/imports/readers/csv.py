"""CSV and TSV. A broken record costs one line, never the rest of the file."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence

from crawlers.imports.lines import Line, Lines
from crawlers.imports.readers.header import header, named
from crawlers.imports.rows import BadRow, Row
from yuqing.domain.errors import InputError

_DELIMITERS = ",\t;|"
_LONE_CR = re.compile(r"\r+")
MAX_RECORD_LINES = 500  # an open quotation mark swallows at most so many lines before it is called broken


class CsvReader:
    """Records of a delimited file whose first line has the column titles."""

    is_table = True

    def __init__(self, name: str, lines: Lines) -> None:
        self._name = name
        self._lines = lines

    def __iter__(self) -> Iterator[Row | BadRow]:
        """Every record; wrong number of cells, or broken quotation, is a BadRow."""
        lines = _Rewindable(iter(self._lines))
        titles, delimiter = self._titles(lines)
        while (first := lines.peek()) is not None:
            if first.problem:
                lines.take()
                yield BadRow(first.number, first.problem)
                continue
            cells = _record(lines, delimiter)
            if cells is None:
                yield BadRow(first.number, "引号没有成对，这一行无法拆成列")
            elif cells:
                yield _row(first.number, titles, cells)

    def fraction(self) -> float:
        """How much of the file has been read."""
        return self._lines.fraction()

    def _titles(self, lines: "_Rewindable") -> tuple[tuple[str, ...], str]:
        first = lines.peek()
        delimiter = max(_DELIMITERS, key=lambda mark: first.text.count(mark)) if first else ","
        cells = _record(lines, delimiter)
        if cells is None:
            raise InputError(f"{self._name}：第 1 行（表头）的引号没有成对，或行尾不是 LF/CRLF")
        return header(self._name, cells), delimiter


class _Rewindable:
    """Lines that can be given back; hands csv.reader a limited number of them."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._given_back: deque[Line] = deque()
        self.pulled: list[Line] = []

    def peek(self) -> Line | None:
        """The next line, which stays the next."""
        line = self.take()
        if line is not None:
            self._given_back.appendleft(line)
        return line

    def take(self) -> Line | None:
        """The next line."""
        return self._given_back.popleft() if self._given_back else next(self._lines, None)

    def give_back(self, lines: Sequence[Line]) -> None:
        """Make these the next lines again."""
        self._given_back.extendleft(reversed(lines))

    def pull(self) -> Iterator[str]:
        """Texts for csv.reader, remembered in `pulled`."""
        self.pulled = []
        while len(self.pulled) < MAX_RECORD_LINES and (line := self.take()) is not None:
            self.pulled.append(line)
            yield line.text + "\n"


def _record(lines: _Rewindable, delimiter: str) -> list[str] | None:
    """The cells of the next record, [] for an empty line; None when it is broken: one line is then consumed."""
    try:
        return next(csv.reader(lines.pull(), strict=True, delimiter=delimiter), [])
    except csv.Error:
        first, *rest = lines.pulled
        lines.give_back(rest)
        return _without_lone_cr(first.text, delimiter)


def _without_lone_cr(text: str, delimiter: str) -> list[str] | None:
    # A carriage return inside an unquoted cell is a line break of the author's, not the end of a record.
    content = text.removesuffix("\r")
    if "\r" not in content:
        return None
    try:
        return next(csv.reader([_LONE_CR.sub(" ", content)], strict=True, delimiter=delimiter), [])
    except csv.Error:
        return None


def _row(line: int, titles: Sequence[str], cells: Sequence[str]) -> Row | BadRow:
    if len(cells) != len(titles):
        return BadRow(line, f"有 {len(cells)} 列，表头有 {len(titles)} 列")
    return Row(line, named(titles, cells))
