"""The shapes of subjects.yml, sources.yml and topics.yml, and how they become domain objects."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from yuqing.domain.errors import QuerySyntaxError
from yuqing.domain.query import parse_query
from yuqing.domain.subject import Backend, Source, Subject, SubjectKind, TopicDefinition

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SubjectEntry(_Strict):
    """One entry of subjects.yml."""

    id: Identifier
    name: Text
    kind: SubjectKind
    aliases: tuple[Text, ...] = Field(min_length=1)
    negative_aliases: tuple[Text, ...] = ()
    query: str | None = None
    search_terms: tuple[Text, ...] = ()
    parent: Identifier | None = None

    @field_validator("query")
    @classmethod
    def _parses(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                parse_query(value)
            except QuerySyntaxError as error:
                raise ValueError(str(error)) from None
        return value

    def domain(self) -> Subject:
        """The domain object; a subject without search terms is searched by its first alias."""
        return Subject(
            id=self.id,
            name=self.name,
            kind=self.kind,
            aliases=self.aliases,
            negative_aliases=self.negative_aliases,
            query=None if self.query is None else parse_query(self.query),
            search_terms=self.search_terms or self.aliases[:1],
            parent=self.parent,
        )


class SubjectsFile(_Strict):
    """subjects.yml."""

    subjects: tuple[SubjectEntry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ids = [entry.id for entry in self.subjects]
        if doubles := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"主体编号重复：{', '.join(doubles)}")
        for entry in self.subjects:
            if entry.parent is not None and entry.parent not in ids:
                raise ValueError(f"主体 {entry.id} 的上级 {entry.parent} 不存在")
        return self


class SourceEntry(_Strict):
    """One entry of sources.yml: the allow-list. What is not listed is never asked."""

    id: Identifier
    kind: Identifier
    name: Text
    backend: Backend
    legal_basis: Text
    enabled: bool = False
    interval_seconds: int = Field(default=300, ge=1)
    accepted_terms_by: str = ""
    options: dict[str, object] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _accepted(self) -> Self:
        # Platform pages are read only after a named person has taken the decision.
        if self.enabled and self.backend is Backend.WEB and not self.accepted_terms_by:
            raise ValueError("网页方式须先由负责人阅读平台条款，并在 accepted_terms_by 写明姓名与日期，方可启用")
        return self

    def domain(self) -> Source:
        """The domain object."""
        return Source(
            id=self.id,
            kind=self.kind,
            name=self.name,
            backend=self.backend,
            legal_basis=self.legal_basis,
            enabled=self.enabled,
            interval_seconds=self.interval_seconds,
            options=dict(self.options),
        )


class SourcesFile(_Strict):
    """sources.yml."""

    sources: tuple[SourceEntry, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> Self:
        ids = [entry.id for entry in self.sources]
        if doubles := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"来源编号重复：{', '.join(doubles)}")
        return self


class TopicEntry(_Strict):
    """One entry of topics.yml."""

    id: Identifier
    name: Text
    description: Text


class TopicsFile(_Strict):
    """topics.yml: the closed taxonomy. `version` changes whenever an id does."""

    version: int = Field(ge=1)
    topics: tuple[TopicEntry, ...] = Field(min_length=1)

    def domain(self) -> tuple[TopicDefinition, ...]:
        """The domain objects, in order."""
        return tuple(TopicDefinition(entry.id, entry.name, entry.description) for entry in self.topics)


SHIPPED = Path(__file__).parent
