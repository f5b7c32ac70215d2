"""The news portal: feeds, sitemaps, layouts, encodings and conditional requests."""

import re
from xml.etree import ElementTree as ET

import pytest
from parsel import Selector

from simulator.server import Simulator
from tests.integration.simulator.conftest import Browser

pytestmark = pytest.mark.integration
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def ids(urls: list[str]) -> set[str]:
    """Article ids from their addresses."""
    return {re.findall(r"/(\d+)\.html$", url)[0] for url in urls}


def sitemap(browser: Browser, name: str) -> list[str]:
    """All addresses of a sitemap."""
    root = ET.fromstring(browser.get(f"/news/{name}").content)  # noqa: S314 - our own server
    return [loc.text or "" for loc in root.iter(f"{MAP}loc")]


def test_the_sitemaps_hold_every_article(browser: Browser, demo: Simulator) -> None:
    """From robots.txt to the index to the sections."""
    robots = browser.get("/robots.txt").text
    assert f"Sitemap: {demo.url}/news/sitemap.xml" in robots
    maps = [url.removeprefix(f"{demo.url}/news/") for url in sitemap(browser, "sitemap.xml")]
    assert "sitemap-news.xml" in maps
    found = [url for name in maps if name != "sitemap-news.xml" for url in sitemap(browser, name)]
    assert ids(found) == {str(line["id"]) for line in demo.truth(platform="news")}
    assert ids(sitemap(browser, "sitemap-news.xml")) < ids(found)


def test_rss_and_atom_name_the_same_articles(browser: Browser) -> None:
    """The newest sixty, newest first."""
    rss = ET.fromstring(browser.get("/news/rss/all.xml").content)  # noqa: S314
    atom = ET.fromstring(browser.get("/news/atom/all.xml").content)  # noqa: S314
    links = [item.findtext("link", "") for item in rss.iter("item")]
    assert len(links) == 60
    assert links == [entry.find(f"{ATOM}link").attrib["href"] for entry in atom.iter(f"{ATOM}entry")]  # type: ignore[union-attr]
    assert ids(links) == {re.findall(r"\d+", guid.text or "")[0] for guid in rss.iter("guid")}


def test_the_gbk_feed_is_declared_and_encoded_as_gb2312(browser: Browser) -> None:
    """Its title is readable only with that encoding."""
    response = browser.get("/news/rss/gbk.xml")
    assert b'encoding="gb2312"' in response.content[:60]
    assert "示例新闻网" in response.content.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        response.content.decode("utf-8")


def test_every_layout_shows_title_body_and_time_somewhere(browser: Browser, demo: Simulator) -> None:
    """Title and body in the page; the time in the form of the layout."""
    marks = {
        "semantic": "article time::attr(datetime)",
        "table": "table td::text",
        "artibody": "#artibody p::text",
        "jsonld": "script[type='application/ld+json']::text",
        "textdate": "#box > p::text",
    }
    for layout, selector in marks.items():
        article = next(one for one in demo.corpus.articles if one.layout == layout and one.section != "gbk")
        page = browser.get(f"/news/{article.section}/{article.id[:8]}/{article.id}.html").text
        assert article.title in page
        assert all(paragraph in page for paragraph in article.paragraphs)
        assert Selector(page).css(selector).get(), layout
        assert any(f"{article.created:{form}}" in page for form in ("%Y-%m-%d", "%Y年%m月%d日")), layout


def test_gbk_pages_declare_gb2312_or_nothing(browser: Browser, demo: Simulator) -> None:
    """Never in the header; both sorts exist."""
    declared = set()
    for article in [one for one in demo.corpus.articles if one.section == "gbk" and one.created <= demo.clock.now()][
        :30
    ]:
        response = browser.get(f"/news/gbk/{article.id[:8]}/{article.id}.html")
        assert response.headers["content-type"] == "text/html"
        assert article.title in response.content.decode("gb18030")
        declared.add(b"charset=gb2312" in response.content)
    assert declared == {True, False}


def test_a_known_etag_is_answered_with_304(browser: Browser, demo: Simulator) -> None:
    """Until something new is published."""
    first = browser.get("/news/rss/all.xml")
    again = browser.get("/news/rss/all.xml", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    demo.clock.advance(hours=3)
    later = browser.get("/news/rss/all.xml", headers={"If-None-Match": first.headers["etag"]})
    demo.clock.advance(hours=-3)
    assert later.status_code == 200


def test_copies_name_their_origin(browser: Browser, demo: Simulator) -> None:
    """Another title, the same text, and where it came from."""
    copy = next(one for one in demo.corpus.articles if one.truth.copy_of and one.section != "gbk")
    original = next(one for one in demo.corpus.articles if one.id == copy.truth.copy_of)
    page = browser.get(f"/news/{copy.section}/{copy.id[:8]}/{copy.id}.html").text
    assert copy.title != original.title
    assert f"（来源：{original.outlet}）" in page
    assert copy.paragraphs == original.paragraphs


def test_unpublished_and_unknown_articles_are_404(browser: Browser, demo: Simulator) -> None:
    """The future is not reachable by its address."""
    future = next(one for one in demo.corpus.articles if one.created > demo.clock.now())
    assert browser.get(f"/news/{future.section}/{future.id[:8]}/{future.id}.html").status_code == 404
    assert browser.get("/news/local/20260314/2026031499999.html").status_code == 404


def test_list_pages_can_be_turned(browser: Browser, demo: Simulator) -> None:
    """Following 下一页 visits every article of the section."""
    found: list[str] = []
    for page in range(1, 100):
        response = Selector(browser.get("/news/list/local", page=page).text)
        found += response.css("ul.list a::attr(href)").getall()
        if not response.css("a.next"):
            break
    assert ids(found) == {str(line["id"]) for line in demo.truth(platform="news") if line["section"] == "local"}


def article_of(browser: Browser, edition: str, place: int = 0) -> str:
    """The path of an article in an edition, as the feed links it."""
    feed = browser.get("/news/rss/all.xml", edition=edition).text
    return re.findall(r"<link>https?://[^/]+(/news/[^<]+\.html)", feed)[place]


def test_broken_rss_is_no_xml_and_says_the_same(browser: Browser) -> None:
    """Bare ampersands and an open tag, as feeds written by hand."""
    text = browser.get("/news/rss/all.xml", broken="1").text
    with pytest.raises(ET.ParseError):
        ET.fromstring(text)  # noqa: S314 - our own server
    links = re.findall(r"<link>([^<]+\.html)</link>", text)
    assert ids(links) == ids(re.findall(r"<link>([^<]+\.html)</link>", browser.get("/news/rss/all.xml").text))


def test_rolls_page_search_and_wrap(browser: Browser, demo: Simulator) -> None:
    """Every article once over the pages; a word narrows them; a callback wraps them; nothing behind the end."""
    numbers: list[str] = []
    for page in range(1, 100):
        rows = browser.get("/news/roll/all.json", num=50, page=page).json()["result"]["data"]
        if not rows:
            break
        numbers += [row["docid"] for row in rows]
    assert sorted(numbers) == sorted(str(line["id"]) for line in demo.truth(platform="news"))
    found = browser.get("/news/roll/all.json", k="海州银行").json()["result"]
    assert found["total"] == len(demo.truth(platform="news", keyword="海州银行"))
    wrapped = browser.get("/news/roll/all.json", k="海州银行", callback="jQ1").text
    assert wrapped.startswith("jQ1({")
    assert wrapped.endswith("});")


def test_live_texts_are_walked_by_cursor(browser: Browser, demo: Simulator) -> None:
    """Newest first, without a gap or a double."""
    seen: list[int] = []
    cursor = ""
    while items := browser.get("/news/live.json", cursor=cursor).json()["data"]["items"]:
        seen += [item["id"] for item in items]
        cursor = str(items[-1]["display_time"])
    assert len(seen) == len(set(seen))
    assert len(demo.truth(platform="news")) - len(seen) <= 2  # two of one second at the edge of a page
    assert browser.get("/news/flash.js").text.startswith("var newest = [{")


def test_list_pages_end_in_a_frame_without_rows(browser: Browser) -> None:
    """Twenty a page with dates that name no year; no link to a page that is not there."""
    first = Selector(browser.get("/news/list/finance").text)
    assert len(first.css("ul.list li")) == 20
    assert all(re.fullmatch(r"\d\d-\d\d \d\d:\d\d", text) for text in first.css(".date::text").getall())
    last = Selector(browser.get("/news/list/finance", page=999).text)
    assert (len(last.css("ul.list")), len(last.css("ul.list li")), len(last.css("a.next"))) == (1, 0, 0)


def test_editions_are_what_they_are_called(browser: Browser) -> None:
    """301, meta refresh, canonical links, a lead before a wall, lying headers, forbidden by robots."""
    moved = browser.get(article_of(browser, "moved"))
    assert moved.status_code == 301
    assert "/news/e/" not in moved.headers["Location"]
    assert 'http-equiv="Refresh"' in browser.get(article_of(browser, "go")).text
    for twin in ("mobile", "amp"):
        page = Selector(browser.get(article_of(browser, twin)).text)
        assert f"/{twin}/" not in page.css("link[rel=canonical]::attr(href)").get("")
    assert '"isAccessibleForFree": false' in browser.get(article_of(browser, "paid")).text
    told = [browser.get(article_of(browser, "conflict", place)) for place in range(8)]
    pairs = {(page.headers["Content-Type"].rpartition("=")[2], b'charset=gb2312"' in page.content) for page in told}
    assert pairs == {("utf-8", True), ("gb2312", False)}
    assert "Disallow: /news/private/" in browser.get("/robots.txt").text
    gone = {browser.get(article_of(browser, "fleeting", -place)).status_code for place in range(1, 40)}
    assert gone == {404, 410, 200}
