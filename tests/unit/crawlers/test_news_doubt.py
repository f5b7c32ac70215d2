"""News sites that are broken, refuse or lie: nothing is taken for empty, gone or read without a proof."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from crawlers.backends.feed_memory import FeedMemory
from crawlers.backends.news_doors import Door
from crawlers.backends.news_rss import NewsRss
from crawlers.backends.news_settings import NewsSettings
from crawlers.extract import feeds, urls
from crawlers.extract.news_lists import ListShape
from crawlers.model import PageRequest, PageResult, Reply, Slice
from tests.fakes import FakeClock, InMemoryStateStore
from tests.unit.crawlers.test_news_backend import NOW, ROLL, SEARCH, SITE, TEXT, backend, html, pages, piece_of, roll
from yuqing.domain.coverage import Outcome
from yuqing.domain.mention import MentionId

FEED = Door(f"{SITE}/rss")
LIST = Door(f"{SITE}/list?page={{page}}", pages=3, shape=ListShape("ul.list a"))


def fine(page: PageRequest) -> Reply:
    """The article itself."""
    title = page.draft.title if page.draft else f"云江银行公告{page.url}"
    return Reply(page.url, 200, html(f"<h1>{title}</h1><p>2026-03-14 08:00</p><p>{title}：{TEXT}</p>"))


def rss(*ages: float, end: str = "</channel></rss>", link: bool = True) -> Reply:
    """A feed with one article for each age in hours."""
    items = "".join(
        f"<item><title>云江银行公告{age}</title>{f'<link>{SITE}/a/{age}.html</link>' if link else ''}"
        f"<pubDate>{(NOW - timedelta(hours=age)).isoformat()}</pubDate></item>"
        for age in ages
    )
    text = f'<rss version="2.0"><channel><title>示例</title>{items}{end}'
    return Reply(FEED.url, 200, text.encode(), {"etag": '"1"'})


def listed(*numbers: int, head: str = "", end: str = "</body></html>", frame: str = "list", more: str = "") -> Reply:
    """A list page with undated links."""
    rows = "".join(f'<li><a href="/a/{number}.html">云江银行公告{number}</a></li>' for number in numbers)
    text = f'<html><head>{head}</head><body><div class="nav">首页</div><ul class="{frame}">{rows}</ul>{more}{end}'
    return Reply(f"{SITE}/list", 200, text.encode())


def look(made: NewsRss, door: Reply, article: Reply | None = None) -> tuple[Outcome | None, list[PageResult]]:
    """A whole look: the first page of the door and every article with one answer; settled as the engine does."""
    piece = piece_of(made)
    first = made.read(door, made.first(piece)[0], piece)
    results = [first]
    for page in first.follow:
        if page.purpose == "article":
            reply = fine(page) if article is None else replace(article, url=article.url or page.url)
            results.append(made.read(reply, page, piece))
    memos = [result.memo for result in results if result.memo]
    judged = made.judge(piece, memos)
    is_fine = judged is None and all(result.auxiliary or result.verdict.outcome.is_complete for result in results)
    made.settled(piece, memos, is_fine)
    return judged.outcome if judged else None, results


INSTEAD = {
    "404": Reply("", 404, b"x"),
    "error": Reply("", 200, html("<h1>出错了</h1>系统繁忙，请稍后再试", "<title>出错了</title>")),
    "front": Reply(f"{SITE}/", 200, html(f"<p>{TEXT}</p>")),
    "error page": Reply(f"{SITE}/error.html", 200, html("<p>稍后再试</p>")),
    "refusal": Reply("", 200, html(f"<p>{'为保障安全，暂时限制了本次浏览。' * 20}</p>", "<title>海州财经网</title>")),
    "soft 404": Reply("", 200, html("<h1>页面不存在</h1>", "<title>页面不存在</title>")),
}


@pytest.mark.parametrize("name", list(INSTEAD))
def test_a_site_that_denies_all_its_articles_has_changed_and_they_are_read_when_it_is_well(name: str) -> None:
    """Each is kept as announced, the cursor stands still, and no number of such looks gives them up."""
    state = InMemoryStateStore()
    for _ in range(4):
        judged, results = look(backend(state, FEED), rss(1, 2, 3, 4, 5), INSTEAD[name])
        assert judged is Outcome.CHANGED
        assert [draft.text_truncated for result in results for draft in result.drafts] == [True] * 5
    judged, results = look(backend(state, FEED), rss(1, 2, 3, 4, 5))
    assert judged is None
    assert [draft.text_truncated for result in results for draft in result.drafts] == [False] * 5


def test_one_article_that_is_not_there_is_announced_tried_again_and_left_alone() -> None:
    """Three looks; a healthy site is not suspected for it."""
    state = InMemoryStateStore()
    look(backend(state, FEED), rss(1, 2, 3, 4, 4.5))
    for _ in range(3):
        judged, results = look(backend(state, FEED), rss(0.5, 1, 2), INSTEAD["404"])
        assert (judged, [draft.title for draft in results[1].drafts]) == (None, ["云江银行公告0.5"])
    _, results = look(backend(state, FEED), rss(0.5, 1, 2))
    assert len(results) == 1


@pytest.mark.parametrize(
    ("text", "outcome", "detail"),
    [
        ("<urlset><url><place>x</place></url></urlset>", Outcome.CHANGED, "entries_unreadable"),
        ("<urlset><address>x</address></urlset>", Outcome.CHANGED, "no_known_items"),
        ("<urlset><url><lo", Outcome.TRANSPORT, "truncated_feed"),
        ("<urlset>", Outcome.TRANSPORT, "truncated_feed"),
        ("<urlset></urlset>", Outcome.OK_EMPTY, "sitemap_without_urls"),
        ("<urlset/>", Outcome.OK_EMPTY, "sitemap_without_urls"),
        ("<sitemapindex><sitemap><x>1</x></sitemap></sitemapindex>", Outcome.CHANGED, "entries_unreadable"),
        ("<rss><channel><title>示例</title></channel></rss>", Outcome.OK_EMPTY, "feed_without_entries"),
        ("<rss><channel><title>示例</title>", Outcome.TRANSPORT, "truncated_feed"),
        ("<rss><channel><title>请登录</title></channel></rss>", Outcome.SUSPECT_EMPTY, "feed_of_a_refusal"),
        ("<rss><channel><title>登录 - 新闻搜索</title></channel></rss>", Outcome.OK_EMPTY, "feed_without_entries"),
    ],
)
def test_a_feed_or_sitemap_is_empty_only_when_it_lists_nothing_and_has_an_end(
    text: str, outcome: Outcome, detail: str
) -> None:
    """Entries under other names, entries that we cannot read, and a document that was cut are something else."""
    verdict = feeds.parse(Reply(f"{SITE}/s.xml", 200, text.encode()), NOW).verdict
    assert (verdict.outcome, verdict.detail) == (outcome, detail)


def test_a_feed_of_which_most_cannot_be_read_has_changed_and_what_can_is_kept() -> None:
    """One item of five has an address."""
    made = backend(InMemoryStateStore(), FEED)
    whole = rss(1).body.replace(b"</channel></rss>", b"") + rss(2, 3, 4, 5, link=False).body.partition(b"</title>")[2]
    result = made.read(replace(rss(), body=whole), made.first(piece_of(made))[0], piece_of(made))
    assert (result.verdict.outcome, len(result.follow), result.notes) == (Outcome.CHANGED, 1, {"unreadable": 4})


def test_a_feed_that_was_cut_is_asked_for_again_and_then_read_as_far_as_it_goes() -> None:
    """Its articles are taken, but the slice was not seen."""
    made = backend(InMemoryStateStore(), FEED)
    piece = piece_of(made)
    cut = rss(1, 2, end="<item><title>云")
    first = made.read(cut, made.first(piece)[0], piece)
    assert (first.unsettled, len(first.follow)) == (True, 1)
    second = made.read(cut, first.follow[0], piece)
    assert (second.verdict.outcome, second.verdict.detail) == (Outcome.TRANSPORT, "truncated_feed")
    assert len(second.follow) == 2


def test_not_modified_counts_only_where_it_was_asked_for() -> None:
    """A proxy that answers 304 to everything proves nothing."""
    state = InMemoryStateStore()
    made = backend(state, FEED)
    piece = piece_of(made)
    page = made.first(piece)[0]
    unmodified = Reply(FEED.url, 304, b"")
    assert made.read(unmodified, page, piece).verdict.outcome is Outcome.CHANGED
    look(made, rss(1, 2))
    page = backend(state, FEED).first(piece)[0]
    assert page.headers["If-None-Match"] == '"1"'
    assert made.read(unmodified, page, piece).verdict.outcome is Outcome.OK_EMPTY


def test_validators_are_not_sent_for_an_older_window_nor_by_what_names_other_pages() -> None:
    """What the last complete look did not reach back to may be in the feed unread; an index stays as it is."""
    state = InMemoryStateStore()
    made = backend(state, FEED)
    look(made, rss(1, 2))
    assert "If-None-Match" not in made.first(piece_of(made, hours=9))[0].headers
    index = Door(f"{SITE}/index.xml")
    made = backend(state, index)
    body = f"<sitemapindex><sitemap><loc>{SITE}/s.xml</loc></sitemap></sitemapindex>".encode()
    look(made, Reply(index.url, 200, body, {"etag": '"2"'}))
    assert "If-None-Match" not in made.first(piece_of(made))[0].headers


def test_a_run_for_a_period_reads_everything_and_remembers_nothing() -> None:
    """Neither does it skip what earlier runs read, nor does the next ordinary run skip what it did not look for."""
    state = InMemoryStateStore()

    def period() -> NewsRss:
        return NewsRss(NewsSettings(doors=(FEED,)), FeedMemory(state, keeps=False), FakeClock(NOW))

    look(period(), rss(1, 2))
    made = backend(state, FEED)
    assert "If-None-Match" not in made.first(piece_of(made))[0].headers
    assert len(look(made, rss(1, 2))[1]) == 3
    assert len(look(period(), rss(1, 2))[1]) == 3


def second_page(made: NewsRss, first: Reply) -> PageRequest:
    """The request of page 2."""
    (page,) = pages(made.read(first, made.first(piece_of(made))[0], piece_of(made)))
    return page


BLANK = {
    "captcha": (listed(head="<title>验证码</title>", frame="x"), Outcome.CHALLENGE),
    "another page": (
        Reply(LIST.url, 200, html('<div class="m">系统维护</div>', "<title>维护</title>")),
        Outcome.SUSPECT_EMPTY,
    ),
    "the same page emptied": (listed(), Outcome.OK_EMPTY),
}


@pytest.mark.parametrize("search", [False, True])
@pytest.mark.parametrize("name", list(BLANK))
def test_a_list_ends_with_the_same_page_emptied_and_with_nothing_else(name: str, search: bool) -> None:
    """Looked at twice. Behind a link to the next page there is no end."""
    blank, outcome = BLANK[name]
    door = replace(LIST, url=f"{SITE}/list?k={{keyword}}&page={{page}}") if search else LIST
    made = backend(InMemoryStateStore(), door)
    page = second_page(made, listed(1, 2, 3))
    result = made.read(blank, page, piece_of(made))
    if outcome is not Outcome.CHALLENGE:
        assert result.unsettled
        result = made.read(blank, result.follow[0], piece_of(made))
    assert (result.verdict.outcome, result.unsettled) == (outcome, False)
    linked = second_page(backend(InMemoryStateStore(), door), listed(1, 2, more='<a href="?page=2">下一页</a>'))
    assert made.read(blank, replace(linked, attempt=2), piece_of(made)).verdict.outcome is not Outcome.OK_EMPTY


def test_a_roll_ends_when_every_hit_was_read_and_not_before() -> None:
    """Page 2 of 400 hits is empty: suspect. A roll that counts nothing is believed when it stays empty."""
    for door in (ROLL, SEARCH):
        made = backend(InMemoryStateStore(), door)
        page = second_page(made, roll(1, 2, total=400))
        assert made.read(roll(total=400), page, piece_of(made)).unsettled
        again = made.read(roll(total=400), replace(page, attempt=2), piece_of(made))
        assert again.verdict.outcome is Outcome.SUSPECT_EMPTY
        page = second_page(made, uncounted(1, 2.5))
        assert made.read(uncounted(), page, piece_of(made)).unsettled
        assert made.read(uncounted(), replace(page, attempt=2), piece_of(made)).verdict.outcome is Outcome.OK_EMPTY


def uncounted(*ages: float) -> Reply:
    """A page of a roll without a total."""
    document = json.loads(roll(*ages).body)
    del document["total"]
    return Reply(ROLL.url, 200, json.dumps(document).encode())


def test_a_list_page_without_its_end_is_cut_where_it_usually_has_one() -> None:
    """Asked for again; taken as far as it goes. Where the site never closes its pages, the rest is only unknown."""
    state = InMemoryStateStore()
    cut, door = listed(9, end=""), replace(LIST, pages=1)
    made = backend(state, door)
    piece = piece_of(made)
    first = made.read(cut, made.first(piece)[0], piece)
    assert first.unsettled
    sloppy = made.read(cut, first.follow[0], piece)
    assert (sloppy.verdict.outcome, sloppy.saturated) == (Outcome.OK, True)
    look(made, listed(1, 2))
    found = backend(state, door).read(cut, first.follow[0], piece)
    assert (found.verdict.outcome, found.verdict.detail) == (Outcome.TRANSPORT, "truncated_list")
    assert len(found.follow) == 1


def test_an_undated_list_of_nothing_but_new_links_says_that_more_may_follow() -> None:
    """The pages that we may read end, and none of the links is known."""
    state = InMemoryStateStore()
    made = backend(state, replace(LIST, pages=1))
    _, results = look(made, listed(1, 2))
    assert results[0].saturated
    later = backend(state, replace(LIST, pages=1))
    assert not look(later, listed(3, 1))[1][0].saturated
    assert look(backend(state, replace(LIST, pages=1)), listed(7, 8))[1][0].saturated


def test_a_window_that_reaches_further_back_than_the_last_look_has_no_proof_of_its_end() -> None:
    """What that look listed says nothing about what lay before its window."""
    state = InMemoryStateStore()
    look(backend(state, FEED), rss(1, 2, 6))
    made = backend(state, FEED)
    wide = Slice(made.queries[0], NOW - timedelta(hours=30), NOW)
    assert made.read(rss(1, 2, 6), made.first(wide)[0], wide).saturated


def test_one_text_under_many_addresses_is_no_article() -> None:
    """Announcements without titles tell nothing about the page: that they are all alike does."""
    sitemap = Door(f"{SITE}/s.xml")
    locations = "".join(f"<url><loc>{SITE}/a/{n}.html</loc><lastmod>2026-03-14</lastmod></url>" for n in range(5))
    shown = Reply(sitemap.url, 200, f"<urlset>{locations}</urlset>".encode())
    alike = Reply("", 200, html(f"<h1>海州财经网</h1><p>2026-03-14 08:00</p><p>{TEXT}</p>"))
    state = InMemoryStateStore()
    assert look(backend(state, sitemap), shown, alike)[0] is Outcome.CHANGED
    assert len(look(backend(state, sitemap), shown)[1]) == 6


def test_copies_of_one_text_under_their_announced_titles_are_articles() -> None:
    """Syndication: five outlets print one text, and the feed of a portal lists them all."""
    state = InMemoryStateStore()
    copy = Reply("", 200, html(f"<h1>云江银行公告</h1><p>2026-03-14 08:00</p><p>云江银行公告：{TEXT}</p>"))
    judged, results = look(backend(state, FEED), rss(1, 2, 3, 4, 5), copy)
    assert judged is None
    assert [result.verdict.outcome for result in results] == [Outcome.OK] * 6
    assert len(look(backend(state, FEED), rss(1, 2, 3, 4, 5))[1]) == 1, "they are read once"


def test_articles_that_declare_one_canonical_address_stay_apart() -> None:
    """A column, or one article, declared by the template of all."""
    for declared in ("/finance/", "/finance/index.html", "/article.html"):
        made = backend(InMemoryStateStore(), FEED)
        piece = piece_of(made)
        found = made.read(rss(1, 2, 3), made.first(piece)[0], piece)
        link = f'<link rel="canonical" href="{declared}">'.encode()
        pages_of = [(page, fine(page)) for page in found.follow]
        results = [
            made.read(replace(reply, body=reply.body.replace(b"</head>", link + b"</head>")), page, piece)
            for page, reply in pages_of
        ]
        assert len({draft.native_id for result in results for draft in result.drafts}) == 3


def test_a_second_look_that_shows_no_time_is_none() -> None:
    """It would vouch for what else is missing on the site."""
    made = backend(InMemoryStateStore(), FEED)
    url = f"{SITE}/a/1.html"
    page = made.look_up(MentionId(f"news:article:{urls.native_id(url)}"), url)
    assert page is not None
    result = made.read(Reply(url, 200, html(f"<p>{TEXT}</p>", "<title>海州财经网</title>")), page, piece_of(made))
    assert (result.verdict.outcome, result.drafts, result.gone) == (Outcome.CHANGED, (), ())


@pytest.mark.parametrize("filler", ["<a>", "<", "&"])
def test_a_feed_that_would_keep_every_other_source_waiting_is_not_read(filler: str) -> None:
    """Large and not well-formed, or deep: told at once. What is as large and in order is read."""
    end = "<item><title>云</title><link>/1.html</link></item></channel></rss>"
    broken = f"<rss><channel><title>{filler * (300_000 // len(filler))}</title>{end}"
    verdict = feeds.parse(Reply(f"{SITE}/rss", 200, broken.encode()), NOW).verdict
    assert (verdict.outcome, verdict.detail) == (Outcome.CHANGED, "feed_too_large")
    whole = f"<rss><channel><title>{'云' * 300_000}</title>{end}"
    assert feeds.parse(Reply(f"{SITE}/rss", 200, whole.encode()), NOW).verdict.outcome is Outcome.OK
