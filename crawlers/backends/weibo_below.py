"""Everything beside a list of posts: the rest of their texts, what stands below them, a second look at one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crawlers.backends.thread_memory import ThreadMemory
from crawlers.backends.thread_places import capped
from crawlers.backends.weibo_detail import PURPOSES as DETAILS
from crawlers.backends.weibo_detail import WeiboDetail
from crawlers.backends.weibo_requests import WeiboSite
from crawlers.backends.weibo_talk import WeiboTalk
from crawlers.extract import ids, weibo_json
from crawlers.model import PageRequest, PageResult, Reply, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionId, MentionKind, Platform
from yuqing.domain.ports import Clock

_SHOWN = tuple(f"{Platform.WEIBO.value}:{kind.value}:" for kind in (MentionKind.POST, MentionKind.REPOST))


class WeiboBelow:
    """The pages that follow a list of posts on one of the two sites."""

    def __init__(
        self, site: WeiboSite, detail: WeiboDetail, talk: WeiboTalk, memory: ThreadMemory, clock: Clock
    ) -> None:
        self._site = site
        self._detail = detail
        self._talk = talk
        self._memory = memory
        self._clock = clock

    def of(self, drafts: tuple[Draft, ...], articles: tuple[tuple[str, str], ...] = ()) -> tuple[PageRequest, ...]:
        """What has to be read of and below these posts."""
        return (*self._detail.rest_of(drafts, articles), *self._talk.below(drafts))

    def memo(self, pages: tuple[PageRequest, ...]) -> dict[str, object]:
        """What the page that asks for these is remembered by."""
        return self._talk.wanted(pages)

    def told(self, result: PageResult) -> PageResult:
        """A page of a list; a thread below it that is longer than may be read is no more read to its end for it that
        it is not read again."""
        if result.verdict.outcome is not Outcome.OK or not self._talk.is_capped(result.drafts):
            return result
        return replace(result, verdict=capped(result.verdict), saturated=True)

    def read(self, reply: Reply, page: PageRequest) -> PageResult:
        """Everything such a page means."""
        if page.purpose == "look_up":
            return self._read_again(reply, page)
        if page.purpose in DETAILS:
            return self._read_rest(reply, page)
        return self._talk.read(reply, page)

    def _read_rest(self, reply: Reply, page: PageRequest) -> PageResult:
        """The whole text may be about a subject that its beginning did not name: then its comments are wanted."""
        result = self._detail.read(reply, page)
        more = self._talk.below(result.drafts) if page.purpose != "article" else ()
        if not more:
            return result
        return PageResult(
            result.verdict,
            result.drafts,
            (*result.follow, *more),
            auxiliary=True,
            notes=result.notes,
            memo=self._talk.wanted(more),
        )

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """A page of comments counts for the slice; the rest of a text is noted."""
        return self._detail.lost(page, verdict) if page.purpose in DETAILS else PageResult(verdict)

    def look_up(self, mention: MentionId) -> PageRequest | None:
        """One post or repost in full; comments have no page of their own."""
        mid = _number(mention) if mention.startswith(_SHOWN) else ""
        return self._site.show(mid, "look_up", mention=mention) if ids.is_mid(mid) else None

    def _read_again(self, reply: Reply, page: PageRequest) -> PageResult:
        """The counts of now, and the comments where their number has changed since they were read; or a deletion."""
        shown = weibo_json.parse_show(reply, self._clock.now())
        if shown.mid and shown.mid != _number(page.memo["mention"]):
            return PageResult(Verdict(Outcome.CHANGED, "another_post"))
        if shown.gone:
            memo = {"dropped": _number(page.memo["mention"])}  # nobody can read what was said below it
            return PageResult(shown.verdict, gone=(MentionId(page.memo["mention"]),), memo=memo)
        if shown.verdict.outcome is Outcome.OK_EMPTY:  # "no content" is said of lists: it tells nothing of a post
            return PageResult(Verdict(Outcome.SUSPECT_EMPTY, "nothing_shown"))
        if shown.draft is None:
            return PageResult(shown.verdict, notes=shown.notes)
        articles = ((shown.draft.native_id, shown.article),) if shown.article else ()
        more = self.of((shown.draft,), articles)
        told = {**self.memo(more), **self._talk.no_longer(shown.draft)}
        return PageResult(shown.verdict, (shown.draft,), more, notes=shown.notes, memo=told)

    def settled(self, memos: Sequence[Mapping[str, object]]) -> None:
        """The pages of a slice are stored."""
        self._memory.save(memos)


def _number(mention: str) -> str:
    return mention.rpartition(":")[2]
