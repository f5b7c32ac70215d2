"""A word that somebody asks for by hand. The real command, the simulated platforms."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.server import Simulator
from tests.integration.app.test_refresh import NOW, Installation
from tests.warm import Warm

pytestmark = pytest.mark.integration
MARKS = ("cursor", "feed", "backfill", "job", "health")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    """A simulator with two quiet days, and an installation."""
    warm = Warm(tmp_path)
    with Simulator(seed=7, now=NOW, scenario="small") as sim:
        yield Installation(tmp_path / "stage", sim, warm)
    warm.close()


def _marks(here: Installation) -> dict[str, Any]:
    return {kind: [(each.id, each.body) for each in here.state().find(kind)] for kind in MARKS}


def test_a_word_asked_for_by_hand_moves_no_mark_of_the_schedule(here: Installation) -> None:
    """Also where a subject has it: no feed is called read, and no window, that the ordinary crawl has not read."""
    asked = here.yuqing("crawl", "news_portal", "--query", "云江银行")
    assert asked["mentions"]["new"] > 0
    assert _marks(here) == {kind: [] for kind in MARKS}
    here.yuqing("crawl", "news_portal")
    marks = _marks(here)
    assert marks["cursor"]
    assert marks["feed"]
    here.sim.clock.advance(minutes=30)
    here.yuqing("crawl", "news_portal", "--query", "云江银行")
    assert _marks(here) == marks
