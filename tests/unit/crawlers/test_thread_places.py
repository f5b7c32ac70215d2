"""A thread that a look did not get to the end of: where the next one goes on, and when it begins anew."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from crawlers.backends.guba import Guba, GubaSettings
from crawlers.backends.seen_memory import SeenMemory
from crawlers.backends.thread_memory import ThreadMemory
from crawlers.backends.thread_places import Stop, page_memo
from crawlers.extract.guba import Bar
from crawlers.model import Backend, PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from tests.fakes import FakeClock, InMemoryStateStore
from tests.unit.crawlers.weibo_parts import NOW, PIECE, mid, query, reply, weibo
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionId, MentionKind, Platform

AT = NOW - timedelta(minutes=30)
POST = mid(AT)
SIZE = 20
CUT_OFF = Verdict(Outcome.OK, "thread_capped")
Answer = Callable[[PageRequest], Reply]


def comment(serial: int, replies: int = 0) -> dict[str, object]:
    """A comment of the desktop site; the smaller the number the older."""
    number = mid(NOW - timedelta(days=2), serial)
    user = {"id": 1000200041, "screen_name": "路人甲"}
    base = {"id": int(number), "idstr": number, "rootid": int(number), "created_at": "Thu Mar 12 09:10:00 +0800 2026"}
    return {**base, "text": "同感", "text_raw": "同感", "total_number": replies, "comments": [], "user": user}


def site(total: int, refuses: Callable[[str], Reply | None] = lambda cursor: None) -> Answer:
    """A post with so many comments in pages of twenty, newest first; a cursor is the number of the last comment."""

    def answer(page: PageRequest) -> Reply:
        if page.purpose == "look_up":
            shown = {"mid": POST, "text": "云江银行", "created_at": "刚刚", "comments_count": total}
            return reply({"ok": 1, **shown})
        cursor = query(page).get("max_id", "")
        if (refused := refuses(cursor)) is not None:
            return refused
        first = int(cursor) - 1 if cursor else total
        shown = [comment(number) for number in range(first, max(first - SIZE, 0), -1)]
        left = first - SIZE
        return reply({"ok": 1, "data": shown, "max_id": left + 1 if left > 0 else 0, "total_number": total})

    return answer


def look(
    state: InMemoryStateStore, answer: Answer, pages: int = 99, most: int = 50
) -> list[tuple[PageRequest, PageResult]]:
    """One look that has time for so many pages, as the engine makes it, settled."""
    backend = weibo(comments=True, max_comment_pages=most, state=state)
    first = backend.look_up(MentionId(f"weibo:post:{POST}"), "")
    assert first is not None
    return walk(backend, first, answer, pages)


def walk(
    backend: Backend, first: PageRequest, answer: Answer, pages: int, piece: Slice = PIECE
) -> list[tuple[PageRequest, PageResult]]:
    """What was asked for and what it meant; what is asked for last comes first."""
    waiting, read = [first], []
    while waiting and len(read) < pages:
        page = waiting.pop()
        result = backend.read(answer(page), page, piece)
        waiting.extend(result.follow)
        read.append((page, result))
    backend.settled(piece, [result.memo for _, result in read if result.memo], not waiting)
    return read


def cursors(read: list[tuple[PageRequest, PageResult]]) -> list[str]:
    """Where the pages of comments that were asked for begin."""
    return [query(page).get("max_id", "") for page, _ in read if page.purpose == "comments"]


def place(state: InMemoryStateStore) -> Mapping[str, Any] | None:
    """What is remembered of where reading stopped."""
    found = state.load("thread", f"weibo|place:{POST}")
    return None if found is None else found.body


def owed(state: InMemoryStateStore) -> object:
    """The works that are owed."""
    found = state.load("thread", "weibo|owed")
    return found.body["works"] if found else {}


def test_a_look_goes_on_where_the_one_before_was_cut() -> None:
    """The newest page once more, then the page that was out; read is what was read to its end."""
    state = InMemoryStateStore()
    assert cursors(look(state, site(110), pages=3)) == ["", "91"]
    assert place(state) is not None
    assert owed(state) == {POST: 0}
    assert cursors(look(state, site(110), pages=4)) == ["", "71", "51"]
    assert state.load("thread", f"weibo|{POST}") is None, "not read as long as its end was not seen"
    assert cursors(look(state, site(110))) == ["", "31", "11"]
    assert (place(state), owed(state)) == (None, {})
    assert cursors(look(state, site(110))) == []


def test_a_look_that_was_not_stored_moves_nothing() -> None:
    """A kill comes before anything is settled: the place of the look before stays."""
    state = InMemoryStateStore()
    look(state, site(110), pages=3)
    before = place(state)
    backend = weibo(comments=True, state=state)
    first = backend.look_up(MentionId(f"weibo:post:{POST}"), "")
    assert first is not None
    (page,) = backend.read(site(110)(first), first, PIECE).follow
    backend.read(site(110)(page), page, PIECE)
    assert place(state) == before


NOTHING = reply({"ok": 1, "data": [], "max_id": 0, "total_number": 110})
FIRST_PAGE = site(110)(PageRequest("http://weibo_ajax/x", "comments"))


@pytest.mark.parametrize(("answer", "times"), [(NOTHING, 2), (FIRST_PAGE, 1)], ids=["nothing", "the first page"])
def test_a_place_that_is_not_known_any_more_makes_the_thread_begin_anew(answer: Reply, times: int) -> None:
    """An empty answer, or one that begins with the first page, is neither the end nor a zero."""
    state, left = InMemoryStateStore(), [answer] * times
    look(state, site(110), pages=3)
    read = look(state, site(110, lambda cursor: left.pop() if cursor == "71" and left else None))
    assert sum(result.notes.get("comments_anew", 0) for _, result in read) == 1
    assert cursors(read) == ["", *["71"] * times, "", "91", "71", "51", "31", "11"]
    assert (place(state), owed(state)) == (None, {})


def test_a_place_that_a_refusal_met_stays() -> None:
    """A page that is refused is asked for again by the next look, not the whole thread."""
    state = InMemoryStateStore()
    look(state, site(110), pages=3)
    before = place(state)
    refused = look(state, site(110, lambda cursor: reply({}, 418) if cursor else None))
    assert refused[-1][1].verdict.outcome.value == "rate_limited"
    assert before is not None
    now = place(state)
    assert now is not None
    assert now["stops"] == before["stops"]
    assert owed(state) == {POST: 0}
    for _ in range(4):
        look(state, site(110, lambda cursor: reply({}, 418) if cursor else None))
    assert place(state) is None, "a place that no look gets on from is given up"


def test_a_place_ends_with_its_post_and_with_its_time() -> None:
    """A post that is gone leaves nothing; after three days nobody goes back to an old place."""
    clock, state = FakeClock(NOW), InMemoryStateStore()
    memory = ThreadMemory(state, "weibo", clock)
    begun = page_memo("1", Stop().key, [Stop(cursor="9", number=2)], NOW)
    memory.save([{"wanted": {"1": 40}}, begun])
    assert memory.place("1") is not None
    memory.save([{"dropped": "1"}])
    assert state.load("thread", "weibo|place:1") is None
    memory.save([{"wanted": {"1": 40}}, begun])
    clock.advance(timedelta(days=3))
    assert memory.place("1") is None


def test_what_is_remembered_names_nobody_and_is_bounded() -> None:
    """Cursors, numbers and ids of comments; a thread with too many open pages begins anew."""
    state = InMemoryStateStore()
    look(state, site(110), pages=3)
    body = json.dumps(place(state), ensure_ascii=False)
    assert not [word for word in ("路人甲", "1000200041", "同感") if word in body]
    memory = ThreadMemory(state, "weibo", FakeClock(NOW))
    many = [Stop(comment=str(number)) for number in range(501)]
    memory.save([{"wanted": {"1": 40}}, page_memo("1", Stop().key, many, NOW)])
    assert memory.place("1") is None
    assert owed(state) == {POST: 0, "1": 0}


def listed(state: InMemoryStateStore, total: int) -> PageResult:
    """The post once more, as a list shows it: what the page means for the slice that it is in."""
    backend = weibo("user", comments=True, max_comment_pages=2, state=state, users={"云江银行": "3000400000"})
    post = {"mid": POST, "text": "云江银行", "created_at": "Sat Mar 14 09:00:00 +0800 2026", "comments_count": total}
    piece = backend.slices(backend.queries[0], NOW - timedelta(hours=1), NOW)[0]
    return backend.read(reply({"ok": 1, "data": {"list": [post], "total": 1}}), backend.first(piece)[0], piece)


def test_a_thread_that_is_longer_than_may_be_read_is_never_told_as_whole() -> None:
    """Neither by the page that was the last one, nor by later lists that show its post with the same number."""
    state = InMemoryStateStore()
    read = look(state, site(110), most=2)
    assert cursors(read) == ["", "91"]
    last = read[-1][1]
    assert (last.saturated, last.verdict, last.notes["thread_capped"]) == (True, CUT_OFF, 1)
    for _ in range(2):
        again = listed(state, 110)
        assert (again.follow, again.saturated, again.verdict) == ((), True, CUT_OFF)
    assert cursors(look(state, site(39))) == ["", "20"], "deleted: the rest may be read now"
    whole = listed(state, 39)
    assert (whole.follow, whole.saturated, whole.verdict) == ((), False, Verdict(Outcome.OK))


def test_a_walk_of_several_looks_remembers_that_it_met_the_limit() -> None:
    """What the first look may not read no later one reads."""
    clock, state = FakeClock(NOW), InMemoryStateStore()
    memory, root, on = ThreadMemory(state, "weibo", clock), Stop().key, Stop(cursor="9", number=2)
    replies = Stop(comment="7")
    memory.save([
        {"wanted": {"1": 40}},
        page_memo("1", root, [on, replies], NOW),
        page_memo("1", replies.key, [], NOW, is_capped=True),
    ])  # fmt: skip
    assert memory.place("1") is not None
    memory.save([{"wanted": {"1": 40}}, page_memo("1", root, [on], NOW), page_memo("1", on.key, [], NOW)])
    assert (memory.place("1"), memory.wants("1", 40), memory.is_capped("1")) == (None, False, True)
    memory.save([{"wanted": {"1": 41}}, page_memo("1", root, [], NOW)])
    assert not memory.is_capped("1")


BAR = Bar("601999", "yunjiang")
WHERE = Slice(SearchTerm(BAR.code, BAR.code), NOW - timedelta(hours=3), NOW)
UNDER = Draft(Platform.GUBA, MentionKind.POST, "2", "http://g/news,601999,2.html", "标题", NOW - timedelta(days=1))


def bar_list(total: int) -> Reply:
    """The list of a bar with one post that has so many replies."""
    listed = {
        "post_id": 2,
        "post_title": "标题",
        "post_publish_time": "2026-03-13 09:00:00",
        "post_comment_count": total,
    }
    listing = {"re": [{**listed, "post_last_time": "2026-03-14 09:20:00"}], "count": 1}
    body = f"<script>var article_list={json.dumps(listing)};</script>"
    return Reply("u", 200, body.encode())


def bar_run(state: InMemoryStateStore, total: int, pages: int = 99, lost: int = 0) -> list[int]:
    """One run below one post of a bar with so many replies: the numbers of the pages that were read."""
    backend = Guba(GubaSettings("http://g", (BAR,)), SeenMemory(state, "guba"), FakeClock(NOW))
    follow = backend.read(bar_list(total), backend.first(WHERE)[1], WHERE).follow
    if not follow:
        return []

    def answer(page: PageRequest) -> Reply:
        number = int(parse_qs(parse_qs(page.body.decode())["param"][0])["p"][0])
        thread = {"reply_text": "好", "reply_publish_time": "2026-03-13 10:00:00"}
        shown = range(total - lost - 30 * (number - 1), max(total - lost - 30 * number, 0), -1)
        return Reply("u", 200, json.dumps({"re": [{"reply_id": each, **thread} for each in shown]}).encode())

    return [page.number for page, _ in walk(backend, follow[0], answer, pages, WHERE)]


def test_replies_of_a_bar_are_gone_on_with_from_the_page_that_was_read_last() -> None:
    """The newest page, then the last one again: what was deleted meanwhile moves the others up by less than a page."""
    state = InMemoryStateStore()
    assert bar_run(state, 130, pages=3) == [1, 2, 3]
    assert bar_run(state, 130) == [1, 3, 4, 5]
    assert bar_run(state, 130) == []
    assert bar_run(state, 131) == [1, 2, 3, 4, 5]


def test_replies_of_a_bar_begin_anew_where_the_page_is_not_there_any_more() -> None:
    """Most were deleted: the page that was reached is empty now, which is no end."""
    state = InMemoryStateStore()
    assert bar_run(state, 130, pages=4) == [1, 2, 3, 4]
    assert bar_run(state, 131, lost=80) == [1, 4, 4, 1, 2]
    assert bar_run(state, 131, lost=80)[:2] == [1, 2], "owed, from the first page on"


def test_replies_of_a_bar_that_are_more_than_may_be_read_are_never_told_as_whole() -> None:
    """The list shows the post with the same number of replies: it is not read again, and told as cut all the same."""
    state, told = InMemoryStateStore(), []
    thread = {"reply_text": "好", "reply_publish_time": "2026-03-13 10:00:00"}
    many = [{"reply_id": each, **thread} for each in range(30)]
    for shown in (many, [], many[:9]):
        backend = Guba(GubaSettings("http://g", (BAR,), max_reply_pages=1), SeenMemory(state, "guba"), FakeClock(NOW))
        total = len(shown) if 0 < len(shown) < 30 else 95
        result = backend.read(bar_list(total), backend.first(WHERE)[1], WHERE)
        pages = [page for page in result.follow if page.purpose == "replies"]
        memos = [result.memo]
        for page in pages:
            result = backend.read(Reply("u", 200, json.dumps({"re": shown}).encode()), page, WHERE)
            memos.append(result.memo)
        backend.settled(WHERE, memos, True)
        told.append((len(pages), result.saturated, result.verdict == CUT_OFF))
    assert told == [(1, True, True), (0, True, True), (0, True, True)]
