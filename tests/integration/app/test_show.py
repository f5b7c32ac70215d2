"""The commands that show: what they say beside their numbers, and what they read and write."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner, Result

from config.models import SHIPPED
from config.settings import load_settings
from yuqing.bootstrap import App, open_app
from yuqing.cli.main import app as command_line
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.errors import InputError

pytestmark = pytest.mark.integration
NOW = datetime(2026, 3, 14, 4, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, the shipped settings (one source is enabled: news) and a clock that stands still."""
    for name, value in {"YQ_HOME": str(tmp_path), "YQ_CONFIG": str(SHIPPED), "YQ_NOW": NOW.isoformat()}.items():
        monkeypatch.setenv(name, value)
    return tmp_path


@contextmanager
def opened() -> Iterator[App]:
    """The product, to prepare what the command finds."""
    with open_app(load_settings()) as product:
        yield product


def looked(since: datetime, until: datetime, status: Outcome = Outcome.OK) -> None:
    """Every enabled source was read over a stretch."""
    with opened() as product:
        for source in product.sources:
            if source.enabled:
                row = Coverage(source.id, "云江银行", since, until, status, until)
                product.state.save("coverage", row.key, to_json(row))


def yuqing(*arguments: str, stdin: bytes = b"") -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(command_line, list(arguments), input=stdin, catch_exceptions=False)


def test_a_search_that_finds_nothing_says_whether_anybody_looked() -> None:
    """Nothing is said where all was read or nothing was ever crawled; a hole and its source are named."""
    period = ("--from", "2026-03-12T00:00:00+00:00", "--to", "2026-03-14T00:00:00+00:00")
    assert yuqing("search", "崩了", *period).stderr.splitlines() == ["共 0 条，显示 0 条"]
    looked(NOW - 7 * DAY, NOW)
    assert "下限" not in yuqing("search", "崩了", *period).stderr
    assert "下限" not in yuqing("search", "崩了").stderr
    hole = ("--from", "2026-03-01", "--to", "2026-03-14")
    said = yuqing("search", "崩了", *hole, "--json")
    assert "采集不完整（" in said.stderr
    assert "下限" in said.stderr
    assert said.stdout == ""


def test_volume_of_days_that_nobody_read_is_unknown() -> None:
    """Null with its reason in JSON, a word for people, and a remark on standard error."""
    looked(datetime(2026, 3, 11, 16, tzinfo=UTC), NOW)
    period = ("--from", "2026-03-10", "--to", "2026-03-14")
    said = yuqing("volume", "", *period, "--json")
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    assert [(row["total"], row["coverage"]) for row in rows] == [(None, "none")] * 2 + [(0, "complete")] * 2
    assert "2 段采集不完整" in said.stderr
    assert "未知" in yuqing("volume", "", *period).stdout.splitlines()[0]


@pytest.mark.parametrize("ending", ["json", "html", "docx"])
def test_a_report_is_verified_from_standard_input(ending: str, home: Path) -> None:
    """Whichever of the three files comes in is recognised; one that was changed is not confirmed."""
    made = yuqing("report", "--from", "2026-03-02", "--to", "2026-03-09", "--output", str(home / "out"), "--json")
    content = Path(json.loads(made.stdout)[ending]).read_bytes()
    said = yuqing("verify", "report", "-", stdin=content)
    assert (said.exit_code, said.stdout) == (0, "")
    assert "全部相符" in said.stderr
    if ending == "html":
        changed = yuqing("verify", "report", "-", stdin=content.replace("云江银行".encode(), "云江很行".encode()))
        assert changed.exit_code == 1
        assert "云江很行" in changed.stdout


def test_standard_input_that_is_no_report_is_refused() -> None:
    """By one sentence that names it."""
    with pytest.raises(InputError, match="标准输入"):
        yuqing("verify", "report", "-", stdin=b"not a report")


@pytest.mark.parametrize("form", ["xlsx", "csv", "jsonl"])
def test_an_export_whose_reader_goes_away_is_silent(form: str, home: Path) -> None:
    """`yuqing export ... | head -c 4` shows four bytes and no traceback."""
    rows = home / "rows.jsonl"
    row = {"platform": "weibo", "published_at": "2026-03-14T09:00:00"}
    noise = Random(7)  # what cannot be compressed fills the pipe
    texts = (f"云江银行{noise.randbytes(200).hex()}" for _ in range(900))
    lines = (json.dumps({**row, "id": str(n), "text": text}) for n, text in enumerate(texts))
    rows.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert yuqing("import", str(rows)).exit_code == 0
    command = [sys.executable, "-m", "yuqing", "export", "mentions", "--format", form, "--output", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert len(child.stdout.read(4)) == 4
        child.stdout.close()
        assert child.stderr.read() == b""
