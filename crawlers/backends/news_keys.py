"""Columns whose roll is asked for by a number that only the page of the column tells."""

import re

from crawlers.backends.news_doors import Door
from crawlers.extract import news_moves
from crawlers.extract.encoding import decode
from crawlers.model import PageRequest, Reply, Verdict
from crawlers.outcomes import OK, by_status
from yuqing.domain.coverage import Outcome

PURPOSE = "key"
_KEY = re.compile(r"[\w-]{1,64}", re.ASCII)
_LONGEST = 1_000_000  # signs of a page in which the key is looked for


def ask(door: Door) -> PageRequest:
    """The page of the column."""
    headers = {"Accept": "text/html,application/xhtml+xml", **door.headers}
    return PageRequest(door.key_page, PURPOSE, headers=headers, follow_redirects=True)


def read(reply: Reply, door: Door) -> tuple[Verdict, str]:
    """The key in the page; a page without one is another than the one that was meant."""
    if refusal := news_moves.detour(door.key_page, reply) or by_status(reply):
        return refusal, ""
    found = re.search(door.key, decode(reply.body, reply.headers)[:_LONGEST])
    if found is None or not _KEY.fullmatch(found[1] or ""):
        return Verdict(Outcome.CHANGED, "no_key"), ""
    return OK, found[1]
