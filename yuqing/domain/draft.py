"""What a parser saw, before matching, masking and pseudonymising. Never stored, never logged."""

from dataclasses import dataclass, field
from datetime import datetime

from yuqing.domain.mention import AuthorKind, Engagement, FollowerBand, MentionId, MentionKind, Platform, TimePrecision


@dataclass(frozen=True, slots=True)
class Draft:
    """One publication as the platform sent it. `author_id`, `author_name`, title and text stay out of the repr.

    `author_name` serves only to name media and organisations (Author.outlet) and to be masked inside the text; it
    is dropped for persons. `platform_deleted` turns into a tombstone of a mention that is already stored.
    """

    platform: Platform
    kind: MentionKind
    native_id: str
    url: str = field(repr=False)
    text: str = field(repr=False)
    published_at: datetime
    title: str | None = field(default=None, repr=False)
    time_precision: TimePrecision = TimePrecision.SECOND
    author_id: str | None = field(default=None, repr=False)
    author_name: str | None = field(default=None, repr=False)
    author_kind: AuthorKind = AuthorKind.UNKNOWN
    followers: FollowerBand = FollowerBand.UNKNOWN
    engagement: Engagement = field(default_factory=Engagement)
    parent_id: MentionId | None = None
    root_id: MentionId | None = None
    region: str | None = None
    hashtags: tuple[str, ...] = ()
    rating: int | None = None
    text_truncated: bool = False
    subjects: tuple[str, ...] = ()  # what the sender says it is about, beside what the matcher finds
    second_hand: bool = False  # a copy that a bridge or a file tells of: no proof that the platform shows it now
    context: str = field(default="", repr=False)  # what a comment answers: matched for subjects, never stored
    source_id: str = ""
    query_id: str = ""
    parser_version: str = ""
    raw_ref: str | None = None
