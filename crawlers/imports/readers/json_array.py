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
            if not self._source.file.closed:
                wrapper.detach()  # or the wrapper would close the file when it is collected

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
        self._in_element = False  # an object or array, which then begins where `_text` begins
        self._is_stray = False  # between two elements stood something that is no object
        self._line = 1  # line of the first character of `_text`

    def feed(self, chunk: str) -> Iterator[Row | BadRow]:
        """The elements that this chunk completes."""
        self._text += chunk
        while (found := self._next()) is not None:
            yield from self._step(found)
        if not self._in_element:
            self._pass_by(self._at)
        elif len(self._text) > MAX_LINE:
            yield BadRow(self._line, f"一个元素超过 {MAX_LINE} 个字符，其后的内容无法读取")
            self._text, self._at, self._in_element, self._in_string, self._depth = "", 0, False, False, 1

    def finish(self) -> Iterator[Row | BadRow]:
        """What is wrong with the end."""
        yield from self._strays()
        if self._in_element:
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
            yield from self._open(found.start())
        elif mark in ("}", "]"):
            yield from self._close(found.start())

    def _open(self, at: int) -> Iterator[Row | BadRow]:
        if not self._in_element:
            self._pass_by(at)
            yield from self._strays()
            if self._depth == 0:
                self._drop(1)
            else:
                self._in_element = True
        self._depth += 1

    def _close(self, at: int) -> Iterator[Row | BadRow]:
        if not self._in_element:
            self._pass_by(at)
            yield from self._strays()
            self._drop(1)
        self._depth -= 1
        if self._in_element and self._depth == 1:
            yield parse_object(self._line, self._text[: self._at])
            self._in_element = False
            self._drop(self._at)

    def _strays(self) -> Iterator[BadRow]:
        if self._is_stray:
            self._is_stray = False
            yield BadRow(self._line, "数组里有不是 JSON 对象的元素")

    def _pass_by(self, count: int) -> None:
        """Leave the text between two elements behind; only commas and white space belong there."""
        self._is_stray = self._is_stray or bool(self._text[:count].strip(", \t\r\n\ufeff"))
        self._drop(count)

    def _drop(self, count: int) -> None:
        self._line += self._text.count("\n", 0, count)
        self._text = self._text[count:]
        self._at -= count
