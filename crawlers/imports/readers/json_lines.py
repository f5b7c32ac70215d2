"""JSON lines: one object per line."""

import json
import re
from collections.abc import Iterator

from crawlers.imports.lines import Line, Lines
from crawlers.imports.rows import BadRow, Row
from yuqing.domain.errors import InputError

_SALVAGED = 100_000  # characters of a broken line that are looked through
_PAIR = re.compile(r'"([^"\\]{1,64})"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d{1,40}(?:\.\d{1,40})?(?![\d.])|true|false|null)')


class JsonLinesReader:
    """Objects of a file with one JSON object per line."""

    is_table = False

    def __init__(self, name: str, lines: Lines) -> None:
        self._name = name
        self._lines = lines

    def __iter__(self) -> Iterator[Row | BadRow]:
        """Every object; a line that is none is a BadRow."""
        for line in self._lines:
            if not line.text.strip():
                continue
            row = _parsed(line)
            if line.number == 1 and isinstance(row, BadRow) and line.text.strip() == "{":
                raise InputError(f"{self._name}：这是一个跨行的 JSON 对象；需要每行一个对象，或对象数组")
            yield row

    def fraction(self) -> float:
        """How much of the file has been read."""
        return self._lines.fraction()


def _parsed(line: Line) -> Row | BadRow:
    if line.problem:
        return BadRow(line.number, line.problem, salvage(line.text))
    return parse_object(line.number, line.text)


def parse_object(line: int, text: str) -> Row | BadRow:
    """The object written in a text, or why there is none. NaN and Infinity are read as missing."""
    try:
        value = json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        return BadRow(line, f"JSON 不完整或有误（第 {error.pos} 个字符：{error.msg}）", salvage(text))
    except (ValueError, RecursionError) as error:  # thousands of digits, or of brackets
        return BadRow(line, f"JSON 里的数字过长或嵌套过深（{type(error).__name__}）", salvage(text))
    if not isinstance(value, dict):
        return BadRow(line, f"不是 JSON 对象，而是 {type(value).__name__}")
    return Row(line, value)


def salvage(text: str) -> dict[str, object]:
    """The complete simple pairs of a broken object, so that a quarantined row can still be recognised."""
    return {found.group(1): json.loads(found.group(2), strict=False) for found in _PAIR.finditer(text[:_SALVAGED])}
