"""The second file of a new kind of source: what is asked for, what a reply means, and how it refuses."""

from urllib.parse import urlencode

from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again
from crawlers.extract.times import parse_time
from crawlers.extract.values import Json, string, table, tables
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from crawlers.outcomes import OK, by_status, judge_cards, load_json
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionId as Id
from yuqing.domain.mention import MentionKind, Platform, mention_id
from yuqing.domain.ports import Clock

_SIGNS = {"1001": Outcome.AUTH_REQUIRED, "1002": Outcome.RATE_LIMITED, "404": Outcome.NOT_FOUND}


class Forum(BackendBase):
    """Search in one board, newest first."""

    def __init__(self, queries: tuple[SearchTerm, ...], base: str, board: str, clock: Clock) -> None:
        super().__init__(queries)
        self._base, self._board, self._clock = base, board, clock

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first page."""
        return (self._page(piece, 1),)

    def _page(self, piece: Slice, number: int) -> PageRequest:
        query = urlencode({"q": piece.query.text, "board": self._board, "page": number})
        return PageRequest(f"{self._base}/api/search?{query}", "search", number)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """A page of the search, or one post that is looked at again."""
        verdict, posts = self._posts(reply)
        if verdict.outcome is not OK.outcome:
            gone = (Id(page.memo["id"]),) if verdict.outcome is Outcome.NOT_FOUND and "id" in page.memo else ()
            wants_proof = verdict.outcome is Outcome.OK_EMPTY and page.attempt < MAX_ATTEMPTS
            return again(page, verdict) if wants_proof and page.number == 1 else PageResult(verdict, gone=gone)
        drafts = tuple(draft for post in posts if (draft := self._draft(post)))
        if changed := judge_cards(len(drafts), len(posts) - len(drafts)):
            return PageResult(changed, drafts)
        reached = drafts[-1].published_at < piece.since
        follow = () if reached or page.purpose == "look_up" else (self._page(piece, page.number + 1),)
        return PageResult(OK, drafts, follow)

    def _posts(self, reply: Reply) -> tuple[Verdict, list[Json]]:
        """Refusals first; an empty list counts only together with a total of 0 or behind the last page."""
        document = by_status(reply) or load_json(reply)
        if isinstance(document, Verdict):
            return document, []
        code = string(document.get("code"))
        if code != "0":
            return Verdict(_SIGNS.get(code, Outcome.CHANGED), f"code_{code[:8] or 'missing'}"), []
        data = table(document.get("data"))
        if posts := tables(data.get("list")):
            return OK, posts
        is_proved = data.get("list") == [] and "total" in data
        return Verdict(Outcome.OK_EMPTY, "no_more") if is_proved else Verdict(Outcome.CHANGED, "no_list"), []

    def _draft(self, post: Json) -> Draft | None:
        native, when = string(post.get("id")), parse_time(post.get("time"), self._clock.now())
        if not native or when is None:
            return None
        url = f"https://forum.example/p/{native}"
        text, author = string(post.get("text")), string(table(post.get("user")).get("id"))
        return Draft(Platform.OTHER, MentionKind.POST, native, url, text, when.at, author_id=author or None)

    def look_up(self, mention: Id, url: str) -> PageRequest | None:
        """One post again."""
        native = url.rpartition("/")[2]
        known = mention == mention_id(Platform.OTHER, MentionKind.POST, native)
        return PageRequest(f"{self._base}/api/post?id={native}", "look_up", memo={"id": mention}) if known else None
