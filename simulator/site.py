"""What a platform's double declares about itself; the core (server, guard, control) reads nothing else of it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from simulator.corpus import Corpus, Item, Reach, as_of
from simulator.formats import w3c

if TYPE_CHECKING:
    from simulator.world import World

Answer = Callable[[web.Request], web.Response]
Renaming = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """What a site may build its own content from: the same stage gives the same content."""

    scenario: str
    seed: int
    start: datetime
    corpus: Corpus


@dataclass(frozen=True, slots=True)
class TruthItem:
    """One line of the answer key; `more` holds whatever else a test of this platform wants to know."""

    platform: str
    kind: str
    id: str
    created: datetime
    text: str
    deleted_at: datetime | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """One double. Only `name`, `prefixes`, `routes` and `names` are needed; the rest has harmless defaults.

    prefixes   first path segments that belong to it: ("weibo-s", "weibo-m")
    routes     its aiohttp routes
    names      (regular expression, names) in order: the first that is found in a path says by which names faults and
               the ledger know it, most specific first; a path that none fits is known by its first segment
    answers    outcomes of its own: {"status_2483": answer}; they can be ordered like those of the core
    no_result  per route name: the platform's own proof that there is nothing
    blank_page per route name: an ordinary frame without content and without that proof
    soft_block per route name: an ordinary page of status 200 that lacks what it should carry, without saying so
    renamed    per route name: what `changed` replaces in the body
    too_fast   per route name: the outcome with which its rate guard refuses ("429" when not named)
    content    its own content of the world, kept as `world.content[name]`
    truth      its lines of the answer key, published or not: the core filters by time and words
    inject     `POST /__control/inject` for further kinds: {"review": (world, body) -> TruthItem}
    """

    name: str
    prefixes: tuple[str, ...]
    routes: Callable[[], list[web.RouteDef]]
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    no_result: Mapping[str, Answer] = field(default_factory=dict)
    blank_page: Mapping[str, Answer] = field(default_factory=dict)
    soft_block: Mapping[str, Answer] = field(default_factory=dict)
    renamed: Mapping[str, Renaming] = field(default_factory=dict)
    too_fast: Mapping[str, str] = field(default_factory=dict)
    content: Callable[[Stage], Any] | None = None
    truth: "Callable[[World], Iterable[TruthItem]] | None" = None
    inject: "Mapping[str, Callable[[World, dict[str, Any]], TruthItem]]" = field(default_factory=dict)

    def route_names(self, path: str) -> tuple[str, ...]:
        """The names of a path of this site, most specific first."""
        for pattern, names in self.names:
            if re.search(pattern, path):
                return names
        return (path.split("/", 2)[1],)

    @property
    def known_names(self) -> frozenset[str]:
        """Every name under which a fault can be ordered here."""
        return frozenset({*self.prefixes, *(name for _, names in self.names for name in names)})


def of_item(platform: str, item: Item, now: datetime) -> TruthItem:
    """The line of an item of the corpus: its words and counts of now."""
    item = as_of(item, now)
    truth = item.truth
    more: dict[str, Any] = {
        "sentiment": truth.sentiment,
        "topic": truth.topic,
        "story": truth.story,
        "subject": truth.subject,
        "copy_of": truth.copy_of,
        "pii": list(truth.pii),
    }
    more |= {name: getattr(item, name) for name in ("bid", "video", "parent", "section") if hasattr(item, name)}
    edited_at, reach = getattr(item, "edited_at", None), getattr(item, "reach", None)
    if edited_at is not None:
        more["edited_at"] = w3c(edited_at)
    if isinstance(reach, Reach):
        more["reach"] = asdict(reach.at(now - item.created))
    return TruthItem(platform, item.kind, item.id, item.created, item.text, getattr(item, "deleted_at", None), more)


def first_of(table: Mapping[str, Any], names: Iterable[str]) -> Any:
    """What a table says about the most specific of these names; None when it knows none."""
    return next((table[name] for name in names if name in table), None)
