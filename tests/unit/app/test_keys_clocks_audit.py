"""Keys, clocks and the audit trail."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.audit import AuditTrail
from yuqing.clocks import FrozenClock, RemoteClock
from yuqing.domain.errors import ConfigError, YuqingError
from yuqing.keys import load_or_create_key


def test_key_is_made_once_and_private(tmp_path: Path) -> None:
    """The key stays the same, and only its owner can read it."""
    path = tmp_path / "home" / "pseudonym.key"
    key = load_or_create_key(path)
    assert load_or_create_key(path) == key
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_racing_processes_agree_on_one_key(tmp_path: Path) -> None:
    """Whoever comes first wins; everybody gets the winner's key and no draft stays behind."""
    path = tmp_path / "pseudonym.key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_or_create_key(path), range(16)))
    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["pseudonym.key"]


@pytest.mark.parametrize("content", ["", "zz", "abcd"])
def test_damaged_key_is_told(tmp_path: Path, content: str) -> None:
    """A damaged key is an error that names the file: a new key would change every pseudonym."""
    path = tmp_path / "pseudonym.key"
    path.write_text(content, encoding="ascii")
    with pytest.raises(ConfigError, match="pseudonym"):
        load_or_create_key(path)


@pytest.mark.parametrize(("name", "loss"), [("pseudonym", "假名"), ("crawl", "原始响应"), ("links", "链接")])
def test_each_key_tells_what_is_lost_with_it(tmp_path: Path, name: str, loss: str) -> None:
    """Only the pseudonym key changes pseudonyms; the others may be made anew."""
    path = tmp_path / f"{name}.key"
    for content in ("zz", "abcd"):
        path.write_text(content, encoding="ascii")
        with pytest.raises(ConfigError) as caught:
            load_or_create_key(path)
        assert loss in str(caught.value)
        assert ("假名" in str(caught.value)) is (name == "pseudonym")


def test_frozen_clock_is_utc() -> None:
    """A frozen moment comes back as UTC."""
    moment = datetime.fromisoformat("2026-03-14T09:30:00+08:00")
    assert FrozenClock(moment).now() == datetime(2026, 3, 14, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"now": "yesterday"}),
        httpx.Response(200, json={"now": "2026-03-14T09:30:00"}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[1]),
    ],
)
def test_bad_remote_clock_is_an_error(answer: httpx.Response) -> None:
    """A clock that does not answer properly never yields a time."""
    http = httpx.Client(transport=httpx.MockTransport(lambda _request: answer))
    with pytest.raises(YuqingError, match="时钟"):
        RemoteClock("http://clock.example/now", http).now()


def test_remote_clock() -> None:
    """The platform's present comes back as UTC."""
    answer = httpx.Response(200, json={"now": "2026-03-14T09:30:00+08:00", "speed": 60})
    http = httpx.Client(transport=httpx.MockTransport(lambda _request: answer))
    assert RemoteClock("http://clock.example/now", http).now() == datetime(2026, 3, 14, 1, 30, tzinfo=UTC)


def _trail(entries: int) -> AuditTrail:
    trail = AuditTrail(InMemoryStateStore(), FakeClock())
    for number in range(entries):
        trail.record("alice", "acknowledge", f"alert-{number}")
    return trail


def test_untouched_trail_holds() -> None:
    """A trail that nobody touched verifies, an empty one too."""
    assert _trail(0).verify() == []
    assert _trail(5).verify() == []


@pytest.mark.parametrize("number", [1, 3, 5])
def test_changed_entry_breaks_the_chain(number: int) -> None:
    """Changing any entry is found."""
    trail = _trail(5)
    entry = trail.state.load("audit", f"{number:010d}")
    assert entry is not None
    trail.state.save("audit", entry.id, {**entry.body, "actor": "mallory"})
    assert trail.verify()[0].entry == entry.id


@pytest.mark.parametrize("number", [1, 3, 5])
def test_removed_entry_breaks_the_chain(number: int) -> None:
    """Removing any entry, the last too, is found."""
    trail = _trail(5)
    assert trail.state.delete("audit", f"{number:010d}")
    assert trail.verify() != []


def test_racing_writers_make_one_chain() -> None:
    """A writer that starts from a stale head takes the next free number."""
    trail = _trail(3)
    trail.state.save("audit_head", "head", {"number": 0, "hash": "0" * 64})
    assert trail.record("bob", "silence", "s1") == "0000000004"
    assert trail.verify() == []
