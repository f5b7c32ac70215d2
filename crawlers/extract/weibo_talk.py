"""Comments, replies and reposts of Weibo posts: desktop, mobile, and the page of the anonymous fallback."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crawlers.extract import ids
from crawlers.extract.numbers import count_value
from crawlers.extract.text import clean, hashtags, strip_tags
from crawlers.extract.weibo_json import read_document
from crawlers.extract.weibo_status import (
    PARSER,
    Json,
    as_dict,
    as_int,
    as_list,
    as_str,
    author_kind,
    draft_of,
    followers,
    when,
)
from crawlers.model import Parsed, Reply, Verdict
from crawlers.outcomes import OK, judge_cards
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import Engagement, MentionId, MentionKind, Platform, mention_id


@dataclass(frozen=True, slots=True)
class Thread:
    """What is talked about: the post, and the words by which its comments are matched to a subject."""

    post: MentionId
    context: str = field(repr=False)

    @property
    def mid(self) -> str:
        """The post's number."""
        return self.post.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class TalkPage:
    """What a page of comments or reposts says.

    `max_id`, `max_id_type`: where it goes on, "" at the end. `pages`: how many pages there are, 0 where it is not
    told. `threads`: comments that have more replies than the page shows, and how many. `total`: how many there are in
    all, 0 where that is not told. `seen`: how many of them this page accounts for, with the replies in its threads.
    """

    verdict: Verdict
    parsed: Parsed = field(default_factory=Parsed)
    max_id: str = ""
    max_id_type: str = "0"
    pages: int = 0
    total: int = 0
    threads: Mapping[str, int] = field(default_factory=dict)
    seen: int = 0


def thread_of(draft: Draft) -> Thread:
    """The thread under a post."""
    post = mention_id(draft.platform, draft.kind, draft.native_id)
    return Thread(post, f"{draft.text}\n{draft.context}".strip())


def _listed(reply: Reply, without: str) -> tuple[Verdict, Json, list[object]]:
    """The list of a page and what stands around it; `without`: the sign of a page that has none."""
    verdict, document = read_document(reply)
    inner = document if isinstance(document.get("data"), list) else as_dict(document.get("data"))
    entries = inner.get("data")
    if verdict.outcome is Outcome.OK and not isinstance(entries, list):
        verdict = Verdict(Outcome.CHANGED, without)
    return verdict, inner, entries if isinstance(entries, list) else []


def parse_comments(reply: Reply, thread: Thread, now: datetime) -> TalkPage:
    """Read one page of comments, or of the replies to one comment, of any of the surfaces."""
    verdict, inner, entries = _listed(reply, "no_comments")
    if verdict.outcome is not Outcome.OK:
        return TalkPage(verdict)
    notes: Counter[str] = Counter()
    found = [as_dict(entry) for entry in entries]
    drafts = tuple(draft for entry in found for draft in _with_replies(entry, thread, now, notes))
    max_id, total = _cursor(inner), as_int(inner.get("total_number"))
    return TalkPage(
        _verdict(drafts, notes, inner, max_id),
        Parsed(drafts, notes),
        max_id,
        as_str(inner.get("max_id_type")) or "0",
        as_int(inner.get("max")),
        total,
        {as_str(entry.get("id")): count_value(entry.get("total_number")) or 0 for entry in found if _has_more(entry)},
        sum(
            1 + max(count_value(entry.get("total_number")) or 0, len(as_list(entry.get("comments")))) for entry in found
        ),
    )


def _cursor(inner: Json) -> str:
    cursor = as_str(inner.get("max_id"))
    return "" if cursor == "0" else cursor


def _verdict(drafts: tuple[Draft, ...], notes: Counter[str], inner: Json, max_id: str) -> Verdict:
    """Nothing is nothing where the platform gives the number 0 for it."""
    if changed := judge_cards(len(drafts), notes["unreadable"]):
        return changed
    if drafts:
        return OK
    if count_value(inner.get("total_number")) == 0 and not max_id:
        return Verdict(Outcome.OK_EMPTY, "total_0")
    return Verdict(Outcome.SUSPECT_EMPTY, "comments_missing")


def _has_more(entry: Json) -> bool:
    told = count_value(entry.get("total_number")) or 0
    return bool(entry.get("more_info")) or told > len(as_list(entry.get("comments")))


def _with_replies(entry: Json, thread: Thread, now: datetime, notes: Counter[str]) -> Iterator[Draft]:
    """A comment and the replies that came inside it."""
    for each in (entry, *(as_dict(reply) for reply in as_list(entry.get("comments")))):
        draft = comment_of(each, thread, now, notes)
        if draft is not None:
            yield draft


def _answered(entry: Json, thread: Thread) -> MentionId:
    """What a comment answers: another comment, the one that began the thread, or the post."""
    own = as_str(entry.get("id"))
    answered = as_str(as_dict(entry.get("reply_comment")).get("id"))
    for found in (answered, as_str(entry.get("rootid"))):
        if ids.is_mid(found) and found != own:
            return mention_id(Platform.WEIBO, MentionKind.COMMENT, found)
    return thread.post


def _words(entry: Json) -> str:
    plain = entry.get("text_raw")
    text = clean(plain) if isinstance(plain, str) else strip_tags(as_str(entry.get("text")))
    return text or "[图片]"  # a picture alone


def comment_of(entry: Json, thread: Thread, now: datetime, notes: Counter[str]) -> Draft | None:
    """The draft of one comment; None, and a note, for what cannot be read."""
    native = as_str(entry.get("idstr")) or as_str(entry.get("id"))
    at = when(entry, native, now, notes)
    if not ids.is_mid(native) or at is None or not isinstance(entry.get("text", entry.get("text_raw")), str):
        notes["unreadable"] += 1
        return None
    user = as_dict(entry.get("user"))
    text = _words(entry)
    likes = entry.get("like_counts", entry.get("like_count"))
    return Draft(
        platform=Platform.WEIBO,
        kind=MentionKind.COMMENT,
        native_id=native,
        url=f"https://m.weibo.cn/detail/{thread.mid}",
        text=text,
        published_at=at[0],
        time_precision=at[1],
        author_id=as_str(user.get("id")) or None,
        author_name=clean(as_str(user.get("screen_name"))) or None,
        author_kind=author_kind(user),
        followers=followers(user),
        engagement=Engagement(likes=count_value(likes), comments=count_value(entry.get("total_number"))),
        parent_id=_answered(entry, thread),
        root_id=thread.post,
        region=strip_tags(as_str(entry.get("source"))).removeprefix("来自").strip() or None,
        hashtags=hashtags(text),
        context=thread.context,
        parser_version=PARSER,
    )


def parse_reposts(reply: Reply, thread: Thread, now: datetime) -> TalkPage:
    """Read one page of the reposts of a post."""
    verdict, inner, entries = _listed(reply, "no_reposts")
    if verdict.outcome is not Outcome.OK:
        return TalkPage(verdict)
    notes: Counter[str] = Counter()
    read = (draft_of(_of_this(as_dict(entry), thread), now, notes) for entry in entries)
    drafts = tuple(draft for draft in read if draft is not None)
    verdict, pages = _verdict(drafts, notes, inner, ""), as_int(inner.get("max"))
    total = as_int(inner.get("total_number"))
    return TalkPage(verdict, Parsed(drafts, notes), pages=pages, total=total, seen=len(entries))


def _of_this(entry: Json, thread: Thread) -> Json:
    """A repost whose list does not repeat what it reposts; its words with the whole chain."""
    original = as_dict(entry.get("retweeted_status")) or {"mid": thread.mid, "text_raw": thread.context}
    chain = entry.get("raw_text")
    words = {"text_raw": chain} if isinstance(chain, str) and "text_raw" not in entry else {}
    return {**entry, **words, "retweeted_status": original}
