"""What becomes of an announcement and of an article page: drafts."""

from datetime import datetime
from hashlib import sha256

from crawlers.extract import news_page, urls
from crawlers.extract.entries import Entry
from crawlers.extract.news_page import Article
from crawlers.model import PageRequest
from yuqing.domain.draft import Draft
from yuqing.domain.mention import AuthorKind, MentionKind, Platform, TimePrecision

Hosts = urls.Hosts
_FEWEST_PAIRS = 4
_LEAST_SHARED = 0.25


def id_of(entry: Entry, hosts: Hosts) -> str:
    """The id of the article that an entry announces."""
    return urls.native_id(urls.canonicalise(urls.without_amp(entry.url), hosts))


def announced(entry: Entry, hosts: Hosts, kind: str) -> Draft | None:
    """The article as far as its announcement tells it: whole where that carries the text, else what is left when the
    page cannot be had."""
    text = entry.content or entry.summary or entry.title
    if entry.published is None or not text:
        return None
    address = urls.canonicalise(entry.url, hosts)
    return Draft(
        platform=Platform.NEWS,
        kind=MentionKind.ARTICLE,
        native_id=id_of(entry, hosts),
        url=address,
        title=entry.title or None,
        text=text,
        published_at=entry.published.at,
        time_precision=entry.published.precision,
        author_name=entry.publisher or None,
        author_kind=AuthorKind.MEDIA,
        text_truncated=not entry.content,
        parser_version=f"{news_page.PARSER}+{kind}",
    )


def from_page(article: Article, page: PageRequest) -> Draft | None:
    """The article of a page; None where neither page nor announcement knows title and time."""
    told = page.draft
    when = _time(article, told)
    title = article.title or (told.title if told else "") or ""
    if when is None or not title:
        return None
    return Draft(
        platform=Platform.NEWS,
        kind=MentionKind.ARTICLE,
        native_id=urls.native_id(article.canonical_url),
        url=article.canonical_url,
        title=title,
        text=article.text,
        published_at=when[0],
        time_precision=when[1],
        author_name=article.publisher or page.memo.get("publisher") or None,
        author_kind=AuthorKind.MEDIA,
        text_truncated=not article.is_complete,
        parser_version=article.parser_version,
    )


def is_announced(article: Article, page: PageRequest) -> bool:
    """Whether the page is about what its announcement says: some pairs of letters of that title stand on it.

    A page with which a site refuses carries the site's own title and no error that we know by name.
    """
    pairs = title_pairs(page)
    if not pairs:
        return True
    shown = _letters(f"{article.title}{article.original_title}{article.text}")
    return sum(pair in shown for pair in pairs) >= _LEAST_SHARED * len(pairs)


def title_pairs(page: PageRequest) -> frozenset[str]:
    """Pairs of letters of the announced title; none where it is too short to tell one page from another."""
    title = _letters(page.draft.title or "") if page.draft else ""
    pairs = frozenset(title[at : at + 2] for at in range(len(title) - 1))
    return pairs if len(pairs) >= _FEWEST_PAIRS else frozenset()


def _letters(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def mark_of(draft: Draft) -> str:
    """Equal for pages of one text: many addresses with one text are no articles."""
    return sha256(_letters(draft.text).encode()).hexdigest()[:16]


def _time(article: Article, told: Draft | None) -> tuple[datetime, TimePrecision] | None:
    """The announced time first; the page's where the announcement only knows the day."""
    page_time = (article.published_at, article.time_precision or TimePrecision.DAY) if article.published_at else None
    if told is None or (told.time_precision is TimePrecision.DAY and page_time is not None):
        return page_time
    return told.published_at, told.time_precision
