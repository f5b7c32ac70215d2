"""`yuqing insight` in its own words, on a store on disk."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from storage.sqlite import SqliteMentionStore
from tests.contract.samples import NEGATIVE, NOON, annotation, mention
from tests.fakes import FakeClock
from yuqing.cli.main import app
from yuqing.domain.errors import InputError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with five posts of one outage, never crawled."""
    for name, value in (("HOME", tmp_path), ("CONFIG", "config"), ("NOW", (NOON + timedelta(hours=1)).isoformat())):
        monkeypatch.setenv(f"YQ_{name}", str(value))
    store = SqliteMentionStore(tmp_path / "yuqing.db", FakeClock())
    posts = [mention(str(number), f"云江银行转账提示系统繁忙{'啊' * number}") for number in range(5)]
    store.add(posts)
    store.annotate([annotation(post, NEGATIVE, [("yunjiang", NEGATIVE)], ["payment"], 1) for post in posts])
    store.close()
    return tmp_path


def test_people_read_it_and_programs_too(home: Path) -> None:
    """Keywords, impact and voices in Chinese; with --json the mention ids behind them."""
    told = CliRunner().invoke(app, ["insight", "yunjiang"])
    assert told.exit_code == 0, told.output
    assert "系统繁忙" in told.output
    assert "提及 5 条" in told.output
    body = json.loads(CliRunner().invoke(app, ["insight", "yunjiang", "--json"]).stdout)
    assert body["total"] == body["read"] == 5
    assert len(body["complaints"][0]["mention_ids"]) == 5


def test_an_unknown_subject_is_named(home: Path) -> None:
    """With those that there are."""
    result = CliRunner().invoke(app, ["insight", "nobody"])
    assert isinstance(result.exception, InputError)
    assert "yunjiang" in str(result.exception)
