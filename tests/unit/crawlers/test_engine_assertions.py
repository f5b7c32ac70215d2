"""What must hold of every crawl, and the canary: when a zero is not believed, and when a quiet night is just quiet."""

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from crawlers.assertions import (
    FIELDS_MISSING,
    SILENT,
    TOO_OLD,
    Assertions,
    Limits,
    Sample,
    accept_silence,
    lacks_something,
    sample,
)
from crawlers.canary import SILENT as CANARY_SILENT
from crawlers.canary import UNTOLD, Canary
from crawlers.model import SearchTerm, Slice, Verdict
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionKind, Platform

NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OK, EMPTY = Verdict(Outcome.OK), Verdict(Outcome.OK_EMPTY, "no_result_card")


class Source:
    """A source over many runs."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.state = InMemoryStateStore()
        self.clock = FakeClock(NOW)
        self.limits = limits or Limits()

    def run(self, items: int, missing: int = 0, outcome: Verdict | None = None, age: timedelta = HOUR) -> Verdict:
        """One run with one slice; returns what became of its verdict."""
        checks = Assertions(self.state, "weibo", self.clock, self.limits)
        seen = Sample(items, missing, self.clock.now() - age if items else None)
        checks.count(seen)
        now = self.clock.now()
        piece = Slice(SearchTerm("q", "云江银行"), now - 2 * HOUR, now)
        verdict = checks.judge(piece, outcome or (OK if items else EMPTY), seen)
        checks.finish(requests=3)
        self.health = checks.health
        self.clock.advance(10 * MINUTE)
        return verdict

    def days(self, items: int = 4) -> None:
        """Four days of ordinary runs, one an hour."""
        for _ in range(96):
            assert self.run(items) == OK
            self.clock.advance(50 * MINUTE)


def _poisson(chance: random.Random, rate: float) -> int:
    limit, count, product = math.exp(-rate), 0, chance.random()
    while product > limit:
        count += 1
        product *= chance.random()
    return count


def _rate(at: datetime, per_hour: float, days_off: float) -> float:
    """Posts in an hour: much by day, next to nothing by night, and on days off as told."""
    local = at.astimezone(timezone(8 * HOUR))
    by_day = 1.0 if 8 <= local.hour < 23 else 0.03
    return per_hour * by_day * (days_off if local.weekday() >= 5 else 1.0)


def _life(source: Source, seed: int, per_hour: float, days: int, days_off: float = 1.0) -> list[Verdict]:
    """A run an hour from a Monday on, each with the posts of the last two hours."""
    chance, before, verdicts = random.Random(seed), 0, []
    for _ in range(days * 24):
        now = _poisson(chance, _rate(source.clock.now(), per_hour, days_off))
        age = 10 * MINUTE if now else 70 * MINUTE
        verdicts.append(source.run(now + before, age=age))
        source.clock.advance(50 * MINUTE)
        before = now
    return verdicts


@pytest.mark.parametrize(("per_hour", "days_off"), [(0.02, 1.0), (0.3, 0.0), (1.0, 0.1), (5.0, 0.0), (40.0, 1.0)])
def test_quiet_nights_weekends_and_quiet_sources_raise_no_alarm(per_hour: float, days_off: float) -> None:
    """Fortnights of sources of any size: what is quiet every night, or every weekend, is not silent."""
    assert set(_life(Source(), 1, per_hour, 15, days_off)) <= {OK, EMPTY}


def test_a_source_that_falls_silent_is_not_believed() -> None:
    """When so many hours in a row were never empty, an empty run is suspect, until there is a post again."""
    source = Source()
    source.days()
    told = [source.run(0).detail for _ in range(60)]
    assert told[:20] == ["no_result_card"] * 20, "three hours may be chance"
    assert told[-1] == SILENT
    assert source.health.violations == (SILENT,)
    assert source.run(3) == OK
    assert source.health.violations == ()
    assert source.run(0) == EMPTY


def test_silence_of_a_busy_source_is_told_within_hours_although_its_nights_are_quiet() -> None:
    """After days with quiet nights, a source that says nothing from the morning of a working day on."""
    source = Source()
    _life(source, 5, 40.0, 9)
    source.clock.advance(HOUR)
    waited = 0
    while source.run(0).detail != SILENT:
        waited += 1
    assert waited <= 9 * 6


def test_silence_of_a_moderate_source_is_told_too() -> None:
    """Some posts a day: no run brings more than one, and most bring none; after some days without it is silence."""
    source = Source()
    _life(source, 2, 0.5, 12)
    waited = 0
    while source.run(0).detail != SILENT:
        waited += 1
        source.clock.advance(50 * MINUTE)
    assert 10 < waited < 24 * 4
    assert source.health.median == 0


def test_a_silence_is_never_believed_by_itself() -> None:
    """Weeks later it is as suspect as on the first day; a new post ends it, and it has taught nothing."""
    source = Source()
    source.days()
    while source.run(0).detail != SILENT:
        source.clock.advance(HOUR)
    hours = source.health.hours
    for _ in range(250):
        assert source.run(0).detail == SILENT
        source.clock.advance(50 * MINUTE)
    assert source.health.hours == hours
    assert source.run(3) == OK
    assert source.run(0) == EMPTY
    assert max(source.health.pauses) < 3


def test_an_operator_may_accept_a_silence() -> None:
    """Then the zero is a zero, and what is usual is learnt anew; without a silence there is nothing to accept."""
    source = Source()
    assert not accept_silence(source.state, "weibo", source.clock)
    source.days()
    assert not accept_silence(source.state, "weibo", source.clock)
    while source.run(0).detail != SILENT:
        source.clock.advance(HOUR)
    assert accept_silence(source.state, "weibo", source.clock)
    assert {source.run(0) for _ in range(400)} == {EMPTY}


def test_what_an_older_version_remembered_is_learnt_anew() -> None:
    """Hours were counted without weekends then."""
    source = Source()
    source.days()
    (document,) = source.state.find("health")
    source.state.save("health", "weibo", {**document.body, "hours": [[1.0, 0.0]] * 24, "chance": 0.0})
    assert source.run(0) == EMPTY
    assert len(source.health.hours) == 48


def test_a_new_source_and_a_switched_off_check_are_left_alone() -> None:
    """Before three days have passed nothing is called silence; `silent_runs: 0` never does."""
    young, off = Source(), Source(Limits(silent_runs=0))
    for _ in range(200):
        young.run(4)
    assert {young.run(0) for _ in range(60)} == {EMPTY}
    off.days()
    assert {off.run(0) for _ in range(80)} == {EMPTY}


def test_refused_runs_say_nothing_of_the_source() -> None:
    """A refusal keeps its own outcome, and its zero items do not count."""
    source = Source()
    source.days()
    limited = Verdict(Outcome.RATE_LIMITED, "http_418")
    assert [source.run(0, outcome=limited) for _ in range(5)] == [limited] * 5
    assert source.health.empty_runs == 0
    assert source.health.items[-1] == 4


def test_posts_without_their_fields_mean_a_changed_page() -> None:
    """More than half of the posts of a slice lack an author: the slice was not seen."""
    source = Source()
    assert source.run(10, missing=5) == OK
    assert source.run(10, missing=6) == Verdict(Outcome.CHANGED, FIELDS_MISSING)
    assert source.health.violations == (FIELDS_MISSING,)
    assert source.run(10) == OK


def test_drift_in_small_slices_is_seen_over_runs() -> None:
    """One odd post is no drift; twenty in a row, one a run, are."""
    source = Source()
    verdicts = [source.run(1, missing=1) for _ in range(30)]
    assert verdicts[0] == OK
    assert verdicts[-1] == Verdict(Outcome.CHANGED, FIELDS_MISSING)


def test_a_feed_that_stands_still_is_told_when_asked_for() -> None:
    """`max_newest_age_hours`: off by default."""
    off, on = Source(), Source(Limits(max_age=timedelta(hours=12)))
    assert off.run(3, age=timedelta(hours=50)) == OK
    assert on.run(3, age=timedelta(hours=11)) == OK
    assert on.run(3, age=timedelta(hours=50)) == OK, "the run before had newer ones"
    on.clock.advance(timedelta(hours=2))
    assert on.run(3, age=timedelta(hours=50)) == Verdict(Outcome.SUSPECT_EMPTY, TOO_OLD)


def test_the_document_of_a_source_stays_small() -> None:
    """Two hundred runs, two kinds of day, a fortnight."""
    source = Source()
    for _ in range(300):
        source.run(3)
    (document,) = source.state.find("health")
    assert len(document.body["items"]) == 200  # type: ignore[arg-type]
    assert len(document.body["hours"]) == 48  # type: ignore[arg-type]
    assert len(document.body["days"]) <= 14  # type: ignore[arg-type]


POST = Draft(Platform.WEIBO, MentionKind.POST, "1", "https://example.com/1", "云江银行", NOW, author_id="5")


@pytest.mark.parametrize(
    ("draft", "lacks"),
    [
        (POST, False),
        (replace(POST, author_id=None), True),
        (replace(POST, text=" "), True),
        (replace(POST, native_id=""), True),
        (replace(POST, kind=MentionKind.REPOST, text=""), False),
        (replace(POST, platform=Platform.NEWS, kind=MentionKind.ARTICLE, author_id=None), True),
        (replace(POST, platform=Platform.NEWS, kind=MentionKind.ARTICLE, author_id=None, title="云江银行"), False),
        (replace(POST, platform=Platform.DOUYIN, kind=MentionKind.VIDEO, text=""), False),
    ],
)
def test_what_a_draft_must_have_depends_on_its_kind(draft: Draft, lacks: bool) -> None:
    """A video without a word is a video; an article without a title is a page that was not understood."""
    assert lacks_something(draft) is lacks
    assert sample([draft, POST]).missing == lacks


class Bird:
    """A canary over runs."""

    def __init__(self) -> None:
        self.state = InMemoryStateStore()
        self.clock = FakeClock(NOW)

    def run(self, word: str = "银行") -> Canary:
        """As the next run finds it."""
        return Canary(self.state, "weibo", self.clock, word)


def test_when_the_canary_is_silent_no_zero_is_believed() -> None:
    """In this run and in those of the same hour; refusals and full slices keep their verdict."""
    bird = Bird()
    canary = bird.run()
    assert canary.judge(EMPTY) == EMPTY
    canary.note(EMPTY, 0)
    for known in (canary, bird.run()):
        assert known.judge(EMPTY) == Verdict(Outcome.SUSPECT_EMPTY, CANARY_SILENT)
        assert known.judge(OK) == OK
        assert known.judge(Verdict(Outcome.BLOCKED, "http_403")).outcome is Outcome.BLOCKED
    bird.clock.advance(HOUR)
    again = bird.run()
    assert again.is_due
    again.note(OK, 10)
    assert again.judge(EMPTY) == EMPTY


def test_an_empty_end_without_a_word_is_a_zero_only_while_the_canary_sings() -> None:
    """A search that tells no reason is believed when the same search shows what is always there; else it is not."""
    bird, untold = Bird(), Verdict(Outcome.SUSPECT_EMPTY, UNTOLD)
    canary = bird.run()
    assert canary.judge(untold) == untold
    canary.note(OK, 10)
    assert bird.run().judge(untold) == Verdict(Outcome.OK_EMPTY, UNTOLD)
    assert bird.run().judge(Verdict(Outcome.SUSPECT_EMPTY, "blank_page")).outcome is Outcome.SUSPECT_EMPTY
    bird.clock.advance(HOUR + MINUTE)
    assert bird.run().judge(untold) == untold
    for verdict, drafts in ((untold, 0), (Verdict(Outcome.CHALLENGE, "verify_check"), 0), (OK, 0)):
        bird.run().note(verdict, drafts)
        assert bird.run().judge(untold) == untold


def test_the_canary_is_asked_once_an_hour_and_after_a_refusal_by_the_next_run() -> None:
    """A refusal says nothing about the word; another word is another canary."""
    bird = Bird()
    bird.run().note(Verdict(Outcome.RATE_LIMITED, "http_418"), 0)
    assert bird.run().is_due
    assert not bird.run().is_silent
    bird.run().note(OK, 10)
    bird.clock.advance(59 * MINUTE)
    assert not bird.run().is_due
    assert bird.run("天气").is_due
    bird.clock.advance(MINUTE)
    assert bird.run().is_due
