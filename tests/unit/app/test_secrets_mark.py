"""The mark of what sources are opened with: it changes with any of it and tells nothing of it."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from pydantic import SecretStr

from config.settings import Settings
from yuqing.secrets_mark import OPENERS, secrets_mark


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yuqing.secrets_mark.load_or_create_key", lambda path: path.name.encode() * 4)


def mark(**secrets: str) -> str:
    """The mark with these secrets."""
    found = {name: SecretStr(secrets[name]) if name in secrets else None for name in OPENERS}
    return secrets_mark(cast(Settings, SimpleNamespace(home=Path("home"), **found)))


def test_any_secret_that_changes_changes_the_mark() -> None:
    """Another cookie, one more, one that moved to another name; the same again is the same."""
    marks = [
        mark(),
        mark(weibo_cookie="SUB=a"),
        mark(weibo_cookie="SUB=b"),
        mark(douyin_cookie="SUB=a"),
        mark(weibo_cookie="SUB=a", weibo_open_token="b"),
        mark(weibo_cookie="SUB=a\nSUB=c"),
    ]
    assert len(set(marks)) == len(marks)
    assert mark(weibo_cookie="SUB=a") == marks[1]


def test_the_mark_tells_nothing() -> None:
    """Sixteen signs of a keyed digest."""
    told = mark(weibo_cookie="SUB=abcdef0123456789")
    assert len(told) == 16
    assert told not in "SUB=abcdef0123456789"
