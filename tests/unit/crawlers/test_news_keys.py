"""Rolls that are asked for by a number that only the page of their column tells."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from config.models import SHIPPED
from crawlers.backends.feed_memory import FeedMemory
from crawlers.backends.news_doors import Door
from crawlers.backends.news_options import DoorReader
from crawlers.backends.news_rss import NewsRss
from crawlers.backends.news_settings import NewsSettings
from crawlers.extract.news_rolls import RollShape
from crawlers.model import PageRequest, Reply, Slice
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import ConfigError
from yuqing.domain.subject import Backend, Source

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
SITE = "https://news.example"
SHAPE = RollShape("datas", {"title": "desc", "url": "link", "time": "time"})
DOOR = Door(
    f"{SITE}/list.jsp",
    "银行",
    {"subject": "{key}", "start": "{page}"},
    first_page=0,
    step=2,
    pages=3,
    shape=SHAPE,
    key_page=f"{SITE}/bank/",
    key=r"entity\s*=\s*\{id:(\S+?)[,}]",
)


def backend(state: InMemoryStateStore) -> NewsRss:
    """One keyed roll."""
    settings = NewsSettings((), (), (DOOR,), {}, {})
    return NewsRss(settings, FeedMemory(state), FakeClock(NOW))


def piece_of(made: NewsRss) -> Slice:
    """The window of the day."""
    return Slice(made.queries[0], NOW - timedelta(days=1), NOW)


def column(text: str, status: int = 200, url: str = DOOR.key_page) -> Reply:
    """The page of the column."""
    return Reply(url, status, text.encode(), {"content-type": "text/html; charset=utf-8"})


def roll(*hours: float) -> Reply:
    """A page of the roll with articles of so many hours ago."""
    rows = [
        {"desc": f"云江银行公告{h}", "link": f"{SITE}/{h}.html", "time": (NOW - timedelta(hours=h)).timestamp()}
        for h in hours
    ]
    return Reply(f"{DOOR.url}?subject=77", 200, json.dumps({"datas": rows}).encode())


def asked(page: PageRequest) -> dict[str, list[str]]:
    """The query of a request."""
    return parse_qs(urlsplit(page.url).query)


def test_the_page_of_the_column_is_read_first_and_every_page_of_the_roll_carries_its_number() -> None:
    """Unconditionally: what changed behind a page that stays as it is must not be missed."""
    state = InMemoryStateStore()
    made = backend(state)
    (first,) = made.first(piece_of(made))
    assert (first.url, first.purpose) == (DOOR.key_page, "key")
    found = made.read(column("<script>var entity = {id:77,type:0};</script>"), first, piece_of(made))
    assert found.unsettled
    (page,) = found.follow
    assert (page.purpose, asked(page)) == ("feed", {"subject": ["77"], "start": ["0"]})
    result = made.read(roll(1, 2), page, piece_of(made))
    assert result.verdict.outcome is Outcome.OK
    (further,) = (each for each in result.follow if each.purpose == "feed")
    assert asked(further) == {"subject": ["77"], "start": ["2"]}
    last = made.read(roll(3, 4), further, piece_of(made))
    (third,) = (each for each in last.follow if each.purpose == "feed")
    assert asked(third) == {"subject": ["77"], "start": ["4"]}
    made.settled(piece_of(made), [{**result.memo, "told": {"etag": '"1"', "since": NOW.isoformat()}}], True)
    (again,) = backend(state).first(piece_of(made))
    assert "If-None-Match" not in again.headers


@pytest.mark.parametrize(
    ("reply", "outcome", "detail"),
    [
        (column("<html><body>改版了</body></html>"), Outcome.CHANGED, "no_key"),
        (column("var entity = {id:../../etc,}"), Outcome.CHANGED, "no_key"),
        (column("", 403), Outcome.BLOCKED, "http_403"),
        (column(""), Outcome.BLOCKED, "empty_body"),
        (column("gone", 404), Outcome.NOT_FOUND, "http_404"),
    ],
)
def test_a_column_without_its_number_is_never_an_empty_one(reply: Reply, outcome: Outcome, detail: str) -> None:
    """Its outcome is its own, and the roll is not asked for."""
    made = backend(InMemoryStateStore())
    (first,) = made.first(piece_of(made))
    found = made.read(reply, first, piece_of(made))
    assert (found.verdict.outcome, found.verdict.detail, found.follow) == (outcome, detail, ())


@pytest.mark.parametrize(
    "wrong",
    [
        {"key_page": ""},
        {"key": ""},
        {"key": "id"},
        {"key": "(a)(b)"},
        {"key": "("},
        {"key_page": "bank/"},
        {"params": {"subject": "1"}},
    ],
)
def test_a_half_written_key_is_refused(wrong: dict[str, object]) -> None:
    """The page, a pattern with one group and a place for the number belong together."""
    table = {
        **{"url": f"{SITE}/list.jsp", "items": "datas", "fields": {"title": "desc", "url": "link"}},
        **{"key_page": f"{SITE}/bank/", "key": r"id:(\d+)", "params": {"subject": "{key}"}},
    }

    def doors(**changed: object) -> tuple[Door, ...]:
        options: dict[str, object] = {"rolls": [{**table, **changed}]}
        return DoorReader(Source("n", "news", "来源", Backend.WEB, "依据", True, 600, options)).doors()

    assert doors()[0].key_page == f"{SITE}/bank/"
    with pytest.raises(ConfigError, match=r"rolls\[0\]"):
        doors(**wrong)


@pytest.mark.parametrize(
    "script", ['entity = {id:"100990318",', "entity = { type: 1, id : 100990318 }", 'entity={"id":100990318']
)
def test_the_shipped_column_finds_its_number_in_the_ways_a_script_may_write_it(script: str) -> None:
    """Quoted or not, first or not."""
    sources = yaml.safe_load((SHIPPED / "sources.yml").read_text("utf-8"))["sources"]
    (entry,) = (each for each in sources if each["id"] == "news_caixin_bank")
    source = Source("n", "news", "来源", Backend.WEB, "依据", True, 600, entry["options"])
    (door,) = DoorReader(source).doors()
    made = NewsRss(NewsSettings((), (), (door,), {}, {}), FeedMemory(InMemoryStateStore()), FakeClock(NOW))
    (first,) = made.first(piece_of(made))
    page = column(f"<script>var {script}</script>", url=first.url)
    (roll_page,) = made.read(page, first, piece_of(made)).follow
    assert asked(roll_page)["subject"] == ["100990318"]
