"""The report on corrections counts what people and the model said, by platform, month and model, and warns."""

from datetime import UTC, datetime

from tests.contract.samples import NOON
from yuqing.correction_report import report
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.correction import Correction
from yuqing.domain.mention import MentionId, Platform
from yuqing.jobs.correct import Record, Said

NEG, NEU = SentimentLabel.NEGATIVE, SentimentLabel.NEUTRAL
LATE_IN_MARCH = datetime(2026, 3, 31, 17, tzinfo=UTC)  # April in Beijing


def record(
    number: int,
    truth: SentimentLabel | None,
    said: SentimentLabel | None,
    *,
    at: datetime = NOON,
    weibo: bool = True,
    **more: object,
) -> Record:
    """One judgement; `said` None: no model had read it."""
    name = MentionId(f"weibo:post:{number}")
    values: dict[str, object] = {"sentiment": truth, **more}
    before = None if said is None else Said(said, 0.6, (("yunjiang", NEU),), ("fees",), 2, "test-1", NOON)
    correction = Correction(name, "林知远", NOON, "w", **values)  # type: ignore[arg-type]
    return Record(name, Platform.WEIBO if weibo else Platform.NEWS, at, correction, before)


def test_parts_are_counted_by_platform_month_and_model() -> None:
    """Months are those of Beijing; each part has its own figures."""
    found = report(
        [
            record(1, NEG, NEG),
            record(2, NEU, NEG),
            record(3, NEG, NEU, weibo=False),
            record(4, NEU, NEU, at=LATE_IN_MARCH),
            record(5, NEU, None),
        ]
    )
    named = {(group.kind, group.name): group.stance for group in found.groups}
    assert {key: each.n for key, each in named.items()} == {
        ("all", ""): 4,
        ("platform", "news"): 1,
        ("platform", "weibo"): 3,
        ("month", "2026-03"): 3,
        ("month", "2026-04"): 1,
        ("model", "test-1"): 4,
    }
    assert (named["all", ""].precision.value, named["all", ""].recall.value) == (0.5, 0.5)
    assert (named["platform", "weibo"].precision.value, named["platform", "weibo"].recall.value) == (0.5, 1.0)
    assert found.unread == 1


def test_stances_of_single_subjects_severity_and_topics_count_too() -> None:
    """A stance towards one subject is compared with what the model said of that subject."""
    found = report([record(1, None, NEG, stances=(("yunjiang", NEG), ("x", NEG)), topics=("fees", "app"), severity=1)])
    assert [(group.kind, group.stance.n, group.stance.recall.value) for group in found.groups][:1] == [("all", 1, 0.0)]
    assert (found.severity.n, found.severity_same.value, found.severity.precision.value) == (1, 0.0, 0.0)
    assert [share.value for share in found.topics] == [1.0, 0.5]


def test_the_table_warns_of_few_and_biased_cases() -> None:
    """Nobody takes corrections for a random sample; a part of a few cases says so."""
    lines = report([record(1, NEG, NEG), record(2, NEU, NEG)]).lines()
    assert "有偏的样本" in lines[-1]
    assert all("样本少" in line for line in lines[1:5])
    assert "平台 微博" in "".join(lines)
    assert "还没有可比的情感更正" in report([]).lines()[1]
