"""Whole files through the real intake: counts add up, repeating adds nothing, nothing is lost."""

import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from crawlers.imports import ImportSummary, import_file
from crawlers.imports.mapping import parse_map
from yuqing.domain.errors import StoreUnavailable
from yuqing.domain.mention import AuthorKind, MentionKind
from yuqing.domain.ports import MentionQuery
from yuqing.jobs.ingest import AdmitResult

GOOD = 'text,published_at,likes\n云江银行排队,2026/2/20 10:01,3\n"云银, 服务好",2026/2/20 10:02,1.2万\n'


def lines(*posts: dict[str, object]) -> str:
    """JSON lines."""
    return "".join(json.dumps(post, ensure_ascii=False) + "\n" for post in posts)


def balanced(summary: ImportSummary) -> bool:
    """True when every row read has exactly one fate."""
    fates = (summary.new, summary.updated, summary.unchanged, summary.unmatched, summary.quarantined, summary.skipped)
    return summary.read == sum(fates)


def test_a_csv_of_an_operator(desk):
    """Usual column names are recognised; the platform is given."""
    summary = desk.load(desk.write("a.csv", GOOD), platform="weibo")
    assert (summary.read, summary.new, summary.quarantined, summary.mapping) == (2, 2, 0, "auto")
    stored = list(desk.store.scan(MentionQuery()))
    assert [one.mention.text for one in stored] == ["云江银行排队", "云银, 服务好"]
    assert stored[1].mention.engagement.likes == 12_000
    assert stored[0].mention.published_at == datetime(2026, 2, 20, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encoding_does_not_matter(desk, encoding):
    """The same rows in another encoding are the same mentions."""
    desk.load(desk.write("a.csv", GOOD), platform="weibo")
    again = desk.load(desk.write("b.csv", GOOD.encode(encoding)), platform="weibo")
    assert (again.new, again.unchanged) == (0, 2)


def test_the_format_does_not_matter(desk):
    """CSV, JSON lines, an array and a workbook of the same rows are the same mentions."""
    rows = [("云江银行排队", "2026/2/20 10:01", 3), ("云银, 服务好", "2026/2/20 10:02", 12000)]
    objects = [dict(zip(("text", "published_at", "likes"), row, strict=True)) for row in rows]
    book, target = Workbook(), io.BytesIO()
    for row in (("text", "published_at", "likes"), *rows):
        book.active.append(row)
    book.save(target)
    desk.load(desk.write("a.csv", GOOD), platform="weibo")
    files = {"a.jsonl": lines(*objects), "a.json": json.dumps(objects), "a.xlsx": target.getvalue()}
    for name, data in files.items():
        summary = desk.load(desk.write(name, data), platform="weibo")
        assert (name, summary.new, summary.unchanged) == (name, 0, 2)


def test_a_date_cell_of_a_workbook_is_shanghai_time(desk):
    """Excel knows no zones."""
    book, target = Workbook(), io.BytesIO()
    book.active.append(("内容", "发布时间"))
    book.active.append(("云江银行", datetime(2026, 2, 20, 10, 1)))  # noqa: DTZ001
    book.save(target)
    assert desk.load(desk.write("a.xlsx", target.getvalue()), platform="weibo").new == 1
    (stored,) = desk.store.scan(MentionQuery())
    assert stored.mention.published_at == datetime(2026, 2, 20, 2, 1, tzinfo=UTC)


def test_a_mapping_of_the_command_line(desk):
    """Columns of any name; what is not read is listed."""
    path = desk.write("a.csv", "评语,何时,心情\n云江银行不错,2026-02-20 10:00,好\n")
    summary = desk.load(path, platform="zhihu", kind="comment", mapping=parse_map("text=评语,published_at=何时"))
    assert (summary.new, summary.ignored_columns) == (1, ("心情",))
    (stored,) = desk.store.scan(MentionQuery())
    assert stored.mention.kind is MentionKind.COMMENT


def test_mediacrawler_twice_adds_nothing_the_second_time(desk, post):
    """More rows than one batch and than the peek; every row has one fate."""
    path = desk.write("search_contents.jsonl", lines(*(post(n) for n in range(1_234))))
    first, second = desk.load(path), desk.load(path)
    assert (first.read, first.new, first.mapping) == (1_234, 1_234, "mediacrawler-weibo-contents")
    assert (second.read, second.new, second.unchanged) == (1_234, 0, 1_234)
    assert desk.store.count(MentionQuery()) == 1_234
    assert balanced(first)
    assert balanced(second)


def test_two_identical_rows_stay_two_on_every_repetition(desk):
    """Without ids, the n-th such row of a file is always the same mention."""
    path = desk.write("a.csv", GOOD + "云江银行排队,2026/2/20 10:01,3\n")
    assert desk.load(path, platform="weibo").new == 3
    assert desk.load(path, platform="weibo").new == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(["good", "cut", "empty", "future", "foreign", "double"]), max_size=30), st.integers(1, 7)
)
def test_every_row_has_exactly_one_fate(desk, post, kinds, batch):
    """Whatever the mixture and the size of batches."""
    made = {
        "good": lambda n: lines(post(n)),
        "cut": lambda n: lines(post(n))[:-20] + "\n",
        "empty": lambda n: lines({**post(n), "content": "nan"}),
        "future": lambda n: lines({**post(n), "create_date_time": "2031-01-01 00:00:00"}),
        "foreign": lambda n: lines(post(n, "今天天气好")),
        "double": lambda n: lines(post(0)),
    }
    path = desk.write("a.jsonl", lines(post(9_999)) + "".join(made[kind](n) for n, kind in enumerate(kinds, 1)))
    summary = desk.load(path, keep=False, batch=batch)
    assert balanced(summary)
    assert summary.quarantined == sum(kind in ("cut", "empty", "future") for kind in kinds)
    assert summary.unmatched == kinds.count("foreign")


def test_a_broken_row_is_quarantined_with_line_and_reason(desk, post):
    """The file is not dropped; the operator finds the line."""
    data = lines(post(1)) + lines(post(2))[:-25] + "\n" + lines({**post(3), "content": ""})
    summary = desk.load(desk.write("a.jsonl", data))
    assert (summary.new, summary.quarantined) == (1, 2)
    assert summary.reasons == {"JSON 不完整或有误": 1, "正文为空": 1}
    assert summary.quarantine_path is not None
    found = [json.loads(line) for line in summary.quarantine_path.read_text("utf-8").splitlines()]
    assert [row["line"] for row in found] == [2, 3]
    assert found[0]["row"]["note_id"] == post(2)["note_id"]
    assert "JSON" in found[0]["reason"]
    assert found[1]["reason"] == "正文为空"


def test_quarantine_is_the_same_on_repetition_and_goes_when_the_file_is_mended(desk, post):
    """No second copy, no leftover of a mended import, no partial file."""
    path = desk.write("a.jsonl", lines(post(1), {**post(2), "content": ""}))
    first = desk.load(path).quarantine_path
    assert first is not None
    text = first.read_text("utf-8")
    assert desk.load(path).quarantine_path == first
    assert first.read_text("utf-8") == text
    assert [one.name for one in first.parent.iterdir()] == [first.name]


def test_personal_data_reaches_neither_quarantine_nor_store(desk, post):
    """Phones are masked, authors dropped, also in a line that is no JSON any more and in unknown columns."""
    secret = {
        **post(1),
        "content": "云江银行 我是江边小王 电话13812345678",
        "phone": "13912345678",
        "user_id": "998877665",
    }
    data = lines(secret) + lines({**secret, "liked_count": "多"}) + lines(secret)[:-3] + "\n"
    summary = desk.load(desk.write("a.jsonl", data))
    assert (summary.new, summary.quarantined) == (1, 2)
    assert summary.quarantine_path is not None
    shown = summary.quarantine_path.read_text("utf-8") + repr(list(desk.store.scan(MentionQuery()))) + repr(summary)
    for part in ("13812345678", "13912345678", "998877665", "江边小王", "author0001"):
        assert part not in shown
    assert "云江银行" in shown


def test_a_quarantined_row_shows_no_account_in_its_addresses(desk, post):
    """Neither the number of the author in a link nor a nickname in a text."""
    row = {**post(1), "liked_count": "多", "content": "回复@李四:云江"}
    row["note_url"] = "https://weibo.com/998877665/NabcDEF12"
    comment = {
        **{"comment_id": "1", "note_id": "2", "content": "x", "create_time": "?", "comment_like_count": "0"},
        "parent_comment_id": "998877665",
    }
    for name, line in (("a.jsonl", row), ("b.jsonl", comment)):
        path = desk.load(desk.write(name, lines(line))).quarantine_path
        assert path is not None
        shown = path.read_text("utf-8")
        assert "998877665" not in shown
        assert "李四" not in shown


def test_author_kinds_and_pseudonyms(desk, post):
    """The same account has the same pseudonym, and no name."""
    desk.load(desk.write("a.jsonl", lines(post(1), {**post(2), "creator_hash": "author0001"})))
    one, other = desk.store.scan(MentionQuery())
    assert one.mention.author == other.mention.author
    assert one.mention.author.kind is AuthorKind.UNKNOWN
    assert one.mention.author.pseudonym


def test_rows_about_nothing_watched_are_counted_and_left_out(desk, post):
    """Unless the operator says what they are about, or keeps them."""
    path = desk.write("a.jsonl", lines(post(1), post(2, "今天天气好")))
    assert desk.load(path, keep=False).unmatched == 1
    assigned = import_file(path, desk.options(), desk.intake(assign=("yunjiang",)), desk.clock)
    assert (assigned.unmatched, assigned.new) == (0, 1)
    assert desk.store.count(MentionQuery(subjects=("yunjiang",))) == 2


def test_subjects_of_a_column_are_taken(desk):
    """A survey says which product a row is about."""
    path = desk.write("a.csv", "text,published_at,subject\n真好用,2026-02-20 10:00,yunjiang\n")
    assert desk.load(path, keep=False, platform="feedback").new == 1
    assert desk.store.count(MentionQuery(subjects=("yunjiang",))) == 1


def test_standard_input(desk):
    """A stream that cannot be sought."""
    stream = io.BytesIO(GOOD.encode("gb18030"))
    summary = import_file(None, desk.options(platform="weibo"), desk.intake(), desk.clock, stdin=stream)
    assert (summary.file, summary.new) == ("stdin", 2)


def test_a_store_that_breaks_off_leaves_an_import_that_can_be_repeated(desk, post):
    """What was acknowledged stays; the second run completes it."""
    path = desk.write("a.jsonl", lines(*(post(n) for n in range(250)), {**post(999), "content": ""}))
    door = desk.intake()

    class Breaking:
        """Refuses the third batch."""

        calls = 0

        def admit(self, drafts):
            """Admit two batches."""
            self.calls += 1
            if self.calls == 3:
                raise StoreUnavailable("nobody answers")
            return door.admit(drafts)

    with pytest.raises(StoreUnavailable):
        import_file(path, desk.options(batch=50), Breaking(), desk.clock)
    assert list((desk.folder / "quarantine").glob("*")) == []
    summary = desk.load(path, batch=50)
    assert (summary.new, summary.unchanged, summary.quarantined) == (150, 100, 1)


def test_progress_hears_of_every_batch(desk, post):
    """Rows and share only grow."""
    heard: list[tuple[int, float | None]] = []

    class Ear:
        """Keeps what it hears."""

        def update(self, rows, fraction):
            """Remember."""
            heard.append((rows, fraction))

    path = desk.write("a.jsonl", lines(*(post(n) for n in range(250))))
    import_file(path, desk.options(batch=100), desk.intake(), desk.clock, Ear())
    assert heard == sorted(heard)
    assert heard[-1] == (250, 1.0)


def test_drafts_are_handed_over_in_batches(desk, post):
    """Memory does not grow with the file."""
    sizes: list[int] = []

    class Counting:
        """Counts drafts."""

        def admit(self, drafts):
            """Count."""
            sizes.append(len(drafts))
            return AdmitResult(new=len(drafts))

    path = desk.write("a.jsonl", lines(*(post(n) for n in range(250))))
    import_file(path, desk.options(batch=100), Counting(), desk.clock)
    assert sizes == [100, 100, 50]
