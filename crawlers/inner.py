"""What a crawl may reach inside our own network: the hosts that the operator configured, and nothing else.

Names are judged by the address that is really connected to, at the moment of the connection: a name that shows another
address a second later (DNS rebinding) gains nothing. A proxy resolves names itself: it has to keep its own rules.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.request import getproxies

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from crawlers.extract.reach import Origin, is_literal, is_public, origin_of

SETTING = "INNER_HOSTS"


def configured_origins(*values: object) -> frozenset[Origin]:
    """Host and port of every web address in options and settings, however deep."""
    return frozenset(origin for text in _texts(values) if (origin := origin_of(text)) is not None)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from _texts(key)
            yield from _texts(child)
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for child in value:
            yield from _texts(child)


class InnerHosts:
    """One for all sources of a run: which names may lead inside, which do, and which were refused."""

    def __init__(self, allowed: Iterable[str]) -> None:
        proxies = (origin_of(url) for url in getproxies().values())
        self._allowed = frozenset(allowed) | {origin[0] for origin in proxies if origin}
        self._inner: set[str] = set()
        self._refused: set[str] = set()

    def __deepcopy__(self, memo: object) -> "InnerHosts":
        """The same for every copy of the settings: what the resolver finds, the sources have to know."""
        return self

    def admits(self, name: str, address: str) -> bool:
        """Whether a name that was found to have this address may be connected to. Numbers are judged as addresses
        of pages, before anything is resolved."""
        if is_public(address) or is_literal(name):
            return True
        (self._inner if name in self._allowed else self._refused).add(name)
        return name in self._allowed

    def was_refused(self, name: str) -> bool:
        """Whether a name led inside and was not let through."""
        return name in self._refused

    def leads_inside(self, name: str) -> bool:
        """Whether a configured name was found to lie inside."""
        return name in self._inner


class Reach:
    """What one source may ask for: the public web, and inside only what its own options name, port included."""

    def __init__(self, own: frozenset[Origin], hosts: InnerHosts) -> None:
        self._own = own
        self._hosts = hosts

    def permits(self, url: str) -> bool:
        """Judged by the address of a page, before it is asked for."""
        origin = origin_of(url)
        if origin is None:
            return False
        return origin in self._own or (is_public(origin[0]) and not self._hosts.leads_inside(origin[0]))

    def permits_answer(self, url: str, address: str) -> bool:
        """Judged by the address that answered."""
        return is_public(address) or origin_of(url) in self._own

    def was_refused(self, url: str) -> bool:
        """Whether the connection failed because the name leads inside."""
        origin = origin_of(url)
        return origin is not None and self._hosts.was_refused(origin[0])


class GuardedResolver(CachingThreadedResolver):
    """Scrapy's resolver, which does not tell addresses inside. What it returns is what is connected to."""

    hosts = InnerHosts(())

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> "GuardedResolver":
        """Scrapy's way of making one; the run's hosts come with the settings."""
        made = super().from_crawler(crawler, reactor)
        made.hosts = crawler.settings[SETTING] or made.hosts
        return made

    def getHostByName(self, name: str, timeout: Any = ()) -> "Deferred[str]":  # noqa: N802  # Twisted's name
        """The address of a host. Fails as for an unknown host when it may not be reached."""
        return super().getHostByName(name, timeout).addCallback(self._checked, name)

    def _checked(self, address: str, name: str) -> str:
        if not self.hosts.admits(name, address):
            raise DNSLookupError("inner_address")
        return address
