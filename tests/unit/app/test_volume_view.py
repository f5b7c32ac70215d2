"""Volume on the command line: no zero is claimed for hours that nobody read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.contract.samples import mention
from tests.fakes import InMemoryMentionStore
from yuqing.domain.ports import MentionQuery
from yuqing.gaps import Assessment, Gap
from yuqing.volume_view import VolumeRow, coverage_note, save_volume_chart, volume_rows

START = datetime(2026, 3, 13, 16, tzinfo=UTC)  # midnight in Shanghai
HOUR = timedelta(hours=1)
QUERY = MentionQuery(since=START, until=START + 4 * HOUR)


def store(*hours: float) -> InMemoryMentionStore:
    """Mentions so many hours after the start."""
    found = InMemoryMentionStore()
    found.add([mention(str(n), published_at=START + hour * HOUR) for n, hour in enumerate(hours)])
    return found


def gap(since: float, until: float, source: str = "weibo") -> Gap:
    """A stretch in which a source was not read."""
    return Gap(source, START + since * HOUR, START + until * HOUR, None)


def rows(store: InMemoryMentionStore, *gaps: Gap, known: bool = True) -> list[VolumeRow]:
    """Four hours of two sources."""

    def assess(since: datetime, until: datetime) -> Assessment | None:
        return Assessment(("weibo", "news"), gaps, since, until) if known else None

    return volume_rows(store, QUERY, HOUR, assess)


def test_a_bin_that_nobody_or_not_everybody_read_is_no_zero() -> None:
    """Unknown where no source looked, unknown where one was missing, zero where all looked; numbers always show."""
    found = rows(store(0.5, 1.5), gap(1.5, 3), gap(2, 3, "news"), gap(3.2, 3.4))
    assert [row.total for row in found] == [1, 1, None, None]
    assert [row.coverage for row in found] == ["complete", "partial", "none", "partial"]
    assert found[2].as_json() == {
        "start": "2026-03-14T02:00:00+08:00",
        **dict.fromkeys(("total", "negative", "neutral", "positive", "unscored")),
        "coverage": "none",
    }
    assert [row.bar for row in found] == [40, 40, 0, 0]


def test_all_seen_is_zero_and_imports_alone_are_known() -> None:
    """Where nothing was ever crawled, what was imported is all there is."""
    assert [row.total for row in rows(store(0.5))] == [1, 0, 0, 0]
    found = rows(store(0.5), known=False)
    assert [row.total for row in found] == [1, 0, 0, 0]
    assert {row.coverage for row in found} == {"imported"}
    assert coverage_note(found) is None


def test_what_is_not_seen_is_said(tmp_path: Path) -> None:
    """In words beside the rows, and as a shade in the chart."""
    found = rows(store(0.5), gap(1, 3))
    note = coverage_note(found)
    assert note is not None
    assert "2 段" in note
    chart = tmp_path / "volume.svg"
    save_volume_chart(found, chart)
    complete = tmp_path / "complete.svg"
    save_volume_chart(rows(store(0.5)), complete)
    shade = "#eef0f3"
    assert (shade in chart.read_text(encoding="utf-8"), shade in complete.read_text(encoding="utf-8")) == (True, False)
