"""Whatever a file holds, it becomes rows, reasons, or one clear refusal: never a crash."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.imports.drafts import DraftBuilder, Tombstone
from crawlers.imports.presets import PRESETS, detect
from crawlers.imports.readers import open_reader
from crawlers.imports.rows import BadRow, Row, RowError
from crawlers.imports.source import Source
from yuqing.domain.draft import Draft
from yuqing.domain.errors import InputError
from yuqing.domain.mention import Platform

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

pieces = st.sampled_from(
    [
        *(bytes([byte]) for byte in b'[]{}",:\\\n\r\t\x00\xffa1'),
        *(b"\xef\xbb\xbf", b"null", b'{"a": 1}', b"PK\x03\x04", b"a,b\n", b'"x","y"\n', b"1e999", b"9" * 5000),
        *("云".encode(), "江".encode("gb18030")),
    ]
)
files = st.binary(max_size=200) | st.lists(pieces, max_size=25).map(b"".join)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["nan", "1.2万", "2026-03-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


def rows(data: bytes, name: str) -> list[Row | BadRow]:
    """All records, or none where the file is refused."""
    try:
        return list(open_reader(Source(name, io.BytesIO(data), max(1, len(data)), "0")))
    except InputError as error:
        return [] if name in str(error) else pytest.fail(f"the refusal does not name {name}")


def outcome(builder: DraftBuilder, row: Row) -> Draft | Tombstone | str:
    """A draft, or the reason why there is none."""
    try:
        return builder.build(row)
    except RowError as error:
        return str(error)


@settings(max_examples=150, deadline=None)
@given(files, st.sampled_from(["a.csv", "a.jsonl", "a.json", "a.xlsx", "stdin"]))
def test_any_bytes_are_rows_or_one_refusal(data, name):
    """The refusal names the file."""
    assert all(row.line >= 1 for row in rows(data, name))


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), min_size=2, max_size=2)
    )
)
def test_what_the_csv_module_writes_is_read_back(cells):
    """Quotes, delimiters and every kind of line end inside cells."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([("甲", "乙"), *cells])
    found = rows(out.getvalue().encode(), "a.csv")
    assert [[row.values["甲"], row.values["乙"]] for row in found if isinstance(row, Row)] == cells
    assert len(found) == len(cells)


@settings(max_examples=120, deadline=None)
@given(st.data(), st.sampled_from(sorted(PRESETS)), st.booleans())
def test_any_cells_are_a_draft_or_a_reason(data, name, is_table):
    """Also lists, tables, huge numbers and texts of JSON in the wrong column."""
    mapping = PRESETS[name]
    columns = sorted(mapping.known_columns())
    cells = {column: data.draw(json_values, column) for column in columns if data.draw(st.booleans())}
    builder = DraftBuilder(mapping, NOW, Platform.WEIBO, is_table=is_table)
    assert isinstance(outcome(builder, Row(1, cells)), Draft | Tombstone | str)


@pytest.mark.parametrize(
    "number", ["9" * 5_000, "-" + "9" * 5_000, "1e400", "NaN", "1" + "0" * 400 + ".0"], ids=range(5)
)
def test_numbers_beyond_all_measure(number):
    """Python refuses to turn more than 4,300 digits into a number; that is a reason, not a crash."""
    found = rows(f'{{"text": "x", "published_at": "2026-03-01", "likes": {number}}}\n'.encode(), "a.jsonl")
    assert len(found) == 1
    builder = DraftBuilder(detect(["text", "published_at", "likes"]), NOW, Platform.WEIBO)
    told = outcome(builder, found[0]) if isinstance(found[0], Row) else found[0].reason
    assert isinstance(told, Draft) or "likes" in told or "JSON" in told


def test_deep_nesting_is_a_reason():
    """A bomb of brackets in one line."""
    data = json.dumps({"text": "x"}).encode() + b"\n" + b'{"a": ' * 20_000 + b"\n"
    found = rows(data, "a.jsonl")
    assert [type(row) for row in found] == [Row, BadRow]
