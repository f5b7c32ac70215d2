"""`yuqing doctor` names the secret that a source lacks, by its surface."""

from types import SimpleNamespace
from typing import Any

import pytest

from yuqing.doctor import _secret_of
from yuqing.domain.subject import Backend, Source

NONE = dict.fromkeys(("weibo_cookie", "douyin_cookie", "weibo_api_token", "weibo_open_token", "douyin_open_token"))


def told(kind: str, surface: str, **have: str) -> str:
    """What the check of a source says."""
    source = Source("s", kind, "来源", Backend.WEB, "测试", True, 60, {"surface": surface})
    settings: Any = SimpleNamespace(**{**NONE, **have})
    check = _secret_of(source, settings)
    return "" if check is None else f"{check.verdict.value} {check.finding} {check.advice}"


@pytest.mark.parametrize(
    ("kind", "surface", "secret", "verdict"),
    [
        ("weibo", "search", "weibo_cookie", "注意"),
        ("weibo", "commercial_api", "weibo_api_token", "故障"),
        ("weibo", "open_api_mentions", "weibo_open_token", "故障"),
        ("douyin", "web", "douyin_cookie", "注意"),
        ("douyin", "open_api", "douyin_open_token", "故障"),
    ],
)
def test_the_missing_secret_is_named_and_only_that(kind: str, surface: str, secret: str, verdict: str) -> None:
    """With the page that says how to get it; nothing is said when it is there."""
    said = told(kind, surface)
    assert said.startswith(verdict)
    assert f"YQ_{secret.upper()}" in said
    assert f"docs/howto/{kind}.md" in said
    assert told(kind, surface, **{secret: "x"}) == ""


def test_sources_without_secrets_are_left_alone() -> None:
    """News needs none."""
    assert told("news", "") == ""
