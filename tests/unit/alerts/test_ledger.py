"""The memory of counts: it never differs from the store, and reads again only what may have changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import numpy as np
import pytest

from alerts.coverage_bins import BIN, Window
from alerts.ledger import AGE, RECENT, Ledger, SeriesBook
from alerts.series import SeriesBuilder, closed_window
from alerts.topic_counts import TopicCounts
from tests.unit.alerts.bank import DAY, MINUTE, NOW, SUBJECTS, Bank, annotation
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.ports import MentionQuery, Tally, TallyQuery

HOUR = timedelta(hours=1)
IDS = tuple(subject.id for subject in SUBJECTS)


@dataclass
class Watched:
    """A bank whose tallies are noted."""

    bank: Bank = field(default_factory=Bank.empty)
    asked: list[TallyQuery] = field(default_factory=list)
    book: SeriesBook = field(default_factory=SeriesBook)

    def tally(self, wanted: TallyQuery) -> Iterable[Tally]:
        """See MentionStore.tally."""
        self.asked.append(wanted)
        return self.bank.mentions.tally(wanted)

    def read(self) -> dict[str, Ledger]:
        """What the book says now; the questions of earlier looks are forgotten."""
        self.asked.clear()
        return dict(self.book.read(self, IDS, self.window))  # type: ignore[arg-type]

    @property
    def window(self) -> Window:
        """The closed bins of three days."""
        return closed_window(self.bank.clock.now(), days=3)

    def whole(self) -> set[str]:
        """The subjects of which everything was read at the last look."""
        return {
            each for asked in self.asked if asked.topics and asked.since == self.window.start for each in asked.subjects
        }


def rows(ledger: Ledger) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Both tables with names instead of numbers, in a fixed order."""
    found = []
    for table, names in ((ledger.posts, None), (ledger.topics, ledger.topic_names)):
        columns = zip(table.at, table.source, table.lag, table.of, table.total, table.negative, strict=True)
        found.append(
            sorted(
                (int(at), ledger.sources[source], int(lag), names[of] if names else int(of), int(total), int(negative))
                for at, source, lag, of, total, negative in columns
            )
        )
    return found[0], found[1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_says_what_a_new_process_reads(seed: int) -> None:
    """After any posts, late ones, scores, corrections, deletions and pauses it is what the store holds."""
    watched, random = Watched(), Random(seed)
    bank = watched.bank
    for _ in range(30):
        bank.clock.advance(random.choice((0, 1, 5, 7, 60, 900, 1500)) * MINUTE)
        for _ in range(random.randrange(5)):
            at = bank.clock.now() - random.choice((1, 30, 600, 2_000, 4_000)) * MINUTE
            subjects = tuple(random.sample(IDS, random.randrange(1, 3)))
            source, topic = random.choice(("weibo", "douyin", "")), random.choice(("app", "fee"))
            bank.post(at, subjects=subjects, source=source, topic=topic, lag=random.randrange(90) * MINUTE)
        _change(bank, random)
        kept, fresh = watched.read(), SeriesBook().read(bank.mentions, IDS, watched.window)
        assert {each: rows(kept[each]) for each in IDS} == {each: rows(fresh[each]) for each in IDS}


def _change(bank: Bank, random: Random) -> None:
    """A post is deleted, another one loses or changes its stance."""
    known = [post.mention for post in bank.mentions.scan(MentionQuery())]
    if len(known) < 3:
        return
    gone, judged = random.sample(known, 2)
    if random.random() < 0.3:
        bank.mentions.tombstone([gone.id], bank.clock.now())
    if random.random() < 0.3:
        label = random.choice((SentimentLabel.NEUTRAL, SentimentLabel.NEGATIVE))
        # The topic stays: a change of topics alone is found within the hour, as the next tests say.
        post = bank.mentions.get([judged.id])[judged.id]
        topic = post.annotation.topics[0].id if post.annotation else "app"
        bank.mentions.annotate([annotation(judged, label, 1, topic)])


def test_nothing_new_is_read_twice() -> None:
    """A minute later only the newest hours are read, and one number a subject of the rest."""
    watched = Watched()
    watched.bank.quiet(days=3)
    watched.read()
    assert watched.whole() == set(IDS)
    watched.bank.clock.advance(5 * MINUTE)
    watched.bank.post(watched.bank.clock.now() - MINUTE)
    watched.read()
    assert watched.whole() == set()
    counted, recent = watched.asked
    assert (counted.lag_step, counted.topics, counted.until) == (None, False, recent.since)
    assert recent.since == watched.window.end - RECENT * BIN


def test_a_subject_whose_past_grew_is_read_anew() -> None:
    """A post of two days ago comes in: this subject is read again, the others are not."""
    watched = Watched()
    watched.bank.quiet(days=3)
    watched.read()
    watched.bank.post(NOW - 2 * DAY, subjects=("haizhou",), lag=2 * DAY)
    assert int(watched.read()["haizhou"].posts.total.sum()) == 1
    assert watched.whole() == {"haizhou"}


def test_topics_that_were_corrected_are_seen_within_the_hour() -> None:
    """The counts agree and the topics do not: what was read an hour ago is read again, a part at each look."""
    watched = Watched()
    post = watched.bank.post(NOW - 2 * DAY, topic="app")
    watched.read()
    watched.bank.mentions.annotate([annotation(post, SentimentLabel.NEGATIVE, 2, "fee")])
    watched.bank.clock.advance(AGE * BIN)
    seen = set()
    for _ in IDS:
        ledger = watched.read()["yunjiang"]
        seen |= watched.whole()
        watched.bank.clock.advance(MINUTE)
    assert seen == set(IDS)
    assert [ledger.topic_names[number] for number in ledger.topics.of] == ["fee"]


def test_a_window_of_other_bins_is_counted_by_itself() -> None:
    """Bins that begin at odd minutes are counted as exactly, and what is remembered stays as it is."""
    watched = Watched()
    watched.bank.post(NOW - 7 * MINUTE)
    watched.read()
    odd = Window(NOW - 9 * MINUTE, 1)
    assert watched.book.read(watched.bank.mentions, ("yunjiang",), odd)["yunjiang"].posts.total.sum() == 1
    later = Window(NOW - 6 * MINUTE, 1)
    assert watched.book.read(watched.bank.mentions, ("yunjiang",), later)["yunjiang"].posts.total.sum() == 0
    watched.read()
    assert watched.whole() == set()


def test_the_topics_of_a_series_count_what_it_counts() -> None:
    """Late posts are left out of the topics as they are of the whole, and what is unknown is unknown."""
    bank = Bank.empty()
    bank.polls(NOW - DAY, NOW - 2 * HOUR)
    for lag in (1, 9, 200):
        bank.post(NOW - 6 * HOUR, topic="fee", lag=lag * MINUTE)
    bank.post(NOW - 6 * HOUR, topic="fee", label=SentimentLabel.NEUTRAL)
    bank.post(NOW - 6 * HOUR, topic="app")
    window = Window(NOW - DAY, 288)
    series = SeriesBuilder(bank.mentions, bank.engine().context(NOW).coverage).build(SUBJECTS[0], window)
    fee = series.about("fee")
    assert (fee.negative.sum(), fee.total.sum()) == (2, 3)
    assert series.total.sum() == 4
    assert np.array_equal(fee.known, series.known)
    assert not fee.known[-20:].any()
    assert series.about("nothing").total.sum() == 0


def test_busy_topics_are_those_that_a_look_at_every_bin_finds() -> None:
    """So many in so many neighbouring bins, and any since: compared with plain arrays."""
    rng = np.random.default_rng(4)
    for _ in range(40):
        count, bins = int(rng.integers(0, 60)), int(rng.integers(20, 90))
        topic, at = rng.integers(0, 5, count), rng.integers(0, bins, count)
        negative = rng.integers(0, 3, count)
        counts = TopicCounts(topic, at, negative + 1, negative, tuple("abcde"))
        least, length, since = int(rng.integers(1, 7)), int(rng.integers(1, 9)), int(rng.integers(0, bins))
        plain = []
        for name in "abcde":
            values, _ = counts.arrays(name, bins)
            sums = np.convolve(values, np.ones(length))[:bins]
            if sums.max() >= least and values[since:].sum():
                plain.append(name)
        assert sorted(counts.busy(least, length, since)) == plain
