"""Exports: exact columns, harmless cells, and a way back in."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from crawlers.imports import ImportOptions, import_file
from storage.export import FORMATS, KINDS, export
from storage.sqlite import SqliteMentionStore, SqliteStateStore
from tests.contract import samples
from tests.fakes import FakeClock, InMemoryMentionStore, InMemoryStateStore
from yuqing.audit import AuditTrail
from yuqing.domain.alert import Alert, AlertSeverity, AlertState, Notification, NotificationState
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.codec import to_json
from yuqing.domain.correction import Correction, words_digest
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.errors import InputError
from yuqing.domain.mention import Author, AuthorKind, Mention, MentionId
from yuqing.domain.ports import MentionQuery, MentionStore
from yuqing.domain.query import parse_query
from yuqing.jobs.handles import mask_handles
from yuqing.jobs.ingest import Intake

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NOON = samples.NOON
MENTIONS = [
    "id", "platform", "kind", "native_id", "url", "title", "text", "published_at", "collected_at", "likes", "comments",
    "shares", "views", "state", "deleted_at", "text_truncated", "cluster_id", "parent_id", "root_id", "region",
    "subjects", "sentiment", "topics", "severity", "corrected",
]  # fmt: skip
NOT_CARRIED = ("collected_at", "cluster_id", "sentiment", "topics", "severity", "corrected")


class NoMatch:
    """Finds nothing, so that only what the file says counts."""

    subjects = ()
    keywords = ()

    def match(self, text):
        """No subject."""
        return self


class Pseudonyms:
    """Never asked: an export carries no author."""

    def pseudonym(self, platform, author_id):
        """Fail."""
        raise AssertionError("an export carries no author id")


def rows(kind: str, mentions: MentionStore | None = None, state=None, query=None, since=None, until=None) -> list[dict]:
    """An export as JSON lines, read back."""
    out = io.BytesIO()
    count = export(
        kind,
        mentions or InMemoryMentionStore(),
        state or InMemoryStateStore(),
        query or MentionQuery(),
        since,
        until,
        "jsonl",
        None,
        stdout=out,
    )
    found = [json.loads(line) for line in out.getvalue().decode().splitlines()]
    assert count == len(found)
    return found


def back_in(path: Path) -> MentionStore:
    """A new store with what an export holds."""
    store, clock = InMemoryMentionStore(), FakeClock(NOW)
    intake = Intake(store, NoMatch(), lambda text: text, Pseudonyms(), clock, keep_unmatched=True)
    summary = import_file(path, ImportOptions(path.parent / "quarantine", lambda text: text), intake, clock)
    assert (summary.mapping, summary.quarantined) == ("yuqing", 0)
    return store


def carried(found: list[dict]) -> list[dict]:
    """Rows without what an import makes anew: the time of collection, scores and clusters."""
    return sorted(({k: v for k, v in row.items() if k not in NOT_CARRIED} for row in found), key=lambda row: row["id"])


def as_stored(mention: Mention) -> Mention:
    """A mention as the intake leaves it: no nickname stands behind an @."""
    title = mention.title and mask_handles(mention.title, lambda _: ())
    return replace(mention, title=title, text=mask_handles(mention.text, lambda _: ()))


web_mentions = st.builds(
    replace, samples.mentions, url=st.sampled_from(["", "https://a.invalid/x", "http://b.invalid/?q=云江"])
).map(as_stored)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(web_mentions, min_size=1, max_size=6, unique_by=lambda mention: mention.id))
def test_jsonl_is_a_round_trip(tmp_path, mentions):
    """Everything that an export carries comes back as it was, whatever the text."""
    store, path = InMemoryMentionStore(), tmp_path / "out.jsonl"
    store.add(mentions)
    export("mentions", store, InMemoryStateStore(), MentionQuery(), None, None, "jsonl", path)
    assert carried(rows("mentions", back_in(path))) == carried(rows("mentions", store))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(web_mentions, min_size=1, max_size=6, unique_by=lambda mention: mention.id),
    st.sampled_from(["csv", "excel-csv"]),
)
def test_csv_is_a_round_trip_but_for_control_characters_and_empty_titles(tmp_path, mentions, fmt):
    """Escaped formulas, quotes, delimiters and line breaks come back."""
    clean = [
        replace(one, text=one.text.translate(CONTROL), title=(one.title or "").translate(CONTROL) or None)
        for one in mentions
    ]
    store, path = InMemoryMentionStore(), tmp_path / "out.csv"
    store.add(clean)
    export("mentions", store, InMemoryStateStore(), MentionQuery(), None, None, fmt, path)
    assert carried(rows("mentions", back_in(path))) == carried(rows("mentions", store))


CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


def stored_sample() -> InMemoryMentionStore:
    """Three mentions: scored and dangerous, plain, deleted."""
    store = InMemoryMentionStore(FakeClock(NOON))
    author = Author("p" * 32, AuthorKind.PERSON)
    one = samples.mention(
        "1", '=HYPERLINK("http://x.invalid")', author=author, title="@标题", subjects=("yunjiang", "haizhou")
    )
    two = samples.mention("2", "-1 分\n差评", published_at=NOON + timedelta(hours=1))
    three = samples.mention("3", "云江银行", published_at=NOON + timedelta(hours=2))
    store.add([one, two, three])
    store.annotate([samples.annotation(one, topics=("app_failure", "fees"), level=2)])
    store.tombstone([three.id], NOON + timedelta(days=1))
    return store


def test_mentions_have_the_promised_columns_and_values():
    """In this order; unknown is null; deletions are told."""
    one, two, three = rows("mentions", stored_sample())
    assert list(one) == MENTIONS
    assert (one["sentiment"], one["topics"], one["severity"]) == ("negative", ["app_failure", "fees"], 2)
    assert one["published_at"] == "2026-03-02T12:00:00+08:00"
    assert (two["sentiment"], two["topics"], two["severity"], two["likes"]) == (None, [], None, None)
    assert (three["state"], three["text"]) == ("deleted", "")
    assert three["deleted_at"] == "2026-03-03T12:00:00+08:00"


@pytest.mark.parametrize("fmt", FORMATS)
def test_what_a_person_corrected_is_told_and_who_is_not(tmp_path, fmt):
    """The names of the values, in every format; the file can be imported again with the corrected subjects."""
    store, path = stored_sample(), tmp_path / f"out.{fmt}"
    one = store.get([MentionId("weibo:post:1")])[MentionId("weibo:post:1")].mention
    judged = Correction(one.id, "林知远", NOON, words_digest(one), SentimentLabel.NEUTRAL, removed=("haizhou",))
    store.correct([replace(judged, topics=(), severity=0, stances=(("yunjiang", SentimentLabel.NEUTRAL),))])
    first, second, _ = rows("mentions", store)
    assert first["corrected"] == ["subjects", "sentiment", "stances", "topics", "severity"]
    assert (first["sentiment"], first["subjects"], first["topics"], first["severity"]) == (
        "neutral", ["yunjiang"], [], 0,
    )  # fmt: skip
    assert second["corrected"] == []
    store.correct([replace(judged, removed=())])
    assert rows("mentions", store)[0]["corrected"] == ["sentiment"]
    export("mentions", store, InMemoryStateStore(), MentionQuery(), None, None, fmt, path)
    assert "林知远" not in json.dumps(rows("mentions", store), ensure_ascii=False)
    assert back_in(path).count(MentionQuery()) == 2


def test_no_author_leaves_the_house():
    """Not even a pseudonym."""
    assert "pppp" not in json.dumps(rows("mentions", stored_sample()))


def test_query_and_period_choose_the_mentions():
    """Half-open."""
    store = stored_sample()
    assert [row["native_id"] for row in rows("mentions", store, query=MentionQuery(text=parse_query("差评")))] == ["2"]
    period = rows("mentions", store, since=NOON, until=NOON + timedelta(hours=1))
    assert [row["native_id"] for row in period] == ["1"]


def test_csv_cells_are_harmless_and_lists_joined():
    """What a spreadsheet would run carries an apostrophe."""
    out = io.BytesIO()
    export("mentions", stored_sample(), InMemoryStateStore(), MentionQuery(), None, None, "csv", None, stdout=out)
    assert not out.getvalue().startswith(b"\xef\xbb\xbf")
    found = list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))
    assert list(found[0]) == MENTIONS
    assert found[0]["text"].startswith("'=HYPERLINK")
    assert found[0]["title"] == "'@标题"
    assert found[1]["text"] == "'-1 分\n差评"
    assert (found[0]["subjects"], found[0]["topics"], found[0]["likes"]) == ("yunjiang;haizhou", "app_failure;fees", "")
    assert found[0]["text_truncated"] == "false"


def test_csv_for_excel_begins_with_a_byte_order_mark():
    """Without it Excel shows other characters."""
    out = io.BytesIO()
    export("mentions", stored_sample(), InMemoryStateStore(), MentionQuery(), None, None, "excel-csv", None, stdout=out)
    assert out.getvalue().startswith(b"\xef\xbb\xbfid,platform")


def test_xlsx_holds_text_and_no_formula(tmp_path):
    """Control characters and very long texts do not break the sheet."""
    store = stored_sample()
    store.add([samples.mention("4", "\x0b坏字符\ud83d" + "长" * 40_000, published_at=NOON + timedelta(hours=3))])
    path = tmp_path / "out.xlsx"
    assert export("mentions", store, InMemoryStateStore(), MentionQuery(), None, None, "xlsx", path) == 4
    book = load_workbook(path)
    cells = list(book["yuqing"].iter_rows())
    assert [cell.value for cell in cells[0]] == MENTIONS
    assert not [cell for row in cells for cell in row if cell.data_type == "f"]
    texts = [row[MENTIONS.index("text")].value for row in cells[1:]]
    assert texts[0].startswith("'=HYPERLINK")
    assert (len(texts[3]), texts[3][-1]) == (32_767, "…")
    assert back_in(path).count(MentionQuery()) == 3  # a deletion is no mention


def records() -> InMemoryStateStore:
    """Coverage, an alert, a notification, an incident and audit entries."""
    state, clock = InMemoryStateStore(), FakeClock(NOON)
    hour = timedelta(hours=1)
    slices = [
        Coverage("weibo", "云江银行", NOON + n * hour, NOON + (n + 1) * hour, status, NOON + n * hour, saturated=n == 1)
        for n, status in enumerate([Outcome.OK, Outcome.CHALLENGE])
    ]
    for one in slices:
        state.save("coverage", one.key, to_json(one))
    alert = Alert(
        "a1", "f1", {"subject": "yunjiang"}, AlertState.FIRING, AlertSeverity.CRITICAL, NOON, None, NOON, "激增",
        "spike", "yunjiang", 40.0, 3.5, 1e-9, (MentionId("weibo:post:1"),), {"detected": NOON.isoformat()},
    )  # fmt: skip
    state.save("alert", alert.id, to_json(alert))
    sent = Notification("n1", "a1", "duty", "firing", NotificationState.ACCEPTED, NOON, NOON, 1, None, NOON, "250 ok")
    state.save("notification", sent.id, to_json(sent))
    state.save("incident", "i1", {"alert_id": "a1", "status": "open", "opened_at": NOON.isoformat(), "owner": None})
    AuditTrail(state, clock).record("cli", "export", "mentions", {"rows": "3"})
    return state


def test_coverage_has_the_promised_columns():
    """A slice that was refused is told as such."""
    found = rows("coverage", state=records())
    assert list(found[0]) == ["source", "query", "from", "to", "region", "status", "saturated", "checked_at"]
    assert [(row["status"], row["saturated"]) for row in found] == [("ok", False), ("challenge", True)]
    assert found[0]["from"] == "2026-03-02T12:00:00+08:00"


def test_coverage_is_chosen_by_overlap():
    """A slice belongs to every period that it touches."""
    later = rows("coverage", state=records(), since=NOON + timedelta(hours=1, minutes=30))
    assert [row["status"] for row in later] == ["challenge"]


@pytest.mark.parametrize("kind", ["alerts", "incidents", "notifications", "audit"])
def test_records_are_exported_and_chosen_by_time(kind):
    """Each kind has its row, inside its period only."""
    state = records()
    (row,) = rows(kind, state=state, since=NOON, until=NOON + timedelta(minutes=1))
    assert row["id"]
    assert rows(kind, state=state, until=NOON) == []


def test_an_alert_carries_its_evidence():
    """Observed against expected, with the mentions behind it."""
    (row,) = rows("alerts", state=records())
    assert (row["observed"], row["expected"], row["evidence"]) == (40.0, 3.5, ["weibo:post:1"])
    assert row["labels"] == {"subject": "yunjiang"}


def test_audit_entries_keep_what_their_hash_is_over():
    """The chain can be checked from the export."""
    (row,) = rows("audit", state=records())
    assert (row["actor"], row["action"], row["detail"]) == ("cli", "export", {"rows": "3"})
    assert row["at"] == NOON.isoformat()
    assert len(row["hash"]) == 64


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fmt", FORMATS)
def test_every_kind_in_every_format_from_the_embedded_store(tmp_path, kind, fmt):
    """An empty store gives an empty file with a header where the format has one."""
    path, database = tmp_path / f"out.{fmt}", tmp_path / "yuqing.db"
    mentions, state = SqliteMentionStore(database, FakeClock(NOON)), SqliteStateStore(database)
    mentions.add([samples.mention("1")])
    assert export(kind, mentions, state, MentionQuery(), None, None, fmt, path) == (1 if kind == "mentions" else 0)
    assert path.stat().st_size > 0 or fmt == "jsonl"
    mentions.close()
    state.close()


@pytest.mark.parametrize(("kind", "fmt", "told"), [("tweets", "jsonl", "mentions"), ("mentions", "pdf", "xlsx")])
def test_unknown_kinds_and_formats_are_told(kind, fmt, told):
    """With those that exist."""
    with pytest.raises(InputError, match=told):
        export(kind, InMemoryMentionStore(), InMemoryStateStore(), MentionQuery(), None, None, fmt, None)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    """And a folder in place of the file."""
    for path in (tmp_path / "none" / "out.csv", tmp_path):
        with pytest.raises(InputError, match="无法写入"):
            export("mentions", stored_sample(), InMemoryStateStore(), MentionQuery(), None, None, "csv", path)


def test_an_export_that_breaks_off_leaves_the_earlier_file(tmp_path):
    """Complete or not at all."""
    path = tmp_path / "out.jsonl"
    path.write_text("earlier")

    class Breaking(InMemoryMentionStore):
        """Stops in the middle."""

        def scan(self, query):
            """One mention, then the disk fails."""
            yield from [stored_sample().get([MentionId("weibo:post:1")])[MentionId("weibo:post:1")]]
            raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="No space"):
        export("mentions", Breaking(), InMemoryStateStore(), MentionQuery(), None, None, "jsonl", path)
    assert path.read_text() == "earlier"
    assert [one.name for one in tmp_path.iterdir()] == ["out.jsonl"]


def test_sample_texts_are_mentions():
    """The strategy makes what the round trip is about."""
    assert isinstance(samples.mention(), Mention)
