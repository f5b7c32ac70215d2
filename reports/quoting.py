"""Quotes: literal pieces of stored, already masked text, the gravest and loudest first, one per story."""

from collections.abc import Iterable, Iterator

from yuqing.domain.mention import Engagement, MentionKind
from yuqing.domain.ports import StoredMention
from yuqing.domain.query import normalise
from yuqing.domain.report import Quote

LONGEST = 120
_STOPS = "。！？!?；;…\n"
ALIKE = 0.4  # texts that share this part of their letter pairs tell one story


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
    clusters: set[str] = set()
    told: list[frozenset[str]] = []
    for stored in found:
        made = quote(stored)
        if made is None or stored.cluster_id in clusters:
            continue
        if stored.cluster_id:
            clusters.add(stored.cluster_id)
        pairs = _pairs(made.text)
        if not any(_overlap(pairs, other) >= ALIKE for other in told):
            told.append(pairs)
            yield made


def _pairs(text: str) -> frozenset[str]:
    """Neighbouring letters; copies with a changed greeting or ending still share most of them."""
    plain = "".join(letter for letter in normalise(text) if letter.isalnum())
    return frozenset(plain[at : at + 2] for at in range(max(1, len(plain) - 1)))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def gravity(stored: StoredMention) -> tuple[int, int, str]:
    """Sort key: severity first, then known reactions, then the id so that the order is the same every time."""
    level = stored.annotation.severity.level if stored.annotation else 0
    return -level, -reactions(stored.mention.engagement), stored.mention.id


def reactions(engagement: Engagement) -> int:
    """Likes, comments and shares as far as they are known."""
    return sum(count or 0 for count in (engagement.likes, engagement.comments, engagement.shares))
