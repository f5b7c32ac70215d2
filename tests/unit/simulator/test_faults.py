"""Ordered faults strike the right requests, as often as ordered."""

import pytest

from simulator.faults import Fault, Faults
from simulator.guard import route_names
from simulator.ledger import harmless

SEARCH = frozenset({"weibo-s"})


def strikes(faults: Faults, count: int) -> list[str]:
    """Outcomes of so many requests in a row; empty for those that pass."""
    found = (faults.strike(SEARCH, {"page": "4"}) for _ in range(count))
    return [fault.outcome if fault else "" for fault in found]


def test_a_fault_strikes_so_often_after_so_many() -> None:
    """Two pass, three are struck, the rest passes."""
    faults = Faults()
    faults.order(Fault("weibo-s", "418", times=3, after=2))
    assert strikes(faults, 7) == ["", "", "418", "418", "418", "", ""]


def test_minus_one_strikes_for_ever() -> None:
    """Until it is cleared."""
    faults = Faults()
    faults.order(Fault("weibo-s", "403", times=-1))
    assert strikes(faults, 50) == ["403"] * 50
    faults.clear()
    assert strikes(faults, 1) == [""]


def test_only_matching_requests_are_struck_and_counted() -> None:
    """Another page or route does not use the order up."""
    faults = Faults()
    faults.order(Fault("weibo-s", "blank_page", match={"page": "4"}))
    assert faults.strike(SEARCH, {"page": "3"}) is None
    assert faults.strike(frozenset({"weibo-m"}), {"page": "4"}) is None
    assert strikes(faults, 2) == ["blank_page", ""]


def test_orders_follow_one_another() -> None:
    """The first that still has strikes decides."""
    faults = Faults()
    faults.order(Fault("weibo-s", "418"))
    faults.order(Fault("weibo-s", "5xx"))
    assert strikes(faults, 3) == ["418", "5xx", ""]


def test_clearing_one_route_keeps_the_others() -> None:
    """DELETE with a route is narrow."""
    faults = Faults()
    faults.order(Fault("weibo-s", "418"))
    faults.order(Fault("douyin", "verify_check"))
    faults.clear("weibo-s")
    assert [order.route for order in faults.orders] == ["douyin"]


def test_an_unknown_outcome_is_refused() -> None:
    """A typing error must not silently do nothing."""
    with pytest.raises(ValueError, match="unknown outcome '417'"):
        Faults().order(Fault("weibo-s", "417"))


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/weibo-s/weibo", ("weibo-s",)),
        ("/weibo-m/api/container/getIndex", ("weibo-m", "weibo-m-search")),
        ("/weibo-m/statuses/show", ("weibo-m", "weibo-m-detail")),
        ("/douyin/aweme/v1/web/general/search/single/", ("douyin", "douyin-search")),
        ("/douyin/aweme/v1/web/comment/list/reply/", ("douyin-comments",)),
        ("/news/rss/all.xml", ("news-feed", "news")),
        ("/news/local/20260314/2026031400001.html", ("news-article", "news")),
        ("/hook", ("hook",)),
        ("/__control/clock", ()),
        ("/inbox", ()),
    ],
)
def test_paths_have_route_names(path: str, names: tuple[str, ...]) -> None:
    """Control paths have none, so that no fault can lock a test out."""
    assert route_names(path) == names


def test_the_ledger_keeps_no_tokens() -> None:
    """Values of signature and token parameters are blotted out."""
    assert harmless({"q": "云江", "msToken": "s3cret", "a_bogus": "x"}) == {
        "q": "云江",
        "msToken": "***",
        "a_bogus": "***",
    }
