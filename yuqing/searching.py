"""Which sources type search terms into a search box, and which of their queries stands for which term."""

from collections.abc import Iterable, Mapping

from yuqing.domain.subject import Source

KEYWORD = "{keyword}"
_OWN_LISTS = {"weibo": ("user", "open_api_mentions")}  # surfaces that read a list of their own
_SEARCHING = frozenset({"weibo", "douyin", "heimao"})
_BY_ROUTE = frozenset({"news", "rsshub"})


def searches(source: Source) -> bool:
    """True where every search term is a query of its own: one that was never asked has shown nothing."""
    if source.kind in _BY_ROUTE:
        return any(KEYWORD in text for text in _texts(source.options))
    return source.kind in _SEARCHING and source.options.get("surface") not in _OWN_LISTS.get(source.kind, ())


def carries(source: Source, query: str, term: str) -> bool:
    """True when a query of this source is the search for a term: the term itself, or a door or route filled with it."""
    if query == term or query.endswith((f"|{term}", f":{term}")):
        return True
    return source.kind == "rsshub" and any(
        query == text.replace(KEYWORD, term) for text in _texts(source.options) if KEYWORD in text
    )


def _texts(value: object) -> Iterable[str]:
    """Every text inside the options."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
