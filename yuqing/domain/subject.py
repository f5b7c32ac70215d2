"""What is watched, and where we may look for it."""

from dataclasses import dataclass, field
from enum import StrEnum

from yuqing.domain.query import Node

HOT_KIND = "hot"


class SubjectKind(StrEnum):
    """What sort of thing is watched."""

    BRAND = "brand"
    COMPETITOR = "competitor"
    PRODUCT = "product"
    CAMPAIGN = "campaign"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Subject:
    """A watched brand, competitor, product, campaign or person.

    A text is about the subject when one of `aliases` occurs outside every `negative_aliases` occurrence
    ("建行" inside "建行李" does not count) and `query`, when given, matches too.
    `search_terms` are what is typed into a platform's search box.
    """

    id: str
    name: str
    kind: SubjectKind
    aliases: tuple[str, ...]
    negative_aliases: tuple[str, ...] = ()
    query: Node | None = None
    search_terms: tuple[str, ...] = ()
    parent: str | None = None


class Backend(StrEnum):
    """By which permitted way a source is read."""

    OFFICIAL = "official"
    WEB = "web"
    RSS = "rss"
    VENDOR = "vendor"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Source:
    """Where we may look: one entry of sources.yml. `options` is what the spider of this kind understands."""

    id: str
    kind: str
    name: str
    backend: Backend
    legal_basis: str
    enabled: bool
    interval_seconds: int
    options: dict[str, object] = field(default_factory=dict)

    @property
    def brings_mentions(self) -> bool:
        """False for hot lists: whether they were read says nothing about the mentions that we may have missed."""
        return self.kind != HOT_KIND


@dataclass(frozen=True, slots=True)
class TopicDefinition:
    """One id of the closed topic taxonomy, with its Chinese name."""

    id: str
    name: str
    description: str
