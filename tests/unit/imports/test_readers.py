"""Readers stream records and lose at most the broken one."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from crawlers.imports.encoding import Encoding, detect_encoding
from crawlers.imports.lines import MAX_LINE
from crawlers.imports.readers import open_reader
from crawlers.imports.readers.csv import MAX_RECORD_LINES
from crawlers.imports.readers.json_array import _Framer
from crawlers.imports.rows import BadRow, Row
from crawlers.imports.source import Source
from yuqing.domain.errors import InputError

LONG = "云江银行今天又崩了，转账一直失败，客服电话也打不通，急死人了"


def source(data: bytes, name: str = "file") -> Source:
    """A source over bytes."""
    return Source(name, io.BytesIO(data), len(data), "00000000")


def read(data: bytes | str, name: str = "file") -> list[Row | BadRow]:
    """All records of a file."""
    return list(open_reader(source(data.encode() if isinstance(data, str) else data, name)))


def values(rows: list[Row | BadRow]) -> list[dict[str, object]]:
    """Cells of the good rows."""
    return [dict(row.values) for row in rows if isinstance(row, Row)]


def bad(rows: list[Row | BadRow]) -> list[int]:
    """Lines of the broken rows."""
    return [row.line for row in rows if isinstance(row, BadRow)]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (LONG.encode(), Encoding("utf-8-sig")),
        (b"\xef\xbb\xbf" + LONG.encode(), Encoding("utf-8-sig")),
        (LONG.encode("gb18030"), Encoding("gb18030")),
        ("联通".encode("gb18030"), Encoding("gb18030")),
        (b"plain ascii", Encoding("utf-8-sig")),
        (LONG.encode()[:-1], Encoding("utf-8-sig", is_cut=True)),
        ((LONG * 40_000).encode(), Encoding("utf-8-sig")),
    ],
)
def test_encoding_is_told_from_the_bytes(data, encoding):
    """Whole files decide, also where a character lies across two chunks."""
    assert detect_encoding("f", io.BytesIO(data)) == encoding


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (LONG.encode() + b"\xff\xfe abc", len(LONG.encode())),
        (("x" * (1 << 20)).encode() + LONG.encode() + b"\xff;", (1 << 20) + len(LONG.encode())),
        (b"abc\xff\xff", 3),
        ("text".encode("utf-16"), 3),
    ],
)
def test_another_encoding_is_named_by_its_offset(data, offset):
    """Neither UTF-8 nor GB18030: the message says at which byte."""
    with pytest.raises(InputError, match=f"第 {offset} 字节"):
        detect_encoding("f", io.BytesIO(data))


def test_damaged_utf8_is_not_read_as_gb18030():
    """A UTF-8 file with one broken byte must not come out as another, meaningless Chinese text."""
    with pytest.raises(InputError, match="UTF-8 文本在第"):
        detect_encoding("f", io.BytesIO((LONG + "甲").encode() + b"\x80" + "乙丙".encode()))


def test_csv_with_quotes_breaks_and_a_lone_carriage_return():
    """Cells may hold delimiters, quotes and line breaks; a lone CR in an unquoted cell is the author's."""
    rows = read('id,text\r\n1,"a,""b""\nc"\r\n2,x\ry\r\n\r\n3,z\r\n')
    assert values(rows) == [{"id": "1", "text": 'a,"b"\nc'}, {"id": "2", "text": "x y"}, {"id": "3", "text": "z"}]
    assert [row.line for row in rows] == [2, 4, 6]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_are_found(delimiter):
    """The mark that the header uses most."""
    assert values(read(delimiter.join(("id", "text", "time")) + "\n" + delimiter.join("abc"))) == [
        {"id": "a", "text": "b", "time": "c"}
    ]


def test_an_open_quotation_mark_costs_one_line():
    """The rest of the file after a broken quotation mark is still read."""
    rest = "".join(f"{i},t{i}\n" for i in range(MAX_RECORD_LINES * 2))
    rows = read('id,text\n1,"open\n' + rest)
    assert bad(rows) == [2]
    assert len(values(rows)) == MAX_RECORD_LINES * 2


def test_an_open_quotation_mark_near_the_end_costs_one_line():
    """The end of the file closes no quotation mark."""
    rows = read('id,text\n1,a\n2,"open\n3,c\n')
    assert bad(rows) == [3]
    assert [row["id"] for row in values(rows)] == ["1", "3"]


def test_rows_with_another_number_of_cells_are_refused():
    """A shifted row would put the text into the time."""
    rows = read("id,text\n1,a,b\n2\n3,c\n")
    assert bad(rows) == [2, 3]
    assert values(rows) == [{"id": "3", "text": "c"}]


def test_columns_without_a_title_are_ignored():
    """pandas writes its index under an empty title."""
    assert values(read(",text\n0,a\n")) == [{"text": "a"}]


@pytest.mark.parametrize("data", ["text,id,text\na,b,c\n", "\n\n", '"open\n'])
def test_headers_that_cannot_be_used(data):
    """Twice the same title, no title, an open quotation mark: the file is refused with its name."""
    with pytest.raises(InputError, match="file"):
        read(data)


def test_json_lines_keep_going_after_a_broken_line():
    """A truncated line is refused alone, with what can be saved of it."""
    rows = read('{"a": 1}\n{"note_id": "7", "content": "未完\n\n[1]\n{"a": NaN}\n', "x.jsonl")
    assert values(rows) == [{"a": 1}, {"a": None}]
    assert bad(rows) == [2, 4]
    assert [row.values for row in rows if isinstance(row, BadRow)] == [{"note_id": "7"}, {}]


def test_a_file_cut_inside_a_character_loses_only_its_last_line():
    """An interrupted download ends anywhere."""
    data = '{"text": "甲"}\n{"text": "乙'.encode()[:-1]
    rows = read(data, "x.jsonl")
    assert values(rows) == [{"text": "甲"}]
    assert bad(rows) == [2]


def test_a_pretty_printed_object_is_no_json_lines():
    """One object over many lines is a single answer of an API, not a list of mentions."""
    with pytest.raises(InputError, match="跨行"):
        read('{\n "comments": []\n}\n', "x.json")


def test_a_giant_line_is_refused_without_filling_the_memory():
    """What follows it is read."""
    rows = read('{"a": 1}\n{"a": "' + "x" * (MAX_LINE + 10) + '"}\n{"a": 2}\n', "x.jsonl")
    assert values(rows) == [{"a": 1}, {"a": 2}]
    assert bad(rows) == [2]


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers() | st.none(), max_size=4)),
    st.sampled_from([None, 1, 4]),
)
def test_arrays_give_what_json_gives(items, indent):
    """Element by element or at once: the same objects."""
    assert values(read("  " + json.dumps(items, indent=indent), "x.json")) == items


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3), max_size=5), st.integers(1, 7))
def test_array_chunks_do_not_matter(items, size):
    """Wherever a chunk ends, also inside an escape, the elements are the same."""
    framer, text = _Framer(), json.dumps(items, ensure_ascii=True)
    rows = [row for at in range(0, len(text), size) for row in framer.feed(text[at : at + size])]
    assert values(rows) == items
    assert list(framer.finish()) == []


def test_a_truncated_array_gives_its_whole_elements():
    """The element under way is refused with its line."""
    rows = read('[\n{"a": 1},\n{"a": 2, "b": "x', "x.json")
    assert values(rows) == [{"a": 1}]
    assert bad(rows) == [3]


def test_an_array_without_its_end_is_told():
    """All elements are whole, but the file is not."""
    rows = read('[{"a": 1},', "x.json")
    assert values(rows) == [{"a": 1}]
    assert len(bad(rows)) == 1


def test_elements_that_are_no_objects_are_told():
    """Numbers, texts and lists between the objects are refused, not skipped in silence."""
    rows = read('[{"a": 1}, 7, "x{", {"a": 2}, [3], {"a": 3}, null]', "x.json")
    assert values(rows) == [{"a": 1}, {"a": 2}, {"a": 3}]
    assert len(bad(rows)) == 3


def workbook(*rows: tuple[object, ...]) -> bytes:
    """A workbook of one sheet."""
    book, target = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(target)
    return target.getvalue()


def test_workbooks():
    """Rows of the first sheet, empty rows aside."""
    rows = read(workbook(("id", "text", None), (1, "甲", None), (), (2, None, None)), "x.xlsx")
    assert values(rows) == [{"id": 1, "text": "甲"}, {"id": 2, "text": None}]
    assert [row.line for row in rows] == [2, 4]


@pytest.mark.parametrize(
    "data", [workbook(), b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old", workbook(("a", "a"), (1, 2))]
)
def test_workbooks_that_cannot_be_used(data):
    """No cells, a broken archive, the old format, a title twice."""
    with pytest.raises(InputError, match=r"x\.xlsx"):
        read(data, "x.xlsx")


def test_reading_tells_how_far_it_is():
    """A bar needs a share between 0 and 1."""
    reader = open_reader(source(b"id,text\n" + b"1,a\n" * 50_000))
    shares = [reader.fraction() for _ in reader]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] <= 1
