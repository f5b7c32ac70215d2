"""Weibo's web surfaces without a network: what is asked, how full windows fall apart, what stands below posts."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from crawlers.backends.weibo_ladder import WeiboLadder
from crawlers.backends.weibo_regions import CITIES
from crawlers.extract.times import SHANGHAI
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from tests.fakes import InMemoryStateStore
from tests.unit.crawlers.weibo_parts import NOW, PIECE, TERM, card, mid, page_of, path, post, query, reply, weibo
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import ConfigError
from yuqing.domain.mention import MentionId, MentionKind, TimePrecision

HOUR = Slice(TERM, NOW.replace(minute=0), NOW.replace(minute=0) + timedelta(hours=1))


def shown(moment: datetime) -> str:
    """A time as a result page words it."""
    return f"{moment.astimezone(SHANGHAI):%m月%d日 %H:%M}"


def test_web_search_asks_for_whole_hours_of_shanghai_around_the_window() -> None:
    """06:30 to 09:30 is asked for as 6 to 10, duplicates unfolded, with the session of the engine."""
    backend = weibo()
    (page,) = backend.first(PIECE)
    asked = query(page)
    assert (asked["timescope"], asked["q"], asked["nodup"]) == ("custom:2026-03-14-6:2026-03-14-10", "云江 银行", "1")
    assert "region" not in asked
    assert backend.cookies == ("SUB=x",)
    assert page.session
    assert "Cookie" not in page.headers
    assert page.headers["Referer"] == "http://weibo_s/"


@pytest.mark.parametrize(
    ("region", "asked"),
    [("11:1000", "custom:11:1000"), ("11:2", "custom:11:2"), ("11:*", "custom:11:1000"), ("*", None)],
)
def test_a_region_is_asked_for_in_the_words_of_the_site(region: str, asked: str | None) -> None:
    """City 1000 is the whole province; our own sign for "the rest" is never sent."""
    (page,) = weibo().first(replace(HOUR, region=region))
    assert query(page).get("region") == asked


def test_the_ladder_goes_from_days_to_hours_to_provinces_to_cities() -> None:
    """Each rung holds the one above it; the listing of the whole comes last; below a city there is nothing."""
    ladder = WeiboLadder(CITIES)
    week = Slice(TERM, NOW - timedelta(days=7), NOW)
    days = ladder.split(week)
    assert (days[0].since, days[-1].until, len(days)) == (week.since, week.until, 8)
    assert len(ladder.split(days[1])) == 24
    provinces = [piece.region for piece in ladder.split(HOUR)]
    assert {"11:1000", "34:1000", "50:1000", "100:1000", "400:1000"} <= set(provinces)
    assert provinces[-1] == "*"
    cities = [piece.region for piece in ladder.split(replace(HOUR, region="11:1000"))]
    assert "11:2" in cities
    assert cities[-1] == "11:*"
    for last in ("11:2", "11:*", "*", "400:1000"):
        assert ladder.split(replace(HOUR, region=last)) == ()
    assert WeiboLadder({}).split(HOUR) == ()


def test_a_post_that_no_region_has_shown_makes_the_hour_saturated() -> None:
    """The parts are compared with the whole: only where every post of the whole was in a part, they hold it."""
    backend = weibo(page_cap=2)
    at = HOUR.since + timedelta(minutes=9)
    placed, unplaced = card(at, shown(at), 1), card(at, shown(at), 2)
    first = backend.read(page_of([placed, unplaced], pages=5), backend.first(HOUR)[0], HOUR)
    assert {piece.region for piece in first.split} >= {"11:1000", "*"}
    beijing, rest = replace(HOUR, region="11:1000"), replace(HOUR, region="*")
    assert not backend.read(page_of([placed]), backend.first(beijing)[0], beijing).saturated
    assert not backend.read(page_of([placed], pages=5), backend.first(rest)[0], rest).saturated
    assert backend.read(page_of([placed, unplaced]), backend.first(rest)[0], rest).saturated


def test_parts_that_an_earlier_run_has_read_prove_nothing() -> None:
    """After a kill nobody knows which posts the parts have shown."""
    rest = replace(HOUR, region="*")
    at = HOUR.since + timedelta(minutes=9)
    backend = weibo()
    assert backend.read(page_of([card(at, shown(at))]), backend.first(rest)[0], rest).saturated


def test_a_site_that_does_not_heed_the_place_is_not_asked_for_every_place() -> None:
    """The same posts in every province and city: told as cut, at a few hundred requests in place of 25,000."""
    backend, at, asked, is_cut = weibo(), HOUR.since + timedelta(minutes=9), 0, False
    same = page_of([card(at, shown(at), n) for n in range(3)], pages=50)
    todo = [(HOUR, page) for page in backend.first(HOUR)]
    while todo and asked < 1_000:
        piece, page = todo.pop()
        asked += 1
        result = backend.read(same, page, piece)
        is_cut = is_cut or result.saturated
        todo += [(piece, following) for following in result.follow]
        todo += [(part, first) for part in reversed(result.split) for first in backend.first(part)]
    assert (asked < 300, is_cut) == (True, True)


def test_posts_of_another_time_are_no_answer() -> None:
    """A site that does not heed the window shows the newest in every one of them: changed, and nothing is cut."""
    backend, piece = weibo(page_cap=2), Slice(TERM, NOW - timedelta(days=5), NOW - timedelta(days=4))
    newest = page_of([card(NOW - timedelta(minutes=n), f"{n}分钟前", n) for n in (1, 2, 3)], pages=50)
    result = backend.read(newest, backend.first(piece)[0], piece)
    assert (result.verdict, result.split, result.follow) == (Verdict(Outcome.CHANGED, "other_window"), (), ())


def test_a_full_city_is_saturated_and_read_on() -> None:
    """Nothing below a city can be asked for."""
    backend, city = weibo(page_cap=2), replace(HOUR, region="11:2")
    at = HOUR.since + timedelta(minutes=9)
    result = backend.read(page_of([card(at, shown(at))], pages=3), backend.first(city)[0], city)
    assert result.saturated
    assert [query(page)["page"] for page in result.follow] == ["2"]


def listing(pages: int, step: timedelta, since_last: timedelta) -> list[Reply]:
    """Result pages whose last page lies `since_last` behind the one before it."""
    times = [NOW - step * (number + 1) for number in range(10 * pages)]
    times = [at - (since_last if number >= 10 * (pages - 1) else timedelta(0)) for number, at in enumerate(times)]
    cards = [card(at, shown(at), number) for number, at in enumerate(times)]
    return [page_of(cards[start : start + 10], pages) for start in range(0, len(cards), 10)]


@pytest.mark.parametrize(("jump_hours", "gaps"), [(0, 0), (2, 0), (30, 1)])
def test_a_jump_of_dates_is_asked_for_by_itself(jump_hours: int, gaps: int) -> None:
    """Posts every two minutes, then thirty hours of nothing: the silence is asked for; two hours are no jump."""
    backend, piece = weibo(), Slice(TERM, NOW - timedelta(days=7), NOW)
    (page,) = backend.first(piece)
    asked: list[PageRequest] = []
    for body in listing(4, timedelta(minutes=2), timedelta(hours=jump_hours)):
        follow = backend.read(body, page, piece).follow
        asked += [one for one in follow if "gap" in one.memo]
        page = next((one for one in follow if "gap" not in one.memo), page)
    assert len(asked) == gaps
    if asked:
        assert query(asked[0])["timescope"] == "custom:2026-03-13-2:2026-03-14-9"
        assert query(asked[0])["page"] == "1"


def test_a_jump_that_fills_the_piece_cuts_the_piece() -> None:
    """The silence is as long as the piece itself: its hours are asked for one by one."""
    backend, piece = weibo(), Slice(TERM, NOW - timedelta(hours=6), NOW)
    (page,) = backend.first(piece)
    for body in listing(4, timedelta(seconds=30), timedelta(hours=5.5)):
        result = backend.read(body, page, piece)
        page = result.follow[0] if result.follow else page
    assert len(result.split) == 7


def test_a_page_that_stays_blank_is_asked_for_again_at_the_end() -> None:
    """Twice in place, once more after the last page; only then it counts, as suspect."""
    backend = weibo()
    page = replace(backend.first(PIECE)[0], number=2, memo={"last": "3"})
    blank = page_of([])
    once = backend.read(blank, page, PIECE)
    assert (once.unsettled, once.follow[0].attempt) == (True, 2)
    twice = backend.read(blank, once.follow[0], PIECE)
    assert (twice.unsettled, query(twice.follow[0])["page"]) == (True, "3")
    at = NOW - timedelta(hours=1)
    end = backend.read(page_of([card(at, shown(at))]), twice.follow[0], PIECE)
    (late,) = end.follow
    assert query(late)["page"] == "2"
    last = backend.read(blank, replace(late, attempt=2), PIECE)
    assert (last.verdict.outcome, last.verdict.detail, last.unsettled) == (
        Outcome.SUSPECT_EMPTY,
        "blank_page",
        False,
    )
    assert last.follow == ()


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_result_page_that_ends_too_early_is_no_whole_page(share: float) -> None:
    """The pager stands below the list: a page that was cut shows fewer posts and no next page. That proves nothing."""
    backend = weibo()
    times = [NOW - timedelta(minutes=5 * number + 5) for number in range(10)]
    whole = page_of([card(at, shown(at), number) for number, at in enumerate(times)], pages=30)
    cut = replace(whole, body=whole.body[: int(len(whole.body) * share)])
    result = backend.read(cut, backend.first(PIECE)[0], PIECE)
    assert (result.verdict, result.follow) == (Verdict(Outcome.TRANSPORT, "truncated_html"), ())
    assert 0 < len(result.drafts) < 10 or share == 0.9


@pytest.mark.parametrize("body", ["<html><head><title>微", '<html><body><div id="pl_feedlist_index">'])
def test_a_result_page_that_ends_before_its_posts_is_cut_too(body: str) -> None:
    """Neither a changed layout nor an empty list."""
    backend = weibo()
    result = backend.read(Reply("u", 200, body.encode()), backend.first(PIECE)[0], PIECE)
    assert result.verdict == Verdict(Outcome.TRANSPORT, "truncated_html")


@pytest.mark.parametrize(
    ("inside", "outcome"),
    [
        ('<div class="card-wrap"><div class="card-no-result"></div></div>', Outcome.OK_EMPTY),
        ('<div class="card-no-result"></div>' + '<div class="post-card" data-mid="1">x</div>' * 10, Outcome.CHANGED),
        ("", Outcome.SUSPECT_EMPTY),
    ],
    ids=["the marker", "the marker beside entries", "nothing, the marker elsewhere"],
)
def test_the_no_result_card_is_believed_only_as_the_whole_of_the_list(inside: str, outcome: Outcome) -> None:
    """Entries that we cannot read stand beside no "no result"; a card outside of the list is not about it."""
    more = '<div class="card-no-result"></div>'
    body = f'<html><body><div id="pl_feedlist_index">{inside}</div>{more}</body></html>'
    backend = weibo()
    page = replace(backend.first(PIECE)[0], attempt=2)
    assert backend.read(Reply("u", 200, body.encode()), page, PIECE).verdict.outcome is outcome


def test_times_are_refined_by_the_id_and_a_wrong_one_gives_way_to_it() -> None:
    """A minute becomes a second; a display that is days off is not believed and counted."""
    backend, at = weibo(), NOW - timedelta(minutes=47, seconds=13)
    result = backend.read(page_of([card(at, shown(at)), card(at, "02月01日 09:00", 2)]), backend.first(PIECE)[0], PIECE)
    assert [draft.published_at for draft in result.drafts] == [at, at]
    assert {draft.time_precision for draft in result.drafts} == {TimePrecision.SECOND}
    assert result.notes["time_mismatch"] == 1


def test_mobile_search_carries_its_container_as_one_value() -> None:
    """Realtime search; the term is inside the container id."""
    backend = weibo("mobile")
    assert backend.session() is None
    (page,) = backend.first(PIECE)
    assert query(page)["containerid"].startswith("100103type=61&q=云江 银行")
    assert page.headers["MWeibo-Pwa"] == "1"


def test_a_visitor_ticket_is_a_pair_or_none() -> None:
    """SUB alone is refused by the mobile site."""
    backend = weibo("mobile", cookie="")
    assert backend.session() is not None
    half = Reply("u", 200, b'cb({"data":{"sub":"a","subp":""}});')
    assert backend.open_session(half)[0].outcome is Outcome.CHANGED
    whole = Reply("u", 200, b'window.cb && cb({"retcode":20000000,"data":{"sub":"s1","subp":"s2"}});')
    verdict, cookie = backend.open_session(whole)
    assert (verdict.outcome, cookie) == (Outcome.OK, "SUB=s1; SUBP=s2")


def test_the_probe_tells_an_account_that_is_no_longer_one() -> None:
    """`data.login` false with a cookie of ours: the cookie has run out."""
    backend = weibo("mobile")
    probe = backend.probe()
    assert probe is not None
    assert path(probe) == "/api/config"
    assert backend.read_probe(reply({"ok": 1, "data": {"login": True}})).outcome is Outcome.OK
    assert backend.read_probe(reply({"ok": 1, "data": {"login": False}})).outcome is Outcome.AUTH_REQUIRED
    assert weibo("mobile", cookie="").read_probe(reply({"ok": 1, "data": {"login": False}})).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("surface", "ways"),
    [
        ("mobile", ["/statuses/extend", "/statuses/show", "/detail/"]),
        ("search", ["/ajax/statuses/show", "/ajax/statuses/longtext"]),
    ],
)
def test_a_long_text_is_tried_by_every_way_and_its_loss_costs_the_rest_of_the_text_only(
    surface: str, ways: list[str]
) -> None:
    """One way after the other; then a note. The slice is not harmed, the beginning stays."""
    backend = weibo(surface)
    page = PageRequest("u", {"mobile": "long_text", "search": "long_show"}[surface], draft=post(text_truncated=True))
    seen = []
    for way in ways:
        result = backend.read(reply({}, 403), page, PIECE)
        assert result.auxiliary
        seen.append(way)
        if result.follow:
            (page,) = result.follow
            assert path(page).startswith(ways[len(seen)])
    assert seen == ways
    assert result.notes == {"long_text_missing": 1}


def test_an_article_becomes_part_of_its_post_and_its_loss_is_marked() -> None:
    """Title and text of the article; without it the reader is told that there is more."""
    backend, page = weibo(), PageRequest("u", "article", draft=post())
    body = {"data": {"title": "云江银行的新系统", "content": "<p>第一段</p><p>第二段</p>"}}
    (whole,) = backend.read(reply(body), page, PIECE).drafts
    assert (whole.title, whole.text) == ("云江银行的新系统", "云江银行转账失败\n第一段\n第二段")
    lost = backend.read(reply({"data": {}}), page, PIECE)
    assert (lost.auxiliary, lost.drafts[0].text_truncated, lost.notes) == (True, True, {"article_missing": 1})


def comment(serial: int, **fields: object) -> dict[str, object]:
    """A comment of the desktop site."""
    number = mid(NOW - timedelta(minutes=20), serial)
    user = {"id": 1000200041, "screen_name": "路人甲", "verified": False}
    created = "Sat Mar 14 09:10:00 +0800 2026"
    base = {"id": int(number), "idstr": number, "rootid": int(number), "created_at": created, "text_raw": "同感[泪]"}
    return {**base, "text": "同感", "like_counts": 6, "source": "来自江苏", "total_number": 0, "user": user, **fields}


def comments_page() -> PageRequest:
    """The first page of the comments of a post."""
    backend = weibo(comments=True)
    at = NOW - timedelta(minutes=30)
    text = f'{card(at, shown(at))[:-6]}<div class="card-act"><a action-type="feed_list_comment">评论 3</a></div></div>'
    result = backend.read(page_of([text]), backend.first(PIECE)[0], PIECE)
    return next(page for page in result.follow if page.purpose == "comments")


def test_comments_are_read_below_posts_about_a_subject_with_their_threads() -> None:
    """First level with inline replies, then the replies that are not shown; each knows what it answers."""
    page = comments_page()
    assert (path(page), query(page)["count"], page.later) == ("/ajax/statuses/buildComments", "20", True)
    backend = weibo(comments=True)
    answer = comment(8, rootid=comment(7)["id"], reply_comment={"id": comment(7)["id"]})
    first = comment(7, total_number=5, comments=[answer], more_info={"text": "查看5条回复"})
    body = {"ok": 1, "data": [first, comment(9)], "max_id": 138000000000123, "total_number": 57}
    result = backend.read(reply(body), page, PIECE)
    assert [draft.kind for draft in result.drafts] == [MentionKind.COMMENT] * 3
    top, below, _ = result.drafts
    root = f"weibo:post:{mid(NOW - timedelta(minutes=30))}"
    assert (top.parent_id, top.root_id, below.root_id) == (root, root, root)
    assert below.parent_id == f"weibo:comment:{top.native_id}"
    assert (top.text, top.region, top.engagement.likes, top.context) == ("同感[泪]", "江苏", 6, "云江 银行排队")
    more, replies = result.follow
    assert (query(more)["max_id"], query(more)["id"]) == ("138000000000123", mid(NOW - timedelta(minutes=30)))
    assert (query(replies)["id"], query(replies)["fetch_level"]) == (top.native_id, "1")


def test_a_canary_leaves_no_trace() -> None:
    """A search that is asked for a test asks for nothing below its posts, and they are still asked for later."""
    backend, at = weibo(comments=True), NOW - timedelta(minutes=30)
    text = f'{card(at, shown(at))[:-6]}<div class="card-act"><a action-type="feed_list_comment">评论 3</a></div></div>'
    canary = replace(PIECE, query=SearchTerm("canary:银行", "银行"))
    assert backend.read(page_of([text]), backend.first(canary)[0], canary).follow == ()
    assert len(backend.read(page_of([text]), backend.first(PIECE)[0], PIECE).follow) == 1


def test_nothing_is_asked_below_posts_about_nobody_or_without_comments() -> None:
    """Comments cost requests: only where somebody is watched, and there is something to read."""
    at = NOW - timedelta(minutes=30)
    quiet = f'{card(at, shown(at))[:-6]}<div class="card-act"><a action-type="feed_list_comment">评论</a></div></div>'
    for backend, text in (
        (weibo(comments=True), quiet),
        (weibo(comments=True, is_relevant=lambda text: False), quiet.replace("评论<", "评论 9<")),
    ):
        assert backend.read(page_of([text]), backend.first(PIECE)[0], PIECE).follow == ()


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"ok": 1, "data": [], "max_id": 0, "total_number": 0}, Outcome.OK_EMPTY),
        ({"ok": 1, "data": [], "max_id": 0, "total_number": 9}, Outcome.SUSPECT_EMPTY),
        ({"ok": 1, "data": {"cards": []}}, Outcome.CHANGED),
        ({"ok": -100, "url": "u"}, Outcome.AUTH_REQUIRED),
        ({"ok": 0, "url": "u"}, Outcome.CHALLENGE),
        ({"ok": 1, "data": [{"id": 1}], "max_id": 0}, Outcome.CHANGED),
    ],
    ids=["none", "withheld", "elsewhere", "login", "captcha", "unreadable"],
)
def test_lost_comments_count_for_the_slice(body: dict[str, object], outcome: Outcome) -> None:
    """They are mentions: what was not seen of them was not seen of the slice."""
    page = replace(comments_page(), attempt=2)
    result = weibo(comments=True).read(reply(body), page, PIECE)
    assert result.verdict.outcome is outcome
    assert not result.auxiliary
    assert not result.unsettled


def test_comments_that_nobody_may_see_hold_up_nothing_for_ever() -> None:
    """Told and not shown: suspect twice, then told as cut, so that the search goes on."""
    state, ends = InMemoryStateStore(), []
    page = replace(comments_page(), attempt=2)
    assert page.draft is not None
    for _ in range(3):
        backend = weibo(comments=True, state=state)
        result = backend.read(reply({"ok": 1, "data": [], "max_id": 0, "total_number": 9}), page, PIECE)
        ends.append((result.auxiliary, result.saturated))
        backend.settled(PIECE, [{"wanted": {page.draft.native_id: 9}}, result.memo], False)
    assert ends == [(False, False), (False, False), (True, True)]


def thread_of(total: int, first: int, second: int) -> tuple[list[PageResult], InMemoryStateStore]:
    """A thread of two pages that shows so many of its comments, read by one run and remembered."""
    state = InMemoryStateStore()
    backend, page = weibo(comments=True, state=state), comments_page()
    assert page.draft is not None
    page = replace(page, draft=replace(page.draft, engagement=replace(page.draft.engagement, comments=total)))
    shown_first = {"ok": 1, "data": [comment(n) for n in range(first)], "max_id": 5 * (second >= 0)}
    results = [backend.read(reply({**shown_first, "total_number": total}), page, PIECE)]
    if second >= 0:
        (page,) = results[0].follow
        body = {"ok": 1, "data": [comment(99 + n) for n in range(second)], "max_id": 0, "total_number": total}
        results.append(backend.read(reply(body), replace(page, attempt=2), PIECE))
    memos = [{"wanted": {mid(NOW - timedelta(minutes=30)): total}}, *(result.memo for result in results)]
    backend.settled(PIECE, memos, True)
    return results, state


@pytest.mark.parametrize(
    ("total", "first", "second", "is_cut"),
    [(57, 20, 0, True), (20, 20, 0, False), (57, 20, -1, True), (57, 20, 30, False), (24, 20, -1, False)],
    ids=["breaks off", "was whole", "ends too early", "few are hidden", "few on one page"],
)
def test_comments_that_are_told_and_not_shown_are_told_and_stay_owed(
    total: int, first: int, second: int, is_cut: bool
) -> None:
    """What was seen is compared with what was told: a thread that was cut is not remembered as read."""
    results, state = thread_of(total, first, second)
    assert (results[-1].verdict.outcome.is_complete, results[-1].saturated) == (True, is_cut)
    later = weibo(comments=True, state=state)
    at = NOW - timedelta(minutes=30)
    button = f'<div class="card-act"><a action-type="feed_list_comment">评论 {total}</a></div>'
    text = f"{card(at, shown(at))[:-6]}{button}</div>"
    asked = later.read(page_of([text]), later.first(PIECE)[0], PIECE).follow
    assert [page.purpose for page in asked] == (["comments"] if is_cut else [])


def test_no_comments_where_comments_were_told_is_asked_once_more() -> None:
    """A total of 0 below a post that shows comments."""
    result = weibo(comments=True).read(reply({"ok": 1, "data": [], "total_number": 0}), comments_page(), PIECE)
    assert (result.unsettled, [page.attempt for page in result.follow]) == (True, [2])


def test_an_empty_page_after_others_is_the_end_or_is_passed_over() -> None:
    """With a cursor it goes on."""
    page = replace(comments_page(), number=2, attempt=2)
    for cursor, follows in ((0, 0), (5, 1)):
        body = {"ok": 1, "data": [], "max_id": cursor, "total_number": 9}
        result = weibo(comments=True).read(reply(body), page, PIECE)
        assert (result.verdict.outcome, len(result.follow)) == (Outcome.OK_EMPTY, follows)


def test_more_comments_than_pages_are_told() -> None:
    """The last page that we read is not the last page that there is."""
    page = replace(comments_page(), number=2)
    body = {"ok": 1, "data": [comment(7)], "max_id": 5, "total_number": 900}
    result = weibo(comments=True, max_comment_pages=2).read(reply(body), page, PIECE)
    assert (result.saturated, result.follow) == (True, ())


def test_old_posts_answer_403_and_their_comments_are_read_where_everybody_may() -> None:
    """The fallback shows fifty: more of them than that is told."""
    backend = weibo("mobile", comments=True)
    for count, is_cut in ((12, False), (80, True)):
        page = PageRequest("http://weibo_m/comments/hotflow", "comments", draft=post(comments=count))
        result = backend.read(reply({}, 403), page, PIECE)
        assert (result.unsettled, result.saturated) == (True, is_cut)
        assert path(result.follow[0]) == "/api/comments/show"
    body = {"ok": 1, "data": {"data": [comment(3)], "max": 4, "total_number": 40}}
    (following,) = backend.read(reply(body), result.follow[0], PIECE).follow
    assert query(following)["page"] == "2"


def test_comments_that_were_read_are_read_again_only_when_their_number_changes() -> None:
    """The count is remembered with the slice; a second look follows it where it has grown."""
    state = InMemoryStateStore()
    backend = weibo(comments=True, state=state)
    body = {
        "ok": 1,
        "mid": mid(NOW - timedelta(minutes=30)),
        "text": "云江银行",
        "created_at": "刚刚",
        "comments_count": 3,
    }
    mention = MentionId(f"weibo:post:{body['mid']}")
    look = backend.look_up(mention, "")
    assert look is not None
    result = backend.read(reply(body), look, PIECE)
    (page,) = result.follow
    end = backend.read(reply({"ok": 1, "data": [comment(7)], "max_id": 0, "total_number": 1}), page, PIECE)
    backend.settled(PIECE, [result.memo, end.memo], True)
    for count, follows in ((3, 0), (9, 1)):
        later = weibo(comments=True, state=state)
        result = later.read(reply({**body, "comments_count": count}), look, PIECE)
        assert (result.drafts[0].engagement.comments, len(result.follow)) == (count, follows)


@pytest.mark.parametrize(("count", "comments", "is_owed"), [(0, True, False), (3, False, False), (3, True, True)])
def test_comments_that_nobody_can_read_any_more_are_not_owed(count: int, comments: bool, is_owed: bool) -> None:
    """Their author deleted them, or the operator wants none: a look that settles nothing would come again for weeks."""
    state, number = InMemoryStateStore(), mid(NOW - timedelta(minutes=30))
    state.save("thread", "weibo|owed", {"source": "weibo", "at": NOW.isoformat(), "works": {number: 0}})
    backend = weibo(comments=comments, state=state)
    look = backend.look_up(MentionId(f"weibo:post:{number}"), "")
    assert look is not None
    body = {"ok": 1, "mid": number, "text": "云江银行", "created_at": "刚刚", "comments_count": count}
    result = backend.read(reply(body), look, PIECE)
    backend.settled(PIECE, [result.memo], True)
    found = state.load("thread", "weibo|owed")
    assert found is not None
    assert bool(found.body["works"]) == is_owed


def test_reposts_are_their_own_words_about_the_post() -> None:
    """What stands before the chain; empty ones and "Repost" are 转发微博."""
    body = {
        "ok": 1,
        "data": [
            {"mid": mid(NOW - timedelta(minutes=9), n), "text": "x", "text_raw": words, "created_at": "刚刚"}
            for n, words in enumerate(("离谱//@甲:真的", "//@甲:真的", "Repost"))
        ],
        "total_number": 25,
    }
    result = weibo(reposts=True).read(reply(body), PageRequest("u", "reposts", draft=post()), PIECE)
    assert [draft.text for draft in result.drafts] == ["离谱", "转发微博", "转发微博"]
    assert {draft.kind for draft in result.drafts} == {MentionKind.REPOST}
    assert {draft.parent_id for draft in result.drafts} == {f"weibo:post:{post().native_id}"}
    assert all("云江银行转账失败" in draft.context for draft in result.drafts)
    assert query(result.follow[0])["page"] == "2"


@pytest.mark.parametrize(
    ("status", "body", "gone"),
    [
        (404, {"ok": 0, "error_code": 20101}, 1),
        (400, {"ok": 0, "error_code": 20101}, 1),
        (404, {"ok": 0}, 0),
        (200, {"ok": 1, "mid": "5276300844652167", "user": None, "text": "抱歉", "deleted": "1"}, 1),
        (200, {"ok": 1, "data": {"user": None}}, 0),
        (200, {"ok": -100}, 0),
        (403, {}, 0),
    ],
)
def test_only_the_platforms_own_word_makes_a_post_gone(status: int, body: dict[str, object], gone: int) -> None:
    """A refusal, or a page that is not there, deletes nothing."""
    backend = weibo()
    look = backend.look_up(MentionId("weibo:post:5276300844652167"), "")
    assert look is not None
    assert query(look)["id"] == "5276300844652167"
    result = backend.read(reply(body, status), look, PIECE)
    assert len(result.gone) == gone
    assert result.drafts == ()


@pytest.mark.parametrize("surface", ["search", "mobile"])
@pytest.mark.parametrize("more", [{}, {"deleted": "1"}], ids=["another", "another that is deleted"])
def test_a_second_look_that_shows_another_post_says_nothing_of_this_one(surface: str, more: dict[str, object]) -> None:
    """Neither its counts nor its deletion: a witness vouches only for itself."""
    backend = weibo(surface)
    look = backend.look_up(MentionId("weibo:post:5276300844652167"), "")
    assert look is not None
    other = {"mid": mid(NOW), "text": "云江银行", "text_raw": "云江银行", "created_at": "刚刚", **more}
    result = backend.read(reply({"ok": 1, "data": other}), look, PIECE)
    assert (result.verdict, result.drafts, result.gone) == (Verdict(Outcome.CHANGED, "another_post"), (), ())


def test_the_rest_of_another_text_is_not_taken() -> None:
    """A detail page that shows another post is no detail of this one."""
    draft = post(text_truncated=True)
    other = {"mid": mid(NOW), "text": "别的", "text_raw": "别的", "created_at": "刚刚"}
    page = PageRequest("u", "long_show", draft=draft)
    result = weibo().read(reply({"ok": 1, "data": other}), page, PIECE)
    assert (result.drafts, [one.purpose for one in result.follow]) == ((), ["long_text"])


def test_a_second_look_that_shows_nothing_was_none() -> None:
    """ "No content" is the word of empty lists; it says nothing of a post."""
    backend = weibo("mobile")
    look = backend.look_up(MentionId("weibo:post:5276300844652167"), "")
    assert look is not None
    result = backend.read(reply({"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}), look, PIECE)
    assert (result.verdict.outcome, result.gone) == (Outcome.SUSPECT_EMPTY, ())


def test_reposts_are_looked_at_again_too() -> None:
    """They have a page like any post, and they may be deleted like any post."""
    backend, mention = weibo(), MentionId("weibo:repost:5276300844652167")
    look = backend.look_up(mention, "")
    assert look is not None
    assert query(look)["id"] == "5276300844652167"
    assert backend.read(reply({"ok": 0, "error_code": 20101}, 404), look, PIECE).gone == (mention,)


def test_comments_have_no_page_of_their_own() -> None:
    """They are looked at with their post."""
    assert weibo().look_up(MentionId("weibo:comment:5276300844652167"), "") is None


def test_an_account_is_read_in_windows_of_ten_days() -> None:
    """Bounds in seconds; the name of the account, not its number, names the query."""
    backend = weibo("user", users={"云江银行": "3000400000"})
    (term,) = backend.queries
    assert (term.id, term.text) == ("云江银行", "3000400000")
    pieces = backend.slices(term, NOW - timedelta(days=25), NOW)
    assert [(piece.until - piece.since) <= timedelta(days=10) for piece in pieces] == [True] * 3
    (page,) = backend.first(pieces[0])
    assert (path(page), query(page)["starttime"]) == (
        "/ajax/statuses/searchProfile",
        str(int(pieces[0].since.timestamp())),
    )


@pytest.mark.parametrize("told", [{}, {"total": 120}, {"total": "many"}], ids=str)
def test_an_account_list_that_ends_before_its_number_is_read_by_the_other_way(told: dict[str, object]) -> None:
    """Where the number is missing or not reached, an empty page is no end: the timeline shows what the window has."""
    backend = weibo("user", users={"云江银行": "3000400000"})
    piece = Slice(backend.queries[0], NOW - timedelta(hours=3), NOW)
    at = NOW - timedelta(minutes=9)
    body = {"mid": mid(at), "text": "新", "text_raw": "新", "created_at": shown(at)}
    page = backend.first(piece)[0]
    (second,) = backend.read(reply({"ok": 1, "data": {"list": [body], **told}}), page, piece).follow
    assert query(second)["page"] == "2"
    end = backend.read(reply({"ok": 1, "data": {"list": []}}), replace(second, attempt=2), piece)
    assert (end.unsettled, [path(one) for one in end.follow]) == (True, ["/ajax/statuses/mymblog"])


@pytest.mark.parametrize(
    "body",
    [{"ok": 0, "msg": "x"}, {"ok": 1, "data": {"list": []}}, {"ok": 1, "data": {"list": [], "total": None}}],
    ids=str,
)
def test_an_account_that_tells_no_number_is_not_proved_empty(body: dict[str, object]) -> None:
    """A refusal that we do not know, or a list without a number, on both ways."""
    backend = weibo("user", users={"云江银行": "3000400000"})
    piece = Slice(backend.queries[0], NOW - timedelta(hours=3), NOW)
    (timeline,) = backend.read(reply(body), replace(backend.first(piece)[0], attempt=2), piece).follow
    end = backend.read(reply(body), replace(timeline, attempt=2), piece)
    assert (end.verdict.outcome, end.follow, end.unsettled) == (Outcome.SUSPECT_EMPTY, (), False)


def test_a_timeline_is_read_past_an_old_post_and_ends_only_where_it_says_so() -> None:
    """One old post among new ones ends nothing; a page that stays blank below a cursor is suspect."""
    backend = weibo("user", users={"云江银行": "3000400000"})
    piece = Slice(backend.queries[0], NOW - timedelta(hours=3), NOW)
    empty = {"ok": 1, "data": {"list": [], "total": 0}}
    (timeline,) = backend.read(reply(empty), replace(backend.first(piece)[0], attempt=2), piece).follow
    times = (NOW - timedelta(days=3), NOW - timedelta(minutes=9))
    posts = [{"mid": mid(at), "text": "新", "text_raw": "新", "created_at": shown(at)} for at in times]
    data = {"list": posts, "total": 812, "since_id": "x"}
    result = backend.read(reply({"ok": 1, "data": data}), timeline, piece)
    (second,) = result.follow
    assert (len(result.drafts), query(second)["since_id"]) == (1, "x")
    end = backend.read(reply({"ok": 1, "data": {"list": []}}), replace(second, attempt=2), piece)
    assert end.verdict.outcome is Outcome.SUSPECT_EMPTY
    cut = backend.read(reply({"ok": 1, "data": {**data, "since_id": ""}}), timeline, piece)
    assert (cut.saturated, cut.follow) == (True, ())


def mobile_page(times: list[datetime], **info: object) -> Reply:
    """A page of the mobile search."""
    posts = [
        {"card_type": 9, "mblog": {"mid": mid(at, n), "text": "云江银行", "created_at": shown(at)}}
        for n, at in enumerate(times)
    ]
    return reply({"ok": 1, "data": {"cardlistInfo": info, "cards": posts}})


@pytest.mark.parametrize(("total", "is_cut"), [(812, True), (2, False), (None, True)])
def test_a_mobile_search_that_ends_before_its_number_says_so(total: int | None, is_cut: bool) -> None:
    """ "No content" on a later page is the end only where all that was told has been read."""
    backend = weibo("mobile")
    first = mobile_page([NOW - timedelta(minutes=9), NOW - timedelta(days=2)], total=total)
    (second,) = backend.read(first, backend.first(PIECE)[0], PIECE).follow
    nothing = reply({"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}})
    end = backend.read(nothing, replace(second, attempt=2), PIECE)
    assert (end.verdict.outcome, end.saturated, end.follow) == (Outcome.OK_EMPTY, is_cut, ())


def test_a_mobile_search_is_over_when_a_whole_page_is_older() -> None:
    """One old post among new ones ends nothing."""
    backend, page = weibo("mobile"), weibo("mobile").first(PIECE)[0]
    old = [NOW - timedelta(days=2), NOW - timedelta(days=3)]
    assert len(backend.read(mobile_page([*old, NOW - timedelta(minutes=9)], total=99), page, PIECE).follow) == 1
    assert backend.read(mobile_page(old, total=99), page, PIECE).follow == ()


def test_an_empty_account_window_is_believed_only_with_the_timeline() -> None:
    """The list says nothing; a timeline whose newest post is older than the window says it."""
    backend = weibo("user", users={"云江银行": "3000400000"})
    piece = Slice(backend.queries[0], NOW - timedelta(hours=3), NOW)
    empty = {"ok": 1, "data": {"list": [], "total": 0}}
    page = replace(backend.first(piece)[0], attempt=2)
    result = backend.read(reply(empty), page, piece)
    assert result.unsettled
    (timeline,) = result.follow
    assert path(timeline) == "/ajax/statuses/mymblog"
    old = NOW - timedelta(days=3)
    body = {"mid": mid(old), "text": "旧", "text_raw": "旧", "created_at": shown(old)}
    proved = backend.read(reply({"ok": 1, "data": {"list": [body], "total": 1}}), timeline, piece)
    assert (proved.verdict.outcome, proved.drafts, proved.follow) == (Outcome.OK_EMPTY, (), ())
    withheld = backend.read(reply({"ok": 1, "data": {"list": [], "total": 812}}), replace(timeline, attempt=2), piece)
    assert withheld.verdict.outcome is Outcome.SUSPECT_EMPTY


@pytest.mark.parametrize(
    "options",
    [
        {"surface": "user"},
        {"surface": "user", "users": {"云江银行": "yunjiang"}},
        {"cities": {"11": "2"}},
        {"cities": {"beijing": [2]}},
        {"surface": "desktop"},
    ],
    ids=str,
)
def test_wrong_options_are_named(options: dict[str, object]) -> None:
    """In words for the person who edits sources.yml."""
    with pytest.raises(ConfigError, match=r"users|cities|surface"):
        weibo(**options)  # type: ignore[arg-type]


def test_own_city_codes_take_the_place_of_the_table() -> None:
    """Of the province that is named; the others stay."""
    backend = weibo(page_cap=1, cities={11: [2]})
    province = replace(HOUR, region="11:1000")
    at = HOUR.since + timedelta(minutes=9)
    result = backend.read(page_of([card(at, shown(at))], pages=2), backend.first(province)[0], province)
    assert [piece.region for piece in result.split] == ["11:2", "11:*"]
