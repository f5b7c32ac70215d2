"""Items vanish and change at their time, and the same world tells it the same way everywhere."""

from datetime import datetime, timedelta

import pytest

from simulator.corpus import Author, Comment, Post, Shelf, Truth
from simulator.formats import parse_moment

NOW = parse_moment("2026-03-14T09:30")
WHO = Author("1", "甲")
TRUTH = Truth("neutral", "other", "test")


def post(number: int, text: str, **more: object) -> Post:
    """A post so many minutes before now."""
    return Post(str(number), NOW - timedelta(minutes=number), text, WHO, TRUTH, **more)


def seen(shelf: Shelf[Post], word: str, at: datetime = NOW) -> list[str]:
    """Texts that a search shows, oldest first."""
    return [item.text for item in shelf.search(word, at)]


def test_a_deleted_item_is_gone_from_its_time_on() -> None:
    """From searches and from its own page."""
    shelf = Shelf([post(30, "云江银行一"), post(20, "云江银行二", deleted_at=NOW - timedelta(minutes=5))])
    before = NOW - timedelta(minutes=6)
    assert seen(shelf, "云江", before) == ["云江银行一", "云江银行二"]
    assert seen(shelf, "云江") == ["云江银行一"]
    assert (shelf.get("20", before) is None, shelf.get("20", NOW) is None) == (False, True)


def test_an_edit_changes_what_is_found() -> None:
    """The old words until then, the new ones after."""
    at = NOW - timedelta(minutes=5)
    shelf = Shelf([post(30, "海州银行真好", before="云江银行真好", edited_at=at)])
    assert (seen(shelf, "云江", at - timedelta(seconds=1)), seen(shelf, "云江", at)) == (["云江银行真好"], [])
    assert (seen(shelf, "海州", at - timedelta(seconds=1)), seen(shelf, "海州", at)) == ([], ["海州银行真好"])
    earlier = shelf.get("30", at - timedelta(seconds=1))
    assert earlier is not None
    assert earlier.edited_at is None


def test_a_repost_shows_that_its_original_vanished() -> None:
    """Also when the deletion was ordered later."""
    original = post(30, "原文")
    shelf = Shelf([original, post(10, "转发", original=original)])
    shelf.change("30", deleted_at=NOW - timedelta(minutes=5))
    early, late = (shelf.get("10", moment) for moment in (NOW - timedelta(minutes=6), NOW))
    assert early is not None
    assert late is not None
    assert (early.original.deleted, late.original.deleted) == (False, True)


def test_items_are_grouped_by_a_field() -> None:
    """New ones included."""
    shelf = Shelf([Comment("1", NOW - timedelta(minutes=9), "一", WHO, TRUTH, "v1")])
    shelf.add(Comment("2", NOW - timedelta(minutes=8), "二", WHO, TRUTH, "v1"))
    shelf.add(Comment("3", NOW + timedelta(minutes=8), "三", WHO, TRUTH, "v1"))
    assert [item.id for item in shelf.where("video", "v1", NOW)] == ["1", "2"]
    assert shelf.where("video", "v2", NOW) == []


def test_an_unknown_id_cannot_be_changed() -> None:
    """It is a KeyError, not a silence."""
    with pytest.raises(KeyError):
        Shelf[Post]().change("1", deleted_at=NOW)
