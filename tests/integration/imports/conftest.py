"""A door into a store in memory, and the options of an import."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.imports import ImportOptions, ImportSummary, import_file
from nlp.match import SubjectMatcher
from nlp.privacy import Pseudonymiser, mask
from tests.fakes import FakeClock, InMemoryMentionStore
from yuqing.domain.subject import Subject, SubjectKind
from yuqing.jobs.ingest import Intake

OURS = Subject("yunjiang", "云江银行", SubjectKind.BRAND, ("云江银行", "云银"), ("云银河",))


@dataclass
class Desk:
    """Where files are imported."""

    folder: Path
    clock: FakeClock = field(default_factory=lambda: FakeClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC)))
    store: InMemoryMentionStore = field(default_factory=InMemoryMentionStore)

    def intake(self, **settings: object) -> Intake:
        """The real intake over the store in memory."""
        matcher = SubjectMatcher([OURS])
        return Intake(self.store, matcher, mask, Pseudonymiser(b"k" * 32), self.clock, **settings)

    def options(self, **changes: object) -> ImportOptions:
        """Usual options."""
        return ImportOptions(quarantine=self.folder / "quarantine", mask=mask, **changes)

    def load(self, path: Path, keep: bool = True, **changes: object) -> ImportSummary:
        """Import a file."""
        return import_file(path, self.options(**changes), self.intake(keep_unmatched=keep), self.clock)

    def write(self, name: str, data: str | bytes) -> Path:
        """A file to import."""
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty store."""
    return Desk(tmp_path)


@pytest.fixture
def post() -> Callable[..., dict[str, object]]:
    """Invented MediaCrawler posts by number."""

    def build(number: int, text: str = "云江银行手机银行又崩了") -> dict[str, object]:
        second = 1_771_000_000 + number
        return {
            "note_id": str((second - 515483463) << 22 | number & 1023),
            "content": f"{text} {number}",
            "create_time": second + 28_800,
            "liked_count": str(number),
            "creator_hash": f"author{number:04}",
            "nickname": "江边小王",
        }

    return build
