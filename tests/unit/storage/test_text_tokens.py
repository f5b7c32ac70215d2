"""Tokens of the two text indexes: whatever a term is, no text that holds it may be missed."""

import sqlite3
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.elastic.documents import characters
from storage.sqlite.grams import encodable, grams, is_exact, match_expression
from storage.sqlite.schema import STEPS
from tests.contract.samples import any_texts
from yuqing.domain.query import normalise

normals = any_texts.map(normalise).map(encodable)


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    """The text index of the embedded store, in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(next(step for step in STEPS[0] if "fts5" in step))
    yield connection
    connection.close()


@settings(max_examples=200)
@given(text=normals, other=normals, data=st.data())
def test_pairs_find_every_piece(index: sqlite3.Connection, text: str, other: str, data: st.DataObject) -> None:
    """The index finds every piece of a text; where it is said to be exact, it finds nothing else."""
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    term = text[start : start + data.draw(st.integers(1, 6))]
    index.execute("INSERT INTO grams (grams) VALUES ('delete-all')")
    index.executemany("INSERT INTO grams (rowid, pairs) VALUES (?, ?)", [(1, grams(text)), (2, grams(other))])
    found = {row for (row,) in index.execute("SELECT rowid FROM grams WHERE grams MATCH ?", (match_expression(term),))}
    assert 1 in found
    if is_exact(term):
        assert (2 in found) == (term in other)


@pytest.mark.parametrize("stand_in", ["\uff21", "\uff22", "\uff23"])
def test_stand_ins_never_occur_in_a_normalised_text(stand_in: str) -> None:
    """The characters that stand for blanks, controls and the end cannot come from a text."""
    assert stand_in not in normalise(stand_in)
    assert unicodedata.normalize("NFKC", stand_in) != stand_in


@given(any_texts)
def test_characters_are_tokens_without_blanks(text: str) -> None:
    """Elasticsearch gets one token a character, and none that its tokeniser would split or drop."""
    tokens = characters(normalise(text))
    assert len(tokens) == len(normalise(text))
    assert not any(token.isspace() for token in tokens)


def test_lone_surrogates_are_replaced() -> None:
    """Text that UTF-8 has no form for is searchable without it."""
    assert encodable("闪\ud83d退") == "闪?退"
    assert characters("闪\ud83d退") == ["闪", "?", "退"]
