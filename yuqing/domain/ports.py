"""The ports: what the stages ask of stores, models, channels and clocks. Adapters live in their own packages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Protocol

from yuqing.domain.alert import Message
from yuqing.domain.annotation import Annotation, Sentiment, SentimentLabel, SeverityScore, TopicScore
from yuqing.domain.correction import Correction
from yuqing.domain.mention import Engagement, Mention, MentionId, MentionKind, Platform
from yuqing.domain.query import Node

Json = Mapping[str, object]


class Clock(Protocol):
    """The only source of the present."""

    def now(self) -> datetime:
        """The present as an aware UTC datetime."""
        ...


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a batch: ids by fate. `updated` = an earlier sighting with older content or counts."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: "Added") -> "Added":
        return Added(self.new + other.new, self.updated + other.updated, self.unchanged + other.unchanged)


@dataclass(frozen=True, slots=True)
class StoredMention:
    """A mention with everything that the product knows of it. `mention.engagement` is the newest reading.

    `annotation` and `mention.subjects` are what counts: the models' word, or a person's where there is a `correction`.
    `scored` is what the models say now, `earlier` what models before them said of the same words, oldest first.
    """

    mention: Mention
    annotation: Annotation | None
    stored_at: datetime
    deleted_at: datetime | None = None
    cluster_id: str | None = None
    correction: Correction | None = None
    scored: Annotation | None = None
    earlier: tuple[Annotation, ...] = ()


SortKey = Literal["published_desc", "published_asc", "severity_desc", "engagement_desc"]
FacetField = Literal["platform", "kind", "subject", "sentiment", "topic", "severity", "source", "region", "author"]
SplitField = Literal["sentiment", "platform", "subject", "topic"]


@dataclass(frozen=True, slots=True)
class MentionQuery:
    """Which mentions. Empty means no restriction; the parts are joined by AND, the values of one part by OR.

    With exactly one subject, `sentiments` and the sentiment split judge the stance towards that subject, otherwise
    the stance of the whole text. Intervals are half-open: since <= published_at < until. `max_lag` keeps mentions
    that were first collected at most this long after publication. `scored` False = not annotated yet.
    """

    text: Node | None = None
    subjects: tuple[str, ...] = ()
    platforms: tuple[Platform, ...] = ()
    kinds: tuple[MentionKind, ...] = ()
    sentiments: tuple[SentimentLabel, ...] = ()
    topics: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    min_severity: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    collected_since: datetime | None = None
    collected_until: datetime | None = None
    max_lag: timedelta | None = None
    scored: bool | None = None
    include_deleted: bool = False
    ids: tuple[MentionId, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a result: `after` is the `next_after` of the page before (opaque), None for the first."""

    size: int = 50
    after: str | None = None
    sort: SortKey = "published_desc"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page; `next_after` None when it is the last; `total` is exact."""

    items: tuple[StoredMention, ...]
    total: int
    next_after: str | None


@dataclass(frozen=True, slots=True)
class VolumeBin:
    """Mentions published in [start, start + interval). `by` counts by the split value; unscored ones are under ""."""

    start: datetime
    total: int
    by: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many mentions carry a value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class TallyQuery:
    """What is tallied: visible mentions about `subjects`, published in [since, until), in bins of `interval` from
    `since` on. `lag_step`: also by source and by how late they came, in steps; None: neither is told apart.
    `topics`: once more by topic."""

    subjects: tuple[str, ...]
    since: datetime
    until: datetime
    interval: timedelta
    lag_step: timedelta | None = None
    topics: bool = False


class Tally(NamedTuple):
    """How many mentions about a subject are alike. `negative` is the stance towards that subject.

    `lag` is the number of steps within which they came (2: later than one step, not later than two). `topic` is empty
    in the rows about all of them, whatever their topics; a mention with two topics is in two rows more.
    """

    subject: str
    bin: int
    source: str
    lag: int
    topic: str
    total: int
    negative: int
    unscored: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A later reading of a mention's engagement."""

    mention_id: MentionId
    taken_at: datetime
    engagement: Engagement


class MentionStore(Protocol):
    """Mentions and their annotations. Every write is idempotent by id and acknowledged durable on return.

    Errors: StoreUnavailable when nobody answers (nothing lost: repeat the call), StoreError for the rest.
    """

    def add(self, mentions: Iterable[Mention]) -> Added:
        """Store mentions by id. An id seen before is updated only where the newcomer was collected later and its
        text, title, engagement, subjects, author, region, rating, relatives or state differ; a longer text beats a
        truncated one; subjects, keywords and hashtags are united; annotations are kept unless text or subjects
        changed (then it is unscored again). It stays with its source, query and url unless the text changes.
        A change of engagement also appends a snapshot."""
        ...

    def get(self, ids: Sequence[MentionId]) -> Mapping[MentionId, StoredMention]:
        """The stored ones among the ids, tombstones included."""
        ...

    def search(self, query: MentionQuery, page: Page) -> SearchResult:
        """One page of what matches, in a total order (ties by id)."""
        ...

    def scan(self, query: MentionQuery) -> Iterator[StoredMention]:
        """All that matches, oldest publication first, without holding it in memory."""
        ...

    def count(self, query: MentionQuery) -> int:
        """How many match, exactly."""
        ...

    def volume(self, query: MentionQuery, interval: timedelta, split: SplitField | None = None) -> Sequence[VolumeBin]:
        """Counts by bin of `published_at`, gaps filled with zero bins, from query.since to query.until (both
        required). Bins are aligned to query.since."""
        ...

    def facet(self, query: MentionQuery, field: FacetField, limit: int = 50) -> Sequence[FacetCount]:
        """Counts by value, largest first (ties by value)."""
        ...

    def tally(self, wanted: TallyQuery) -> Iterable[Tally]:
        """The counts of many subjects at once, in no order; only of what is there. Sources without a name are ""."""
        ...

    def unscored(self, limit: int, shard: tuple[int, int] = (0, 1)) -> Sequence[Mention]:
        """Visible mentions without an annotation, newest publication first; shard (i, n) = part i of n by id."""
        ...

    def annotate(self, annotations: Iterable[Annotation]) -> int:
        """Write annotations; returns how many were written. Left out is one of an unknown mention, and one whose
        `text_digest` is not that of the mention as it is now: what it says changed while it was scored. An annotation
        of another model stays beside the new one (`StoredMention.earlier`); one of the same model is replaced."""
        ...

    def correct(self, corrections: Iterable[Correction]) -> int:
        """Put what people say in the place of what the models say, in everything that is found and counted; an empty
        correction takes it back. The models' scores stay beside it. Returns how many were written: left out is one of
        an unknown mention, and one of other words than the mention has now."""
        ...

    def snapshot(self, snapshots: Iterable[Snapshot]) -> int:
        """Append engagement readings (idempotent by id and time); the newest shows on the mention."""
        ...

    def snapshots(self, mention_id: MentionId) -> Sequence[Snapshot]:
        """All readings of one mention, oldest first."""
        ...

    def tombstone(self, ids: Iterable[MentionId], deleted_at: datetime) -> int:
        """Mark as deleted by the platform: text, title, author and url fields are blanked, counts stay."""
        ...

    def purge(self, before: datetime) -> int:
        """Delete for good what was published before; returns how many mentions went."""
        ...

    def set_clusters(self, clusters: Mapping[MentionId, str]) -> int:
        """Write the near-duplicate cluster of mentions; returns how many existed."""
        ...

    def refresh(self) -> None:
        """After this call every acknowledged write shows in search, count, volume, facet and unscored."""
        ...


@dataclass(frozen=True, slots=True)
class Versioned:
    """A state document and its version; versions grow with every save."""

    id: str
    version: int
    body: Json


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of an append-only log; `seq` grows within its kind."""

    seq: int
    at: datetime
    body: Json


class StateStore(Protocol):
    """Versioned JSON documents by (kind, id), and append-only logs. Reads see every acknowledged write at once."""

    def load(self, kind: str, id: str) -> Versioned | None:
        """The document, or None."""
        ...

    def save(self, kind: str, id: str, body: Json, expected_version: int | None = None) -> int:
        """Write and return the new version. expected_version 0: must not exist yet; n: must still be n; None:
        whatever is there. Raises Conflict when the expectation fails."""
        ...

    def find(
        self, kind: str, where: Mapping[str, str | int | bool] | None = None, limit: int = 10_000
    ) -> Sequence[Versioned]:
        """Documents whose top-level keys equal `where`, by id ascending."""
        ...

    def delete(self, kind: str, id: str) -> bool:
        """Remove a document; False when it was not there."""
        ...

    def append(self, kind: str, body: Json, at: datetime) -> int:
        """Add a line to a log; returns its seq."""
        ...

    def log(self, kind: str, after: int = 0, limit: int = 10_000) -> Sequence[LogEntry]:
        """Lines with seq > after, oldest first."""
        ...


class SentimentModel(Protocol):
    """Three-class stance of texts."""

    @property
    def name(self) -> str:
        """Name and version, stored with every annotation."""
        ...

    def predict(self, texts: Sequence[str]) -> Sequence[Sentiment]:
        """One calibrated stance per text, in order."""
        ...


class TopicModel(Protocol):
    """Topics and severity of texts."""

    @property
    def name(self) -> str:
        """Name and version."""
        ...

    def predict(self, texts: Sequence[str]) -> Sequence[tuple[tuple[TopicScore, ...], SeverityScore]]:
        """Assigned topics (most probable first) and severity per text, in order."""
        ...


class Scorer(Protocol):
    """Everything the models say about mentions."""

    def score(self, mentions: Sequence[Mention], now: datetime) -> Sequence[Annotation]:
        """One annotation per mention, in order."""
        ...


class Channel(Protocol):
    """One way of telling people."""

    def send(self, message: Message) -> str:
        """Deliver; returns the far side's acknowledgement. Raises ChannelError(permanent)."""
        ...
