"""A JSON array of objects, read element by element."""

import io
import re
from collections.abc import Iterator

from crawlers.imports.encoding import Encoding
from crawlers.imports.lines import MAX_LINE
from crawlers.imports.readers.json_lines import parse_object, salvage
from crawlers.imports.rows import BadRow, Row
from crawlers.imports.source import Source

_CHUNK = 1 << 16
# Inside a string only its end matters, outside only brackets and the start of a string.
_STRING_END = re.compile(r'"|\\.', re.DOTALL)
_STRUCTURE = re.compile(r'["{}\[\]]')


class JsonArrayReader:
    """Objects of a file that is one JSON array."""

    is_table = False

    def __init__(self, source: Source, encoding: Encoding) -> None:
        self._source = source
        self._encoding = encoding

    def __iter__(self) -> Iterator[Row | BadRow]:
        """Every element; an array that ends too early gives the elements before, then a BadRow."""
        self._source.file.seek(0)
        wrapper = io.TextIOWrapper(self._source.file, self._encoding.codec, errors="replace", newline="\n")
        framer = _Framer()
        try:
            while chunk := wrapper.read(_CHUNK):
                yield from framer.feed(chunk)
            yield from framer.finish()
        finally:
            wrapper.detach()

    def fraction(self) -> float:
        """How much of the file has been read."""
        return min(1.0, self._source.file.tell() / self._source.size)


class _Framer:
    """Cuts the text of an array into the texts of its elements, whatever the chunks are."""

    def __init__(self) -> None:
        self._text = ""  # unread part of the element under way, or of the space between two
        self._at = 0  # how far `_text` has been scanned
        self._depth = 0
        self._in_string = False
        self._start: int | None = None
        self._line = 1  # line of the first character of `_text`

    def feed(self, chunk: str) -> Iterator[Row | BadRow]:
        """The elements that this chunk completes."""
        self._text += chunk
        while (found := self._next()) is not None:
            yield from self._step(found)
        self._drop(self._at if self._start is None else self._start)
        if len(self._text) > MAX_LINE:
            yield BadRow(self._line, f"一个元素超过 {MAX_LINE} 个字符，其后的内容无法读取")
            self._text, self._at, self._start, self._in_string, self._depth = "", 0, None, False, 1

    def finish(self) -> Iterator[Row | BadRow]:
        """What is wrong with the end."""
        if self._start is not None:
            yield BadRow(self._line, "JSON 数组在一个元素中间结束", salvage(self._text))
        elif self._depth > 0:
            yield BadRow(self._line, "JSON 数组没有结尾的 ]")

    def _next(self) -> re.Match[str] | None:
        pattern = _STRING_END if self._in_string else _STRUCTURE
        found = pattern.search(self._text, self._at)
        if found is None:
            # A backslash at the end of a chunk belongs to what comes next.
            self._at = max(self._at, len(self._text) - (1 if self._text.endswith("\\") else 0))
        return found

    def _step(self, found: re.Match[str]) -> Iterator[Row | BadRow]:
        self._at = found.end()
        mark = found.group()
        if mark == '"':
            self._in_string = not self._in_string
        elif mark in ("{", "["):
            if self._depth == 1 and self._start is None:
                self._start = found.start()
            self._depth += 1
        elif mark in ("}", "]"):
            self._depth -= 1
            if self._depth == 1 and self._start is not None:
                yield self._element()

    def _element(self) -> Row | BadRow:
        self._drop(self._start or 0)
        row = parse_object(self._line, self._text[: self._at])
        self._start = None
        self._drop(self._at)
        return row

    def _drop(self, count: int) -> None:
        self._line += self._text.count("\n", 0, count)
        self._text = self._text[count:]
        self._at -= count
        if self._start is not None:
            self._start -= count
