"""Which sources type search terms into a search box, and which of their queries stands for which term."""

from yuqing.domain.naming import public_name, texts_of
from yuqing.domain.subject import Source

KEYWORD = "{keyword}"
_OWN_LISTS = {"weibo": ("user", "open_api_mentions")}  # surfaces that read a list of their own
_SEARCHING = frozenset({"weibo", "douyin", "heimao"})
_BY_ROUTE = frozenset({"news", "rsshub"})


def searches(source: Source) -> bool:
    """True where every search term is a query of its own: one that was never asked has shown nothing."""
    if source.kind in _BY_ROUTE:
        return any(KEYWORD in text for text in texts_of(source.options))
    return source.kind in _SEARCHING and source.options.get("surface") not in _OWN_LISTS.get(source.kind, ())


def carries(source: Source, query: str, term: str) -> bool:
    """True when a query of this source is the search for a term: the term itself, or a door or route filled with it."""
    if query == term or query.endswith((f"|{term}", f":{term}")):
        return True
    return source.kind == "rsshub" and any(
        query == public_name(text.replace(KEYWORD, term), hides_people=True)
        for text in texts_of(source.options)
        if KEYWORD in text
    )
