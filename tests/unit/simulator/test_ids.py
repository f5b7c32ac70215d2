"""Ids carry their time, and a mid and its bid are the same id."""

from hypothesis import given
from hypothesis import strategies as st

from simulator.ids import aweme_id, aweme_seconds, bid_to_mid, mid_to_bid, weibo_mid, weibo_seconds

SECONDS = st.integers(1_400_000_000, 2_200_000_000)
SERIAL = st.integers(0, 2**40)


@given(seconds=SECONDS, serial=SERIAL)
def test_a_mid_and_its_bid_are_the_same_id(seconds: int, serial: int) -> None:
    """The base-62 form leads back to the decimal one."""
    mid = weibo_mid(seconds, serial)
    assert bid_to_mid(mid_to_bid(mid)) == mid


@given(seconds=SECONDS, serial=SERIAL)
def test_ids_carry_their_creation_second(seconds: int, serial: int) -> None:
    """Both platforms keep the time in the upper bits."""
    assert weibo_seconds(weibo_mid(seconds, serial)) == seconds
    assert aweme_seconds(aweme_id(seconds, serial)) == seconds


def test_the_example_of_the_specification() -> None:
    """2026-03-14 09:26:53 in China, in all three spellings."""
    assert weibo_seconds("5276300844652167") == 1773451613
    assert mid_to_bid("5276300844652167") == "Qw0VSjweX"
    assert aweme_seconds("7616916679861102769") == 1773451613


def test_a_group_with_leading_zeros_survives() -> None:
    """Groups of seven digits may start with zeros."""
    assert bid_to_mid(mid_to_bid("5276300000000007")) == "5276300000000007"
