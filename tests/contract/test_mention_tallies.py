"""MentionStore.tally: counts of many subjects, sources, lags and topics at once, on every adapter."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from tests.contract.samples import NEGATIVE, NEUTRAL, NOON, annotation, mention, minutes
from yuqing.domain.mention import Mention
from yuqing.domain.ports import MentionQuery, MentionStore, Tally, TallyQuery

HOUR = timedelta(hours=1)
BIN = minutes(5)


def wanted(*subjects: str, since: datetime = NOON, until: datetime = NOON + HOUR) -> TallyQuery:
    """Everything told apart, over one hour in five-minute bins."""
    return TallyQuery(subjects or ("yunjiang",), since, until, BIN, minutes(1), topics=True)


def fill(store: MentionStore, *mentions: Mention) -> None:
    """Add and make visible."""
    store.add(mentions)
    store.refresh()


def rows(store: MentionStore, query: TallyQuery) -> list[Tally]:
    """In a fixed order."""
    return sorted(store.tally(query))


def late(native_id: str, at: datetime, lag: timedelta, **changes: object) -> Mention:
    """A mention that was collected so long after its publication."""
    return mention(native_id, published_at=at, collected_at=at + lag, **changes)


def test_each_cell_is_one_row(store: MentionStore) -> None:
    """Bin, source, lag and topic; a mention of two topics is in two rows beside the one about all."""
    first, second = (late(name, NOON + minutes(7), minutes(2)) for name in ("1", "2"))
    other = late("3", NOON + minutes(11), minutes(2), source_id="portal")
    fill(store, first, second, other)
    store.annotate([annotation(first, topics=("app", "fee")), annotation(second, NEUTRAL, topics=("app",))])
    store.refresh()
    assert rows(store, wanted()) == [
        Tally("yunjiang", 1, "weibo_search", 2, "", 2, 1, 0),
        Tally("yunjiang", 1, "weibo_search", 2, "app", 2, 1, 0),
        Tally("yunjiang", 1, "weibo_search", 2, "fee", 1, 1, 0),
        Tally("yunjiang", 2, "portal", 2, "", 1, 0, 1),
    ]


def test_the_stance_is_the_one_towards_each_subject(store: MentionStore) -> None:
    """A post that blames one bank and spares the other is negative for one of them."""
    post = mention("1", published_at=NOON, subjects=("yunjiang", "haizhou", "beiyuan"))
    fill(store, post)
    said = annotation(post, NEUTRAL, by_subject=(("haizhou", NEGATIVE), ("yunjiang", NEUTRAL)), topics=("app",))
    store.annotate([said])
    store.refresh()
    found = {(row.subject, row.topic): row.negative for row in rows(store, wanted("yunjiang", "haizhou"))}
    assert found == {("yunjiang", ""): 0, ("yunjiang", "app"): 0, ("haizhou", ""): 1, ("haizhou", "app"): 1}


@pytest.mark.parametrize(
    ("lag", "steps"),
    [(timedelta(0), 0), (timedelta(microseconds=1), 1), (minutes(1), 1), (minutes(1.5), 2), (30 * HOUR, 1800)],
)
def test_a_lag_is_told_in_whole_steps(store: MentionStore, lag: timedelta, steps: int) -> None:
    """The number of steps within which it came, exactly at their borders too."""
    fill(store, late("1", NOON, lag))
    assert [row.lag for row in rows(store, wanted())] == [steps]


def test_bins_are_half_open(store: MentionStore) -> None:
    """The first moment is in, the last is out, and bins begin at `since` wherever it lies."""
    since = NOON + timedelta(seconds=77, microseconds=3)
    times = (since - timedelta(microseconds=1), since, since + BIN - timedelta(microseconds=1), since + BIN)
    fill(store, *(late(str(i), time, minutes(1)) for i, time in enumerate((*times, since + HOUR))))
    assert [(row.bin, row.total) for row in rows(store, wanted(since=since, until=since + HOUR))] == [(0, 2), (1, 1)]


def test_sources_and_lags_need_not_be_told_apart(store: MentionStore) -> None:
    """One number a subject: what was counted before can be compared with what is there now."""
    fill(store, *(late(str(i), NOON + i * minutes(9), i * minutes(1), source_id=f"s{i % 2}") for i in range(5)))
    store.annotate([annotation(mention("1")), annotation(mention("2"), NEUTRAL)])
    store.refresh()
    assert rows(store, TallyQuery(("yunjiang", "haizhou"), NOON, NOON + HOUR, HOUR)) == [
        Tally("yunjiang", 0, "", 0, "", 5, 1, 3)
    ]


def test_deleted_mentions_and_nameless_sources(store: MentionStore) -> None:
    """What a platform deleted counts no more; a mention without a source has an empty one."""
    kept, gone = late("1", NOON, BIN, source_id=""), late("2", NOON, BIN)
    fill(store, kept, gone)
    store.tombstone([gone.id], NOON + HOUR)
    store.refresh()
    assert rows(store, wanted()) == [Tally("yunjiang", 0, "", 5, "", 1, 0, 1)]


def test_no_subject_and_no_time_is_nothing(store: MentionStore) -> None:
    """No rows, and no error; steps of nothing are one."""
    fill(store, mention("1", published_at=NOON))
    assert rows(store, TallyQuery((), NOON, NOON + HOUR, BIN)) == []
    assert rows(store, TallyQuery(("yunjiang",), NOON + HOUR, NOON, BIN)) == []
    assert rows(store, TallyQuery(("beiyuan",), NOON, NOON + HOUR, BIN)) == []
    with pytest.raises(ValueError, match="positive"):
        list(store.tally(TallyQuery(("yunjiang",), NOON, NOON + HOUR, timedelta(0))))


def test_it_agrees_with_the_volume(store: MentionStore) -> None:
    """Added up over sources, lags and topics it is what `volume` counts, over months and many subjects."""
    subjects = tuple(f"s{i}" for i in range(60))
    posts = [
        late(str(i), NOON + i * timedelta(hours=13), i % 7 * minutes(3), subjects=(f"s{i % 60}", f"s{i * 7 % 60}"))
        for i in range(120)
    ]
    fill(store, *posts)
    store.annotate([annotation(post, (NEGATIVE, NEUTRAL)[i % 2], topics=("app",)) for i, post in enumerate(posts)])
    store.refresh()
    until = NOON + timedelta(days=70)
    found = list(store.tally(TallyQuery(subjects, NOON, until, timedelta(days=1), minutes(1), topics=True)))
    for subject in ("s0", "s7", "s31"):
        query = MentionQuery(subjects=(subject,), since=NOON, until=until)
        volume = store.volume(query, timedelta(days=1), split="sentiment")
        for topic in ("", "app"):
            mine = [row for row in found if (row.subject, row.topic) == (subject, topic)]
            assert _by_bin(mine, "total") == {i: each.total for i, each in enumerate(volume) if each.total}
            assert _by_bin(mine, "negative") == {
                i: each.by["negative"] for i, each in enumerate(volume) if each.by.get("negative")
            }


def _by_bin(found: Iterable[Tally], name: str) -> dict[int, int]:
    counts: dict[int, int] = {}
    for row in found:
        counts[row.bin] = counts.get(row.bin, 0) + getattr(row, name)
    return {index: number for index, number in counts.items() if number}
