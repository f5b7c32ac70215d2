"""What readers yield: rows, and places where there should have been one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file with the line where it starts. Cells stay out of the repr: they are personal data."""

    line: int
    values: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A record that could not be read, with what could be saved of it."""

    line: int
    reason: str
    values: Mapping[str, object] = field(default_factory=dict, repr=False)


class RowError(Exception):
    """A record was read but cannot become a mention; the text is the reason, without any cell of the row."""


class Reader(Protocol):
    """Streams the records of one file. `is_table`: cells are those of a spreadsheet, where formulas are escaped."""

    is_table: bool

    def __iter__(self) -> Iterator[Row | BadRow]:
        """Every record in file order, once."""
        ...

    def fraction(self) -> float | None:
        """How much of the file has been read, 0 to 1; None when it cannot be told."""
        ...
