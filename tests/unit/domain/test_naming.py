"""Addresses as names: keys, accounts and people leave them, and nothing else changes."""

import pytest

from yuqing.domain.naming import has_account, public_name, secrets_in

ORDINARY = (
    "https://news.example/rss/all.xml",
    "https://news.example/search?q={keyword}&hl=zh-CN&format=rss&t={now_ms}",
    "https://news.example/list.html?type=yw&page=2#top",
    "https://news.example/user/feed.xml",
    "/weibo/keyword/云江银行?limit=50",
    "/zhihu/hot",
)


@pytest.mark.parametrize("address", ORDINARY)
def test_ordinary_addresses_keep_their_name(address: str) -> None:
    """Cursors of addresses without keys go on where they were."""
    assert public_name(address) == address
    assert list(secrets_in({"feeds": [address]})) == []


@pytest.mark.parametrize(
    "name", ["k", "key", "apikey", "api_key", "token", "access_token", "code", "secret", "Auth", "sign"]
)
def test_a_key_leaves_the_name_and_is_known_as_a_secret(name: str) -> None:
    """A digest keeps two addresses apart that differ in their key alone."""
    address = f"https://bridge.example/feed/1.xml?limit=5&{name}=PLANTED99"
    shown = public_name(address)
    assert "PLANTED99" not in shown
    assert shown.startswith(f"https://bridge.example/feed/1.xml?limit=5&{name}=~")
    assert shown != public_name(address + "8")
    assert "PLANTED99" in set(secrets_in({"routes": [address]}))
    assert "PLANTED99" in set(secrets_in([{"rolls": [{"params": {name: "PLANTED99"}}]}]))


def test_an_account_leaves_the_name() -> None:
    """user:password@ is seen, cut out and masked."""
    address = "https://someone:PLANTED99@bridge.example/feed?x=1"
    assert has_account(address)
    assert public_name(address) == "https://bridge.example/feed?x=1"
    assert {"someone", "PLANTED99"} <= set(secrets_in([address]))
    assert not has_account("https://bridge.example/@somebody?mail=a@b.example")


def test_people_leave_the_names_of_routes() -> None:
    """The number of an account in a route becomes a digest, where that is asked for."""
    shown = public_name("/weibo/user/1999999999/readable=1", hides_people=True)
    assert shown.startswith("/weibo/user/~")
    assert "1999999999" not in shown
    assert shown != public_name("/weibo/user/1999999998/readable=1", hides_people=True)
    assert "1999999999" not in public_name("https://hub.example/bilibili/user/video/1999999999", hides_people=True)
    assert public_name("/weibo/keyword/云江?limit=5", hides_people=True) == "/weibo/keyword/云江?limit=5"
