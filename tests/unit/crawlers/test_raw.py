"""Replies as evidence: which are kept, for how many, and that nobody reads them without the key."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.circuits import CircuitBook
from crawlers.model import Reply, Verdict
from crawlers.raw import RawReplies, list_evidence, read_evidence
from crawlers.sealing import Seal
from tests.fakes import FakeClock, InMemoryMentionStore, InMemoryStateStore
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import InputError, StoreError
from yuqing.jobs.retention import apply_retention

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
KEY = b"key of the tests"
CHANGED, OK = Verdict(Outcome.CHANGED, "no_cards"), Verdict(Outcome.OK)
TEXT = "云江银行手机银行又打不开了，作者林知远".encode() * 50


def page(body: bytes = TEXT) -> Reply:
    """A reply."""
    return Reply("https://s.example.com/weibo?q=x", 200, body)


def made(folder: Path | None, clock: FakeClock) -> RawReplies:
    """The keeper of one source."""
    return RawReplies(folder, "weibo", clock, Seal(KEY))


def test_what_cannot_be_understood_is_kept_sealed(tmp_path: Path) -> None:
    """For the owner alone, smaller than it was, and only with the key does it come back."""
    ref = made(tmp_path, FakeClock(NOW)).keep(page(), CHANGED, "search")
    assert ref is not None
    path = tmp_path / ref
    assert "云江银行".encode() not in path.read_bytes()
    assert path.stat().st_size < len(TEXT) / 2
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert read_evidence(tmp_path, KEY, ref) == TEXT
    with pytest.raises(StoreError, match="密钥"):
        read_evidence(tmp_path, b"another", ref)


def test_a_disk_that_refuses_costs_the_evidence_alone(tmp_path: Path) -> None:
    """Neither the page in hand nor the end of the run breaks; the page is what it was, without a name to ask for."""
    folder = tmp_path / "raw"
    folder.write_text("in the way")
    raw = made(folder, FakeClock(NOW))
    assert raw.keep(page(), CHANGED, "search") is None
    assert raw.keep(page(), OK, "search") is None
    raw.settle()
    assert folder.read_text() == "in the way"


def test_circuits_of_hosts_that_nobody_asks_any_more_are_dropped() -> None:
    """A week after their pause was over; one that is still asked keeps its own."""
    clock, state = FakeClock(NOW), InMemoryStateStore()
    CircuitBook(state, "news", clock, timedelta(hours=2)).open("gone.example", Verdict(Outcome.BLOCKED, "http_403"))
    clock.advance(timedelta(days=7))
    CircuitBook(state, "news", clock, timedelta(hours=2)).open("here.example", Verdict(Outcome.BLOCKED, "http_403"))
    for hours, left in ((1, 2), (2, 1)):
        clock.advance(timedelta(hours=hours))
        apply_retention(InMemoryMentionStore(clock), state, clock.now(), mention_days=365)
        assert len(state.find("circuit")) == left
    assert state.find("circuit")[0].body["host"] == "here.example"


def test_of_each_outcome_and_source_twenty_are_kept(tmp_path: Path) -> None:
    """The newest; and the list tells what, when and why."""
    clock = FakeClock(NOW)
    raw = made(tmp_path, clock)
    refs = []
    for number in range(30):
        clock.advance(timedelta(seconds=1))
        refs.append(raw.keep(page(b"page %d" % number), CHANGED))
    found = list_evidence(tmp_path)
    assert [one.ref for one in found] == refs[:9:-1]
    assert read_evidence(tmp_path, KEY, found[0].ref) == b"page 29"
    newest = found[0]
    assert (newest.source, newest.outcome, newest.detail) == ("weibo", "changed", "no_cards")
    assert newest.taken_at == NOW + timedelta(seconds=30)


def test_the_last_good_page_of_every_purpose_is_kept_at_the_end_of_the_run(tmp_path: Path) -> None:
    """One per purpose, the next run's in the place of this one's."""
    clock = FakeClock(NOW)
    for run in range(2):
        raw = made(tmp_path, clock)
        for number in range(5):
            assert raw.keep(page(b"search %d %d" % (run, number)), OK, "search") is None
        raw.keep(page(b"article %d" % run), OK, "article")
        raw.keep(page(b"<html>login</html>"), Verdict(Outcome.AUTH_REQUIRED, "redirect_to_login"), "search")
        raw.settle()
        clock.advance(timedelta(hours=1))
    found = {(one.outcome, one.detail): read_evidence(tmp_path, KEY, one.ref) for one in list_evidence(tmp_path)}
    bodies = sorted(read_evidence(tmp_path, KEY, one.ref) for one in list_evidence(tmp_path))
    assert bodies == [b"<html>login</html>", b"article 1", b"search 1 4"]
    assert set(found) == {("ok", "page"), ("auth_required", "redirect_to_login")}


def test_nothing_is_kept_without_a_folder_or_a_body(tmp_path: Path) -> None:
    """An operator who sets the days to 0 gets no evidence."""
    nowhere = made(None, FakeClock(NOW))
    assert nowhere.keep(page(), CHANGED) is None
    nowhere.keep(page(), OK)
    nowhere.settle()
    assert made(tmp_path, FakeClock(NOW)).keep(page(b""), CHANGED) is None
    assert list_evidence(tmp_path) == ()


def test_no_sign_of_a_platform_becomes_a_path(tmp_path: Path) -> None:
    """A status code is part of a sign and may hold anything."""
    ref = made(tmp_path, FakeClock(NOW)).keep(page(), Verdict(Outcome.BLOCKED, "status_../../x"))
    assert ref is not None
    assert ref.startswith("weibo/blocked/")
    assert ".." not in ref
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / ref]


@pytest.mark.parametrize("ref", ["", "../secret.bin", "weibo/changed/none.bin", "weibo", "/etc/passwd"])
def test_only_what_lies_in_the_folder_is_read(tmp_path: Path, ref: str) -> None:
    """A name leads nowhere else."""
    (tmp_path / "secret.bin").write_bytes(b"x")
    folder = tmp_path / "raw"
    (folder / "weibo").mkdir(parents=True)
    with pytest.raises(InputError):
        read_evidence(folder, KEY, ref)


def test_evidence_goes_with_its_days(tmp_path: Path) -> None:
    """By the time in its name, the last good pages too."""
    clock = FakeClock(NOW)
    raw = made(tmp_path, clock)
    raw.keep(page(), CHANGED)
    raw.keep(page(), OK)
    raw.settle()
    clock.advance(timedelta(days=7))
    young = made(tmp_path, clock).keep(page(b"young"), CHANGED)
    clock.advance(timedelta(seconds=1))
    store, state = InMemoryMentionStore(clock), InMemoryStateStore()
    summary = apply_retention(store, state, clock.now(), mention_days=99, raw_folder=tmp_path, raw_days=7)
    assert summary.raw_files == 2
    assert [one.ref for one in list_evidence(tmp_path)] == [young]
