"""Douyin's answers: pages of works (search, one user's posts), one work, and pages of comments."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crawlers.extract import douyin_frames, douyin_page
from crawlers.extract.douyin_work import (
    PARSER,
    Json,
    Work,
    answered,
    as_dict,
    as_int,
    as_items,
    as_text,
    is_true,
    read_comment,
    read_work,
)
from crawlers.model import Parsed, Reply, Verdict
from crawlers.outcomes import OK, judge_cards
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionId

__all__ = ["PARSER", "CommentPage", "WorksPage", "parse_comments", "parse_detail", "parse_posts", "parse_search"]
_WORK_CARDS = frozenset({"1", "999"})
_NIL = ("search_nil_type", "search_nil_item")
_NOT_TOLD = frozenset({"", "none", "null"})
_NO_RESULT = frozenset({"no_result", "no_results", "no_data", "empty_result"})  # the platform's word for "nothing"


@dataclass(frozen=True, slots=True)
class WorksPage:
    """What a page of works says. `search_id` belongs into every later page of the same search."""

    verdict: Verdict
    works: tuple[Work, ...] = ()
    notes: Mapping[str, int] = field(default_factory=dict)
    has_more: bool = False
    cursor: int = 0
    search_id: str = ""

    @property
    def drafts(self) -> tuple[Draft, ...]:
        """The works that are still shown."""
        return tuple(work.draft for work in self.works if not work.gone)


@dataclass(frozen=True, slots=True)
class CommentPage:
    """What a comment reply says. `threads`: comment -> how many replies, where not all of them are on this page."""

    verdict: Verdict
    parsed: Parsed = field(default_factory=Parsed)
    has_more: bool = False
    cursor: int = 0
    threads: Mapping[str, int] = field(default_factory=dict)


def _answer(reply: Reply, may_be_empty_page: bool = False) -> Json | Verdict:
    """The document of a route that answers in JSON. A page in its place shows works of its own choice: no answer.

    Only the page of a search that says "no result" is one, where `may_be_empty_page`.
    """
    found = douyin_frames.read(reply)
    if isinstance(found, Verdict) or not found.get(douyin_page.PAGE):
        return found
    if found.get("no_result") and may_be_empty_page:
        return found
    return Verdict(Outcome.BLOCKED, "html_instead_of_json")


def parse_search(reply: Reply, now: datetime) -> WorksPage:
    """Read one page of general search, of video search or of a search within one user."""
    found = _answer(reply, may_be_empty_page=True)
    if isinstance(found, Verdict):
        return WorksPage(found)
    cards = found.get("data", found.get("aweme_list"))
    if not isinstance(cards, list):
        return WorksPage(Verdict(Outcome.CHALLENGE, "no_data"))
    return _works_page(found, cards, as_int(found.get("cursor")), now)


def parse_posts(reply: Reply, now: datetime) -> WorksPage:
    """Read one page of a user's own posts; the cursor is a time in milliseconds."""
    found = _answer(reply)
    if isinstance(found, Verdict):
        return WorksPage(found)
    if "aweme_list" not in found:
        return WorksPage(Verdict(Outcome.CHALLENGE, "no_data"))
    cards = found.get("aweme_list")
    if not isinstance(cards, list):  # null: a refusal and an account without posts look alike
        return WorksPage(Verdict(Outcome.SUSPECT_EMPTY, "posts_missing"))
    return _works_page(found, cards, as_int(found.get("max_cursor")), now)


def _works_page(found: Json, cards: list[object], cursor: int, now: datetime) -> WorksPage:
    notes: Counter[str] = Counter()
    entries = [work for card in _objects(cards, notes) if (work := _work_of(card, notes)) is not None]
    read = [read_work(work, now, notes) for work in entries]
    works = tuple(work for work in read if work is not None)
    has_more = is_true(found.get("has_more", 0))
    verdict = _works_verdict(len(works), notes["unreadable"], cards, found)
    return WorksPage(verdict, works, notes, has_more, cursor, _search_id(found))


def _objects(entries: object, notes: Counter[str]) -> list[Json]:
    """The objects of a list; whatever else stands in it cannot be read."""
    found = as_items(entries)
    if isinstance(entries, list) and len(entries) > len(found):
        notes["unreadable"] += len(entries) - len(found)
    return found


def _works_verdict(read: int, unreadable: int, cards: list[object], found: Json) -> Verdict:
    """Empty is believed only where the answer says so in words: a search that is kept from us looks just as empty."""
    if changed := judge_cards(read, unreadable):
        return changed
    if read:
        return OK
    if is_true(found.get("has_more")):
        return OK if cards else Verdict(Outcome.SUSPECT_EMPTY, "empty_with_more")
    if cards:
        return Verdict(Outcome.SUSPECT_EMPTY, "only_other_cards")
    if found.get("no_result"):
        return Verdict(Outcome.OK_EMPTY, "no_result_text")
    if str(found.get("has_more")).lower() not in ("0", "false"):
        return Verdict(Outcome.SUSPECT_EMPTY, "no_end_marker")
    return _why_nothing(found)


def _why_nothing(found: Json) -> Verdict:
    """An empty page that ends the list: the platform says why in a word of its own, or proves nothing."""
    nil = as_dict(found.get("search_nil_info"))
    told = {as_text(place.get(name)).lower() for place in (nil, found) for name in _NIL} - _NOT_TOLD
    if not told:
        return Verdict(Outcome.SUSPECT_EMPTY, "nothing_told")
    is_proved = told <= _NO_RESULT
    return Verdict(Outcome.OK_EMPTY, "no_result") if is_proved else Verdict(Outcome.SUSPECT_EMPTY, "unknown_reason")


def _search_id(found: Json) -> str:
    return as_text(as_dict(found.get("extra")).get("logid")) or as_text(as_dict(found.get("log_pb")).get("impr_id"))


def _work_of(card: Json, notes: Counter[str]) -> Json | None:
    """The work on a card: straight, first of a mix, or the card itself. None (and a note) for other cards."""
    mixed = as_items(as_dict(card.get("aweme_mix_info")).get("mix_items"))
    places = (card.get("aweme_info"), mixed[0] if mixed else None, card.get("item"))
    work = next((place for place in places if isinstance(place, dict)), card if "aweme_id" in card else None)
    if work is None:
        if as_text(card.get("type")) in _WORK_CARDS or "createTime" in card or "create_time" in card:
            return {}  # a work that is not where works are
        notes["other_cards"] += 1
        return None
    if is_true(work.get("is_ads")):
        notes["advertisements"] += 1
        return None
    return work


# Every `filter_reason` that says of a work that the public sees it no more. Any other may be about us.
_GONE = frozenset(
    {
        *("deleted", "status_delete", "status_deleted", "author_deleted", "status_prohibited"),
        *("status_self_see", "status_audit_self_see", "status_friend_see", "status_private", "status_audit_not_pass"),
    }
)
# Parts of a reason that surely speak of the asker.
_ABOUT_US = ("login", "logged", "verify", "captcha", "check", "spider", "spam", "risk", "shark", "limit", "frequency")


def parse_detail(reply: Reply, native: str, now: datetime) -> WorksPage:
    """Read one work, from the JSON route or from its page. `not_found` is claimed only where the platform says why."""
    found = douyin_frames.read(reply)
    if isinstance(found, Verdict):
        return WorksPage(found)
    if "aweme_detail" not in found:
        return WorksPage(Verdict(Outcome.CHALLENGE, "no_data"))
    candidates = [as_dict(found.get("aweme_detail")), *as_items(found.get("data"))]
    wanted = [work for work in candidates if as_text(work.get("aweme_id")) == native]
    if not wanted:
        return WorksPage(_why_missing(found))
    notes: Counter[str] = Counter()
    work = read_work(wanted[0], now, notes)
    if work is None:
        return WorksPage(Verdict(Outcome.CHANGED, "entries_unreadable"), notes=notes)
    return WorksPage(Verdict(Outcome.NOT_FOUND, "work_gone") if work.gone else OK, (work,), notes)


def _why_missing(found: Json) -> Verdict:
    """A work that is not there: gone, or kept from us."""
    if found.get("aweme_detail") is not None:
        return Verdict(Outcome.CHANGED, "another_work")
    reason = as_text(as_dict(found.get("filter_detail")).get("filter_reason")).lower()
    if reason in _GONE:
        return Verdict(Outcome.NOT_FOUND, "work_gone")
    if any(word in reason for word in _ABOUT_US):
        return Verdict(Outcome.CHALLENGE, "filtered_for_us")
    return Verdict(Outcome.SUSPECT_EMPTY, "unknown_reason" if reason else "no_detail")


def parse_comments(reply: Reply, video: MentionId, context: str, now: datetime) -> CommentPage:
    """Read one page of comments (with the replies inside it) of a work; `context` is what the work is about."""
    found = _answer(reply)
    if isinstance(found, Verdict):
        return CommentPage(found)
    notes: Counter[str] = Counter()
    entries = _objects(found.get("comments"), notes)
    drafts = tuple(draft for entry in entries for draft in _thread(entry, video, context, now, notes))
    verdict = _comment_verdict(drafts, notes["unreadable"], found)
    threads = {as_text(entry.get("cid")): total for entry in entries if (total := _replies_left(entry))}
    return CommentPage(
        verdict, Parsed(drafts, notes), is_true(found.get("has_more")), as_int(found.get("cursor")), threads
    )


def _comment_verdict(drafts: tuple[Draft, ...], unreadable: int, found: Json) -> Verdict:
    if changed := judge_cards(len(drafts), unreadable):
        return changed
    if drafts:
        return OK
    if "comments" not in found:
        return Verdict(Outcome.CHANGED, "no_comments_key")
    if as_text(found.get("total")) == "0" and not is_true(found.get("has_more")):
        return Verdict(Outcome.OK_EMPTY, "total_0")
    return Verdict(Outcome.SUSPECT_EMPTY, "comments_missing")


def _thread(entry: Json, video: MentionId, context: str, now: datetime, notes: Counter[str]) -> Iterator[Draft]:
    """A comment and the replies that came inside it."""
    for each in (entry, *as_items(entry.get("reply_comment"))):
        draft = read_comment(each, answered(each, video), video, context, now, notes)
        if draft is not None:
            yield draft


def _replies_left(entry: Json) -> int:
    """How many replies a comment has, 0 where all of them are on the page already."""
    total = as_int(entry.get("reply_comment_total"))
    return total if total > len(as_items(entry.get("reply_comment"))) else 0
