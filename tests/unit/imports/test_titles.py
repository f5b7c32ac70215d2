"""Messages about columns never show what people wrote or who they are."""

import pytest

from crawlers.imports.mapping import parse_map
from crawlers.imports.presets import detect
from crawlers.imports.readers.header import header
from crawlers.imports.titles import NO_HEADER, is_title, presentable
from yuqing.domain.errors import InputError

HEADERLESS = ["王小明1990", "13812345678", "云江银行排队两小时，没人管", "2026/2/20 10:01", "3"]


@pytest.mark.parametrize("title", ["内容", "发布时间(北京)", "like_count", "IP属地", "评论2", "user.id"])
def test_names_of_columns_are_shown(title: str) -> None:
    """They help to write a mapping."""
    assert is_title(title)


@pytest.mark.parametrize(
    "value",
    ["13812345678", "7654321098", "2026-02-20", "10:01", "3", "1.2万", "@王小明", "https://x.cn", "一二三四五" * 5,
     "好，很好", "a@b.example.com", "联系人：王小明"],
)  # fmt: skip
def test_values_are_no_titles(value: str) -> None:
    """Numbers, times, names after a label, addresses and sentences."""
    assert not is_title(value)


def test_a_headerless_file_is_told_without_its_first_row() -> None:
    """Not even the nickname in it, which alone would look like a title."""
    with pytest.raises(InputError, match=NO_HEADER) as caught:
        detect(HEADERLESS).check("a.csv", HEADERLESS)
    assert not any(value in str(caught.value) for value in HEADERLESS if len(value) > 1)
    with pytest.raises(InputError, match=NO_HEADER) as caught:
        header("a.csv", [*HEADERLESS, "王小明1990"])
    assert "王小明" not in str(caught.value)


def test_a_missing_column_is_told_with_at_most_twenty_others() -> None:
    """A message of a thousand titles is no message."""
    with pytest.raises(InputError, match=r"列a、列b.*等 26 列") as caught:
        parse_map("text=正文").check("a.csv", [f"列{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"])
    assert "列z" not in str(caught.value)


def test_a_title_that_occurs_twice_is_named() -> None:
    """It has to be renamed."""
    with pytest.raises(InputError, match="列名重复：内容"):
        header("a.csv", ["内容", "时间", "内容"])


def test_columns_that_are_not_read_are_named_where_they_have_a_name() -> None:
    """The others are counted."""
    assert presentable(["心情", "13812345678"]) == ("心情", "另有 1 列")
    assert presentable(["心情"]) == ("心情",)
    assert len(presentable([f"列{'甲乙丙丁'[n % 4]}{'abcdefghij'[n // 4]}" for n in range(40)])) == 21
