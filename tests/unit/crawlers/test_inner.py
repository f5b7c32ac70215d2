"""No name leads into our own network, whatever it resolves to and whenever; what the operator configured does."""

from copy import deepcopy
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy import Request
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response
from scrapy.resolver import dnscache
from scrapy.settings import Settings
from twisted.internet import threads
from twisted.internet.defer import Deferred, succeed

from crawlers.extract.reach import may_follow
from crawlers.inner import SETTING, GuardedResolver, InnerHosts, Reach, configured_origins
from crawlers.middlewares.governing import GoverningMiddleware, HostRefuses, ProbeMiddleware
from crawlers.model import PageRequest
from tests.unit.crawlers.test_reach import news_spider

FEED = "http://rsshub.corp.example.com:1200/feed"
INNER_ADDRESSES = ["127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1"]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """A resolver of our own: name -> the addresses that it tells one after another."""
    told: dict[str, list[str]] = {}

    def look_up(reactor: object, pool: object, function: object, name: str) -> "Deferred[str]":
        addresses = told[name]
        return succeed(addresses.pop(0) if len(addresses) > 1 else addresses[0])

    monkeypatch.setattr(threads, "deferToThreadPool", look_up)
    monkeypatch.delenv("http_proxy", raising=False)
    monkeypatch.delenv("https_proxy", raising=False)
    dnscache.clear()
    return told


def resolver(hosts: InnerHosts) -> GuardedResolver:
    """As the process makes it; nothing is cached, so that every connection asks."""
    settings = Settings({SETTING: hosts, "DNSCACHE_ENABLED": False})
    reactor = SimpleNamespace(getThreadPool=lambda: None, callLater=lambda *_: SimpleNamespace(cancel=lambda: None))
    return GuardedResolver.from_crawler(SimpleNamespace(settings=settings), cast(Any, reactor))


def answer(guard: GuardedResolver, name: str) -> str:
    """The address that is connected to, or the kind of failure."""
    found: list[object] = []
    guard.getHostByName(name).addBoth(found.append)
    return getattr(found[0], "type", type(found[0])).__name__ if not isinstance(found[0], str) else found[0]


@pytest.mark.parametrize("address", INNER_ADDRESSES)
def test_a_public_name_of_an_inner_address_does_not_resolve(names: dict[str, list[str]], address: str) -> None:
    """And the source says why."""
    names["news.example.com"] = [address]
    hosts = InnerHosts(())
    assert answer(resolver(hosts), "news.example.com") == "DNSLookupError"
    assert Reach(frozenset(), hosts).was_refused("https://news.example.com/a")
    assert not Reach(frozenset(), hosts).was_refused("https://other.example.com/a")


def test_a_name_that_changes_its_address_gains_nothing(names: dict[str, list[str]]) -> None:
    """The address that was judged is the one that is connected to; the next one is judged again."""
    names["rebind.example.com"] = ["93.184.216.34", "127.0.0.1"]
    guard = resolver(InnerHosts(()))
    assert answer(guard, "rebind.example.com") == "93.184.216.34"
    assert answer(guard, "rebind.example.com") == "DNSLookupError"


def test_the_operators_own_hosts_resolve_to_wherever_they_are(names: dict[str, list[str]]) -> None:
    """By name, whichever option names them."""
    names["rsshub.corp.example.com"] = ["10.0.0.8"]
    names["rsshub"] = ["172.18.0.3"]
    origins = configured_origins({"feeds": [FEED], "rules": {"x": {"body": "p"}}}, {"apple": "http://rsshub:1200"})
    assert origins == {("rsshub.corp.example.com", 1200), ("rsshub", 1200)}
    guard = resolver(InnerHosts(host for host, _ in origins))
    assert [answer(guard, name) for name in names] == ["10.0.0.8", "172.18.0.3"]


def test_a_proxy_may_lie_inside(names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the way out that the operator gave the machine."""
    names["proxy.corp.example.com"] = ["10.0.0.9"]
    monkeypatch.setenv("https_proxy", "http://proxy.corp.example.com:3128")
    assert answer(resolver(InnerHosts(())), "proxy.corp.example.com") == "10.0.0.9"


def test_a_configured_host_inside_is_open_at_its_port_only(names: dict[str, list[str]]) -> None:
    """A feed may not send us to the database beside it, nor may the feed of another source."""
    names["rsshub.corp.example.com"] = ["10.0.0.8"]
    hosts = InnerHosts({"rsshub.corp.example.com"})
    own, other = Reach(configured_origins([FEED]), hosts), Reach(frozenset(), hosts)
    assert answer(resolver(hosts), "rsshub.corp.example.com") == "10.0.0.8"
    assert own.permits("http://rsshub.corp.example.com:1200/item/1")
    assert not own.permits("http://rsshub.corp.example.com:9200/_search")
    assert not other.permits("http://rsshub.corp.example.com:1200/item/1")
    assert own.permits_answer("http://rsshub.corp.example.com:1200/item/1", "10.0.0.8")
    assert not other.permits_answer("http://rsshub.corp.example.com:1200/item/1", "10.0.0.8")
    assert other.permits_answer("https://news.example.com/1", "93.184.216.34")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9200/", "http://[::1]/", "file:///etc/passwd", "http://db/", ""])
def test_numbers_and_bare_names_inside_are_refused_before_anything_is_sent(url: str) -> None:
    """Unless an option names that very host and port."""
    assert not Reach(frozenset(), InnerHosts(())).permits(url)
    assert not Reach(configured_origins("http://127.0.0.1:1200/", "http://db:1/"), InnerHosts(())).permits(url)


def test_links_of_a_feed_inside_keep_to_its_port() -> None:
    """A page of 127.0.0.1:1200 does not lead to 127.0.0.1:9200."""
    assert may_follow("http://127.0.0.1:1200/1", "http://127.0.0.1:1200/feed")
    assert not may_follow("http://127.0.0.1:9200/1", "http://127.0.0.1:1200/feed")


def test_a_name_that_was_refused_is_blocked_and_not_a_broken_network() -> None:
    """The outcome tells the operator what happened; an unknown name stays a fault of the network."""
    spider = news_spider()
    hosts = InnerHosts(())
    hosts.admits("news.example.com", "10.0.0.8")
    spider.reach = Reach(frozenset(), hosts)
    middleware = ProbeMiddleware(SimpleNamespace(spider=spider))  # type: ignore[arg-type]

    def meet(url: str) -> None:
        page = PageRequest(url, "article")
        middleware.process_exception(Request(url, cb_kwargs={"page": page}), CannotResolveHostError("x"))

    meet("https://unknown.example.com/1")
    with pytest.raises(HostRefuses, match="inner_address"):
        meet("https://news.example.com/1")


def test_an_answer_from_inside_is_not_read() -> None:
    """Whatever brought us there."""
    spider = news_spider()
    middleware = GoverningMiddleware(SimpleNamespace(spider=spider))  # type: ignore[arg-type]
    page = PageRequest("https://news.example.com/1", "article")
    request = Request(page.url, cb_kwargs={"page": page})
    inner = Response(page.url, body=b"x", ip_address=ip_address("10.0.0.8"), request=request)
    with pytest.raises(HostRefuses, match="inner_address"):
        middleware.process_response(request, inner)
    outer = inner.replace(ip_address=ip_address("93.184.216.34"))
    assert middleware.process_response(request, outer) is outer
    proxied = Request(page.url, cb_kwargs={"page": page}, meta={"proxy": "http://10.0.0.8:3128"})
    assert middleware.process_response(proxied, inner) is inner


def test_all_copies_of_the_settings_share_what_was_found() -> None:
    """The resolver belongs to the process, the sources have settings of their own."""
    hosts = InnerHosts(())
    assert deepcopy({"hosts": hosts})["hosts"] is hosts
    assert Settings({SETTING: hosts}).copy()[SETTING] is hosts
