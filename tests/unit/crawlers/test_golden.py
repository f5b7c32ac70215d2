"""Saved pages with invented content, and what each parser must find on them.

The expected files are rewritten with `pytest tests/unit/crawlers/test_golden.py --golden-update`; a missing one fails.
"""

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from crawlers.backends.hot import BOARDS
from crawlers.extract import douyin, douyin_open, feeds, news_page, weibo_html, weibo_json
from crawlers.extract.news_lists import ListShape
from crawlers.extract.news_lists import parse as parse_list
from crawlers.extract.news_rolls import RollShape
from crawlers.extract.news_rolls import parse as parse_roll
from crawlers.model import Reply
from tests.unit.crawlers.golden_channels import CHANNELS
from tests.unit.crawlers.golden_weibo import WEIBO
from yuqing.domain.mention import MentionId

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
VIDEO = MentionId("douyin:video:7616916679861102769")


def _reply(path: Path) -> Reply:
    body = path.read_bytes()
    if "gbk" in path.name:  # kept as UTF-8 in the repository, served as GBK
        body = body.decode().encode("gb18030")
    return Reply(f"https://news.example.com/x/{path.stem}.html", 200, body)


def _douyin(path: Path) -> object:
    if path.name.startswith("comments"):
        return douyin.parse_comments(_reply(path), VIDEO, "云江银行排队两小时", NOW)
    if path.name.startswith("posts"):
        return douyin.parse_posts(_reply(path), NOW)
    if path.name.startswith("detail"):
        return douyin.parse_detail(_reply(path), "7616916679861102769", NOW)
    return douyin.parse_search(_reply(path), NOW)


COLUMN = RollShape(
    "result.data",
    {"title": "title", "url": "url", "time": "ctime", "summary": "intro", "publisher": "media_name", "id": "docid"},
    ok={"result.status.code": "0"},
    skip={"is_ad": "1"},
)
SEARCH = RollShape(
    "result.articles",
    {"title": "title", "time": "date", "summary": "content", "publisher": "mediaName", "id": "code"},
    link="https://finance.news.example/a/{id}.html",
    ok={"code": "0"},
    total="hitsTotal",
)
FLASH = RollShape("", {"content": "data.content", "time": "time"}, link="https://flash.news.example/detail/{id}")
SUBJECT = RollShape("datas", {"title": "desc", "url": "link", "time": "time", "summary": "summ"})
ROWS = ListShape("a[href]", row="ul.news li", time=".when", match=r"/20\d{2}/\d{4}/")


def _roll(path: Path) -> object:
    shapes = {"column": COLUMN, "search": SEARCH, "flash": FLASH, "subject": SUBJECT}
    name = path.stem.split("_")[0].split(".")[0]
    return parse_roll(_reply(path), NOW, shapes[name], is_search=name == "search")


def _board(path: Path) -> str:
    return path.name.split(".", 1)[0]


PARSERS: dict[str, Callable[[Path], object]] = {
    "weibo_web": lambda path: weibo_html.parse(_reply(path), NOW),
    "weibo_mobile": lambda path: weibo_json.parse(_reply(path), NOW),
    "douyin": _douyin,
    "douyin_open": lambda path: douyin_open.parse(_reply(path), NOW),
    "hot": lambda path: BOARDS[_board(path)].parse(_reply(path), BOARDS[_board(path)].name, NOW),
    "feeds": lambda path: feeds.parse(_reply(path), NOW),
    "news": lambda path: news_page.read(_reply(path), NOW),
    "robots": lambda path: feeds.parse_robots(_reply(path)),
    "rolls": _roll,
    "lists": lambda path: parse_list(_reply(path), NOW, ROWS),
    **CHANNELS,
    **WEIBO,
}
CASES = sorted(
    path for source in PARSERS for path in (GOLDEN / source).iterdir() if not path.name.endswith(".expected.json")
)


def plain(value: object) -> Any:
    """Dataclasses as JSON data; fields at their defaults are left out, so that a file shows what was found."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((field, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {
            field.name: plain(found) for field, found in pairs if found != field.default and found not in ((), None)
        }
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items() if item}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


@pytest.mark.parametrize("path", CASES, ids=[f"{path.parent.name}-{path.stem}" for path in CASES])
def test_parser_finds_what_the_golden_file_says(path: Path, request: pytest.FixtureRequest) -> None:
    """Every field of every draft, and the verdict of the page."""
    found = plain(PARSERS[path.parent.name](path))
    expected = path.with_name(f"{path.stem}.expected.json")
    if request.config.getoption("--golden-update"):
        expected.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert expected.exists(), f"{expected.name} is missing: read the page, then run with --golden-update"
    assert found == json.loads(expected.read_text(encoding="utf-8"))


def test_no_expected_file_without_a_page() -> None:
    """A page that was renamed leaves nothing behind."""
    stems = {(path.parent.name, path.stem) for path in CASES}
    files = [path for source in PARSERS for path in (GOLDEN / source).glob("*.expected.json")]
    orphans = [p.name for p in files if (p.parent.name, p.name.removesuffix(".expected.json")) not in stems]
    assert orphans == []
