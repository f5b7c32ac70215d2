"""A filled application behind the pages, and pages behind AppTest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from alerts.engine import AlertEngine
from alerts.links import Links
from config.settings import Settings
from dashboard import data
from storage.sqlite import SqliteMentionStore, SqliteStateStore
from tests import worlds
from tests.fakes import FakeClock
from tests.worlds import World
from yuqing.domain.ports import MentionStore, StateStore
from yuqing.domain.subject import Source, Subject, TopicDefinition

ENTRY = Path(__file__).resolve().parents[3] / "dashboard" / "app.py"
NOW = datetime(2026, 11, 23, 3, 7, tzinfo=UTC)
Opener = Callable[..., AppTest]


@dataclass
class FakeApp:
    """The application of the pages, with the stores that a test gives it."""

    mentions: MentionStore
    state: StateStore
    clock: FakeClock
    settings: Settings = field(default_factory=Settings)
    subjects: tuple[Subject, ...] = worlds.SUBJECTS
    sources: tuple[Source, ...] = worlds.SOURCES
    topics: tuple[TopicDefinition, ...] = worlds.TOPICS

    @cached_property
    def engine(self) -> AlertEngine:
        """An engine without rules and receivers: people's actions only."""
        links = Links("http://127.0.0.1:8501", b"a key for tests")
        return AlertEngine(
            self.mentions, self.state, self.clock, self.subjects, self.sources, (), (), (), {}, links, self.topics
        )


@pytest.fixture(scope="session")
def world_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A store on disk with twelve days of the invented world, made once."""
    path = tmp_path_factory.mktemp("world") / "yuqing.db"
    mentions, state = SqliteMentionStore(path, FakeClock(NOW)), SqliteStateStore(path)
    world = worlds.fill(mentions, state, NOW, days=12, per_day=60)
    mentions.close()
    state.close()
    return path, world


@pytest.fixture
def app(world_file: tuple[Path, World], tmp_path: Path) -> Iterator[FakeApp]:
    """The filled application, on a copy of the store that this test may write to."""
    path = tmp_path / "yuqing.db"
    path.write_bytes(world_file[0].read_bytes())
    yield from _used(path)


@pytest.fixture
def empty_app(tmp_path: Path) -> Iterator[FakeApp]:
    """An application in which nothing has happened yet."""
    yield from _used(tmp_path / "yuqing.db")


def _used(path: Path) -> Iterator[FakeApp]:
    clock = FakeClock(NOW)
    mentions, state = SqliteMentionStore(path, clock), SqliteStateStore(path)
    fake = FakeApp(mentions, state, clock)
    data.use_app(fake)
    yield fake
    data.use_app(None)
    mentions.close()
    state.close()


@pytest.fixture
def world(world_file: tuple[Path, World]) -> World:
    """What the filled application holds."""
    return world_file[1]


@pytest.fixture
def opened() -> Opener:
    """Open a page by its file name with parameters in the address; fails when the page raised."""

    def open_page(name: str, **address: str) -> AppTest:
        page = AppTest.from_file(str(ENTRY), default_timeout=30)
        _go(page, address).run()  # registers the pages
        page.switch_page(f"app_pages/{name}.py").run()
        if address:  # AppTest hands the address of the page before to bound widgets only on the run after the switch
            _go(page, address).run()
        assert not page.exception, page.exception
        return page

    return open_page


def _go(page: AppTest, address: dict[str, str]) -> AppTest:
    for key, value in address.items():
        page.query_params[key] = value
    return page


def words(page: AppTest) -> str:
    """Everything that a page says, for assertions on sentences."""
    kinds = ("title", "subheader", "markdown", "caption", "warning", "info", "error", "success", "text")
    return "\n".join(str(each.value) for kind in kinds for each in page.get(kind))
