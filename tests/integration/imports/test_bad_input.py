"""Files that cannot be imported: each says in one sentence what is wrong, and nothing is stored."""

import io
import stat

import pytest
from openpyxl import Workbook

from crawlers.imports import import_file
from crawlers.imports.mapping import FieldMapping
from yuqing.domain.errors import InputError, YuqingError
from yuqing.domain.ports import MentionQuery


def sheet(*rows: tuple[object, ...]) -> bytes:
    """A workbook."""
    book, target = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(target)
    return target.getvalue()


HEADER = "text,published_at\n"
ROW = "云江银行,2026-02-20 10:00\n"


@pytest.mark.parametrize(
    ("name", "data", "options", "told"),
    [
        ("empty.csv", b"", {}, "空"),
        ("blank.csv", b"\n \n", {}, "表头"),
        ("bad.csv", (HEADER + "云江银行").encode() + b"\xff\xff" + ROW.encode(), {}, "字节"),
        ("utf16.csv", (HEADER + ROW).encode("utf-16"), {}, "NUL"),
        ("twice.csv", (b"text,text,time\na,b,c\n"), {}, "重复：text"),
        ("notext.csv", "标题,发布时间\na,2026-02-20\n".encode(), {}, "没有 text 列"),
        ("notime.csv", b"text,x\na,b\n", {}, "没有 published_at 列"),
        ("platform.csv", (HEADER + ROW).encode(), {}, "--platform"),
        ("foreign.csv", (HEADER + ROW).encode(), {"platform": "myspace"}, "没有 myspace"),
        ("kind.csv", (HEADER + ROW).encode(), {"platform": "weibo", "kind": "tweet"}, "没有 tweet"),
        ("cut.json", b'{"a": "cut', {}, "第 1 行：JSON"),
        ("object.json", b'{\n "data": []\n}', {}, "跨行"),
        ("numbers.json", b"[1, 2, 3]", {}, "前 50 行都无法读取"),
        ("none.xlsx", sheet(), {}, "表头"),
        ("broken.xlsx", sheet(("text",), ("a",))[:-40], {}, "xlsx"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1", {}, "另存为"),
    ],
    ids=lambda value: value.partition(".")[0] if isinstance(value, str) and value.isascii() else "",
)
def test_a_file_that_cannot_be_read_is_told(desk, name, data, options, told):
    """The message names the file and what to do; the store stays empty."""
    path = desk.write(name, data)
    with pytest.raises(InputError, match=told) as caught:
        desk.load(path, **options)
    assert name in str(caught.value) or "--" in str(caught.value)
    assert desk.store.count(MentionQuery()) == 0


def test_no_file_and_a_folder(desk):
    """Neither can be opened."""
    with pytest.raises(InputError, match="没有这个文件"):
        desk.load(desk.folder / "none.csv")
    with pytest.raises(InputError, match="文件夹"):
        desk.load(desk.folder)


@pytest.mark.parametrize("name", ["header.csv", "header.xlsx"])
def test_a_header_without_rows_is_no_error(desk, name):
    """An export of a quiet day is empty."""
    data = sheet(("text", "published_at")) if name.endswith("xlsx") else HEADER.encode()
    assert desk.load(desk.write(name, data), platform="weibo").read == 0


def test_an_unknown_platform_in_a_row_costs_that_row(desk):
    """The rows beside it are imported."""
    data = "text,published_at,platform\n云江银行,2026-02-20 10:00,weibo\n云江银行,2026-02-20 10:00,myspace\n"
    summary = desk.load(desk.write("a.csv", data))
    assert (summary.new, summary.reasons) == (1, {"platform 不在已知取值中": 1})


def test_a_mapping_with_an_unknown_platform_or_kind_is_told(desk):
    """Before any row is read."""
    path = desk.write("a.csv", HEADER + ROW)
    columns = {"text": ("text",), "published_at": ("published_at",)}
    for mapping in (
        FieldMapping("m.yml", columns, platform="myspace"),
        FieldMapping("m.yml", columns, "weibo", "tweet"),
    ):
        with pytest.raises(InputError, match=r"映射 m\.yml 的 (platform|kind)：没有 (myspace|tweet)"):
            desk.load(path, mapping=mapping)


def test_a_quarantine_that_cannot_be_written_is_told(desk):
    """A refused row must not be lost silently."""
    desk.write("quarantine", "a file where the folder should be")
    with pytest.raises(InputError, match="无法写入"):
        desk.load(desk.write("a.csv", HEADER + ",\n" + ROW), platform="weibo")


def test_a_file_without_permission_is_told(desk):
    """The file of another user. Root may read everything, so this says nothing where tests run as root."""
    path = desk.write("a.csv", HEADER + ROW)
    path.chmod(0)
    try:
        with path.open("rb"):
            pytest.skip("this user may read everything")
    except PermissionError:
        with pytest.raises(InputError, match="无法读取"):
            desk.load(path, platform="weibo")
    finally:
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)


def test_standard_input_that_is_not_there(desk):
    """A daemon has none."""
    with pytest.raises(YuqingError, match="标准输入"):
        import_file(None, desk.options(), desk.intake(), desk.clock)
