"""RSS, Atom and sitemaps as XML."""

from collections.abc import Callable, Sequence
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from simulator.corpus import Article
from simulator.formats import rfc822, w3c

Link = Callable[[Article], str]
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def rss(articles: Sequence[Article], link: Link, now: datetime, encoding: str = "utf-8") -> str:
    """RSS 2.0."""
    items = "".join(
        f"<item><title>{escape(one.title)}</title><link>{escape(link(one))}</link><description>{escape(one.paragraphs[0])}</description>"
        f'<pubDate>{rfc822(one.created)}</pubDate><guid isPermaLink="false">news-{one.id}</guid><dc:creator>'
        f"{escape(one.outlet)}</dc:creator>"
        f"<category>{one.section}</category></item>\n"
        for one in articles
    )
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>示例新闻网 财经</title><link>https://news.example/</link><description>示例</description><lastBuildDate>{rfc822(now)}</lastBuildDate>\n"
        f"{items}</channel></rss>\n"
    )


def rdf(articles: Sequence[Article], link: Link) -> str:
    """RSS 1.0."""
    items = "".join(
        f"<item rdf:about={quoteattr(link(one))}><title>{escape(one.title)}</title><link>{escape(link(one))}</link>"
        f"<description>{escape(one.paragraphs[0])}</description><dc:date>{w3c(one.created)}</dc:date></item>\n"
        for one in articles
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="https://news.example/"><title>示例新闻网</title></channel>\n{items}</rdf:RDF>\n'
    )


def atom(articles: Sequence[Article], link: Link, now: datetime) -> str:
    """Atom 1.0."""
    entries = "".join(
        f'<entry><title>{escape(one.title)}</title><link rel="alternate" href={quoteattr(link(one))}/><id>'
        f"urn:news:{one.id}</id>"
        f"<published>{w3c(one.created)}</published><updated>{w3c(one.created)}</updated><summary>{escape(one.paragraphs[0])}</summary>"
        f"<author><name>{escape(one.outlet)}</name></author></entry>\n"
        for one in articles
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><title>示例新闻网 '
        "地方</title>"
        f"<id>urn:news:local</id><updated>{w3c(now)}</updated>\n{entries}</feed>\n"
    )


def sitemap_index(urls: Sequence[str], now: datetime) -> str:
    """An index of sitemaps."""
    entries = "".join(f"<sitemap><loc>{escape(url)}</loc><lastmod>{w3c(now)}</lastmod></sitemap>" for url in urls)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="{_SITEMAP}">{entries}</sitemapindex>\n'


def sitemap_news(articles: Sequence[Article], link: Link) -> str:
    """A news sitemap."""
    entries = "".join(
        f"<url><loc>{escape(link(one))}</loc><news:news><news:publication><news:name>{escape(one.outlet)}</news:name>"
        f"<news:language>zh-cn</news:language></news:publication><news:publication_date>{w3c(one.created)}</news:publication_date>"
        f"<news:title>{escape(one.title)}</news:title></news:news></url>\n"
        for one in articles
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{_SITEMAP}" xmlns:news="{_NEWS}">'
        f"\n{entries}</urlset>\n"
    )
