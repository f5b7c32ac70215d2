"""The commands of corrections on a real store: table in, quarantine, search, report, table out, undo."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.contract.samples import annotation, mention
from tests.integration.app.test_tend import SHIPPED, opened, run
from yuqing.domain.ports import MentionQuery

pytestmark = pytest.mark.integration
NOW = datetime(2026, 3, 14, 4, tzinfo=UTC)
FIRST = mention("1")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with one scored mention."""
    for name, value in {"YQ_HOME": str(tmp_path), "YQ_CONFIG": str(SHIPPED), "YQ_NOW": NOW.isoformat()}.items():
        monkeypatch.setenv(name, value)
    with opened() as product:
        product.mentions.add([FIRST])
        product.mentions.annotate([annotation(FIRST)])
    return tmp_path


def test_a_table_is_imported_counted_reported_and_exported(home: Path) -> None:
    """One good row holds, the bad one is set aside with its line and reason and exit code 1."""
    table = home / "判断.csv"
    table.write_text("id,sentiment,severity\nweibo:post:1,正面,0\nweibo:post:2,负面,1\n", encoding="utf-8")
    done = run("corrections", "import", str(table), "--by", "林知远", "--json", code=1)
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "rows": 2, "new": 1, "changed": 0, "unchanged": 0, "quarantined": 1
    }  # fmt: skip
    (aside,) = (home / "quarantine").glob("corrections-*.jsonl")
    assert json.loads(aside.read_text(encoding="utf-8"))["line"] == 3
    assert json.loads(run("search", "sentiment:positive", "--json").stdout.splitlines()[0])["id"] == FIRST.id
    figures = json.loads(run("corrections", "report", "--json").stdout)
    assert figures["groups"][0]["precision"] == {"value": 0.0, "interval": pytest.approx([0, 0.79], abs=0.01), "n": 1}
    run("corrections", "export", "--output", str(home / "out.csv"))
    run("corrections", "import", str(home / "out.csv"))
    run("corrections", "undo", FIRST.id, "--by", "林知远")
    with opened() as product:
        assert product.mentions.count(MentionQuery(sentiments=("positive",))) == 0  # type: ignore[arg-type]
    run("verify", "audit")


def test_a_file_that_is_not_there_is_named() -> None:
    """No traceback, no silent nothing."""
    from yuqing.cli.main import app

    done = CliRunner().invoke(app, ["corrections", "import", "nowhere.csv"])
    assert "nowhere.csv" in str(done.exception)
