"""`yuqing hot` in its own words, on a store on disk."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from storage.sqlite import SqliteStateStore
from yuqing.cli.main import app
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.hot import HotRank
from yuqing.hot_book import HotBook
from yuqing.jobs.ingest import SubjectMatch

NOW = datetime.fromisoformat("2026-03-14T09:30:00+08:00")
SOURCES = """
sources:
  - {id: hot_lists, kind: hot, name: 热榜, backend: web, legal_basis: 测试, accepted_terms_by: 测试, enabled: true,
     interval_seconds: 180, options: {boards: [weibo, baidu]}}
"""


class Found:
    """Who is meant."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.subjects = names
        self.keywords = names


class Matcher:
    """Watches one bank."""

    def match(self, text: str) -> SubjectMatch:
        """By its name."""
        return Found(("yunjiang",) if "云江" in text else ())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that reads two boards: one was read, the other refused."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "rules").mkdir()
    for name in ("subjects", "topics", "routes"):
        text = (Path(__file__).resolve().parents[3] / "config" / f"{name}.yml").read_text(encoding="utf-8")
        (config / f"{name}.yml").write_text(text, encoding="utf-8")
    (config / "sources.yml").write_text(SOURCES, encoding="utf-8")
    for name, value in (("HOME", tmp_path), ("CONFIG", config), ("NOW", NOW.isoformat())):
        monkeypatch.setenv(f"YQ_{name}", str(value))
    state = SqliteStateStore(tmp_path / "yuqing.db")
    lines = [HotRank("weibo", "灯会", "灯会", 1, NOW, 9), HotRank("weibo", "云江崩了", "云江崩了", 2, NOW, 5, "热")]
    HotBook(state, Matcher(), str).record("hot_lists", lines)
    for board, outcome in (("weibo", Outcome.OK), ("baidu", Outcome.BLOCKED)):
        row = Coverage("hot_lists", board, NOW - timedelta(minutes=5), NOW, outcome, NOW)
        state.save("coverage", row.key, to_json(row))
    state.close()
    return tmp_path


def test_it_tells_where_we_stand_and_what_was_not_read(home: Path) -> None:
    """Our topic first, then the boards with their state."""
    said = CliRunner().invoke(app, ["hot"], catch_exceptions=False).stdout
    assert said.splitlines()[0] == "微博热搜  云江崩了[热]  第 2 位，最高第 2 位，上榜 2026-03-14 09:30"
    assert "微博热搜（weibo）  正常  最近更新 2026-03-14 09:30" in said
    assert "百度热搜（baidu）  被封禁，从未读到  最近更新 —" in said
    assert "没有与监测主体有关的话题" not in said


def test_json_holds_every_change_of_place(home: Path) -> None:
    """For other programs."""
    answer = json.loads(CliRunner().invoke(app, ["hot", "--json", "--board", "weibo"], catch_exceptions=False).stdout)
    (match,) = answer["matches"]
    assert (match["word"], match["rank"], match["subjects"]) == ("云江崩了", 2, ["yunjiang"])
    assert match["changes"] == [["2026-03-14T01:30:00+00:00", 2, 5, "热"]]
    assert [(board["board"], board["outcome"]) for board in answer["boards"]] == [("weibo", "ok")]


def test_an_unknown_board_is_an_error(home: Path) -> None:
    """Not an empty list."""
    result = CliRunner().invoke(app, ["hot", "--board", "nonsense"])
    assert "nonsense" in str(result.exception)
