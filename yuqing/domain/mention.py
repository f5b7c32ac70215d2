"""One public post, comment, article, video, review or complaint, and who wrote it, without saying who."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

MentionId = NewType("MentionId", str)


class Platform(StrEnum):
    """Where a mention was published. The values are stored, so they never change."""

    WEIBO = "weibo"
    DOUYIN = "douyin"
    NEWS = "news"
    WECHAT = "wechat"
    XIAOHONGSHU = "xiaohongshu"
    ZHIHU = "zhihu"
    BILIBILI = "bilibili"
    KUAISHOU = "kuaishou"
    TIEBA = "tieba"
    GUBA = "guba"
    HEIMAO = "heimao"
    APPSTORE = "appstore"
    FEEDBACK = "feedback"  # the bank's own hotline, surveys, branch comments
    OTHER = "other"


class MentionKind(StrEnum):
    """What sort of publication a mention is."""

    POST = "post"
    REPOST = "repost"
    COMMENT = "comment"
    ARTICLE = "article"
    VIDEO = "video"
    REVIEW = "review"
    COMPLAINT = "complaint"


class TimePrecision(StrEnum):
    """How exactly the platform told the time of publication."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


class AuthorKind(StrEnum):
    """What sort of account speaks."""

    PERSON = "person"
    VERIFIED_PERSON = "verified_person"
    ORGANISATION = "organisation"
    MEDIA = "media"
    GOVERNMENT = "government"
    UNKNOWN = "unknown"


class FollowerBand(StrEnum):
    """Reach of an account, as coarse as the work needs."""

    UNKNOWN = "unknown"
    UNDER_1K = "<1k"
    UNDER_10K = "1k-1w"
    UNDER_100K = "1w-10w"
    UNDER_1M = "10w-100w"
    OVER_1M = ">100w"


def follower_band(followers: int | None) -> FollowerBand:
    """The band of a follower count; None is unknown."""
    if followers is None:
        return FollowerBand.UNKNOWN
    bands = ((1_000, FollowerBand.UNDER_1K), (10_000, FollowerBand.UNDER_10K), (100_000, FollowerBand.UNDER_100K))
    for limit, band in (*bands, (1_000_000, FollowerBand.UNDER_1M)):
        if followers < limit:
            return band
    return FollowerBand.OVER_1M


@dataclass(frozen=True, slots=True)
class Author:
    """Who speaks, pseudonymous: `pseudonym` = HMAC(key, platform:id). `outlet` names media and organisations only."""

    pseudonym: str | None = None
    kind: AuthorKind = AuthorKind.UNKNOWN
    followers: FollowerBand = FollowerBand.UNKNOWN
    outlet: str | None = None


@dataclass(frozen=True, slots=True)
class Engagement:
    """Reactions to a mention at one time. None means unknown, which is never 0."""

    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    views: int | None = None


class MentionState(StrEnum):
    """Whether the platform still shows the mention."""

    VISIBLE = "visible"
    DELETED = "deleted"


def mention_id(platform: Platform, kind: MentionKind, native_id: str) -> MentionId:
    """The natural key `platform:kind:native_id`.

    A repost has its own native id on every platform we know, so `repost` and `post` share the key space `post`:
    the same status seen by two parsers, one of which cannot tell a repost, is still one mention.
    """
    key = MentionKind.POST if kind is MentionKind.REPOST else kind
    return MentionId(f"{platform.value}:{key.value}:{native_id}")


@dataclass(frozen=True, slots=True)
class Mention:
    """One publication about a watched subject, normalised, masked and pseudonymised.

    `text` and `title` are already masked; `published_at` and `collected_at` are aware (UTC). `lag_at_first_sight`
    is derived by the stores from these two on the first write and is not changed by later sightings.
    """

    platform: Platform
    kind: MentionKind
    native_id: str
    url: str
    text: str
    published_at: datetime
    collected_at: datetime
    title: str | None = None
    time_precision: TimePrecision = TimePrecision.SECOND
    author: Author = field(default_factory=Author)
    engagement: Engagement = field(default_factory=Engagement)
    parent_id: MentionId | None = None
    root_id: MentionId | None = None
    region: str | None = None
    hashtags: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    rating: int | None = None
    text_truncated: bool = False
    source_id: str = ""
    query_id: str = ""
    parser_version: str = ""
    raw_ref: str | None = None

    def __post_init__(self) -> None:
        if not self.native_id:
            raise ValueError("a mention needs a native id")
        if self.published_at.tzinfo is None or self.collected_at.tzinfo is None:
            raise ValueError(f"{self.id}: times must be aware")

    @property
    def id(self) -> MentionId:
        """platform:kind:native_id."""
        return mention_id(self.platform, self.kind, self.native_id)
