"""One reader per file format; `open_reader` picks it by what the file is, not by what it is called."""

from crawlers.imports.lines import Lines
from crawlers.imports.readers.csv import CsvReader
from crawlers.imports.readers.json_array import JsonArrayReader
from crawlers.imports.readers.json_lines import JsonLinesReader
from crawlers.imports.readers.xlsx import XlsxReader
from crawlers.imports.rows import Reader
from crawlers.imports.source import Source
from yuqing.domain.errors import InputError

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def open_reader(source: Source) -> Reader:
    """The reader for a source. Raises InputError for formats and encodings that we do not read."""
    head = source.head()
    if head.startswith(b"PK\x03\x04"):
        return XlsxReader(source)
    if head.startswith(_OLD_EXCEL):
        raise InputError(f"{source.name}：这是旧版 Excel（.xls），请另存为 .xlsx 或 CSV")
    lines = Lines(source)
    match _first_character(head):
        case b"[" if source.suffix not in {".csv", ".tsv", ".txt"}:
            return JsonArrayReader(source, lines.encoding)
        case b"{":
            return JsonLinesReader(source.name, lines)
        case _:
            return CsvReader(source.name, lines)


def _first_character(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
