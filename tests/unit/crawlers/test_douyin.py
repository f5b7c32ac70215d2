"""Douyin's backends without a network: what they ask, where they stop, and what they make of odd replies."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crawlers.backends.douyin_open import DouyinOpen
from crawlers.backends.douyin_web import DouyinWeb
from crawlers.backends.thread_memory import ThreadMemory
from crawlers.extract.douyin_frames import frames
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice
from crawlers.plan import CrawlPlan
from crawlers.spiders.douyin import DouyinSpider
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import ConfigError
from yuqing.domain.mention import MentionId
from yuqing.domain.subject import Backend, Source

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
TERM = SearchTerm("q", "云江 银行")
PIECE = Slice(TERM, NOW - timedelta(hours=3), NOW)
TOKEN = "clt.secret-token-of-ours"
Json = dict[str, Any]


def plan(state: InMemoryStateStore, clock: FakeClock | None = None, **more: Any) -> CrawlPlan:
    """A plan with secrets."""
    secrets = {"douyin_cookie": "sessionid=secret", "douyin_open_token": TOKEN}
    bases = {"douyin": "http://d", "douyin_open": "http://o"}
    needs = (TERM,), SimpleNamespace(), state, clock or FakeClock(NOW)
    return CrawlPlan((), *needs, secrets=secrets, bases=bases, **more)


def source(**options: Any) -> Source:
    """A source of the kind."""
    return Source("dy", "douyin", "抖音", Backend.WEB, "测试", True, 60, options)


def web(state: InMemoryStateStore | None = None, **options: Any) -> DouyinWeb:
    """The website's backend; every work is relevant, and only the window is read."""
    found = DouyinSpider.build(
        source(**{"sweep_hours": 0, **options}), plan(state or InMemoryStateStore()), lambda text: "无关" not in text
    )
    assert isinstance(found, DouyinWeb)
    return found


def query(page: PageRequest) -> dict[str, str]:
    """The query of a request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query, keep_blank_values=True).items()}


def path(page: PageRequest) -> str:
    """The path of a request."""
    return urlsplit(page.url).path


def native(hours: float, serial: int = 0) -> str:
    """The id of a work that is so many hours old."""
    return str((int((NOW - timedelta(hours=hours)).timestamp()) << 32) | serial)


def work(hours: float = 1, serial: int = 0, comments: Any = 0, **more: Any) -> Json:
    """A work."""
    created = int((NOW - timedelta(hours=hours)).timestamp())
    statistics = {"digg_count": 1, "comment_count": comments}
    return {"aweme_id": native(hours, serial), "desc": "x", "create_time": created, "statistics": statistics, **more}


def search(*works: Json, more: int = 0, cursor: int = 10, logid: str = "LOG1") -> Json:
    """A search answer; without works it says so."""
    cards = [{"type": 1, "aweme_info": one} for one in works]
    nil = {"search_nil_info": {"search_nil_type": "none" if cards else "no_result"}}
    return {"status_code": 0, "has_more": more, "cursor": cursor, "data": cards, "extra": {"logid": logid}, **nil}


def comment(serial: int, replies: int = 0) -> Json:
    """A comment."""
    return {"cid": native(0.5, serial), "text": "x", "reply_id": "0", "reply_comment_total": replies}


def comments(*found: Json, more: int = 0, cursor: int = 20, total: int = 9) -> Json:
    """A page of comments."""
    body = {"status_code": 0, "has_more": more, "cursor": cursor, "total": total}
    return {**body, "comments": list(found) or None}


def reply(body: Json) -> Reply:
    """It came back."""
    return Reply("u", 200, json.dumps(body).encode())


def run(backend: DouyinWeb, answer: Callable[[PageRequest], Json], piece: Slice = PIECE) -> list[PageRequest]:
    """A whole slice, settled: everything that was asked, searches first as the engine does it."""
    waiting, asked, memos = list(backend.first(piece)), [], []
    while waiting:
        waiting.sort(key=lambda page: page.later)
        page = waiting.pop(0)
        asked.append(page)
        result = backend.read(reply(answer(page)), page, piece)
        waiting.extend(result.follow)
        memos.append(result.memo)
    backend.settled(piece, memos, complete=True)
    return asked


@pytest.mark.parametrize(("hours", "code"), [(3, "1"), (30, "7"), (24 * 30, "180"), (24 * 300, "0")])
def test_a_search_asks_for_the_smallest_span_that_holds_the_window(hours: int, code: str) -> None:
    """Newest first, within a day, a week, half a year, or all; by the website and by the official route."""
    piece = Slice(TERM, NOW - timedelta(hours=hours), NOW)
    (page,) = web().first(piece)
    assert json.loads(query(page)["filter_selected"]) == {"sort_type": "2", "publish_time": code}
    (page,) = open_api().first(piece)
    assert (query(page)["sort_type"], query(page)["publish_time"]) == ("2", code)


@pytest.mark.parametrize(
    ("channel", "where", "said"),
    [("general", "general/search/single", "aweme_general"), ("video", "search/item", "aweme_video_web")],
)
def test_the_channel_chooses_the_search(channel: str, where: str, said: str) -> None:
    """Everything, or videos alone; the session is left to the engine."""
    (page,) = web(channel=channel).first(PIECE)
    assert where in path(page)
    assert query(page)["search_channel"] == said
    assert page.session
    assert "secret" not in repr(page) + str(page.headers) + page.url


class StampSigner:
    """A signer that an operator injected."""

    def sign(self, method: str, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Mapping[str, str]:
        """Adds what the platform wants."""
        return {**params, "a_bogus": f"{method}:{len(params)}"}


def test_an_operators_signer_signs_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Named by import path; it sees all parameters and has the last word, on searches and on comments."""
    module = ModuleType("acme_signer")
    module.make = StampSigner  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "acme_signer", module)
    backend = web(signer="acme_signer:make")
    asked = run(backend, lambda page: search(work(comments=1)) if page.purpose == "works" else comments(comment(1)))
    assert [page.purpose for page in asked] == ["works", "comments"]
    assert all(query(page)["a_bogus"].startswith("GET:") for page in asked)


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("acme_signer", "应为“包.模块:工厂函数”"),
        ("no_such_module_here:make", "ModuleNotFoundError"),
        ("acme_signer:missing", "AttributeError"),
        ("acme_signer:angry", "RuntimeError"),
        ("acme_signer:odd", "Boom"),
        ("acme_signer:mute", "sign 应返回"),
        (3, "应为“包.模块:工厂函数”"),
    ],
    ids=str,
)
def test_a_signer_that_cannot_be_used_is_named_with_file_and_option(
    monkeypatch: pytest.MonkeyPatch, named: object, told: str
) -> None:
    """Before anything is sent, and without the message of the component, which may hold its licence key."""
    module = ModuleType("acme_signer")

    def angry() -> StampSigner:
        raise RuntimeError("licence key 12345")

    class Boom(Exception):
        """An error that nobody but the component knows."""

    def odd() -> StampSigner:
        raise Boom("licence key 12345")

    module.angry = angry  # type: ignore[attr-defined]
    module.odd = odd  # type: ignore[attr-defined]
    module.mute = lambda: SimpleNamespace(sign=lambda *_: None)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "acme_signer", module)
    with pytest.raises(ConfigError, match=told) as caught:
        web(signer=named)
    assert "sources.yml 来源 dy 的选项 signer" in str(caught.value)
    assert "12345" not in str(caught.value)


def test_a_signer_that_breaks_while_it_works_keeps_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own kind of error, after the trial went well: told by name, without the licence key."""

    class Tired:
        calls = 0

        def sign(self, method: str, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> object:
            self.calls += 1
            if self.calls > 1:
                raise ZeroDivisionError("licence key 12345")
            return params

    module = ModuleType("acme_signer")
    module.make = Tired  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "acme_signer", module)
    with pytest.raises(ConfigError, match="ZeroDivisionError") as caught:
        web(signer="acme_signer:make").first(PIECE)
    assert "12345" not in str(caught.value)


def test_later_pages_carry_the_search_id_of_the_first() -> None:
    """Without it later pages repeat the first one."""
    backend = web(comments=False)
    first = backend.first(PIECE)[0]
    (second,) = backend.read(reply(search(work(serial=1), more=1)), first, PIECE).follow
    assert (query(second)["search_id"], query(second)["offset"]) == ("LOG1", "10")
    (third,) = backend.read(reply(search(work(serial=2), more=1, cursor=20, logid="LOG2")), second, PIECE).follow
    assert query(third)["search_id"] == "LOG1"


def test_a_page_that_repeats_the_first_is_suspect_and_not_the_end() -> None:
    """The thread of the search was lost: asked once more in the answer's own thread, then told."""
    backend = web(comments=False)
    first = backend.first(PIECE)[0]
    same = search(work(serial=1), work(serial=2), more=1)
    (second,) = backend.read(reply(same), first, PIECE).follow
    once = backend.read(reply({**same, "cursor": 20, "extra": {"logid": "NEW"}}), second, PIECE)
    assert (once.verdict.detail, once.unsettled) == ("repeats_earlier_pages", True)
    (again,) = once.follow
    assert (query(again)["search_id"], query(again)["offset"], again.attempt) == ("NEW", "10", 2)
    twice = backend.read(reply({**same, "cursor": 20}), again, PIECE)
    assert (twice.verdict.outcome, twice.unsettled, twice.follow) == (Outcome.SUSPECT_EMPTY, False, ())


def test_a_cursor_that_stands_still_does_not_turn_in_circles() -> None:
    """Told as suspect after a second look."""
    backend = web(comments=False)
    first = backend.first(PIECE)[0]
    result = backend.read(reply(search(work(), more=1, cursor=0)), first, PIECE)
    assert result.verdict.detail == "cursor_stands_still"
    final = backend.read(reply(search(work(), more=1, cursor=0)), result.follow[0], PIECE)
    assert (final.verdict.outcome, final.follow, len(final.drafts)) == (Outcome.SUSPECT_EMPTY, (), 1)


@pytest.mark.parametrize(
    ("number", "more", "seen", "hours", "goes_on", "saturated"),
    [
        (1, 1, 0, 1, True, False),
        (1, 1, 0, 9, False, False),  # older than the window: the end
        (1, 0, 0, 1, False, False),  # the platform has no more
        (20, 1, 0, 1, False, True),  # our own limit
        (16, 0, 160, 1, False, True),  # the platform's limit looks like its end
        (16, 0, 160, 9, False, False),  # but not where the window was reached
    ],
)
def test_a_search_ends_at_the_window_or_says_that_it_did_not_reach_it(
    number: int, more: int, seen: int, hours: float, goes_on: bool, saturated: bool
) -> None:
    """Complete is what the platform shows; what it does not show is told as saturated."""
    backend = web(comments=False)
    memo = {
        "floor": PIECE.since.isoformat(),
        "cursor": "5",
        "search_id": "LOG1",
        "seen": ",".join(native(1, 9_000 + i) for i in range(seen)),
    }
    page = PageRequest("u", "works", number, memo=memo)
    result = backend.read(reply(search(work(hours), more=more)), page, PIECE)
    assert (bool(result.follow), result.saturated) == (goes_on, saturated)
    assert result.verdict.outcome is Outcome.OK


def last(backend: DouyinWeb, page: PageRequest, body: Json) -> tuple[PageResult, int]:
    """What a page means after all second looks, and how often it was asked for."""
    for looks in (1, 2, 3):
        result = backend.read(reply(body), page, PIECE)
        if not result.unsettled:
            return result, looks
        (page,) = result.follow
    raise AssertionError("it is asked for without end")


@pytest.mark.parametrize(
    ("nil", "told", "looks"),
    [
        ({"search_nil_type": "no_result"}, "ok_empty:no_result", 1),
        (None, "suspect_empty:nothing_told", 2),
        ({"search_nil_type": "none"}, "suspect_empty:nothing_told", 2),
        ({"search_nil_type": "invalid_app"}, "suspect_empty:unknown_reason", 2),
        ({"search_nil_type": "no_result", "search_nil_item": "invalid_count"}, "suspect_empty:unknown_reason", 2),
        ({"search_nil_type": "slide_check"}, "challenge:check_of_new_name", 1),
        ({"search_nil_type": "need_login"}, "challenge:check_of_new_name", 1),
        ({"search_nil_type": "antispam_check"}, "challenge:antispam_check", 1),
    ],
)
def test_a_search_is_empty_only_where_the_platform_says_so(nil: Json | None, told: str, looks: int) -> None:
    """An empty list that says "no more" is what a kept back search shows, too."""
    body = {"status_code": 0, "data": [], "has_more": 0, "cursor": 0, **({"search_nil_info": nil} if nil else {})}
    backend = web()
    result, asked = last(backend, backend.first(PIECE)[0], body)
    assert (f"{result.verdict.outcome.value}:{result.verdict.detail}", asked) == (told, looks)


@pytest.mark.parametrize(
    ("nil", "seen", "told", "saturated"),
    [
        ("none", 10, "suspect_empty:nothing_told", False),
        ("no_result", 10, "ok_empty:no_result", False),
        ("no_result", 160, "ok_empty:no_result", True),
        ("none", 160, "ok_empty:depth_reached", True),  # the platform shows nobody more
    ],
)
def test_a_blank_page_behind_a_full_one_is_no_end(nil: str, seen: int, told: str, saturated: bool) -> None:
    """The page before said that there is more: asked for again, whatever it says itself."""
    backend = web(comments=False)
    memo = {"floor": PIECE.since.isoformat(), "cursor": "10", "search_id": "L"}
    memo["seen"] = ",".join(native(1, n) for n in range(seen))
    body = {"status_code": 0, "data": [], "has_more": 0, "search_nil_info": {"search_nil_type": nil}}
    result, looks = last(backend, PageRequest("u", "works", 2, memo=memo), body)
    assert (f"{result.verdict.outcome.value}:{result.verdict.detail}", looks) == (told, 2)
    assert result.saturated == saturated


def test_cards_that_are_no_objects_are_a_new_layout() -> None:
    """They are not "nothing"."""
    backend = web()
    odd = {"status_code": 0, "data": ["x", "y"], "has_more": 1, "cursor": 10}
    assert backend.read(reply(odd), backend.first(PIECE)[0], PIECE).verdict.outcome is Outcome.CHANGED


USER = "MS4wLjABAAAAinventedbank"


def posts(*works: Json, more: int = 1, cursor: int = 1773451613000) -> Json:
    """A page of an account's works."""
    return {"status_code": 0, "aweme_list": list(works), "has_more": more, "max_cursor": cursor}


def test_pinned_works_do_not_end_the_reading_of_an_account() -> None:
    """An old work on top is no sign that the window is reached; the cursor is a time in milliseconds."""
    backend = web(users=[USER], comments=False)
    term = next(one for one in backend.queries if one.id != "q")
    piece = Slice(term, NOW - timedelta(hours=3), NOW)
    (page,) = backend.first(piece)
    assert path(page) == "/aweme/v1/web/aweme/post/"
    assert (query(page)["sec_user_id"], query(page)["max_cursor"]) == (USER, "0")
    result = backend.read(reply(posts(work(900, is_top=1), work(1))), page, piece)
    (second,) = result.follow
    assert query(second)["max_cursor"] == "1773451613000"
    assert len(result.drafts) == 2
    (third,) = backend.read(reply(posts(work(9), cursor=1773000000000)), second, piece).follow
    assert third.number == 3, "works of the last week are looked at again for their comments"
    assert backend.read(reply(posts(work(24 * 8), cursor=1772000000000)), third, piece).follow == ()


def test_accounts_go_by_a_digest_in_queries() -> None:
    """Coverage and cursors are stored: no id of an account stands in them, nor in a repr."""
    backend = web(users=[USER], search_users=True)
    assert len(backend.queries) == 2
    assert USER not in repr(backend.queries) + repr(backend._targets)
    piece = Slice(backend.queries[1], PIECE.since, NOW)
    (page,) = backend.first(piece)
    assert path(page) == "/aweme/v1/web/home/search/item/"
    assert (query(page)["from_user"], query(page)["keyword"]) == (USER, TERM.text)


def test_a_work_that_the_platform_marks_as_deleted_is_gone() -> None:
    """It makes no draft; its id is reported."""
    backend = web()
    gone = work(status={"is_delete": True}, comments=3)
    result = backend.read(reply(search(gone)), backend.first(PIECE)[0], PIECE)
    assert (result.drafts, result.gone) == ((), (f"douyin:video:{gone['aweme_id']}",))
    assert result.follow == ()


# ---- comments


def below(shown: Mapping[str, Sequence[Json]]) -> Callable[[PageRequest], Json]:
    """Answers: a search that finds three works, and their comments."""

    def answer(page: PageRequest) -> Json:
        if page.purpose == "works":
            return search(*(work(1, n, comments=len(found)) for n, found in enumerate(shown.values())))
        name = query(page).get("aweme_id", "") or query(page)["item_id"]
        found = list(shown.values())[int(name) & 0xFFFF]
        return comments(*found, total=len(found))

    return answer


def test_comments_wait_for_searches_and_come_work_by_work() -> None:
    """Discovery is never starved: comment pages are marked as later, and one leads to the next."""
    asked = run(web(), below({"a": [comment(1)], "b": [], "c": [comment(2), comment(3)]}))
    assert [(page.purpose, page.later) for page in asked] == [("works", False), ("comments", True), ("comments", True)]


def test_comments_are_not_read_again_while_their_number_stays() -> None:
    """The second run asks for the search alone; one more comment and that work is read again, with all of it."""
    state = InMemoryStateStore()
    shown = {"a": [comment(1)], "b": [comment(2)]}
    assert len(run(web(state), below(shown))) == 3
    assert [page.purpose for page in run(web(state), below(shown))] == ["works"]
    shown["b"] = [comment(2), comment(3)]
    third = run(web(state), below(shown))
    assert [(page.purpose, query(page).get("aweme_id")) for page in third[1:]] == [("comments", native(1, 1))]


def test_replies_are_read_again_only_below_comments_that_got_some() -> None:
    """Two threads, one of which grew."""
    state = InMemoryStateStore()

    def answers(first: int, second: int) -> Callable[[PageRequest], Json]:
        def answer(page: PageRequest) -> Json:
            if page.purpose == "works":
                return search(work(comments=2 + first + second))
            return (
                comments(comment(9)) if page.purpose == "replies" else comments(comment(1, first), comment(2, second))
            )

        return answer

    asked = run(web(state), answers(2, 2))
    assert [page.purpose for page in asked] == ["works", "comments", "replies", "replies"]
    asked = run(web(state), answers(2, 3))
    assert [query(page)["comment_id"] for page in asked if page.purpose == "replies"] == [native(0.5, 2)]


def test_after_a_day_comments_are_read_again_whatever_their_number() -> None:
    """One that was deleted may hide one that is new."""
    state, clock = InMemoryStateStore(), FakeClock(NOW)
    for hours, purposes in ((0, 2), (23, 1), (2, 2)):
        clock.advance(timedelta(hours=hours))
        backend = DouyinSpider.build(source(sweep_hours=0), plan(state, clock), lambda text: True)
        assert isinstance(backend, DouyinWeb)
        assert len(run(backend, below({"a": [comment(1)]}))) == purposes


def test_a_rounded_number_of_comments_proves_nothing() -> None:
    """1.2w stays 1.2w for a thousand comments: the work is read every time."""
    state = InMemoryStateStore()
    for _ in range(2):
        asked = run(
            web(state), lambda page: search(work(comments="1.2w")) if page.purpose == "works" else comments(comment(1))
        )
        assert [page.purpose for page in asked] == ["works", "comments"]


def test_comments_that_were_not_read_are_owed_to_the_next_run() -> None:
    """Out of time: the search ends in order and says so; the next run looks the work up and reads what is owed."""
    state = InMemoryStateStore()
    backend = web(state)
    backend._threads._settings = SimpleNamespace(wanted=True, seconds=0.0001)  # type: ignore[assignment]
    page = backend.first(PIECE)[0]
    result = backend.read(reply(search(work(comments=3))), page, PIECE)
    assert (result.verdict.outcome, result.follow, result.saturated) == (Outcome.OK, (), True)
    backend.settled(PIECE, [result.memo], complete=True)

    def answer(page: PageRequest) -> Json:
        if page.purpose == "works":
            return search()
        if page.purpose == "owed":
            return {"status_code": 0, "aweme_detail": work(comments=3)}
        return comments(comment(1), comment(2), comment(3))

    assert [page.purpose for page in run(web(state), answer)] == ["works", "owed", "comments"]
    assert [page.purpose for page in run(web(state), answer)] == ["works"]


def test_a_work_whose_second_page_is_missing_is_not_remembered_as_read() -> None:
    """Only a work that was read to its end is left alone."""
    state = InMemoryStateStore()
    backend = web(state)
    first = backend.first(PIECE)[0]
    found = backend.read(reply(search(work(comments=30))), first, PIECE)
    one = backend.read(reply(comments(comment(1), more=1)), found.follow[0], PIECE)
    assert one.follow[0].number == 2
    lost = backend.lost(one.follow[0], one.verdict)
    backend.settled(PIECE, [found.memo, one.memo, lost.memo], complete=False)
    asked = run(web(state), lambda page: search(work(comments=30)) if page.purpose == "works" else comments(comment(1)))
    assert [(page.purpose, page.number) for page in asked] == [("works", 1), ("comments", 1), ("comments", 2)]


@pytest.mark.parametrize("is_known", [True, False])
def test_a_work_is_gone_on_with_where_reading_stopped(is_known: bool) -> None:
    """The newest page, then a little before the old place, which a deletion may have moved; from the first on where
    that place shows nothing any more."""
    state = InMemoryStateStore()
    backend = web(state)
    found = backend.read(reply(search(work(comments=50))), backend.first(PIECE)[0], PIECE)
    one = backend.read(reply(comments(comment(1), more=1)), found.follow[0], PIECE)
    backend.settled(PIECE, [found.memo, one.memo], complete=False)
    assert state.load("thread", f"dy|place:{native(1, 0)}") is not None

    def answer(page: PageRequest) -> Json:
        if page.purpose == "works":
            return search(work(comments=50))
        cursor = int(query(page)["cursor"])
        if cursor == 10 and not is_known:
            return comments()
        return comments(comment(1 + cursor), more=int(cursor < 30), cursor=cursor + 20)

    asked = [query(page)["cursor"] for page in run(web(state), answer)[1:]]
    assert asked == (["0", "10", "30"] if is_known else ["0", "10", "10", "0", "20", "40"])
    assert state.load("thread", f"dy|place:{native(1, 0)}") is None
    assert [page.purpose for page in run(web(state), answer)] == ["works"]


@pytest.mark.parametrize(("number", "saturated", "follow"), [(1, False, 1), (10, True, 0)])
def test_comments_beyond_the_last_page_are_told(number: int, saturated: bool, follow: int) -> None:
    """A work with more comments than we read is not completely seen."""
    backend = web()
    (page,) = backend.read(reply(search(work(comments=900))), backend.first(PIECE)[0], PIECE).follow
    asked = PageRequest("u", "comments", number, draft=page.draft, memo=page.memo)
    result = backend.read(reply(comments(comment(1), more=1, total=900)), asked, PIECE)
    assert (result.saturated, len(result.follow)) == (saturated, follow)


def test_a_work_with_more_comments_than_are_read_is_never_told_as_whole() -> None:
    """A later search that shows it with the same number does not read them again, and says that there are more."""
    state, told = InMemoryStateStore(), []
    for _ in range(2):
        backend, results = web(state, max_comment_pages=1), list[PageResult]()
        todo = [*backend.first(PIECE)]
        while todo:
            page = todo.pop()
            body = comments(comment(1), more=1, total=900) if page.purpose == "comments" else search(work(comments=900))
            results.append(backend.read(reply(body), page, PIECE))
            todo.extend(results[-1].follow)
        backend.settled(PIECE, [result.memo for result in results if result.memo], True)
        told.append((len(results), results[-1].saturated, results[-1].verdict.detail))
    assert told == [(2, True, "thread_capped"), (1, True, "thread_capped")]


def silent(backend: DouyinWeb, page: PageRequest) -> PageResult:
    """Comments are told and not shown, twice."""
    once = backend.read(reply(comments(total=34)), page, PIECE)
    assert once.unsettled
    return backend.read(reply(comments(total=34)), once.follow[0], PIECE)


def test_comments_that_are_told_and_not_shown_are_suspect_and_hold_up_the_search_three_times_at_most() -> None:
    """A refusal looks like this; so does a work whose comments are hidden for ever, which must not stop the cursor."""
    state = InMemoryStateStore()
    kinds = []
    for _ in range(4):
        backend = web(state)
        found = backend.read(reply(search(work(comments=34))), backend.first(PIECE)[0], PIECE)
        result = silent(backend, found.follow[0])
        kinds.append((result.verdict.outcome, result.auxiliary, result.saturated))
        backend.settled(PIECE, [found.memo, result.memo], complete=False)
    assert kinds == [(Outcome.SUSPECT_EMPTY, False, True)] * 3 + [(Outcome.SUSPECT_EMPTY, True, True)]


def test_a_work_that_never_shows_its_comments_is_left_alone_until_their_number_changes() -> None:
    """After eight looks nobody asks any more; one more comment and it is asked for again."""
    state = InMemoryStateStore()
    asked = []
    for count in [34] * 9 + [35]:
        backend = web(state)
        found = backend.read(reply(search(work(comments=count))), backend.first(PIECE)[0], PIECE)
        asked.append(len(found.follow))
        memos = [silent(backend, page).memo for page in found.follow]
        backend.settled(PIECE, [found.memo, *memos], complete=False)
    assert asked == [1] * 8 + [0, 1]


def test_when_three_works_show_no_comments_the_others_are_not_asked() -> None:
    """The platform keeps comments from us: asking on is hammering. All of them are owed."""
    state = InMemoryStateStore()
    backend = web(state)
    works = [work(1, n, comments=5) for n in range(9)]
    found = backend.read(reply(search(*works)), backend.first(PIECE)[0], PIECE)
    follow, asked = found.follow, 0
    while follow:
        asked += 1
        follow = silent(backend, follow[0]).follow
    assert asked == 3
    backend.settled(PIECE, [found.memo], complete=False)
    (owed,) = state.find("thread")
    assert isinstance(owed.body["works"], Mapping)
    assert len(owed.body["works"]) == 9


class Disturbed(InMemoryStateStore):
    """Somebody else owes a work just before the first write."""

    other: ThreadMemory | None = None

    def save(self, kind: str, id: str, body: Mapping[str, object], expected_version: int | None = None) -> int:
        """The other one first."""
        other, self.other = self.other, None
        if other is not None:
            other.save([{"wanted": {"theirs": 3}}])
        return super().save(kind, id, body, expected_version)


def test_two_processes_that_owe_at_the_same_time_lose_nothing() -> None:
    """A crawl and a second look end together: what the other wrote in between is kept."""
    state = Disturbed()
    memory = ThreadMemory(state, "dy", FakeClock(NOW))
    state.other = memory
    memory.save([{"wanted": {"ours": 2}}])
    assert set(memory.owed()) == {"theirs", "ours"}


def test_state_documents_hold_no_text_and_no_person() -> None:
    """Ids of works and comments, and numbers."""
    state = InMemoryStateStore()
    who: Json = {"author": {"sec_uid": "MS4wLjABAAAAprivate", "nickname": "某某某"}, "desc": "私人的话"}
    run(web(state), lambda page: search(work(comments=1, **who)) if page.purpose == "works" else comments(comment(1)))
    documents = state.find("thread")
    assert documents
    assert not any(word in str(found.body) for found in documents for word in ("MS4w", "某某某", "私人"))


def _numbered(page: PageRequest) -> Json:
    """A search without end: the first page of this hour, every further one twenty hours older."""
    n = page.number - 1
    return search(work(20 * n or 1, n, comments=n), more=1, cursor=10 * n + 10)


def test_a_search_goes_back_for_new_comments_every_few_hours() -> None:
    """The page of works tells how many comments there are: works older than the window are counted over in turn."""
    state, clock = InMemoryStateStore(), FakeClock(NOW)
    depths = []
    for _ in range(4):
        backend = DouyinSpider.build(source(), plan(state, clock), lambda text: True)
        assert isinstance(backend, DouyinWeb)
        asked = run(backend, lambda page: comments(comment(1)) if page.later else _numbered(page))
        depths.append([page.purpose for page in asked].count("works"))
        spans = {json.loads(query(page)["filter_selected"])["publish_time"] for page in asked if not page.later}
        assert spans == ({"7"} if depths[-1] > 2 else {"1"})
        clock.advance(timedelta(hours=1, minutes=1))
    assert depths == [4, 2, 2, 4]


def test_a_canary_leaves_no_trace() -> None:
    """A query asked for a test enlists no work, pays no debt, counts nothing over and leads no further back."""
    state = InMemoryStateStore()
    backend = web(state, sweep_hours=3)
    canary = Slice(SearchTerm("canary:x", "x"), NOW - timedelta(hours=24), NOW)
    result = backend.read(reply(search(work(comments=3))), backend.first(canary)[0], canary)
    assert (len(result.drafts), result.follow, dict(result.memo)) == (1, (), {})
    found = backend.read(reply(search(work(comments=3))), backend.first(PIECE)[0], PIECE)
    assert [page.purpose for page in found.follow] == ["comments"]


# ---- second looks


def test_a_second_look_reads_the_counts_and_the_comments_that_came_since() -> None:
    """Of a work older than any window; the next look without growth asks for nothing more."""
    state = InMemoryStateStore()
    for expected in (["comments"], []):
        backend = web(state)
        page = backend.look_up(MentionId(f"douyin:video:{native(50)}"), "u")
        assert page is not None
        result = backend.read(reply({"status_code": 0, "aweme_detail": work(50, comments=4)}), page, PIECE)
        assert [draft.engagement.comments for draft in result.drafts] == [4]
        assert [one.purpose for one in result.follow] == expected
        read = [backend.read(reply(comments(comment(1))), one, PIECE) for one in result.follow]
        backend.settled(PIECE, [result.memo, *(one.memo for one in read)], complete=True)


@pytest.mark.parametrize(
    ("body", "outcome", "is_gone"),
    [
        ({"status_code": 0, "aweme_detail": None, "filter_detail": {"filter_reason": "deleted"}}, "not_found", True),
        ({"status_code": 0, "aweme_detail": None}, "suspect_empty", False),
        (
            {"status_code": 0, "aweme_detail": None, "filter_detail": {"filter_reason": "need_login"}},
            "challenge",
            False,
        ),
        *(
            ({"status_code": 0, "aweme_detail": None, "filter_detail": {"filter_reason": reason}}, outcome, False)
            for reason, outcome in (
                *(("antispam", "challenge"), ("captcha", "challenge"), ("not_logged", "challenge")),
                *(("frequency_control", "challenge"), ("ip_forbidden", "suspect_empty")),
                *(("need_sign", "suspect_empty"), ("core_dep", "suspect_empty"), ("region_block", "suspect_empty")),
            )
        ),
        (
            {"status_code": 0, "aweme_detail": None, "filter_detail": {"filter_reason": "status_deleted"}},
            "not_found",
            True,
        ),
        ({"status_code": 0}, "challenge", False),
        ({"status_code": 2483}, "auth_required", False),
    ],
    ids=str,
)
def test_gone_is_claimed_only_where_the_platform_says_why(body: Json, outcome: str, is_gone: bool) -> None:
    """A work that is kept from us must not become a tombstone."""
    backend = web()
    page = backend.look_up(MentionId(f"douyin:video:{native(1)}"), "u")
    assert page is not None
    result = backend.read(reply(body), page, PIECE)
    if result.unsettled:
        result = backend.read(reply(body), result.follow[0], PIECE)
    assert (result.verdict.outcome.value, bool(result.gone)) == (outcome, is_gone)


def test_a_single_work_can_be_read_from_its_public_page() -> None:
    """For operators without a signer; comments and posts of others have no second look here."""
    backend = web(detail="page")
    page = backend.look_up(MentionId(f"douyin:video:{native(1)}"), "u")
    assert page is not None
    assert path(page) == f"/video/{native(1)}"
    assert backend.look_up(MentionId(f"douyin:comment:{native(1)}"), "u") is None
    assert backend.look_up(MentionId("weibo:post:1"), "u") is None


# ---- frames


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_chunks_may_end_anywhere_even_inside_a_character(size: int) -> None:
    """The frames are the same however the body was cut."""
    raw = (json.dumps({"a": "云江银行"}, ensure_ascii=False) + '{"b": 2}').encode()
    parts = [raw[at : at + size] for at in range(0, len(raw), size)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    assert frames(body) == [{"a": "云江银行"}, {"b": 2}]


# ---- the official route


def open_api() -> DouyinOpen:
    """The official route's backend."""
    found = DouyinSpider.build(source(surface="open_api"), plan(InMemoryStateStore()), lambda text: True)
    assert isinstance(found, DouyinOpen)
    return found


def videos(*items: Json, more: bool = False, cursor: int = 20) -> Json:
    """An answer of the official route."""
    return {"err_no": 0, "data": {"video_list": list(items), "has_more": more, "cursor": cursor, "search_id": "S1"}}


def test_the_token_travels_in_a_header_alone() -> None:
    """Not in the address, not in a repr of request, settings or backend."""
    backend = open_api()
    (page,) = backend.first(PIECE)
    assert page.headers["access-token"] == TOKEN
    assert TOKEN not in page.url + repr(page) + repr(backend._settings) + repr(backend)
    assert query(page)["device_id"] == "0"
    assert "search_id" not in query(page)
    assert not page.session


def test_the_official_route_pages_with_cursor_and_search_id_until_the_window() -> None:
    """Its end far down is the platform's limit, not the end of what there is."""
    backend = open_api()
    item = {"item_id": native(1), "title": "云江银行", "create_time": int((NOW - timedelta(hours=1)).timestamp())}
    (second,) = backend.read(reply(videos(item, more=True)), backend.first(PIECE)[0], PIECE).follow
    assert (query(second)["cursor"], query(second)["search_id"], second.number) == ("20", "S1", 2)
    old = {"item_id": native(9), "title": "x", "create_time": int((NOW - timedelta(hours=9)).timestamp())}
    assert backend.read(reply(videos(old, more=True, cursor=40)), second, PIECE).follow == ()
    deep = PageRequest("u", "search", 9, memo={"cursor": "160", "search_id": "S1", "read": "160"})
    assert backend.read(reply(videos(item)), deep, PIECE).saturated
    stuck = backend.read(reply(videos(item, more=True, cursor=160)), deep, PIECE)
    assert (stuck.verdict.detail, stuck.unsettled) == ("cursor_stands_still", True)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"comments": 1}, "comments"),
        ({"max_pages": True}, "max_pages"),
        ({"surface": "app"}, "surface"),
        ({"channel": "live"}, "channel"),
        ({"detail": "x"}, "detail"),
        ({"users": "MS4w"}, "users"),
        ({"surface": "open_api", "device_id": "1"}, "device_id"),
    ],
    ids=str,
)
def test_a_wrong_option_is_named(options: Json, named: str) -> None:
    """In words for the person who edits sources.yml."""
    with pytest.raises(ConfigError, match=named):
        DouyinSpider.build(source(**options), plan(InMemoryStateStore()), lambda text: True)
