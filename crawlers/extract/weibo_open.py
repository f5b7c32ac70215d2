"""Replies of Weibo's official APIs: the commercial search, mentions of our own account, comments to it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from crawlers.extract.weibo_status import Json, as_dict, as_int, draft_of, is_gone, number_told
from crawlers.extract.weibo_talk import comment_of, thread_of
from crawlers.model import Parsed, Reply, Verdict
from crawlers.outcomes import OK, by_status, judge_cards, load_json, weibo_error_code
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft


@dataclass(frozen=True, slots=True)
class OpenPage:
    """What one page of an official list says. `lowest`: the smallest id on it, where the next page goes on.

    `total`: how many there are in all, None where no number is told. `times`: those of its entries.
    """

    verdict: Verdict
    parsed: Parsed = field(default_factory=Parsed)
    total: int | None = None
    entries: int = 0
    lowest: int = 0
    times: tuple[datetime, ...] = ()


def parse_statuses(reply: Reply, now: datetime) -> OpenPage:
    """Read `search/statuses/limited` or `statuses/mentions`."""
    return _read(reply, "statuses", now)


def parse_comments(reply: Reply, now: datetime) -> OpenPage:
    """Read `comments/to_me`: each comment brings the post that it stands under."""
    return _read(reply, "comments", now)


def _read(reply: Reply, name: str, now: datetime) -> OpenPage:
    refusal = by_status(reply)
    if refusal is not None:
        return OpenPage(refusal)
    document = load_json(reply)
    if isinstance(document, Verdict):
        return OpenPage(document)
    if "error_code" in document:
        code = str(document["error_code"])[:8]
        return OpenPage(weibo_error_code(document) or Verdict(Outcome.BLOCKED, f"error_{code}"))
    entries = document.get(name)
    if not isinstance(entries, list):
        return OpenPage(Verdict(Outcome.CHANGED, f"no_{name}"))
    return _page([as_dict(entry) for entry in entries], name, number_told(document.get("total_number")), now)


def _page(entries: list[Json], name: str, total: int | None, now: datetime) -> OpenPage:
    notes: Counter[str] = Counter()
    read = (draft_of(entry, now, notes) if name == "statuses" else _comment(entry, now, notes) for entry in entries)
    drafts = tuple(draft for draft in read if draft is not None)
    lowest = min((number for entry in entries if (number := as_int(entry.get("id")))), default=0)
    times = tuple(draft.published_at for draft in drafts)
    return OpenPage(_verdict(entries, drafts, notes, total), Parsed(drafts, notes), total, len(entries), lowest, times)


def _verdict(entries: list[Json], drafts: tuple[Draft, ...], notes: Counter[str], total: int | None) -> Verdict:
    if changed := judge_cards(len(drafts), notes["unreadable"]):
        return changed
    if drafts or notes["gone"]:
        return OK
    if entries:
        return Verdict(Outcome.CHANGED, "entries_unreadable")
    if total is None:
        return Verdict(Outcome.SUSPECT_EMPTY, "no_total")
    if total == 0:
        return Verdict(Outcome.OK_EMPTY, "total_0")
    return Verdict(Outcome.SUSPECT_EMPTY, "entries_missing")


def _comment(entry: Json, now: datetime, notes: Counter[str]) -> Draft | None:
    status = as_dict(entry.get("status"))
    post = None if is_gone(status) else draft_of(status, now, Counter())
    if post is None:
        notes["gone" if is_gone(status) else "unreadable"] += 1
        return None
    return comment_of(entry, thread_of(post), now, notes)
