"""Quotes: literal pieces of stored, already masked text, the gravest and loudest first, one per story."""

from collections.abc import Iterable, Iterator

from yuqing.domain.mention import Engagement, MentionKind
from yuqing.domain.ports import StoredMention
from yuqing.domain.query import normalise
from yuqing.domain.report import Quote

LONGEST = 120
_STOPS = "。！？!?；;…\n"
_SAME_START = 16  # copies of one text usually differ behind their beginning only


def quote(stored: StoredMention) -> Quote | None:
    """The headline of an article, otherwise the beginning of the text; None when nothing is left to quote."""
    mention = stored.mention
    source = mention.title if mention.kind is MentionKind.ARTICLE and mention.title else mention.text
    piece = piece_of(source)
    if stored.deleted_at is not None or not piece:
        return None
    return Quote(mention.id, piece, mention.platform.value, mention.published_at, mention.url)


def piece_of(text: str) -> str:
    """A piece of at most LONGEST characters that stands in the text as it is, cut behind a full stop if possible."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if len(line) <= LONGEST:
        return line
    cut = max(line.rfind(stop, 0, LONGEST) for stop in _STOPS)
    return line[: cut + 1] if cut >= LONGEST // 3 else line[:LONGEST]


def distinct(found: Iterable[StoredMention]) -> Iterator[Quote]:
    """Quotes of the mentions, without copies of one story."""
    seen: set[str] = set()
    for stored in found:
        made = quote(stored)
        if made is None:
            continue
        keys = {key for key in (stored.cluster_id, normalise(made.text)[:_SAME_START]) if key}
        if not keys & seen:
            yield made
        seen |= keys


def gravity(stored: StoredMention) -> tuple[int, int, str]:
    """Sort key: severity first, then known reactions, then the id so that the order is the same every time."""
    level = stored.annotation.severity.level if stored.annotation else 0
    return -level, -reactions(stored.mention.engagement), stored.mention.id


def reactions(engagement: Engagement) -> int:
    """Likes, comments and shares as far as they are known."""
    return sum(count or 0 for count in (engagement.likes, engagement.comments, engagement.shares))
