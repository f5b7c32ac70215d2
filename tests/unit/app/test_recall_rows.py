"""The accounts of the recall benchmark: what lowers the recall, and what could not be seen by any crawl."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from benchmarks.recall_month import Month
from benchmarks.recall_rows import Row, Store, _explain, _is_unread, _looks
from yuqing.domain.coverage import Coverage, Outcome

T0 = datetime(2026, 3, 14, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MONTH = cast(Month, SimpleNamespace(looks=[T0 + 6 * n * HOUR for n in range(1, 21)]))


def coverage(
    status: Outcome,
    looked: float,
    first: float | None = None,
    *,
    region: str = "",
    is_cut_off: bool = False,
    query: str = "云江银行",
) -> Coverage:
    """A row over the first twelve hours, looked at so many hours after T0."""
    first_at = None if first is None else T0 + first * HOUR
    return Coverage(
        source="weibo_search",
        query=query,
        since=T0,
        until=T0 + 12 * HOUR,
        region=region,
        status=status,
        checked_at=T0 + looked * HOUR,
        first_checked_at=first_at,
        saturated=is_cut_off,
    )


def told(gone: float | None, *rows: Coverage, published: float = 1) -> str:
    """What a post of the second hour that is not in the store counts as."""
    line = {"id": "1", "kind": "post", "text": "云江银行排队", "published_at": (T0 + published * HOUR).isoformat()}
    line |= {} if gone is None else {"deleted_at": (T0 + gone * HOUR).isoformat()}
    row = Row(1, "weibo", "posts", published=1)
    _explain(row, line, Store([], list(rows)), _looks(MONTH, {"1": line}, line), is_unread=False)
    (name,) = [name for name in ("withdrawn", "refused", "told", "missing") if getattr(row, name)]
    assert row.recall == 0
    return name


OK, LIMITED = Outcome.OK, Outcome.RATE_LIMITED


@pytest.mark.parametrize(
    ("gone", "rows", "kind"),
    [
        (5, (coverage(LIMITED, 6),), "withdrawn"),  # before the first crawl, whatever became of it
        (7, (coverage(LIMITED, 6),), "refused"),  # a crawl came by, and was refused
        (7, (coverage(OK, 12),), "refused"),  # the first look that got through came too late
        (7, (coverage(OK, 6, query="北原银行"), coverage(LIMITED, 6)), "refused"),  # another search does not show it
        (7, (coverage(OK, 6),), "missing"),  # it was shown, and is not there
        (13, (coverage(OK, 24, first=12),), "missing"),
        (13, (coverage(OK, 12, region="11"), coverage(LIMITED, 12, region="31")), "refused"),
        (13, (coverage(OK, 12, region="11"), coverage(OK, 12, region="31")), "missing"),
        (None, (coverage(LIMITED, 6),), "missing"),  # nobody deleted it: it had to be found in the end
        (None, (coverage(OK, 6, is_cut_off=True),), "told"),
    ],
)
def test_what_is_not_found_is_explained(gone: float | None, rows: tuple[Coverage, ...], kind: str) -> None:
    """Only what its author deleted before the first crawl does not count."""
    assert told(gone, *rows) == kind


def test_only_what_no_crawl_could_see_leaves_the_recall_alone() -> None:
    """Found of published less withdrawn."""
    row = Row(1, "weibo", "posts", published=10, found=7, withdrawn=2, refused=1)
    assert row.recall == 7 / 8


def test_what_is_said_below_a_post_is_seen_with_it_or_at_its_second_look() -> None:
    """Twelve hours after the post, and from three days on; a crawl in between does not read it."""
    post = {"id": "1", "kind": "post", "published_at": T0.isoformat()}
    comment = {"id": "2", "kind": "comment", "post": "1", "published_at": (T0 + 7 * HOUR).isoformat()}
    assert _looks(MONTH, {"1": post}, comment)[:2] == [T0 + 12 * HOUR, T0 + 72 * HOUR]
    gone = {**comment, "deleted_at": (T0 + 11 * HOUR).isoformat()}
    assert _looks(MONTH, {"1": post}, gone) == []


@pytest.mark.parametrize(("refused_at", "kind"), [((6, 12), "refused"), ((6,), "missing"), ((), "missing")])
def test_an_answer_that_was_taken_back_was_refused_when_no_crawl_got_to_its_thread(
    refused_at: tuple[int, ...], kind: str
) -> None:
    """The product owed the comments of its post after each crawl that it was there for."""
    post = {"id": "1", "kind": "post", "published_at": T0.isoformat()}
    comment = {"id": "2", "kind": "comment", "post": "1", "text": "是的", "published_at": (T0 + HOUR).isoformat()}
    comment["deleted_at"] = (T0 + 13 * HOUR).isoformat()
    unread = {T0 + hour * HOUR: frozenset({"1"}) for hour in refused_at}
    month = cast(Month, SimpleNamespace(looks=MONTH.looks, unread=unread))
    looks, row = _looks(month, {"1": post}, comment), Row(1, "weibo", "answers", published=1)
    _explain(row, comment, Store([], []), looks, _is_unread(month, comment, looks))
    assert [name for name in ("withdrawn", "refused", "told", "missing") if getattr(row, name)] == [kind]
