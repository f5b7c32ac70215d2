"""Comments, replies and reposts of the posts that are about a watched subject. They are mentions too.

A page of them that is lost counts for the slice of their post. What was read to its end is remembered with its number
(`ThreadMemory`): the next look reads it again only when the number has changed. A thread that was not read to its end
is gone on with where reading stopped, after its newest pages; a place that the site does not know any more is given up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from crawlers.backends.base import MAX_ATTEMPTS, again
from crawlers.backends.thread_memory import PATIENCE, ThreadMemory
from crawlers.backends.thread_places import CAPPED, RESUMED, ROOT, Place, Stop, anew_memo, capped, has_newer, page_memo
from crawlers.backends.weibo_requests import WeiboSite
from crawlers.backends.weibo_walks import key_of, stop_of, threads_of
from crawlers.extract import weibo_talk
from crawlers.extract.weibo_talk import TalkPage
from crawlers.model import PageRequest, PageResult, Reply, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionKind
from yuqing.domain.ports import Clock

PURPOSES = frozenset({"comments", "replies", "reposts", "plain_comments"})
_FALLBACK_SHOWS = 50  # comments that the anonymous list shows of a post
_HIDDEN = 20  # so many of those that are told, or half of them, may be hidden from everybody in a list that ends well


@dataclass(frozen=True, slots=True)
class TalkSettings:
    """What is read below a post, and how many pages of it."""

    comments: bool = False
    reposts: bool = False
    max_comment_pages: int = 10
    max_repost_pages: int = 5


class WeiboTalk:
    """Asks for what stands below posts, and reads it. One per run: it remembers which posts were asked for."""

    def __init__(
        self,
        site: WeiboSite,
        settings: TalkSettings,
        memory: ThreadMemory,
        clock: Clock,
        is_relevant: Callable[[str], bool],
    ) -> None:
        self._site = site
        self._settings = settings
        self._memory = memory
        self._clock = clock
        self._is_relevant = is_relevant
        self._asked: set[str] = set()
        self._newest: dict[str, frozenset[str]] = {}  # post -> the comments of its first page
        self._anew: set[str] = set()

    def below(self, drafts: tuple[Draft, ...]) -> tuple[PageRequest, ...]:
        """The first pages below the posts that are about a subject and have something below them."""
        pages: list[PageRequest] = []
        for draft in drafts:
            if draft.native_id in self._asked or not self._is_about(draft):
                continue
            found = self._first_pages(draft)
            if found:
                self._asked.add(draft.native_id)
            pages.extend(found)
        return tuple(pages)

    def _is_about(self, draft: Draft) -> bool:
        return draft.kind is not MentionKind.COMMENT and self._is_relevant(f"{draft.text}\n{draft.context}")

    def _first_pages(self, draft: Draft) -> list[PageRequest]:
        counts, pages = draft.engagement, []
        if self._settings.comments and counts.comments != 0 and self._memory.wants(draft.native_id, counts.comments):
            pages.append(self._comments(draft, 1, {}))
        if self._settings.reposts and counts.shares != 0:
            pages.append(self._reposts(draft, 1, {}))
        return pages

    def wanted(self, pages: tuple[PageRequest, ...]) -> dict[str, object]:
        """The memo of a page: how many comments the posts were said to have."""
        drafts = [page.draft for page in pages if page.purpose == "comments" and page.draft is not None]
        if not drafts:
            return {}
        return {"wanted": {draft.native_id: _told(draft) for draft in drafts}}

    def is_capped(self, drafts: tuple[Draft, ...]) -> bool:
        """Whether more comments stand below one of these posts than an earlier look was allowed to read."""
        return self._settings.comments and any(
            self._is_about(draft) and self._memory.is_capped(draft.native_id) for draft in drafts
        )

    def no_longer(self, draft: Draft) -> dict[str, object]:
        """The memo of a post below which nothing is left to be read: what an earlier look owed of it is void."""
        return {} if self._settings.comments and draft.engagement.comments != 0 else {"dropped": draft.native_id}

    def _comments(self, draft: Draft, number: int, memo: Mapping[str, str]) -> PageRequest:
        """A page of the first level. Old posts answer 403 on the mobile site: that says nothing of the host."""
        mid = draft.native_id
        cursor = {"max_id": memo["max_id"]} if memo.get("max_id") else {}
        if not self._site.is_mobile:
            query = {"is_reload": 1, "id": mid, "is_show_bulletin": 2, "is_mix": 0, "count": 20, **cursor}
            page = self._site.ask("/ajax/statuses/buildComments", query, "comments")
        else:
            query = {"id": mid, "mid": mid, "max_id_type": memo.get("max_id_type", "0"), **cursor}
            page = self._site.ask("/comments/hotflow", query, "comments", f"/detail/{mid}", tolerates=frozenset({403}))
        return replace(page, number=number, draft=draft, memo=memo, later=True)

    def _replies(self, draft: Draft, comment: str, number: int, memo: Mapping[str, str]) -> PageRequest:
        cursor = {"max_id": memo.get("max_id", "0")}
        if self._site.is_mobile:
            query = {"cid": comment, **cursor, "max_id_type": memo.get("max_id_type", "0")}
            page = self._site.ask("/comments/hotFlowChild", query, "replies", f"/detail/{draft.native_id}")
        else:
            query = {"is_reload": "1", "id": comment, "is_show_bulletin": "2", "is_mix": "1", "fetch_level": "1"}
            page = self._site.ask("/ajax/statuses/buildComments", {**query, **cursor, "count": "100"}, "replies")
        return replace(page, number=number, draft=draft, memo={**memo, "comment": comment}, later=True)

    def _plain(self, draft: Draft, number: int) -> PageRequest:
        mid = draft.native_id
        page = self._site.ask("/api/comments/show", {"id": mid, "page": number}, "plain_comments", f"/detail/{mid}")
        return replace(page, number=number, draft=draft, later=True)

    def _reposts(self, draft: Draft, number: int, memo: Mapping[str, str]) -> PageRequest:
        mid = draft.native_id
        if self._site.is_mobile:
            query: dict[str, object] = {"id": mid, "page": number}
            page = self._site.ask("/api/statuses/repostTimeline", query, "reposts", f"/detail/{mid}")
        else:
            query = {"id": mid, "page": number, "moduleID": "feed", "count": 10}
            page = self._site.ask("/ajax/statuses/repostTimeline", query, "reposts")
        return replace(page, number=number, draft=draft, memo=memo, later=True)

    def read(self, reply: Reply, page: PageRequest) -> PageResult:
        """Everything a page below a post means."""
        if page.draft is None:
            raise ValueError("a page below a post needs the post")
        if page.purpose == "comments" and self._site.is_mobile and reply.status == 403:
            return self._fall_back(page, page.draft)
        if page.memo.get("stop") and page.memo.get("max_id"):
            return self._read_on(reply, page, page.draft)
        return self._read(reply, page, page.draft)

    def _read(self, reply: Reply, page: PageRequest, draft: Draft) -> PageResult:
        thread, now = weibo_talk.thread_of(draft), self._clock.now()
        parse = weibo_talk.parse_reposts if page.purpose == "reposts" else weibo_talk.parse_comments
        found = parse(reply, thread, now)
        outcome = found.verdict.outcome
        is_early_end = outcome is Outcome.OK_EMPTY and self._is_short(found, page, draft)
        if (outcome is Outcome.SUSPECT_EMPTY or is_early_end) and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        if outcome is Outcome.SUSPECT_EMPTY:
            return self._hidden(found, page, draft)
        if outcome is Outcome.NOT_FOUND:  # the post is gone since, and its comments with it
            return PageResult(found.verdict, auxiliary=True, memo={"dropped": draft.native_id})
        if not outcome.is_complete:
            return PageResult(found.verdict, found.parsed.drafts, notes=found.parsed.notes)
        return self._go_on(found, page, draft)

    def _read_on(self, reply: Reply, page: PageRequest, draft: Draft) -> PageResult:
        """The page where an earlier look stopped. An answer that holds no comment, or those of the first page, comes
        of a place that the site does not know any more: the thread begins anew."""
        found = weibo_talk.parse_comments(reply, weibo_talk.thread_of(draft), self._clock.now())
        outcome = found.verdict.outcome
        if outcome is Outcome.SUSPECT_EMPTY and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        if not (self._is_nowhere(found, page, draft) or self._is_first_again(found, page, draft)):
            return self._read(reply, page, draft)
        expired = Verdict(Outcome.SUSPECT_EMPTY, "cursor_expired")
        if draft.native_id in self._anew:
            return PageResult(expired, auxiliary=True)
        self._anew.add(draft.native_id)
        first = self._comments(draft, 1, {"anew": "1"})
        notes, memo = {"comments_anew": 1}, anew_memo(draft.native_id)
        return PageResult(expired, follow=(first,), unsettled=True, notes=notes, memo=memo)

    def _is_nowhere(self, found: TalkPage, page: PageRequest, draft: Draft) -> bool:
        outcome = found.verdict.outcome
        if outcome in (Outcome.SUSPECT_EMPTY, Outcome.OK_EMPTY):  # where all were seen before it is the end
            is_end = page.memo["told"] != "0" and not self._is_short(found, page, draft)
            return not (found.max_id or is_end)
        return outcome in (Outcome.NOT_FOUND, Outcome.CHANGED)

    def _is_first_again(self, found: TalkPage, page: PageRequest, draft: Draft) -> bool:
        if page.purpose != "comments":
            return False
        shown = {each.native_id for each in found.parsed.drafts}
        return 2 * len(shown & self._newest.get(draft.native_id, frozenset())) > len(shown)

    def _hidden(self, found: TalkPage, page: PageRequest, draft: Draft) -> PageResult:
        """A page without a comment where comments are told.

        After others it is the end (told as cut where comments are missing), or a page of comments that are hidden from
        everybody. As the first it is suspect; a post whose author lets nobody see the comments is no longer waited for
        after some looks, and told as cut.
        """
        if page.number > 1:
            return replace(self._go_on(found, page, draft), verdict=Verdict(Outcome.OK_EMPTY, "no_more_shown"))
        memo = {"silent": draft.native_id}
        if self._memory.owed().get(draft.native_id, 0) + 1 < PATIENCE:
            return PageResult(found.verdict, notes=found.parsed.notes, memo=memo)
        return PageResult(found.verdict, saturated=True, auxiliary=True, notes={"comments_withheld": 1}, memo=memo)

    def _fall_back(self, page: PageRequest, draft: Draft) -> PageResult:
        """The list that is open to everybody shows about fifty comments of an old post, and no threads."""
        is_cut = _is_beyond(draft) or page.number > 1
        refused = Verdict(Outcome.BLOCKED, "http_403")
        follow, notes = (self._plain(draft, 1),), {"comments_fallback": 1}
        return PageResult(refused, follow=follow, saturated=is_cut, unsettled=True, notes=notes)

    def _go_on(self, found: TalkPage, page: PageRequest, draft: Draft) -> PageResult:
        """The next page, and the replies that the page does not show."""
        key, place = key_of(page), self._place(found, page, draft)
        old = place.stops if place is not None and key == ROOT else ()
        if place is not None and old:
            page = replace(page, memo={**page.memo, "until": place.until})
        is_again = "until" in page.memo
        following = (
            self._next(found, page, draft) if not is_again or has_newer(found.parsed.drafts, page.memo["until"]) else ()
        )
        is_cut = bool(following) and page.number >= self._most(page)
        is_short = not (following or is_again) and self._is_short(found, page, draft)
        threads = threads_of(found, page, place)
        opened = () if is_cut else following
        opened += tuple(self._replies(draft, comment, 1, {}) for comment in threads)
        memo: Mapping[str, object] = {}
        if is_short and page.purpose != "reposts":  # not remembered as read: asked for again, though not for ever
            memo = {"silent": draft.native_id}
        elif page.purpose != "reposts":
            stops = [*old, *map(stop_of, opened)]
            is_capped = is_cut or (page.purpose == "plain_comments" and _is_beyond(draft))
            memo = page_memo(draft.native_id, key, stops, self._clock.now(), threads, is_capped)
        # The newest comments are asked for before those behind the old place: what is asked for last comes first.
        follow = (*(self._at(draft, stop) for stop in old), *opened)
        notes = {**found.parsed.notes, RESUMED: int(bool(old)), CAPPED: int(is_cut)}
        verdict, saturated = capped(found.verdict) if is_cut else found.verdict, is_cut or is_short
        return PageResult(verdict, found.parsed.drafts, follow, saturated=saturated, notes=notes, memo=memo)

    def _place(self, found: TalkPage, page: PageRequest, draft: Draft) -> Place | None:
        """Where an earlier look stopped, for the pages that are read again before."""
        is_first = page.purpose == "comments" and key_of(page) == ROOT
        if is_first:
            self._newest[draft.native_id] = frozenset(each.native_id for each in found.parsed.drafts)
        is_again = (is_first and "anew" not in page.memo) or "until" in page.memo
        return self._memory.place(draft.native_id) if is_again else None

    def _at(self, draft: Draft, stop: Stop) -> PageRequest:
        """The page at which an earlier look stopped; how many comments are told now says nothing of that walk."""
        told = {"seen": str(stop.seen), "told": str(stop.told), "fixed": "1", "stop": stop.key}
        memo = {"max_id": stop.cursor, "max_id_type": stop.kind, "until": stop.until}
        known = {**{name: value for name, value in memo.items() if value}, **told}
        if stop.comment:
            return self._replies(draft, stop.comment, stop.number, known)
        return self._comments(draft, stop.number, known)

    @staticmethod
    def _walk(found: TalkPage, page: PageRequest, draft: Draft) -> dict[str, str]:
        """How many were seen up to this page, and how many were told."""
        listed = draft.engagement.comments if page.purpose == "comments" else 0
        seen = int(page.memo.get("seen", "0")) + found.seen
        total = 0 if "fixed" in page.memo else found.total
        told = total or int(page.memo.get("told", "0")) or listed or 0
        kept = {name: page.memo[name] for name in ("fixed", "until") if name in page.memo}
        return {**kept, "seen": str(seen), "told": str(told)}

    def _is_short(self, found: TalkPage, page: PageRequest, draft: Draft) -> bool:
        """True where more is told than was seen: of a list that breaks off, any; of one that ends, far more."""
        if page.purpose == "plain_comments":  # told as cut already
            return False
        walk = self._walk(found, page, draft)
        seen, told = int(walk["seen"]), int(walk["told"])
        return told > seen if not found.seen else told - seen > max(_HIDDEN, told // 2)

    def _most(self, page: PageRequest) -> int:
        return self._settings.max_repost_pages if page.purpose == "reposts" else self._settings.max_comment_pages

    def _next(self, found: TalkPage, page: PageRequest, draft: Draft) -> tuple[PageRequest, ...]:
        number, walk = page.number + 1, self._walk(found, page, draft)
        if page.purpose == "plain_comments":
            return (self._plain(draft, number),) if page.number < found.pages else ()
        if page.purpose == "reposts":
            has_more = page.number < found.pages or (not found.pages and page.number * 10 < found.total)
            return (self._reposts(draft, number, walk),) if has_more and found.parsed.drafts else ()
        if not found.max_id:
            return ()
        memo = {"max_id": found.max_id, "max_id_type": found.max_id_type, **walk}
        if page.purpose == "replies":
            return (self._replies(draft, page.memo["comment"], number, memo),)
        return (self._comments(draft, number, memo),)


def _is_beyond(draft: Draft) -> bool:
    """Whether there may be more comments than the list that is open to everybody shows."""
    return draft.engagement.comments is None or draft.engagement.comments > _FALLBACK_SHOWS


def _told(draft: Draft) -> int:
    return -1 if draft.engagement.comments is None else draft.engagement.comments
