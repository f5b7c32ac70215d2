"""Which hours were seen."""

from datetime import timedelta

from reports.ledger import Gap, hours_of
from tests.unit.reports.small import SINCE
from yuqing.domain.coverage import Coverage, Outcome

HOUR = timedelta(hours=1)


def row(first: float, last: float, status: Outcome = Outcome.OK, query: str = "q", region: str = "") -> Coverage:
    """A slice from hour `first` to hour `last`."""
    return Coverage("s", query, SINCE + first * HOUR, SINCE + last * HOUR, status, SINCE, region=region)


def test_an_hour_is_complete_when_slices_cover_it_without_a_hole():
    """Two half hours make an hour; a hole of six minutes leaves it never tried."""
    hours = hours_of([row(0, 0.5), row(0.5, 1), row(1, 1.4), row(1.5, 2)], SINCE, SINCE + 2 * HOUR)
    assert (hours.complete, hours.blocked, hours.missing) == (1, 0, 1)


def test_a_later_complete_look_heals_a_blocked_slice():
    """What was blocked first and read completely afterwards counts as seen."""
    hours = hours_of([row(0, 1, Outcome.BLOCKED), row(0, 1)], SINCE, SINCE + HOUR)
    assert hours.complete == 1


def test_every_query_of_a_source_must_be_seen():
    """One blocked query makes the hour incomplete, by its own outcome."""
    rows = [row(0, 2, query="a"), row(0, 1, query="b"), row(1, 2, Outcome.CHALLENGE, query="b")]
    hours = hours_of(rows, SINCE, SINCE + 2 * HOUR)
    assert hours.states == (True, Outcome.CHALLENGE)
    assert hours.causes == {Outcome.CHALLENGE: 1}


def test_nothing_looked_at_is_missing_and_not_blocked():
    """Hours without a row are told apart from refused ones; the share is 0."""
    hours = hours_of([], SINCE, SINCE + 3 * HOUR)
    assert (hours.complete, hours.blocked, hours.missing, hours.share) == (0, 0, 3, 0.0)


def test_gaps_are_runs_with_the_worst_outcome():
    """Neighbouring refused hours are one gap; refused and never tried are two."""
    rows = [row(0, 1), row(1, 2, Outcome.RATE_LIMITED), row(2, 3, Outcome.AUTH_REQUIRED)]
    gaps = hours_of(rows, SINCE, SINCE + 4 * HOUR).gaps()
    assert gaps == (
        Gap(SINCE + HOUR, SINCE + 3 * HOUR, Outcome.AUTH_REQUIRED),
        Gap(SINCE + 3 * HOUR, SINCE + 4 * HOUR, None),
    )


def test_a_period_that_ends_within_an_hour_needs_only_that_part():
    """A report up to 10:20 does not wait for 11:00."""
    hours = hours_of([row(0, 1.4)], SINCE, SINCE + 1.4 * HOUR)
    assert (hours.complete, len(hours.states)) == (2, 2)


def test_provinces_only_refine_a_query_that_was_asked_nationwide():
    """A refused province does not undo the nationwide slice of the same query."""
    rows = [row(0, 1), row(0, 1, Outcome.BLOCKED, region="浙江")]
    assert hours_of(rows, SINCE, SINCE + HOUR).complete == 1


def test_a_capped_hour_is_seen_but_counted_as_capped():
    """What the platform shows at most was read; a finer look without a cap takes the mark away."""
    capped = Coverage("s", "q", SINCE, SINCE + 2 * HOUR, Outcome.OK, SINCE, saturated=True)
    hours = hours_of([capped, row(0, 1)], SINCE, SINCE + 2 * HOUR)
    assert (hours.complete, hours.saturated) == (2, 1)


def test_an_empty_suspect_page_is_not_seen():
    """suspect_empty is an incomplete outcome."""
    assert hours_of([row(0, 1, Outcome.SUSPECT_EMPTY)], SINCE, SINCE + HOUR).states == (Outcome.SUSPECT_EMPTY,)
