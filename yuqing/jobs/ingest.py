"""Ingest: what parsers saw becomes mentions that may be stored."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import Any, Protocol

from yuqing.domain.draft import Draft
from yuqing.domain.mention import Author, AuthorKind, Mention, MentionId, Platform, mention_id
from yuqing.domain.ports import Clock, MentionStore
from yuqing.jobs.addresses import mask_address
from yuqing.jobs.handles import begin_of_watched, mask_handles, mask_name

# These speak for an institution and are named as such; persons never are.
_NAMED_KINDS = frozenset({AuthorKind.ORGANISATION, AuthorKind.MEDIA, AuthorKind.GOVERNMENT})
# Addresses there are made of ids of publications, some of which look like telephone numbers.
_NUMBERED = frozenset({Platform.NEWS, Platform.HEIMAO})
# The ids of these come from people and may be anything, a telephone number too; platforms number for themselves.
_HAND_MADE_IDS = frozenset({Platform.FEEDBACK, Platform.OTHER})
_TEXTS = ("native_id", "url", "text", "title", "author_id", "author_name", "region", "context", "source_id", "query_id")
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: no store, mail or file takes it


class SubjectMatch(Protocol):
    """Which subjects a text is about, and by which words."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """Subject ids in the order of the settings."""
        ...

    @property
    def keywords(self) -> tuple[str, ...]:
        """The aliases that were found."""
        ...


class Matcher(Protocol):
    """Finds the watched subjects in a text."""

    def match(self, text: str) -> SubjectMatch:
        """The subjects of one text."""
        ...


class PseudonymSource(Protocol):
    """Keyed pseudonyms of accounts."""

    def pseudonym(self, platform: str, author_id: str) -> str:
        """The same account always gets the same pseudonym; nobody without the key finds the way back."""
        ...


@dataclass(frozen=True, slots=True)
class AdmitResult:
    """What became of a batch of drafts. `unmatched` are about no watched subject and were not stored."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    unmatched: int = 0

    def __add__(self, other: "AdmitResult") -> "AdmitResult":
        return AdmitResult(
            self.new + other.new,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.unmatched + other.unmatched,
        )


@dataclass(frozen=True)
class Intake:
    """The only door into the mention store: match, mask, pseudonymise, then store.

    `mask` replaces personal data inside a text by labels. Nothing of a draft is stored that did not pass here.
    `assign` are subjects that every draft of this intake is about (an import of one bank's own feedback);
    with `keep_unmatched` drafts without a subject are stored too. What a `forgotten` account writes is never stored:
    the person behind it asked to be left alone; nor is one of its mentions that comes again without its author.
    A copy at second hand brings nothing back that its platform has deleted.
    """

    store: MentionStore
    matcher: Matcher
    mask: Callable[[str], str]
    pseudonyms: PseudonymSource
    clock: Clock
    assign: tuple[str, ...] = ()
    keep_unmatched: bool = False
    forgotten: frozenset[str] = frozenset()  # pseudonyms, and ids of mentions

    def admit(self, drafts: Sequence[Draft]) -> AdmitResult:
        """Store what is about a watched subject. Returns only after the store has acknowledged. Idempotent."""
        found = [(draft, mention) for draft in drafts if (mention := self.mention(draft)) is not None]
        deleted = self._deleted([mention.id for draft, mention in found if draft.second_hand])
        mentions = [mention for draft, mention in found if not (draft.second_hand and mention.id in deleted)]
        added = self.store.add(mentions)
        return AdmitResult(added.new, added.updated, added.unchanged, len(drafts) - len(mentions))

    def _deleted(self, ids: Sequence[MentionId]) -> frozenset[MentionId]:
        stored = self.store.get(ids) if ids else {}
        return frozenset(name for name, one in stored.items() if one.deleted_at is not None)

    def mention(self, draft: Draft) -> Mention | None:
        """The mention of a draft, or None when it is about no watched subject or its author is forgotten."""
        draft = _whole(draft)
        match = self.matcher.match("\n".join(part for part in (draft.title, draft.text, draft.context) if part))
        subjects = tuple(dict.fromkeys((*self.assign, *self._named(draft), *match.subjects)))
        author = self._author(draft)
        if not subjects and not self.keep_unmatched:
            return None
        native_id = self._id(draft.platform, draft.native_id)
        if {author.pseudonym, mention_id(draft.platform, draft.kind, native_id)} & self.forgotten:
            return None
        mask = partial(self._mask, author=_person(draft))
        return Mention(
            platform=draft.platform,
            kind=draft.kind,
            native_id=native_id,
            url=mask_address(draft.url, self.mask, ids=_numbers(draft), keeps_path=draft.platform in _NUMBERED),
            title=None if draft.title is None else mask(draft.title),
            text=mask(draft.text),
            published_at=draft.published_at,
            collected_at=self.clock.now(),
            time_precision=draft.time_precision,
            author=author,
            engagement=draft.engagement,
            parent_id=self._relative(draft.platform, draft.parent_id),
            root_id=self._relative(draft.platform, draft.root_id),
            region=None if draft.region is None else self._label(draft.region),
            hashtags=tuple(map(mask, draft.hashtags)),
            subjects=subjects,
            keywords=match.keywords,
            rating=draft.rating,
            text_truncated=draft.text_truncated,
            source_id=self._label(draft.source_id),
            query_id=mask(draft.query_id),
            parser_version=draft.parser_version,
            raw_ref=draft.raw_ref,
        )

    def _masked(self, text: str) -> str:
        return mask_handles(self.mask(text), self._watched)

    def _mask(self, text: str, author: str) -> str:
        masked = self._masked(text)
        # A person who signs inside the text is still a person; who is called like a bank is none.
        if author and author in masked and begin_of_watched(author, self._watched(author)) != 0:
            return mask_name(masked, author)
        return masked

    @cached_property
    def _label(self) -> Callable[[str], str]:
        """The masks for the short texts that come again and again."""
        return lru_cache(4096)(self._masked)

    def _watched(self, name: str) -> tuple[str, ...]:
        return self.matcher.match(name).keywords

    def _named(self, draft: Draft) -> tuple[str, ...]:
        """The subjects that the sender names; a column with something else in it names none."""
        return tuple(name for name in draft.subjects if self._label(name) == name)

    def _id(self, platform: Platform, native: str) -> str:
        if platform not in _HAND_MADE_IDS or self.mask(native) == native:
            return native
        return f"p{self.pseudonyms.pseudonym(f'{platform.value}-id', native)}"

    def _relative(self, platform: Platform, other: MentionId | None) -> MentionId | None:
        if other is None:
            return None
        *kind, native = other.split(":", 2)
        return MentionId(":".join((*kind, self._id(platform, native))))

    def _author(self, draft: Draft) -> Author:
        known = draft.author_id is not None and draft.author_id != ""
        author = Author(
            pseudonym=self.pseudonyms.pseudonym(draft.platform.value, str(draft.author_id)) if known else None,
            kind=draft.author_kind,
            followers=draft.followers,
        )
        if draft.author_kind not in _NAMED_KINDS or draft.author_name is None:
            return author
        return replace(author, outlet=self.mask(draft.author_name))


def _numbers(draft: Draft) -> tuple[str, ...]:
    """What may stand in the address of a draft: its own id and those of what it answers."""
    if draft.platform in _HAND_MADE_IDS:
        return ()
    relatives = (draft.parent_id, draft.root_id)
    return (draft.native_id, *(other.rpartition(":")[2] for other in relatives if other is not None))


def _person(draft: Draft) -> str:
    """The author's name where it must not be read."""
    return "" if draft.author_kind in _NAMED_KINDS else (draft.author_name or "").strip().lstrip("@＠")


def _whole(draft: Draft) -> Draft:
    """The draft without half characters, whichever parser let them through."""
    try:
        "".join(part for part in (*map(partial(getattr, draft), _TEXTS), *draft.hashtags) if part).encode()
    except UnicodeEncodeError:
        texts: dict[str, Any] = {name: _SURROGATE.sub("", getattr(draft, name) or "") for name in _TEXTS}
        kept = {name: text for name, text in texts.items() if getattr(draft, name) is not None}
        return replace(draft, **kept, hashtags=tuple(_SURROGATE.sub("", tag) for tag in draft.hashtags))
    return draft
