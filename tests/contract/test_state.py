"""StateStore: versioned documents and logs, on every adapter."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yuqing.domain.errors import Conflict
from yuqing.domain.ports import LogEntry, StateStore, Versioned

NOW = datetime(2026, 3, 2, 4, 0, 0, 123456, tzinfo=UTC)
SETTINGS = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
fresh = count()


def test_a_document_comes_back_with_its_version(state: StateStore) -> None:
    """Versions grow by one with every save, and a missing document is None."""
    assert state.load("alert", "a") is None
    assert state.save("alert", "a", {"state": "firing"}) == 1
    assert state.save("alert", "a", {"state": "resolved"}) == 2
    assert state.load("alert", "a") == Versioned("a", 2, {"state": "resolved"})
    assert state.load("incident", "a") is None


def test_a_lost_race_is_a_conflict(state: StateStore) -> None:
    """0 means "must not exist", n means "must still be n", and a conflict writes nothing."""
    assert state.save("alert", "a", {"n": 1}, expected_version=0) == 1
    with pytest.raises(Conflict):
        state.save("alert", "a", {"n": 2}, expected_version=0)
    assert state.save("alert", "a", {"n": 3}, expected_version=1) == 2
    with pytest.raises(Conflict):
        state.save("alert", "a", {"n": 4}, expected_version=1)
    with pytest.raises(Conflict):
        state.save("alert", "nobody", {"n": 5}, expected_version=1)
    assert state.load("alert", "a") == Versioned("a", 2, {"n": 3})
    assert state.load("alert", "nobody") is None


def test_deleting(state: StateStore) -> None:
    """A deleted document is gone for load and find, and may be written again."""
    state.save("silence", "a", {"x": 1})
    assert state.delete("silence", "a") is True
    assert state.delete("silence", "a") is False
    assert state.load("silence", "a") is None
    assert state.find("silence") == ()
    assert state.save("silence", "a", {"x": 2}, expected_version=0) == 1


def test_find_by_top_level_keys(state: StateStore) -> None:
    """All keys must be equal in value and type; documents come by id, of one kind, up to the limit."""
    state.save("note", "b", {"state": "queued", "attempts": 0, "late": False, "who": {"state": "sent"}})
    state.save("note", "a", {"state": "queued", "attempts": 1, "late": True})
    state.save("note", "c", {"state": "sent", "attempts": 1})
    state.save("other", "d", {"state": "queued"})

    def ids(where: Mapping[str, str | int | bool] | None = None, limit: int = 10) -> list[str]:
        return [found.id for found in state.find("note", where, limit)]

    assert ids() == ["a", "b", "c"]
    assert ids({"state": "queued"}) == ["a", "b"]
    assert ids({"state": "queued", "attempts": 1}) == ["a"]
    assert ids({"attempts": 1}) == ["a", "c"]
    assert ids({"late": True}) == ["a"]
    assert ids({"late": False}) == ["b"]
    assert ids({"late": 1}) == ids({"attempts": True}) == ids({"attempts": "1"}) == []
    assert ids({"who": "sent"}) == ids({"nothing": "queued"}) == []
    assert ids(limit=2) == ["a", "b"]
    assert state.find("note", {"state": "sent"}) == (Versioned("c", 1, {"state": "sent", "attempts": 1}),)


def test_find_sees_every_acknowledged_write_at_once(state: StateStore) -> None:
    """No refresh is needed between a save or a delete and a find."""
    for number in range(5):
        state.save("n", f"{number}", {"state": "new"})
        assert len(state.find("n", {"state": "new"})) == 1
        state.save("n", f"{number}", {"state": "old"})
        assert state.find("n", {"state": "new"}) == ()
        assert len(state.find("n", {"state": "old"})) == number + 1
    state.delete("n", "0")
    assert len(state.find("n")) == 4


@pytest.mark.parametrize("key", ["a'b", 'a"b', "a.b", "a b", "$", "键", "a[0]", "a\\b"])
def test_find_by_odd_keys_and_values(state: StateStore, key: str) -> None:
    """Keys and values are data, never syntax; long values are no exception."""
    long = key * 20_000
    state.save("odd", key, {key: key, "long": long})
    state.save("odd", "plain", {"x": "y"})
    assert [found.id for found in state.find("odd", {key: key})] == [key]
    assert [found.id for found in state.find("odd", {"long": long})] == [key]
    assert state.find("odd", {"long": long + "!"}) == ()
    loaded = state.load("odd", key)
    assert loaded is not None
    assert loaded.body == {key: key, "long": long}


def test_a_long_id_is_an_id(state: StateStore) -> None:
    """Coverage keys carry whole queries: ids may be long and differ at the very end."""
    first, second = "微博|云江银行 OR 云银|" * 60 + "1", "微博|云江银行 OR 云银|" * 60 + "2"
    state.save("coverage", first, {"n": 1})
    state.save("coverage", second, {"n": 2})
    assert [found.body for found in state.find("coverage")] == [{"n": 1}, {"n": 2}]
    assert [found.id for found in state.find("coverage")] == [first, second]
    loaded = state.load("coverage", second)
    assert loaded is not None
    assert loaded.id == second


def test_a_body_must_be_plain_data(state: StateStore) -> None:
    """What JSON does not know is refused before anything is written."""
    with pytest.raises(TypeError):
        state.save("alert", "a", {"when": NOW})
    with pytest.raises(TypeError):
        state.append("audit", {"when": NOW}, NOW)
    assert state.load("alert", "a") is None
    assert state.log("audit") == ()


def test_logs_grow_in_order(state: StateStore) -> None:
    """Lines keep their order and microseconds; each kind counts for itself; after and limit page through."""
    seqs = [state.append("audit", {"n": number}, NOW + timedelta(seconds=number)) for number in range(5)]
    other = state.append("crawl", {"n": 0}, NOW)
    assert seqs == sorted(set(seqs))
    lines = state.log("audit")
    assert [line.seq for line in lines] == seqs
    assert lines[1] == LogEntry(seqs[1], NOW + timedelta(seconds=1), {"n": 1})
    assert [line.body["n"] for line in state.log("audit", after=seqs[2])] == [3, 4]
    assert [line.body["n"] for line in state.log("audit", after=seqs[0], limit=2)] == [1, 2]
    assert state.log("audit", after=seqs[-1]) == ()
    assert state.log("nothing") == ()
    assert [line.seq for line in state.log("crawl")] == [other]


def test_parallel_writers_lose_nothing(state: StateStore) -> None:
    """Compare-and-set counters and logs of several threads add up; every line has its own number."""

    def work(worker: int) -> int:
        retries = 0
        for number in range(10):
            state.append("audit", {"worker": worker, "n": number}, NOW)
            retries += _increment(state)
        return retries

    state.save("counter", "c", {"n": 0})
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    counter = state.load("counter", "c")
    assert counter is not None
    assert counter.body == {"n": 40}
    lines = state.log("audit")
    assert len({line.seq for line in lines}) == len(lines) == 40
    for worker in range(4):
        assert [line.body["n"] for line in lines if line.body["worker"] == worker] == list(range(10))


def _increment(state: StateStore) -> int:
    for attempt in range(1_000):
        current = state.load("counter", "c")
        assert current is not None
        value = current.body["n"]
        assert isinstance(value, int)
        try:
            state.save("counter", "c", {"n": value + 1}, expected_version=current.version)
        except Conflict:
            continue
        return attempt
    raise AssertionError("a thousand lost races in a row")


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=8,
)


@SETTINGS
@given(st.dictionaries(st.text(max_size=8), plain, max_size=5))
def test_any_plain_document_comes_back_equal(state: StateStore, body: dict[str, object]) -> None:
    """Store then load equals, in documents and in logs."""
    name = f"d{next(fresh)}"
    state.save("any", name, body)
    loaded = state.load("any", name)
    assert loaded is not None
    assert loaded.body == body
    seq = state.append("any", body, NOW)
    assert state.log("any", after=seq - 1)[0].body == body
