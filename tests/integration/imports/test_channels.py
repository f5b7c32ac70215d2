"""Exports of the platforms that are not crawled: invented rows go in, and what every field becomes is kept as golden.

The expected files are rewritten with `pytest tests/integration/imports/test_channels.py --golden-update`.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.imports.drafts import DraftBuilder
from crawlers.imports.presets import PRESETS, detect, preset
from crawlers.imports.readers import open_reader
from crawlers.imports.rows import Row
from crawlers.imports.source import open_source
from tests.integration.imports.conftest import Desk
from tests.unit.crawlers.test_golden import plain
from yuqing.domain.mention import Platform
from yuqing.domain.ports import MentionQuery, Page, StoredMention

pytestmark = pytest.mark.integration
GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "imports"
FILES = sorted(path for path in GOLDEN.iterdir() if not path.name.endswith(".expected.json"))
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
MUST_BE_SAID = {"mediacrawler-bilibili-comments", "mediacrawler-kuaishou-comments"}
PRIVATE = ("raw-account-77", "raw-token-77", "a-raw-77", "三更灯火", "RAWTOKEN77", "people.invalid")


def rows(path: Path) -> list[Row]:
    """The rows of a file."""
    with open_source(path, None) as source:
        found = list(open_reader(source))
    assert all(isinstance(row, Row) for row in found)
    return [row for row in found if isinstance(row, Row)]


def everything(desk: Desk) -> tuple[StoredMention, ...]:
    """All that was stored."""
    return desk.store.search(MentionQuery(), Page(size=200)).items


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_field_of_an_export_is_what_the_golden_file_says(path: Path, request: pytest.FixtureRequest) -> None:
    """Platform, kind, ids, threads, times in seconds and milliseconds, counts like 1.2万."""
    read = rows(path)
    found = [plain(DraftBuilder(preset(path.stem), NOW, is_table=path.suffix == ".csv").build(row)) for row in read]
    expected = path.with_name(f"{path.stem}.expected.json")
    if request.config.getoption("--golden-update"):
        expected.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert found == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_layout_is_recognised_or_must_be_said(path: Path) -> None:
    """Comments of B站 and 快手 have the same columns: nothing is guessed there."""
    name = detect(rows(path)[0].values).name
    assert name == ("auto" if path.stem in MUST_BE_SAID else path.stem)


def test_each_layout_has_an_example() -> None:
    """And each platform without a crawler has a layout."""
    names = {path.stem for path in FILES}
    assert names == {name for name in PRESETS if name.startswith(("mediacrawler-", "vendor"))} - {
        *("mediacrawler-weibo-contents", "mediacrawler-weibo-comments"),
        *("mediacrawler-douyin-contents", "mediacrawler-douyin-comments"),
    }


def test_nothing_that_names_a_person_reaches_the_store_or_the_quarantine(desk: Desk) -> None:
    """Accounts, nicknames, avatars, profile links and tokens of all layouts at once."""
    for path in FILES:
        summary = desk.load(path, mapping=preset(path.stem))
        assert summary.quarantined == 0, summary.reasons
    found = everything(desk)
    stored = repr(found)
    assert len(found) > 15
    assert [secret for secret in PRIVATE if secret in stored] == []
    assert not list(desk.folder.rglob("quarantine/*"))


def test_a_row_of_a_vendor_is_the_mention_that_a_crawl_would_bring(desk: Desk) -> None:
    """Without an id in the file the address gives it: no double beside the MediaCrawler row of the same note."""
    desk.load(GOLDEN / "mediacrawler-xiaohongshu-contents.jsonl")
    before = {stored.mention.id for stored in everything(desk)}
    desk.load(GOLDEN / "vendor.csv")
    notes = {one.mention.id for one in everything(desk) if one.mention.platform is Platform.XIAOHONGSHU}
    assert notes == before == {"xiaohongshu:post:69b4ba5d000000001203c4d5"}
