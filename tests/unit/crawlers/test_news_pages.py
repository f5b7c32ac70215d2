"""Bytes to text, addresses to one address, and dates to their year."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.extract import feeds, news_lists, news_moves, news_rolls, urls
from crawlers.extract.encoding import decode
from crawlers.extract.entries import Entry, once
from crawlers.extract.news_lists import ListShape
from crawlers.extract.news_page import Rule, Site, extract
from crawlers.extract.news_rolls import RollShape
from crawlers.extract.times import near, parse_time
from crawlers.model import Reply
from yuqing.domain.coverage import Outcome

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
WORDS = "云江银行今天调整了柜台的营业时间，方便上班族办理业务。"
PAGE = f"<html><head>{{meta}}<title>公告</title></head><body><p>{WORDS * 5}</p></body></html>"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("header", ["", "utf-8", "gb2312", "gbk", "iso-8859-1", "windows-1252", "no-such-charset"])
@pytest.mark.parametrize("meta", ["", "utf-8", "gb2312", "gbk", "big5-unknown"])
def test_the_text_is_right_whatever_header_and_page_declare(encoding: str, header: str, meta: str) -> None:
    """Undeclared, contradictory, wrong: the bytes decide."""
    body = PAGE.format(meta=f'<meta charset="{meta}">' if meta else "").encode(encoding)
    text = decode(body, {"content-type": f"text/html; charset={header}"} if header else {})
    assert WORDS in text
    assert "\ufffd" not in text


def test_a_page_that_was_cut_off_inside_a_character_is_read() -> None:
    """Half a character at the end costs that character."""
    for encoding in ("utf-8", "gb18030"):
        body = PAGE.format(meta="").encode(encoding)
        cut = body[: body.rindex("业务".encode(encoding)) + 1]
        assert WORDS in decode(cut, {})


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (
            "http://News.Example.com/a.html?utm_source=x&spm=1.2&from=rss&id=7#top",
            "https://news.example.com/a.html?id=7",
        ),
        ("https://m.example.com/a.html", "https://www.example.com/a.html"),
        ("https://wap.example.com/a.html", "https://news.example.com/a.html"),
        ("https://3g.163.com/a.html", "https://www.163.com/a.html"),
        ("https://news.example.com", "https://news.example.com/"),
    ],
)
def test_one_address_per_article(url: str, canonical: str) -> None:
    """Tracking, twins, case, fragment; `hosts` adds twins of this site."""
    assert urls.canonicalise(url, {"wap.example.com": "news.example.com"}) == canonical
    assert urls.canonicalise(canonical) == canonical


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("/b.html", "https://news.example.com/b.html"),
        ("https://www.example.com/b.html", "https://www.example.com/b.html"),
        ("https://other.example/b.html", "https://news.example.com/a.html"),
        ("https://news.example.com/", "https://news.example.com/a.html"),
        ("javascript:x", "https://news.example.com/a.html"),
    ],
)
def test_a_page_is_believed_about_its_address_within_its_site(declared: str, expected: str) -> None:
    """A canonical link to another site or to the front page is a mistake of the template."""
    assert urls.canonical_of("https://news.example.com/a.html", declared) == expected


@pytest.mark.parametrize(
    ("amp", "plain"),
    [
        ("https://n.cn/amp/2026/a.html", "https://n.cn/2026/a.html"),
        ("https://n.cn/2026/a/amp/", "https://n.cn/2026/a/"),
        ("https://n.cn/a.amp.html", "https://n.cn/a.html"),
        ("https://n.cn/a.html?amp=1", "https://n.cn/a.html"),
        ("https://n.cn/ampere/a.html", "https://n.cn/ampere/a.html"),
        ("https://n.cn/amp-news/a.html", "https://n.cn/amp-news/a.html"),
    ],
)
def test_amp_editions_are_known_by_their_address(amp: str, plain: str) -> None:
    """And only they."""
    assert urls.without_amp(amp) == plain


def test_an_amp_edition_is_left_out_where_the_article_is_announced_too() -> None:
    """It stays where it is all there is; a picture link does not hide the title behind it."""
    found = [
        Entry("https://n.cn/amp/a.html", "甲"),
        Entry("https://n.cn/a.html", ""),
        Entry("https://n.cn/a.html", "甲"),
    ]
    assert [(e.url, e.title) for e in once([*found, Entry("https://n.cn/amp/b.html", "乙")])] == [
        ("https://n.cn/a.html", "甲"),
        ("https://n.cn/amp/b.html", "乙"),
    ]


@pytest.mark.parametrize(
    ("url", "headers", "extra", "year"),
    [
        ("https://n.cn/20231230/a.html", {}, "", 2023),
        ("https://n.cn/2023/12/a.html", {}, "", 2023),
        ("https://n.cn/2024/01/a.html", {}, "", 2023),
        ("https://n.cn/a.html", {"last-modified": "Sun, 31 Dec 2023 10:00:00 GMT"}, "", 2023),
        ("https://n.cn/a.html", {}, '<script>x={"t":"2022-12-31 08:00:01"}</script>', 2022),
        ("https://n.cn/a.html", {}, '<script>x={"t":"2022-06-01 08:00:01"}</script>', 2025),
        ("https://n.cn/a.html", {}, "", 2025),
    ],
    ids=["day in url", "month in url", "next month in url", "header", "data in page", "other day in page", "nothing"],
)
def test_a_date_without_a_year_gets_the_year_of_its_page(
    url: str, headers: dict[str, str], extra: str, year: int
) -> None:
    """Address, header, data of the page; a page without any clue is of today."""
    page = f"<html><head><meta charset=utf-8><title>云江银行公告</title>{extra}</head><body><h1>云江银行公告</h1>"
    article = extract(f"{page}<p>12-31 09:26</p><p>{WORDS * 5}</p></body></html>".encode(), url, headers, NOW)
    assert article.published_at is not None
    assert article.published_at == datetime(year, 12, 31, 1, 26, tzinfo=UTC)


def test_29_february_stays_where_no_neighbour_has_one() -> None:
    """The year nearest to the anchor that has the day, or the date as it was read."""
    found = parse_time("02-29 10:00", NOW)
    assert found is not None
    assert near(found, datetime(2021, 3, 1, tzinfo=UTC)).at.year == 2020
    assert near(found, datetime(2022, 3, 1, tzinfo=UTC)) == found


@pytest.mark.parametrize(
    ("title", "body", "outcome"),
    [
        ("404", "<p>x</p>", Outcome.NOT_FOUND),
        ("404 Not Found", "<p>x</p>", Outcome.NOT_FOUND),
        ("页面不存在 - 示例新闻网", "<p>x</p>", Outcome.NOT_FOUND),
        ("抱歉，您访问的页面不存在或已删除", "<p>x</p>", Outcome.NOT_FOUND),
        ("该文章已被删除", "<p>x</p>", Outcome.NOT_FOUND),
        ("示例新闻网", "<h1>您访问的页面不存在</h1>", Outcome.NOT_FOUND),
        ("404名学生获云江银行奖学金", f"<p>{WORDS * 5}</p>", Outcome.OK),
        ("云江银行：页面不存在系改版所致", f"<p>{WORDS * 5}</p>", Outcome.OK),
        ("公告", f"<p>{WORDS * 5}您访问的页面不存在。</p>", Outcome.OK),
    ],
)
def test_a_page_that_is_no_more_says_so_in_its_title(title: str, body: str, outcome: Outcome) -> None:
    """Words inside an article or a longer headline decide nothing."""
    page = f"<html><head><meta charset=utf-8><title>{title}</title></head><body>{body}</body></html>"
    assert extract(page.encode(), "https://n.cn/a.html", None, NOW).outcome is outcome


def test_the_rule_of_a_site_comes_first_and_is_told() -> None:
    """Title, time, text and paywall by CSS; the general ways only where the rule finds nothing."""
    page = (
        "<html><head><meta charset=utf-8><title>别的</title></head><body><div class=t>云江银行公告</div>"
        f"<i>2026-03-13 20:10</i><section class=b>短文。</section><article>{WORDS * 9}</article>"
        "<b id=wall></b></body></html>"
    ).encode()
    rule = Rule(title=".t", time="i", body=".b", paywall="#wall")
    ruled = extract(page, "https://www.n.cn/a.html", None, NOW, Site({"n.cn": rule}))
    assert (ruled.title, ruled.text, ruled.method, ruled.is_complete) == ("云江银行公告", "短文。", "rule", False)
    assert ruled.published_at == datetime(2026, 3, 13, 12, 10, tzinfo=UTC)
    other = extract(page, "https://www.other.cn/a.html", None, NOW, Site({"n.cn": rule}))
    assert other.method != "rule"
    assert ruled.parser_version == "news_page/2+rule"


SHAPES = (
    RollShape("data", {"title": "t", "url": "u", "time": "at"}, total="n", cursor="c"),
    RollShape("", {"content": "x"}),
)
ROWS = ListShape("a[href]", row="li", time="span", match="html", date=r"(\d)(\d)(\d)")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["data", "t", "u", "at", "n"]), inner),
    max_leaves=12,
)
PIECES = [
    "<li>",
    "<a href=",
    "'/1.html'>",
    "12-31",
    "<span>",
    "<meta http-equiv=refresh content=",
    "'0;url=http://[x'",
    "云",
]
BODIES = (
    st.binary(max_size=120)
    | VALUES.map(lambda value: f"cb({json.dumps(value)});".encode())
    | st.lists(st.sampled_from(PIECES), max_size=12).map(lambda parts: "".join(parts).encode())
)


@given(body=BODIES, is_search=st.booleans())
def test_no_body_makes_discovery_raise_or_claim_that_there_is_nothing(body: bytes, is_search: bool) -> None:
    """Rolls, list pages, robots.txt and detours take any bytes; an empty result needs a count of zero."""
    reply = Reply("https://news.example.com/list/a", 200, body)
    for shape in SHAPES:
        verdict = news_rolls.parse(reply, NOW, shape, is_search=is_search).verdict
        assert verdict.outcome is not Outcome.OK_EMPTY or (b'"n"' in body and verdict.detail == "total_zero")
    for found in (news_lists.parse(reply, NOW, ROWS), feeds.parse_robots(reply)):
        assert found.verdict.outcome is not Outcome.OK_EMPTY
        assert bool(found.entries or found.sitemaps) == (found.verdict.outcome is Outcome.OK)
    target = news_moves.leads_to(reply)
    assert target is None or target != reply.url
