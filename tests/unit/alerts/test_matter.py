"""What belongs to an event of the whole subject, by numbers: busy topics, by-products, second matters, many names."""

from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from alerts.matter import Event, excess, is_part
from tests.unit.alerts.bank import MINUTE, NOW, Bank

Floats = NDArray[np.float64]
BINS, HEAD = 16 * 288, 15 * 288 + 100


def flat(per_bin: float, **extra: float) -> Floats:
    """So many posts in every bin, and more from some on: `h0=5` is five more a bin from the event's bin on."""
    made = np.full(BINS, per_bin)
    for name, more in extra.items():
        made[HEAD + int(name[1:]) :] += more
    return made


def part_of(topic: Floats, others: Floats, rise: int) -> bool:
    """Whether the topic belongs to the event that opens in HEAD."""
    return is_part(topic, topic + others, np.ones(BINS, bool), HEAD, HEAD + rise)


@pytest.mark.parametrize(
    ("topic", "others", "rise", "belongs"),
    [
        (flat(0.1, h0=6), flat(1, h0=1), 2, True),
        (flat(0.1, h14=6), flat(1, h0=6), 15, False),
        (flat(0.1, h14=60), flat(1, h0=6), 15, False),
        (flat(8, h14=20), flat(4, h0=20), 15, False),
        (flat(0.1, h0=1, h14=1), flat(1, h0=10), 15, True),
        (flat(2, h0=6), flat(10, h0=30), 1, True),
        (flat(0.1, h0=7), flat(3, h0=20), 1, False),
        (flat(0.1, h0=6, h14=60), flat(1, h0=6), 15, True),
    ],
    ids=[
        "what the event consists of",
        "a second matter",
        "a second matter that outgrows the event",
        "a busy topic that had no part in it",
        "a by-product that grows a little",
        "everything rises alike",
        "two matters at once",
        "the event's own topic grows tenfold",
    ],
)
def test_numbers_tell_a_second_matter(topic: Floats, others: Floats, rise: int, belongs: bool) -> None:
    """Only what a topic adds to the event, beyond its usual, makes it part of it."""
    assert part_of(topic, others, rise) is belongs


def test_what_nobody_saw_is_neither_usual_nor_more() -> None:
    """Unknown bins hold numbers that mean nothing: they are left out on both sides."""
    negative, known = flat(3.0), np.ones(BINS, bool)
    negative[HEAD - 288], known[HEAD - 288] = 900.0, False
    negative[HEAD + 1], known[HEAD + 1] = 900.0, False
    found = excess(negative, known, HEAD - 5, HEAD + 2)
    assert found.seen == pytest.approx(18.0)
    assert found.usual == pytest.approx(18.0)


def test_nothing_is_usual_without_a_past() -> None:
    """A subject of yesterday: what is seen is all there is."""
    assert excess(np.ones(6), np.ones(6, bool), 0, 6) == (6.0, 0.0)


def test_an_event_of_few_posts_is_asked_by_them() -> None:
    """A new term in three posts is no rise: its posts of that time tell the topic, not those that came later."""
    bank = Bank.empty()
    bank.quiet(days=10, per_day=24)
    first = [bank.post(NOW - 90 * MINUTE, topic=topic).id for topic in ("app", "app", "fraud")]
    later = [bank.post(NOW - 5 * MINUTE, topic="liquidity").id for _ in range(9)]
    matters = bank.engine([]).context(NOW).matters
    head, risen = Event(NOW - 90 * MINUTE, (*first, *later)), Event(NOW - 5 * MINUTE, later)
    assert matters.is_one("yunjiang", "app", risen, head)
    assert matters.is_one("yunjiang", "fraud", risen, head)
    assert not matters.is_one("yunjiang", "liquidity", risen, head)


def test_a_subject_that_is_not_watched_any_more_has_no_numbers() -> None:
    """Its alerts are still compared: by their posts."""
    bank = Bank.empty()
    posts = [bank.post(NOW - timedelta(hours=1), topic="app", subjects=("gone",)).id for _ in range(4)]
    matters = bank.engine([]).context(NOW).matters
    head, risen = Event(NOW - timedelta(hours=1), posts), Event(NOW, ())
    assert matters.is_one("gone", "app", risen, head)
    assert not matters.is_one("gone", "fraud", risen, head)
    early = Event(NOW - timedelta(hours=2), ())
    assert not matters.is_one("gone", "app", early, head._replace(start=early.start)), "its posts came later"
