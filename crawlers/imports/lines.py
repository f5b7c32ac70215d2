"""Physical lines of a text file, numbered, decoded strictly, with a limit on their length."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from crawlers.imports.encoding import detect_encoding
from crawlers.imports.source import Source

MAX_LINE = 4 << 20  # characters; a longer "line" is a broken file and would fill the memory


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its LF. `problem` says why it must not be used."""

    number: int
    text: str
    problem: str | None = None


class Lines:
    """The lines of a source. Only LF ends a line: a lone CR is content (Douyin comments carry them)."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.encoding = detect_encoding(source.name, source.file)

    def __iter__(self) -> Iterator[Line]:
        """Every line in order."""
        self._source.file.seek(0)
        # "replace" can only ever meet the cut last character: everything before it was decoded strictly.
        wrapper = io.TextIOWrapper(self._source.file, self.encoding.codec, errors="replace", newline="\n")
        try:
            yield from self._numbered(wrapper)
        finally:
            if not self._source.file.closed:
                wrapper.detach()  # or the wrapper would close the file when it is collected

    def fraction(self) -> float:
        """How much of the file has been read."""
        return min(1.0, self._source.file.tell() / self._source.size)

    def _numbered(self, wrapper: io.TextIOWrapper) -> Iterator[Line]:
        number = 0
        while text := wrapper.readline(MAX_LINE):
            number += 1
            if len(text) == MAX_LINE and not text.endswith("\n"):
                _skip_rest(wrapper)
                yield Line(number, text[:200], f"一行超过 {MAX_LINE} 个字符")
            elif self.encoding.is_cut and not text.endswith("\n"):
                yield Line(number, text, "文件在一个字符中间被截断")
            else:
                yield Line(number, text.removesuffix("\n"))


def _skip_rest(wrapper: io.TextIOWrapper) -> None:
    while (rest := wrapper.readline(MAX_LINE)) and not rest.endswith("\n"):
        continue
