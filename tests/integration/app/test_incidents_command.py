"""`yuqing incidents` in its own words, from the alert to the Word file, on a store on disk."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from typer.testing import CliRunner, Result

from config.settings import load_settings
from storage.sqlite import SqliteMentionStore, SqliteStateStore
from tests import worlds
from tests.fakes import FakeClock
from yuqing.bootstrap import open_app
from yuqing.cli.main import app
from yuqing.doctor import Verdict, _incidents
from yuqing.domain.errors import InputError
from yuqing.scheduler import Runner

NOW = datetime(2026, 11, 23, 3, 7, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with some days of the invented world, made once."""
    path = tmp_path_factory.mktemp("incidents") / "yuqing.db"
    mentions, state = SqliteMentionStore(path, FakeClock(NOW)), SqliteStateStore(path)
    worlds.fill(mentions, state, NOW, days=3, per_day=30)
    mentions.close()
    state.close()
    return path


@pytest.fixture
def run(month: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on a copy of that store; fails where a command does, unless told so."""
    (tmp_path / "yuqing.db").write_bytes(month.read_bytes())
    monkeypatch.setenv("YQ_HOME", str(tmp_path))
    monkeypatch.setenv("YQ_NOW", NOW.isoformat())

    def runner(*words: str, code: int = 0, stdin: str | None = None) -> Result:
        done = CliRunner().invoke(app, ["incidents", *words], input=stdin)
        assert done.exit_code == code, (done.output, done.exception)
        return done

    return runner


@pytest.fixture
def joined(run: Run) -> str:
    """The incident of the bank's alerts."""
    assert json.loads(run("join", "--json").stdout)["opened"] == 1
    return str(json.loads(run("list", "--json").stdout.splitlines()[0])["id"])


def test_alerts_become_one_incident_that_is_listed_and_shown(run: Run, joined: str) -> None:
    """Looking again changes nothing; the timeline tells who was told."""
    assert "新开事件 0 起，并入预警 0 起" in run("join").stdout
    assert joined in run("list").stdout
    shown = run("show", joined).stdout
    for part in ("待接手", "预警 2 起", "预警通知送达 duty-mail", "由预警自动开立"):
        assert part in shown
    assert json.loads(run("show", joined, "--json").stdout)["deadline"]["what"] == "respond"


def test_the_scheduler_looks_every_minute(run: Run) -> None:
    """And after every crawl: an alert is an incident before anybody opens the page."""
    with open_app() as product:
        runner = Runner(product)
        jobs = {job.id: job for job in runner._scheduler().get_jobs()}
        assert jobs["incidents"].trigger.interval.total_seconds() == product.settings.detect_seconds
        runner.incidents()
    assert len(run("list").stdout.splitlines()) == 1


def test_the_work_from_opening_to_closing(run: Run) -> None:
    """Each command does its part, and refuses what is not allowed with exit code 2 in `main`."""
    made = run("open", "网点排队视频", "--subject", "yunjiang", "--by", "甲", "--topic", "service", "--grade", "III")
    name = made.stdout.split("，")[0].removeprefix("已开立事件 ")
    run("take", name, "--by", "乙")
    assert "城南网点" in run("rename", name, "城南网点排队视频", "--by", "甲").stdout
    run("assign", name, "丙", "--by", "甲")
    run("grade", name, "II", "--reason", "媒体跟进", "--by", "甲")
    run("note", name, "客户 13812345678 来电", "--by", "甲", "--at", "2026-11-23T09:00", "--contact", "客服中心")
    run("move", name, "handling", "--by", "丙")
    run("move", name, "resolved", "--by", "丙")
    refused = run("close", name, "--by", "丙", code=1)
    assert isinstance(refused.exception, InputError)
    assert "必做步骤" in str(refused.exception)
    shown = run("show", name).stdout
    assert "[手机号]" in shown
    assert "13812345678" not in shown
    assert "II 级  已处置  丙" in shown
    other = (
        run("open", "同一件", "--subject", "yunjiang", "--by", "甲").stdout.split("，")[0].removeprefix("已开立事件 ")
    )
    assert "已并入" in run("merge", other, name, "--by", "甲").stdout
    false = run("open", "误听", "--subject", "yunjiang", "--by", "甲").stdout.split("，")[0].removeprefix("已开立事件 ")
    assert "已结案" in run("close", false, "--by", "甲", "--note", "他行的事").stdout
    assert false not in run("list").stdout
    assert false in run("list", "--all").stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("open", "题", "--subject", "nobody", "--by", "甲"), "没有这个主体"),
        (("open", "题", "--subject", "yunjiang", "--by", "甲", "--topic", "x"), "没有这个话题"),
        (("open", "题", "--subject", "yunjiang", "--by", " "), "请填写姓名"),
        (("show", "x"), "没有事件 x"),
    ],
)
def test_what_is_wrong_is_told(run: Run, words: tuple[str, ...], told: str) -> None:
    """In words, not by a trace."""
    done = run(*words, code=1)
    assert isinstance(done.exception, InputError)
    assert told in str(done.exception)


def test_a_statement_is_checked_from_a_file_or_standard_input(run: Run, tmp_path: Path) -> None:
    """Exit code 1 where something must be changed, 0 for advice only."""
    done = run("check", "-", stdin="我行产品保本。\n只是个例。\n", code=1)
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["须改", "提示"]
    path = tmp_path / "声明.txt"
    path.write_text("各网点正常办理业务。", encoding="utf-8")
    assert run("check", str(path)).stdout == ""
    assert isinstance(run("check", str(tmp_path / "none"), code=1).exception, InputError)


def test_the_file_is_one_word_document(run: Run, joined: str, tmp_path: Path) -> None:
    """With every part, Han fonts, a chart, the coverage beside the counts, and no pseudonym; taking it is on record."""
    run("take", joined, "--by", "甲")
    path = Path(run("export", joined, "--by", "甲", "--output", str(tmp_path / "out")).stdout.strip())
    assert path.parent == tmp_path / "out"
    document = Document(BytesIO(path.read_bytes()))
    headings = [line.text for line in document.paragraphs if line.style.name == "Heading 1"]
    parts = ("概要", "经过", "传播", "处置", "对外声明", "沟通", "复盘与经验", "预警与通知")
    assert headings == [f"{number}　{part}" for number, part in enumerate(parts, start=1)]
    words = "\n".join(line.text for line in document.paragraphs)
    cells = "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert "采集不完整" in words  # Douyin is logged out
    assert "下限" in words
    assert "参与的媒体与机构账号：" in words
    assert not re.search(r"[0-9a-f]{16}", words + cells)
    assert "接手处理" in cells
    assert "duty-mail" in cells
    assert len(document.inline_shapes) == 1
    assert 'w:eastAsia="微软雅黑"' in document.styles.element.xml
    state = SqliteStateStore(tmp_path / "yuqing.db")
    assert str(state.find("audit")[-1].body["action"]) == "incident.export"
    state.close()


def test_the_doctor_looks_over_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver of overdue incidents that does not exist would be told nothing."""
    assert [each.verdict for each in _incidents(load_settings())] == [Verdict.OK]
    shipped = load_settings().config
    for path in (*shipped.glob("*.yml"), *shipped.glob("rules/*.yml")):
        place = tmp_path / path.relative_to(shipped)
        place.parent.mkdir(exist_ok=True)
        text = path.read_text(encoding="utf-8").replace("overdue_receivers: []", "overdue_receivers: [nobody]")
        place.write_text(text, encoding="utf-8")
    monkeypatch.setenv("YQ_CONFIG", str(tmp_path))
    [check] = _incidents(load_settings())
    assert check.verdict is Verdict.FAIL
    assert "nobody" in check.finding
