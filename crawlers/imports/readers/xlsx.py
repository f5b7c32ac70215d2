"""Excel workbooks, row by row."""

from collections.abc import Iterator, Sequence
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from crawlers.imports.readers.header import header, named
from crawlers.imports.rows import BadRow, Row
from crawlers.imports.source import Source
from yuqing.domain.errors import InputError


class XlsxReader:
    """Rows of the first sheet; its first row has the column titles."""

    is_table = True

    def __init__(self, source: Source) -> None:
        self._name = source.name
        try:
            self._book = load_workbook(source.file, read_only=True, data_only=True)
        except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
            raise InputError(f"{source.name}：不是完整的 .xlsx 文件（{type(error).__name__}）") from None
        self._seen = 0
        self._total: int | None = None

    def __iter__(self) -> Iterator[Row | BadRow]:
        """Every row that has a cell."""
        sheet = self._book.worksheets[0]
        self._total = sheet.max_row
        rows = sheet.iter_rows(values_only=True)
        try:
            titles = header(self._name, next(rows, ()))
            for line, cells in enumerate(rows, start=2):
                self._seen = line
                if any(cell is not None for cell in cells):
                    yield _row(line, titles, cells)
        except (BadZipFile, EOFError, SyntaxError) as error:
            raise InputError(
                f"{self._name}：.xlsx 在第 {self._seen + 1} 行之后损坏（{type(error).__name__}）"
            ) from None
        finally:
            self._book.close()

    def fraction(self) -> float | None:
        """How much of the sheet has been read, where it says how long it is."""
        return min(1.0, self._seen / self._total) if self._total else None


def _row(line: int, titles: Sequence[str], cells: Sequence[object]) -> Row | BadRow:
    width = len(titles)
    if any(cell is not None for cell in cells[width:]):
        return BadRow(line, f"有 {len(cells)} 列，表头有 {width} 列")
    padded = (*cells[:width], *(None for _ in range(width - len(cells))))
    return Row(line, named(titles, padded))
