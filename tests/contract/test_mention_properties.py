"""MentionStore: round trips and the meaning of text queries as properties, on every adapter."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.text import matches_text
from tests.contract.samples import (
    NEGATIVE,
    NOON,
    POSITIVE,
    annotation,
    annotations,
    mention,
    mentions,
    queried_mentions,
    trees,
)
from yuqing.domain.annotation import Annotation
from yuqing.domain.mention import Mention, MentionId
from yuqing.domain.ports import MentionQuery, MentionStore, Page
from yuqing.domain.query import Near, Node, Term, matches, normalise, parse_query, render_query

SETTINGS = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
fresh = count()


@SETTINGS
@given(batch=st.lists(mentions, min_size=1, max_size=6, unique_by=lambda each: each.id), data=st.data())
def test_store_then_load_is_equal(store: MentionStore, batch: Sequence[Mention], data: st.DataObject) -> None:
    """Whatever a mention and its annotation hold comes back equal."""
    batch = [replace(each, native_id=f"{each.native_id}{next(fresh)}") for each in batch]
    judged = [data.draw(annotations(each)) for each in batch]
    store.add(batch)
    assert store.annotate(judged) == len(batch)
    loaded = store.get([each.id for each in batch])
    assert [loaded[each.id].mention for each in batch] == batch
    assert [loaded[each.id].annotation for each in batch] == judged


def written(store: MentionStore, templates: Sequence[Mention]) -> tuple[MentionId, ...]:
    """Store the templates under fresh ids; every third is left unscored, every fifth deleted."""
    batch = [replace(each, native_id=f"q{next(fresh)}") for each in templates]
    store.add(batch)
    store.annotate(_judgement(number, each) for number, each in enumerate(batch) if number % 3)
    store.tombstone([each.id for number, each in enumerate(batch) if number % 5 == 4], NOON)
    store.refresh()
    return tuple(each.id for each in batch)


def _judgement(number: int, each: Mention) -> Annotation:
    sentiment = NEGATIVE if number % 2 else POSITIVE
    by_subject = [(subject, POSITIVE) for subject in each.subjects[:1]]
    return annotation(each, sentiment, by_subject, ["app_failure"] if number % 4 else ["fees"], number % 4)


@SETTINGS
@given(
    templates=st.lists(queried_mentions, min_size=1, max_size=8),
    queries=st.lists(trees, min_size=1, max_size=8),
    subjects=st.sampled_from([(), ("yunjiang",)]),
)
def test_a_text_query_finds_what_matches_says(
    store: MentionStore, templates: Sequence[Mention], queries: Sequence[Node], subjects: tuple[str, ...]
) -> None:
    """Every store finds exactly the mentions for which `yuqing.domain.query.matches` holds."""
    ids = written(store, templates)
    everything = store.get(ids).values()
    for tree in queries:
        query = MentionQuery(text=tree, ids=ids, subjects=subjects, include_deleted=True)
        expected = {
            each.mention.id
            for each in everything
            if matches_text(each, query) and (not subjects or "yunjiang" in each.mention.subjects)
        }
        found = store.search(query, Page(size=100))
        assert {item.mention.id for item in found.items} == expected, render_query(tree)
        assert found.total == store.count(query) == len(expected)


_crowded = st.text(alphabet="云江a ", min_size=1, max_size=3).map(normalise).filter(bool).map(Term)


@settings(SETTINGS, max_examples=12)
@given(
    texts=st.lists(st.text(alphabet="云江a 行", max_size=16), min_size=4, max_size=8),
    queries=st.lists(st.builds(Near, _crowded, _crowded, st.integers(0, 6)), min_size=4, max_size=8),
)
def test_near_counts_every_character_between_its_terms(
    store: MentionStore, texts: Sequence[str], queries: Sequence[Near]
) -> None:
    """In texts where the terms overlap, repeat and touch, every store draws the line where `matches` draws it."""
    ids = written(store, [mention(text=text) for text in texts])
    texts_by_id = {each: stored.mention for each, stored in store.get(ids).items()}
    for near in queries:
        query = MentionQuery(text=near, ids=ids, include_deleted=True)
        expected = {
            each for each, stored in texts_by_id.items() if matches(near, f"{stored.title or ''}\n{stored.text}")
        }
        assert {item.mention.id for item in store.search(query, Page(size=100)).items} == expected, render_query(near)


@SETTINGS
@given(st.lists(st.text(alphabet="云江银行aA 1%_", min_size=1, max_size=12), min_size=1, max_size=8), st.data())
def test_every_piece_of_a_text_finds_it(store: MentionStore, texts: Sequence[str], data: st.DataObject) -> None:
    """A quoted piece of any length, at any place, is found in its own text."""
    ids = written(store, [mention(text=text) for text in texts])
    chosen = data.draw(st.integers(0, len(texts) - 1))
    start = data.draw(st.integers(0, len(texts[chosen]) - 1))
    piece = texts[chosen][start : start + data.draw(st.integers(1, 12))]
    if not piece.strip() or chosen % 5 == 4:
        return
    query = MentionQuery(text=parse_query(f'"{piece}"'), ids=ids, include_deleted=True)
    assert ids[chosen] in {item.mention.id for item in store.search(query, Page()).items}


@pytest.mark.parametrize("length", [1, 2, 3, 50, 9_000])
def test_terms_and_texts_of_any_length(store: MentionStore, length: int) -> None:
    """One character and nine thousand are both found exactly."""
    text = ("云江银行手机银行闪退" * 1_000)[:length]
    store.add([mention("whole", f"前{text}后"), mention("other", f"前{text[:-1]}后")])
    store.refresh()
    found = store.search(MentionQuery(text=parse_query(f'"前{text}后"')), Page())
    assert [item.mention.native_id for item in found.items] == ["whole"]
