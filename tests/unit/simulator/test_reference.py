"""The reference page names everything that can be asked of the simulator."""

from pathlib import Path

import pytest

from simulator.clock import SimulatedClock
from simulator.corpus import Corpus
from simulator.faults import OUTCOMES
from simulator.formats import parse_moment
from simulator.scenario.build import PLANS
from simulator.server import make_app
from simulator.world import World

PAGE = (Path(__file__).resolve().parents[3] / "docs/reference/simulator.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", sorted(OUTCOMES | PLANS.keys()))
def test_outcomes_and_scenarios_are_described(word: str) -> None:
    """Each by its name in code style."""
    assert f"`{word}`" in PAGE or f" {word} " in PAGE or f"`{word} " in PAGE or f" {word}`" in PAGE


def test_the_control_routes_are_described() -> None:
    """No hidden switch."""
    app = make_app(World(SimulatedClock(parse_moment("2026-03-14T09:30")), Corpus()))
    paths = {resource.canonical for resource in app.router.resources()}
    control = {path for path in paths if path.startswith("/__control")}
    assert len(control) >= 7
    assert [path for path in control if path not in PAGE] == []
