"""What the parts above the stores need of the application: `yuqing.bootstrap.App` offers it, and so do test doubles."""

from typing import Protocol

from config.settings import Settings
from yuqing.domain.ports import Clock, MentionStore, StateStore
from yuqing.domain.subject import Source, Subject, TopicDefinition


class Host(Protocol):
    """Stores, clock, what is watched and where, and the settings."""

    @property
    def mentions(self) -> MentionStore:
        """The mentions."""
        ...

    @property
    def state(self) -> StateStore:
        """The state documents."""
        ...

    @property
    def clock(self) -> Clock:
        """The present."""
        ...

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What is watched."""
        ...

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where we look."""
        ...

    @property
    def topics(self) -> tuple[TopicDefinition, ...]:
        """The topics."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings."""
        ...
