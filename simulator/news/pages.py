"""Article pages: five layouts, as they are found on real portals."""

import html
import json
from collections.abc import Callable

from simulator.corpus import Article
from simulator.formats import china, w3c

_CHROME_TOP = '<div class="nav"><a href="/">首页</a> | <a href="/finance">财经</a> | <a href="/local">地方</a></div>'
_CHROME_BOTTOM = (
    '<div class="related"><h3>相关阅读</h3><ul><li><a href="#">城市天气一周预报</a></li><li><a href="#">'
    "地铁新线路开通</a></li></ul></div>"
    '<div class="footer">版权所有 示例新闻网 未经许可不得转载 | 举报电话 | 广告服务</div>'
)


def article_page(article: Article, url: str, charset: str | None) -> str:
    """The page of an article; `charset` is what its meta tag declares."""
    head, body = _LAYOUTS[article.layout](article)
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if charset else ""
    return (
        f"<!DOCTYPE html><html><head>{meta}<title>{html.escape(article.title)}_示例新闻网</title>"
        f'<link rel="canonical" href="{url}">{head}</head><body>{_CHROME_TOP}{body}{_CHROME_BOTTOM}</body></html>'
    )


def _paragraphs(article: Article, indent: str = "") -> str:
    lines = [f"<p>{indent}{html.escape(line)}</p>" for line in article.paragraphs]
    if article.origin:
        lines.append(f"<p>（来源：{html.escape(article.origin)}）</p>")
    lines.append("<p>（责任编辑：示例）</p>")
    return "".join(lines)


def _semantic(article: Article) -> tuple[str, str]:
    head = (
        f'<meta property="article:published_time" content="{w3c(article.created)}"><meta property="og:type" '
        f'content="article">'
    )
    body = (
        f'<main><article><h1>{html.escape(article.title)}</h1><div class="meta"><time '
        f'datetime="{w3c(article.created)}">'
        f'{china(article.created):%Y-%m-%d %H:%M}</time> <span class="source">{article.outlet}</span></div>'
        f"{_paragraphs(article)}</article></main>"
    )
    return head, body


def _table(article: Article) -> tuple[str, str]:
    body = (
        f'<table width="960"><tr><td align="center"><b><font size="5">{html.escape(article.title)}</font></b></td></tr>'
        f'<tr><td align="center">{china(article.created):%Y年%m月%d日 %H:%M}　来源：{article.outlet}</td></tr>'
        f"<tr><td>{_paragraphs(article, '　　')}</td></tr></table>"
    )
    return "", body


def _artibody(article: Article) -> tuple[str, str]:
    head = (
        f'<meta property="article:published_time" content="{w3c(article.created)}"><meta '
        f'property="article:author" content="{article.outlet}">'
    )
    body = (
        f'<h1 class="main-title">{html.escape(article.title)}</h1><div class="date-source"><span class="date">'
        f'{china(article.created):%Y年%m月%d日 %H:%M}</span> <a class="source">{article.outlet}</a></div>'
        f'<div class="article" id="artibody">{_paragraphs(article, "　　")}</div>'
    )
    return head, body


def _jsonld(article: Article) -> tuple[str, str]:
    """The time stands in the JSON-LD only."""
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "datePublished": w3c(article.created),
        "author": {"@type": "Organization", "name": article.outlet},
    }
    head = f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'
    return (
        head,
        f'<div class="content-wrap"><h1>{html.escape(article.title)}</h1>'
        f'<div class="detail-content">{_paragraphs(article)}</div></div>',
    )


def _text_date(article: Article) -> tuple[str, str]:
    """The time stands in the running text only."""
    line = f"发布时间：{china(article.created):%Y-%m-%d %H:%M} 作者：{article.outlet}记者"
    return (
        "",
        f'<div id="box"><h2>{html.escape(article.title)}</h2><p>{line}</p>'
        f'<div class="txt">{_paragraphs(article)}</div></div>',
    )


_LAYOUTS: dict[str, Callable[[Article], tuple[str, str]]] = {
    "semantic": _semantic,
    "table": _table,
    "artibody": _artibody,
    "jsonld": _jsonld,
    "textdate": _text_date,
}
