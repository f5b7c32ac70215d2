"""The state that all routes share."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from simulator.clock import SimulatedClock
from simulator.corpus import Comment, Corpus
from simulator.faults import Faults
from simulator.inbox.smtp import MailDoor
from simulator.ledger import Ledger
from simulator.rate import RateGuard


@dataclass(slots=True)
class World:
    """Clock, corpus, injected faults and the ledger of requests; `base` overrides the origin in links.

    `content` holds what single doubles have beside the corpus, by the name of their site.
    """

    clock: SimulatedClock
    corpus: Corpus
    base: str = ""
    faults: Faults = field(default_factory=Faults)
    ledger: Ledger = field(default_factory=Ledger)
    hooks: list[dict[str, Any]] = field(default_factory=list)
    visitors: int = 0
    mail: MailDoor | None = None
    content: dict[str, Any] = field(default_factory=dict)
    rate: RateGuard = field(default_factory=RateGuard)
    robots: dict[str, str] = field(default_factory=dict)

    def origin(self, request: web.Request) -> str:
        """Where links that must be followed point to."""
        return self.base or f"{request.scheme}://{request.host}"

    def comments_of(self, video: str) -> list[Comment]:
        """Published comments and replies under a video, newest first."""
        return self.corpus.comments.where("video", video, self.clock.now())[::-1]


WORLD: web.AppKey[World] = web.AppKey("world", World)
