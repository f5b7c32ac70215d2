"""Addresses of imported rows lead to publications, never to people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.imports.addresses import public_address

UID, MID, BID = "1234567890", "5275000000000001", "NabcDEF12"
SEC, AWEME = "MS4wLjABAAAAabcdefSecUid", "7616916679861102769"


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        (f"https://weibo.com/{UID}/{BID}", f"https://m.weibo.cn/status/{BID}"),
        (f"HTTPS://WWW.WEIBO.COM/{UID}/{BID}?uid={UID}#{UID}", f"https://m.weibo.cn/status/{BID}"),
        (f"http://weibo.com/u/{UID}/{BID}/", f"https://m.weibo.cn/status/{BID}"),
        (f"https://m.weibo.cn/{UID}/{MID}", f"https://m.weibo.cn/detail/{MID}"),
        (f"https://weibo.cn/{UID}/{BID}", f"https://m.weibo.cn/status/{BID}"),
        (f"https://m.weibo.cn/detail/{MID}", f"https://m.weibo.cn/detail/{MID}"),
        (f"https://m.weibo.cn/status/{BID}?fid={UID}", f"https://m.weibo.cn/status/{BID}"),
        (f"https://weibo.com/{UID}", ""),
        (f"https://weibo.com/{UID}?x=1", ""),
        (f"https://weibo.com/u/{UID}", ""),
        (f"https://weibo.com/p/100505{UID}/home", ""),
        (f"https://weibo.com/{UID}/123456789", ""),
        (f"https://m.weibo.cn/profile/{UID}", ""),
        (f"https://s.weibo.com/user?q={UID}", ""),
        (f"https://www.douyin.com/video/{AWEME}?sec_uid={SEC}", f"https://www.douyin.com/video/{AWEME}"),
        (f"https://www.douyin.com/note/{AWEME}", f"https://www.douyin.com/note/{AWEME}"),
        (f"https://www.douyin.com/user/{SEC}?modal_id={AWEME}", f"https://www.douyin.com/video/{AWEME}"),
        (f"https://www.iesdouyin.com/share/video/{AWEME}/?u={SEC}", f"https://www.douyin.com/video/{AWEME}"),
        (f"https://www.douyin.com/user/{SEC}", ""),
        (f"https://www.zhihu.com/people/{UID}", ""),
        (f"https://space.bilibili.com/{UID}", ""),
        (f"https://www.xiaohongshu.com/user/profile/{UID}", ""),
        (f"https://example.com/a?id=3&uid={UID}&Sec_Uid={SEC}", "https://example.com/a?id=3"),
        (f"https://{UID}:x@example.com/a", "https://example.com/a"),
        ("https://example.com/a?q=云江", "https://example.com/a?q=云江"),
        ("javascript:alert(1)", ""),
        ("https://[half", ""),
        ("", ""),
    ],
)
def test_addresses_without_a_known_id(url: str, stored: str) -> None:
    """What the address itself says of the publication is kept, and no more."""
    assert public_address(url, "") == stored


@pytest.mark.parametrize("path", [UID, f"u/{UID}", f"p/100505{UID}/home", f"{UID}/{BID}?uid={UID}"])
def test_a_known_id_makes_the_address(path: str) -> None:
    """Whatever page of the author the exporter wrote down."""
    assert public_address(f"https://weibo.com/{path}", MID) == f"https://m.weibo.cn/detail/{MID}"
    assert public_address(f"https://www.douyin.com/{path}", AWEME) == f"https://www.douyin.com/video/{AWEME}"


@given(st.text(max_size=80))
def test_no_text_breaks_it_and_doing_it_twice_changes_nothing(text: str) -> None:
    """Cells hold anything."""
    for url in (text, f"https://weibo.com/{text}", f"https://example.com/{text}"):
        once = public_address(url, "")
        assert public_address(once, "") == once
