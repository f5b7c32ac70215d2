"""From the settings to a crawl plan."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.models import SHIPPED
from config.settings import load_settings
from yuqing.bootstrap import open_app
from yuqing.crawling import patience, plan_crawl, plan_refresh, search_terms

SINCE = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(("since", "seconds"), [(None, 480), (SINCE, 0)])
def test_a_crawl_ends_itself_before_it_would_be_killed(
    since: datetime | None, seconds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only then does it tell what it did not see; a period asked for by hand is read to its end."""
    monkeypatch.setenv("YQ_HOME", str(tmp_path))
    monkeypatch.setenv("YQ_CONFIG", str(SHIPPED))
    monkeypatch.setenv("YQ_CRAWL_TIMEOUT_SECONDS", "600")
    with open_app(load_settings()) as app:
        plan = plan_crawl(app, (), "云江银行", since, None)
    assert plan.max_seconds == seconds


@pytest.mark.parametrize(
    ("asked", "timeout", "seconds", "waits"), [(240, 1800, 240, 300), (30, 1800, 30, 120), (900, 600, 480, 600)]
)
def test_second_looks_end_themselves_before_a_crawl_gives_up_waiting(
    asked: int, timeout: int, seconds: int, waits: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where somebody started them by hand; and before the scheduler would kill them."""
    monkeypatch.setenv("YQ_HOME", str(tmp_path))
    monkeypatch.setenv("YQ_CONFIG", str(SHIPPED))
    monkeypatch.setenv("YQ_REFRESH_MAX_SECONDS", str(asked))
    monkeypatch.setenv("YQ_CRAWL_TIMEOUT_SECONDS", str(timeout))
    with open_app(load_settings()) as app:
        assert (plan_refresh(app, {}).max_seconds, patience(app.settings)) == (seconds, waits)


@pytest.mark.parametrize("is_own", [True, False])
def test_a_word_asked_for_by_hand_has_a_period_of_its_own(
    is_own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So no mark moves, whether a subject has the word or not; what the subjects are called stays worth a page."""
    monkeypatch.setenv("YQ_HOME", str(tmp_path))
    monkeypatch.setenv("YQ_CONFIG", str(SHIPPED))
    monkeypatch.setenv("YQ_BACKFILL_DAYS", "3")
    with open_app(load_settings()) as app:
        terms = search_terms(app.subjects)
        word = terms[0].text if is_own else "金秋开户礼"
        asked = plan_crawl(app, (), word, None, None)
        ordinary = plan_crawl(app, (), None, None, None)
        age = app.clock.now() - asked.since if asked.since else timedelta()
    assert timedelta(days=3) <= age < timedelta(days=3, minutes=1)
    assert [query.text for query in asked.queries] == [word]
    assert (ordinary.since, ordinary.queries) == (None, terms)
    assert asked.watched == ordinary.watched == terms
