"""Cells of exports run nothing in a spreadsheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.formula import escape, unescape

DANGEROUS = "=+-@\t\r\n＝＋－＠"


@given(st.text() | st.text(alphabet="'=+-@\t\r\nabc＝1"))
def test_escaping_is_undone_exactly(text):
    """Also of text that looks escaped already."""
    assert unescape(escape(text)) == text


@given(st.sampled_from(DANGEROUS), st.text())
def test_no_cell_begins_like_a_formula(mark, rest):
    """Excel runs a cell by its first character."""
    assert escape(mark + rest)[0] == "'"


@pytest.mark.parametrize("text", ["云江银行", "a=b", "1-2", "", "'quoted'", "负面 -3"])
def test_ordinary_text_is_left_alone(text):
    """Only the first character matters."""
    assert escape(text) == text
