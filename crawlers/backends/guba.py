"""股吧: the bar by time of posting, whole texts, and the replies below whatever was talked about in the window."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again, ends_older
from crawlers.backends.guba_walks import NO_MEMO, further, is_resumed, nowhere, place_of, told_at_first
from crawlers.backends.seen_memory import SeenMemory
from crawlers.backends.thread_places import CAPPED, capped
from crawlers.extract import guba
from crawlers.extract.guba import Bar, Listed, ListPage
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from crawlers.outcomes import OK
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionId, MentionKind, Platform, mention_id
from yuqing.domain.ports import Clock

_PAGE_SIZE = 80
_REPLIES = 30
_PATIENCE = 3  # runs in which replies that are told and not shown are looked for
_POSTS = "/posts"  # the bar has had posts
_ADDRESS = re.compile(r"/news,(\w+),(\d+)\.html$")


@dataclass(frozen=True, slots=True)
class GubaSettings:
    """Which bars; how many list pages and pages of replies per post at most."""

    base: str
    bars: tuple[Bar, ...]
    replies: bool = True
    details: bool = True
    max_pages: int = 50
    max_reply_pages: int = 20


class Guba(BackendBase):
    """One query per bar.

    Two lists are read: by time of posting for what is new, and (for the replies) by time of the last reply, so that an
    answer to an old post is not missed. Texts are read once, replies again when there are more of them than before.
    Replies that a run did not get to the end of are gone on with after the newest: see `guba_walks`.
    """

    def __init__(self, settings: GubaSettings, memory: SeenMemory, clock: Clock) -> None:
        super().__init__(tuple(SearchTerm(bar.code, bar.code) for bar in settings.bars))
        self._settings = settings
        self._bars = {bar.code: bar for bar in settings.bars}
        self._memory = memory
        self._clock = clock
        self._known: dict[str, dict[str, int]] = {}
        self._totals: dict[str, int] = {}  # of each bar: the most posts that a list of this run told

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first page of both lists."""
        lists = ("posts", "active") if self._settings.replies else ("posts",)
        return tuple(self._list(piece, purpose, 1) for purpose in lists)

    def _list(self, piece: Slice, purpose: str, number: int) -> PageRequest:
        page = f",f_{number}" if purpose == "posts" else f"_{number}" if number > 1 else ""
        url = f"{self._settings.base}/list,{piece.query.text}{page}.html"
        return PageRequest(url, purpose, number, headers=self._headers())

    def _headers(self) -> Mapping[str, str]:
        return {"Accept": "text/html,application/xhtml+xml", "Referer": f"{self._settings.base}/"}

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """A list, a post, or replies."""
        if page.purpose == "replies":
            return self._read_replies(reply, page, piece)
        if page.purpose in ("detail", "look_up"):
            return self._read_post(reply, page, piece)
        found = guba.parse_list(reply, self._bars[piece.query.text], self._clock.now())
        outcome, bar = found.verdict.outcome, piece.query.text
        self._totals[bar] = max(self._totals.get(bar, 0), found.total)
        if outcome in (Outcome.SUSPECT_EMPTY, Outcome.OK_EMPTY):
            return self._no_posts(found, page, piece)
        if outcome is not Outcome.OK:
            return PageResult(found.verdict, notes=found.notes)
        return self._read_posts(found, page, piece) if page.purpose == "posts" else self._active(found, page, piece)

    def _no_posts(self, found: ListPage, page: PageRequest, piece: Slice) -> PageResult:
        """Behind the last post there is nothing; anywhere else an empty list is asked for once more.

        A count of 0 is believed twice told, on a first page, of a bar that never had posts.
        """
        total = self._totals[piece.query.text]
        if page.number > 1 and total and (page.number - 1) * _PAGE_SIZE >= total:
            return PageResult(Verdict(Outcome.OK_EMPTY, "past_last_page"))
        if page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        had_posts = page.number > 1 or total or self._read_before(piece).get(_POSTS)
        return PageResult(Verdict(Outcome.SUSPECT_EMPTY, "no_posts") if had_posts else found.verdict)

    def _read_posts(self, found: ListPage, page: PageRequest, piece: Slice) -> PageResult:
        known = self._read_before(piece)
        drafts = tuple(post.draft for post in found.posts)
        fresh = [post for post in found.posts if post.draft.published_at >= piece.since]
        wanted = [post for post in fresh if post.has_page and post.draft.native_id not in known]
        details = tuple(self._detail(post.draft) for post in wanted) if self._settings.details else ()
        reached = ends_older([draft.published_at for draft in drafts], piece.since)  # pinned posts stand at the top
        return self._on(found, page, piece, reached, drafts, details)

    def _active(self, found: ListPage, page: PageRequest, piece: Slice) -> PageResult:
        known = self._read_before(piece)
        talked = [post for post in found.posts if post.has_page and _is_talked_about(post, piece.since)]
        more = [post for post in talked if post.replies > known.get(_replies_of(post.draft), 0)]
        now = self._clock.now()
        follow = tuple(
            self._replies(post.draft, 1, post.replies, place_of(known, post.draft.native_id, now).as_memo())
            for post in more
        )
        reached = ends_older([post.active_at for post in found.posts if post.active_at], piece.since)
        # The posts of the window come with the other list; these are older ones with the counts of now.
        older = tuple(post.draft for post in found.posts if post.draft.published_at < piece.since)
        result = self._on(found, page, piece, reached, older, follow)
        if not any(known.get(_capped(post.draft)) for post in talked):
            return result
        return replace(result, verdict=capped(result.verdict), saturated=True)

    def _on(
        self,
        found: ListPage,
        page: PageRequest,
        piece: Slice,
        reached: bool,
        drafts: tuple[Draft, ...],
        follow: tuple[PageRequest, ...],
    ) -> PageResult:
        total = self._totals[piece.query.text]
        is_all = bool(total) and page.number * _PAGE_SIZE >= total
        at_end = page.number >= self._settings.max_pages
        if not (reached or is_all or at_end):
            follow += (self._list(piece, page.purpose, page.number + 1),)
        return PageResult(
            found.verdict,
            drafts,
            follow,
            saturated=at_end and not (reached or is_all),
            notes=found.notes,
            memo={"read": {_POSTS: 1}},
        )

    def _read_before(self, piece: Slice) -> dict[str, int]:
        code = piece.query.text
        if code not in self._known:
            self._known[code] = self._memory.load(code)
        return self._known[code]

    def _detail(self, draft: Draft) -> PageRequest:
        path = draft.url.rpartition("/")[2]
        return PageRequest(f"{self._settings.base}/{path}", "detail", headers=self._headers(), draft=draft)

    def _read_post(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """The whole text; without it the title stands, which the list has told already."""
        code, native = _named(page.url)
        bar = self._bars.get(code, Bar(code))
        verdict, draft = guba.parse_post(reply, bar, self._clock.now())
        is_aside = page.purpose == "detail"
        if verdict.outcome is Outcome.NOT_FOUND:
            gone = mention_id(Platform.GUBA, MentionKind.POST, native)
            return PageResult(verdict, auxiliary=is_aside, gone=(gone,), memo={"read": {native: 1}})
        if draft is not None and draft.native_id != native:
            return self.lost(page, Verdict(Outcome.CHANGED, "another_post"))
        if draft is None:
            return self.lost(page, verdict)
        return PageResult(verdict, (draft,), auxiliary=is_aside, memo={"read": {native: 1}})

    def _replies(self, post: Draft, number: int, expected: int, memo: Mapping[str, str] = NO_MEMO) -> PageRequest:
        param = f"postid={post.native_id}&sort=1&sorttype=1&p={number}&ps={_REPLIES}"
        form = urlencode({"path": "reply/api/Reply/ArticleNewReplyList", "param": param})
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "Referer": f"{self._settings.base}/{post.url.rpartition('/')[2]}",
            "X-Requested-With": "XMLHttpRequest",
        }
        return PageRequest(
            f"{self._settings.base}/interface/GetData.aspx",
            "replies",
            number,
            method="POST",
            body=form.encode(),
            headers=headers,
            draft=post,
            memo={"seen": "0", **memo, "expected": str(expected)},
        )

    def _read_replies(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        if page.draft is None:
            return PageResult(Verdict(Outcome.CHANGED, "no_post"))
        found = guba.parse_replies(reply, self._bars[piece.query.text], page.draft, self._clock.now())
        outcome, expected = found.verdict.outcome, int(page.memo["expected"])
        if outcome is Outcome.SUSPECT_EMPTY:
            return self._no_replies(found.verdict, page, page.draft, piece)
        seen = int(page.memo.get("seen", "0")) + len(found.parsed.drafts)
        if outcome is not Outcome.OK:
            return PageResult(found.verdict, found.parsed.drafts, notes=found.parsed.notes)
        is_last = found.shown < _REPLIES
        at_end = page.number >= self._settings.max_reply_pages
        drafts, notes = found.parsed.drafts, found.parsed.notes
        if not (is_last or at_end):
            step = further(page, drafts, seen, self._clock.now())
            following = self._replies(page.draft, step.number, expected, step.memo)
            return PageResult(OK, drafts, (following,), notes={**notes, **step.notes}, memo=_table(step.table))
        if is_last and seen < expected:
            return replace(self._too_few(page.draft, expected, piece), drafts=drafts)
        memo = _read_up_to(page.draft, told_at_first(page, expected), is_capped=not is_last)
        verdict = OK if is_last else capped(OK)
        return PageResult(verdict, drafts, saturated=not is_last, notes={**notes, CAPPED: int(not is_last)}, memo=memo)

    def _too_few(self, post: Draft, expected: int, piece: Slice) -> PageResult:
        """Fewer replies than are told: cut, or deleted and still counted. Looked at again in some runs, then left."""
        tries = self._read_before(piece).get(_missing(post), 0) + 1
        if tries > _PATIENCE:
            return PageResult(OK, notes={"replies_missing": 1}, memo=_read_up_to(post, expected))
        memo = _table({_missing(post): tries, **nowhere(post.native_id)})
        return PageResult(OK, saturated=True, notes={"replies_missing": 1}, memo=memo)

    def _no_replies(self, verdict: Verdict, page: PageRequest, post: Draft, piece: Slice) -> PageResult:
        """Deleted replies still count. So replies that do not show up are looked for in two runs, then given up."""
        expected, seen = int(page.memo["expected"]), int(page.memo.get("seen", "0"))
        done = _read_up_to(post, told_at_first(page, expected))
        if page.number > 1 and seen >= expected:
            return PageResult(OK, memo=done)  # the page before was the last one
        if page.attempt < MAX_ATTEMPTS:
            return again(page, verdict)
        if is_resumed(page):  # what an earlier run came to is not there any more
            expired, anew = Verdict(Outcome.SUSPECT_EMPTY, "cursor_expired"), self._replies(post, 1, expected)
            memo = _table(nowhere(post.native_id))
            return PageResult(expired, follow=(anew,), unsettled=True, notes={"comments_anew": 1}, memo=memo)
        if page.number > 1:
            return self._too_few(post, expected, piece)
        if _missing(post) in self._read_before(piece):
            return PageResult(verdict, auxiliary=True, notes={"replies_missing": 1}, memo=done)
        return PageResult(verdict, memo={"read": {_missing(post): 1}})

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """A lost text costs detail; a lost list or lost replies count for the slice."""
        if page.purpose == "detail":
            return PageResult(verdict, auxiliary=True, notes={"detail_missing": 1})
        return PageResult(verdict)

    def settled(self, piece: Slice, memos: Sequence[Mapping[str, object]], complete: bool) -> None:
        """What was read is stored: it is not asked for again."""
        tables = [table for memo in memos if isinstance(table := memo.get("read"), dict)]
        self._memory.add(piece.query.text, {name: count for table in tables for name, count in table.items()})

    def look_up(self, mention: MentionId, url: str) -> PageRequest | None:
        """The page of a post."""
        code, native = _named(url)
        if mention != mention_id(Platform.GUBA, MentionKind.POST, native) or not code:
            return None
        return PageRequest(f"{self._settings.base}/news,{code},{native}.html", "look_up", headers=self._headers())


def _named(url: str) -> tuple[str, str]:
    found = _ADDRESS.search(url)
    return (found.group(1), found.group(2)) if found else ("", "")


def _is_talked_about(post: Listed, since: datetime) -> bool:
    """Whether it was answered in the window; a list that does not tell when proves nothing."""
    return post.active_at is None or post.active_at >= since


def _missing(post: Draft) -> str:
    return f"{post.native_id}/missing"


def _replies_of(post: Draft) -> str:
    return f"{post.native_id}/replies"


def _capped(post: Draft) -> str:
    """Replies were read as far as one may read, and there are more of them."""
    return f"{post.native_id}/capped"


def _read_up_to(post: Draft, count: int, is_capped: bool = False) -> Mapping[str, object]:
    return _table({_replies_of(post): count, _capped(post): int(is_capped), **nowhere(post.native_id)})


def _table(read: Mapping[str, int]) -> Mapping[str, object]:
    return {"read": dict(read)} if read else {}
