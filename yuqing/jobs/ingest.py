"""Ingest: what parsers saw becomes mentions that may be stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from yuqing.domain.draft import Draft
from yuqing.domain.mention import Author, AuthorKind, Mention
from yuqing.domain.ports import Clock, MentionStore

# These speak for an institution and are named as such; persons never are.
_NAMED_KINDS = frozenset({AuthorKind.ORGANISATION, AuthorKind.MEDIA, AuthorKind.GOVERNMENT})


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
    with `keep_unmatched` drafts without a subject are stored too.
    """

    store: MentionStore
    matcher: Matcher
    mask: Callable[[str], str]
    pseudonyms: PseudonymSource
    clock: Clock
    assign: tuple[str, ...] = ()
    keep_unmatched: bool = False

    def admit(self, drafts: Sequence[Draft]) -> AdmitResult:
        """Store what is about a watched subject. Returns only after the store has acknowledged. Idempotent."""
        mentions = [mention for draft in drafts if (mention := self.mention(draft)) is not None]
        added = self.store.add(mentions)
        return AdmitResult(added.new, added.updated, added.unchanged, len(drafts) - len(mentions))

    def mention(self, draft: Draft) -> Mention | None:
        """The mention of a draft, or None when it is about no watched subject."""
        match = self.matcher.match("\n".join(part for part in (draft.title, draft.text, draft.context) if part))
        subjects = tuple(dict.fromkeys((*self.assign, *draft.subjects, *match.subjects)))
        if not subjects and not self.keep_unmatched:
            return None
        return Mention(
            platform=draft.platform,
            kind=draft.kind,
            native_id=draft.native_id,
            url=draft.url,
            title=None if draft.title is None else self._mask(draft.title, draft),
            text=self._mask(draft.text, draft),
            published_at=draft.published_at,
            collected_at=self.clock.now(),
            time_precision=draft.time_precision,
            author=self._author(draft),
            engagement=draft.engagement,
            parent_id=draft.parent_id,
            root_id=draft.root_id,
            region=draft.region,
            hashtags=tuple(self._mask(tag, draft) for tag in draft.hashtags),
            subjects=subjects,
            keywords=match.keywords,
            rating=draft.rating,
            text_truncated=draft.text_truncated,
            source_id=draft.source_id,
            query_id=draft.query_id,
            parser_version=draft.parser_version,
            raw_ref=draft.raw_ref,
        )

    def _mask(self, text: str, draft: Draft) -> str:
        masked = self.mask(text)
        # A person who signs inside the text is still a person. One character could be any word.
        if draft.author_name and len(draft.author_name) > 1 and draft.author_kind not in _NAMED_KINDS:
            masked = masked.replace(draft.author_name, "[用户]")
        return masked

    def _author(self, draft: Draft) -> Author:
        known = draft.author_id is not None and draft.author_id != ""
        author = Author(
            pseudonym=self.pseudonyms.pseudonym(draft.platform.value, str(draft.author_id)) if known else None,
            kind=draft.author_kind,
            followers=draft.followers,
        )
        return replace(author, outlet=draft.author_name) if draft.author_kind in _NAMED_KINDS else author
