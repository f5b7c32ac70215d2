"""What mails promise about the spike rule is what its benchmark enforces."""

import json
from pathlib import Path

import pytest

from alerts.message import SPIKE_FALSE_ALARMS, SPIKE_WEEKS

FLOORS = Path(__file__).resolve().parents[3] / "benchmarks" / "spike_floors.json"


def test_the_mail_promises_no_more_than_the_benchmark_enforces() -> None:
    """The weeks between false alarms that a mail tells follow from the ceiling that the full run is held to."""
    ceiling = json.loads(FLOORS.read_text(encoding="utf-8"))["scs"]["at_most"]["false_alarms"]
    assert 1 / ceiling >= SPIKE_WEEKS
    assert f" {SPIKE_WEEKS} 周" in SPIKE_FALSE_ALARMS


@pytest.mark.parametrize(
    ("detector", "missed"),
    [("scs", {"slow_median"}), ("scs + slow_burn", {"slow_median"})],
)
def test_floors_are_the_targets_or_named_as_missed(detector: str, missed: set[str]) -> None:
    """A floor weaker than its target stands beside the target, which every run compares with."""
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))[detector]
    weaker = {key for key, value in floors["at_least"].items() if value < floors["targets"]["at_least"][key]}
    weaker |= {key for key, value in floors["at_most"].items() if value > floors["targets"]["at_most"][key]}
    assert weaker == missed
