"""Ordered faults strike the right requests, as often as ordered."""

import pytest

from simulator.faults import Fault, Faults
from simulator.guard import route_names
from simulator.ledger import harmless, harmless_url
from simulator.sites import ROUTE_NAMES

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


def shares(seed: int, addresses: list[str]) -> list[bool]:
    """Which of these requests are struck at one in ten."""
    faults = Faults()
    faults.order(Fault("weibo-s", "418", share=0.1, seed=seed))
    return [faults.strike(SEARCH, {}, address) is not None for address in addresses]


def test_a_share_is_near_what_was_ordered_and_reproducible() -> None:
    """The same seed strikes the same addresses, another seed others."""
    addresses = [f"/weibo-s/weibo?page={number}" for number in range(2000)]
    struck = shares(7, addresses)
    assert 150 < sum(struck) < 250
    assert shares(7, addresses) == struck
    assert shares(8, addresses) != struck


def test_a_share_does_not_depend_on_the_order_of_requests() -> None:
    """Spiders run side by side: each address meets its own fate."""
    addresses = [f"/weibo-s/weibo?page={number}" for number in range(300)]
    backwards = dict(zip(reversed(addresses), shares(7, addresses[::-1]), strict=True))
    assert [backwards[address] for address in addresses] == shares(7, addresses)


def test_a_repeated_request_draws_again() -> None:
    """A retry is not doomed."""
    faults = Faults()
    faults.order(Fault("weibo-s", "418", share=0.5))
    fates = {faults.strike(SEARCH, {}, "/weibo-s/weibo?q=x") is not None for _ in range(30)}
    assert fates == {True, False}


def test_a_list_of_outcomes_is_mixed() -> None:
    """Each strike takes one."""
    faults = Faults()
    faults.order(Fault("*", "418,5xx,blank_page", share=0.9))
    found = [faults.strike(SEARCH, {}, f"/a?{number}") for number in range(200)]
    assert {fault.outcome for fault in found if fault} == {"418", "5xx", "blank_page"}


def test_the_nth_request_alone() -> None:
    """Not the one before, not the one after."""
    faults = Faults()
    faults.order(Fault("weibo-s", "418", nth=3))
    assert strikes(faults, 5) == ["", "", "418", "", ""]


def test_a_page_in_brackets_and_a_part_of_the_path() -> None:
    """Short forms of a match."""
    faults = Faults()
    faults.order(Fault("weibo-s", "blank_page(4)", times=-1, path="/weibo"))
    assert faults.strike(SEARCH, {"page": "3"}, "/weibo-s/weibo?page=3") is None
    assert faults.strike(SEARCH, {"page": "4"}, "/weibo-s/top") is not None
    assert faults.strike(SEARCH, {"page": "4"}, "/other?page=4") is None


def test_an_unknown_route_is_refused_where_routes_are_known() -> None:
    """A fault that never strikes would let a test pass for nothing."""
    with pytest.raises(ValueError, match="unknown route 'weibo-x'"):
        Faults(routes=ROUTE_NAMES).order(Fault("weibo-x", "418"))


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_is_a_part_of_one(share: float) -> None:
    """Nothing else makes sense."""
    with pytest.raises(ValueError, match="share"):
        Fault("weibo-s", "418", share=share)


def test_addresses_in_the_ledger_hold_no_tokens() -> None:
    """A referer may carry the query of the page before."""
    assert harmless_url("https://x/a?q=1&msToken=s3cret&b=2#c") == "https://x/a?q=1&msToken=***&b=2#c"
