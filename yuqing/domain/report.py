"""A report whose every number and quote carries its proof."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from yuqing.domain.mention import MentionId


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with the query that gives it. value None: unknown, shown as 无数据, never filled in."""

    name: str
    value: float | None
    unit: str
    proof: Mapping[str, object]  # a MentionQuery as plain data plus the measure: recomputable by `yuqing verify report`


@dataclass(frozen=True, slots=True)
class Quote:
    """A literal piece of a mention's stored text."""

    mention_id: MentionId
    text: str
    platform: str
    published_at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with sentences, figures, tables, charts and quotes, in this order."""

    id: str
    title: str
    sentences: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple["Table", ...] = ()
    charts: tuple["Chart", ...] = ()
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text or figures under column titles."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple["str | Figure", ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Series over common x labels; a None value is a gap (unknown), drawn as such."""

    id: str
    title: str
    kind: str  # line | bar | stacked_bar
    x: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    note: str = ""
    proofs: tuple[tuple[Mapping[str, object], ...], ...] = ()  # one per value, in the order of `series`


@dataclass(frozen=True, slots=True)
class Report:
    """The weekly opinion report of one subject over [since, until)."""

    id: str
    subject_id: str
    subject_name: str
    since: datetime
    until: datetime
    compiled_at: datetime
    sections: tuple[Section, ...] = field(default=())
    notes: tuple[str, ...] = ()  # what is missing and why
