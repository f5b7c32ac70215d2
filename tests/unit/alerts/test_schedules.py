"""Random schedules of accidents keep every promise (benchmarks/alert_schedules.py plays two thousand of them)."""

from benchmarks.alert_schedules import ACCIDENTS, run, table

SCHEDULES = 150


def test_no_schedule_loses_or_doubles_an_alert() -> None:
    """Crashes at any write, several schedulers, broken channels, jumping clocks: told, and told once by key."""
    found = run(SCHEDULES, seed=11, rounds=6)
    assert [each for each in found if not each.is_kept] == []
    assert sum(each.due for each in found) > 3 * SCHEDULES
    seen = {name for each in found for name in each.accidents}
    assert seen == set(ACCIDENTS)
    assert sum(each.grouped for each in found) > 20
    assert len(table(found)) >= len(ACCIDENTS)
