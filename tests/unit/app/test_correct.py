"""Corrections: who said what when, what the model had said, counted in its place, once however often it is said."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO

import pytest

from tests.contract.samples import NEGATIVE, NOON, POSITIVE, annotation, mention, minutes
from tests.fakes import FakeClock, InMemoryMentionStore, InMemoryStateStore
from yuqing.audit import AuditTrail
from yuqing.corrections_file import Words, export_table, import_table
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.correction import Correction
from yuqing.domain.errors import Conflict, InputError, StoreUnavailable
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import MentionQuery, Versioned
from yuqing.domain.subject import Subject, SubjectKind, TopicDefinition
from yuqing.jobs.correct import Corrections, Fate, Judgement, forget_corrections, records

TOPICS = (TopicDefinition("app_failure", "App 故障", ""), TopicDefinition("fees", "收费", ""))
SUBJECTS = tuple(
    Subject(id_, name, SubjectKind.BRAND, (name,)) for id_, name in (("yunjiang", "云江银行"), ("haizhou", "海州银行"))
)
WORDS = Words(TOPICS, SUBJECTS)
FIRST = mention("1")
BOTH = mention("2", "云江银行比海州银行强", subjects=("yunjiang", "haizhou"))
NEUTRAL = SentimentLabel.NEUTRAL


class Failing(InMemoryMentionStore):
    """A store that can be told to refuse corrections."""

    is_down = False

    def correct(self, corrections: object) -> int:
        """Refuse while down."""
        if self.is_down:
            raise StoreUnavailable("down")
        return super().correct(corrections)  # type: ignore[arg-type]


class Lagging(InMemoryStateStore):
    """A state store that may show a document as it was before somebody else wrote."""

    seen_before: Versioned | None = None

    def load(self, kind: str, id: str) -> Versioned | None:
        """What is there, or what was."""
        return self.seen_before if self.seen_before and kind == "correction" else super().load(kind, id)


@dataclass
class World:
    """Two scored mentions, the analyst's desk, and an audit trail."""

    mentions: Failing = field(default_factory=Failing)
    state: Lagging = field(default_factory=Lagging)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON + timedelta(hours=1)))

    def __post_init__(self) -> None:
        self.mentions.add([FIRST, BOTH])
        self.mentions.annotate([annotation(FIRST, NEGATIVE, [("yunjiang", NEGATIVE)], ["app_failure"], 2)])
        self.mentions.annotate([annotation(BOTH, NEGATIVE, [("yunjiang", POSITIVE), ("haizhou", NEGATIVE)])])
        self.trail = AuditTrail(self.state, self.clock)
        self.desk = Corrections(
            self.mentions, self.state, self.clock, self.trail.record,
            frozenset(each.id for each in TOPICS), frozenset(each.id for each in SUBJECTS),
        )  # fmt: skip

    def audited(self) -> list[Mapping[str, object]]:
        """What is in the audit trail."""
        return [found.body for found in self.state.find("audit")]


@pytest.fixture
def world() -> World:
    """A fresh world."""
    return World()


def test_a_judgement_is_recorded_with_who_when_before_and_after(world: World) -> None:
    """The record keeps the model's word and version; the audit trail says it in one line; the mention shows it."""
    assert world.desk.judge(Judgement(FIRST.id, NEUTRAL, severity=0), "林知远") is Fate.NEW
    (record,) = records(world.state)
    assert record.before is not None
    assert (record.before.sentiment, record.before.severity, record.before.model) == (
        SentimentLabel.NEGATIVE,
        2,
        "test-1",
    )
    assert (record.correction.by, record.correction.at, record.is_shown) == ("林知远", world.clock.now(), True)
    (entry,) = world.audited()
    assert (entry["actor"], entry["action"], entry["target"]) == ("林知远", "correct", FIRST.id)
    assert entry["detail"] == {"model": "test-1", "sentiment": "negative → neutral", "severity": "2 → 0"}
    assert world.mentions.count(MentionQuery(sentiments=(NEUTRAL,), subjects=("yunjiang",))) == 1
    assert world.trail.verify() == []


def test_the_same_judgement_again_changes_nothing(world: World) -> None:
    """Neither record nor audit trail grow, whoever repeats it."""
    world.desk.judge(Judgement(FIRST.id, NEUTRAL), "林知远")
    before = world.state.load("correction", FIRST.id)
    world.clock.advance(minutes(5))
    assert world.desk.judge(Judgement(FIRST.id, NEUTRAL), "别人") is Fate.UNCHANGED
    assert world.state.load("correction", FIRST.id) == before
    assert len(world.audited()) == 1


def test_later_judgements_add_up_and_the_history_stays(world: World) -> None:
    """Topics said later join the sentiment said before; the model's word of the first time is kept."""
    world.desk.judge(Judgement(FIRST.id, NEUTRAL), "甲")
    world.mentions.annotate([replace(annotation(FIRST, POSITIVE), model="test-2")])
    assert world.desk.judge(Judgement(FIRST.id, topics=("fees",)), "乙") is Fate.CHANGED
    (record,) = records(world.state)
    assert (record.correction.sentiment, record.correction.topics) == (NEUTRAL, ("fees",))
    assert [step.by for step in record.history] == ["甲", "乙"]
    assert record.before is not None
    assert record.before.model == "test-1"


def test_subjects_are_given_whole_and_kept_as_differences(world: World) -> None:
    """The analyst names all subjects; naming the matcher's own again takes the correction of subjects back."""
    world.desk.judge(Judgement(FIRST.id, subjects=("haizhou",)), "甲")
    assert world.mentions.get([FIRST.id])[FIRST.id].mention.subjects == ("haizhou",)
    world.desk.judge(Judgement(FIRST.id, severity=1), "甲")
    assert world.mentions.get([FIRST.id])[FIRST.id].mention.subjects == ("haizhou",)
    world.desk.judge(Judgement(FIRST.id, subjects=("yunjiang",)), "甲")
    assert world.mentions.get([FIRST.id])[FIRST.id].mention.subjects == ("yunjiang",)


def test_taken_back_the_model_counts_again(world: World) -> None:
    """The record is no longer among those that hold; the history tells of both."""
    world.desk.judge(Judgement(FIRST.id, NEUTRAL), "甲")
    assert world.desk.take_back(FIRST.id, "乙") is True
    assert world.desk.take_back(FIRST.id, "乙") is False
    assert list(records(world.state)) == []
    assert world.mentions.count(MentionQuery(sentiments=(SentimentLabel.NEGATIVE,))) == 2
    assert [entry["action"] for entry in world.audited()] == ["correct", "correct.take_back"]
    assert world.desk.judge(Judgement(FIRST.id, NEUTRAL), "甲") is Fate.NEW


def test_what_was_written_down_is_shown_after_a_crash(world: World) -> None:
    """The store fails between record and mention: the next look makes up for it, once."""
    world.mentions.is_down = True
    with pytest.raises(StoreUnavailable):
        world.desk.judge(Judgement(FIRST.id, NEUTRAL), "甲")
    world.mentions.is_down = False
    assert world.mentions.get([FIRST.id])[FIRST.id].correction is None
    assert (world.desk.finish(), world.desk.finish()) == (1, 0)
    assert isinstance(world.mentions.get([FIRST.id])[FIRST.id].correction, Correction)


def crash(*_: object) -> None:
    """A process that ends here."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("next_look", ["finish", "the same again", "another judgement"])
def test_a_crash_before_the_audit_entry_leaves_no_hole_in_the_trail(world: World, next_look: str) -> None:
    """The record is there and the entry is not: whoever looks next writes the entry, once, in the analyst's name."""
    world.desk.judge(Judgement(FIRST.id, NEUTRAL), "甲")
    world.clock.advance(minutes(5))
    judged_at = world.clock.now()
    with pytest.raises(KeyboardInterrupt):
        replace(world.desk, audit=crash).judge(Judgement(FIRST.id, severity=0), "乙")
    assert len(world.audited()) == 1
    world.clock.advance(minutes(5))
    if next_look == "another judgement":
        world.desk.judge(Judgement(FIRST.id, severity=1), "甲")
    elif next_look == "the same again":
        world.desk.judge(Judgement(FIRST.id, severity=0), "甲")
    world.desk.finish()
    made_up = world.audited()[1]
    assert (made_up["actor"], made_up["action"], made_up["target"]) == ("乙", "correct", FIRST.id)
    assert made_up["detail"] == {
        "model": "test-1", "sentiment": "negative → neutral", "severity": "2 → 0", "judged_at": judged_at.isoformat(),
    }  # fmt: skip
    assert len(world.audited()) == (3 if next_look == "another judgement" else 2)
    assert world.mentions.get([FIRST.id])[FIRST.id].annotation.severity.level == (  # type: ignore[union-attr]
        1 if next_look == "another judgement" else 0
    )
    assert (world.desk.finish(), world.trail.verify()) == (0, [])


def test_a_crash_behind_the_audit_entry_does_not_write_it_twice(world: World) -> None:
    """Only the mention is behind; one that was taken back is told as that."""
    world.desk.judge(Judgement(FIRST.id, NEUTRAL), "甲")
    world.mentions.is_down = True
    with pytest.raises(StoreUnavailable):
        world.desk.take_back(FIRST.id, "乙")
    world.mentions.is_down = False
    assert world.desk.finish() == 1
    assert [(entry["actor"], entry["action"]) for entry in world.audited()] == [
        ("甲", "correct"),
        ("乙", "correct.take_back"),
    ]


def test_two_analysts_at_once_are_told(world: World) -> None:
    """A judgement that was made on what somebody changed meanwhile is refused, not lost silently."""
    world.desk.judge(Judgement(FIRST.id, NEUTRAL), "甲")
    document = world.state.load("correction", FIRST.id)
    assert document is not None
    world.state.seen_before = replace(document, version=document.version - 1)
    with pytest.raises(Conflict):
        world.desk.judge(Judgement(FIRST.id, severity=3), "乙")


@pytest.mark.parametrize(
    ("judgement", "reason"),
    [
        (Judgement(MentionId("weibo:post:nobody"), NEUTRAL), "没有编号为"),
        (Judgement(FIRST.id, topics=("nothing",)), "没有这个话题：nothing"),
        (Judgement(FIRST.id, subjects=("nobody",)), "没有这个主体：nobody"),
        (Judgement(FIRST.id, severity=4), "0 至 3"),
    ],
)
def test_what_cannot_be_meant_is_refused(world: World, judgement: Judgement, reason: str) -> None:
    """Nothing is written."""
    with pytest.raises(InputError, match=reason):
        world.desk.judge(judgement, "甲")
    with pytest.raises(InputError, match="谁"):
        world.desk.judge(Judgement(FIRST.id, NEUTRAL), " ")
    assert world.audited() == []


TABLE = """编号,id,sentiment,topics,severity,subject,subjects
a,weibo:post:1,中性,收费;app_failure,0,,
b,weibo:post:2,负面,,,云江银行,
c,weibo:post:9,负面,,,,
d,weibo:post:1,很坏,,,,
e,weibo:post:1,,,,,
f,weibo:post:2,,-,9,,
"""


def test_a_table_is_taken_row_by_row_and_bad_rows_are_named(world: World) -> None:
    """Chinese and English words; every row that cannot be taken is named with its line, the others hold."""
    done = import_table(TABLE.encode("gb18030"), world.desk, WORDS, "林知远")
    assert (done.rows, done.new, [bad.line for bad in done.bad]) == (6, 2, [4, 5, 6, 7])
    assert [bad.reason.split("，")[0] for bad in done.bad] == [
        "没有编号为 weibo:post:9 的提及", "sentiment 应为 负面、中性、正面 之一",
        "sentiment、topics、severity、subjects 都没有填", "severity 应为 0 至 3",
    ]  # fmt: skip
    again = import_table(TABLE.encode(), world.desk, WORDS, "林知远")
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    found = world.mentions.get([FIRST.id, BOTH.id])
    assert [each.id for each in found[FIRST.id].annotation.topics] == ["fees", "app_failure"]  # type: ignore[union-attr]
    assert world.mentions.count(MentionQuery(subjects=("yunjiang",), sentiments=(SentimentLabel.NEGATIVE,))) == 1


def test_an_export_can_be_imported_again(world: World) -> None:
    """Into an empty book it brings the same judgements, and into the same book nothing new."""
    import_table(TABLE.encode(), world.desk, WORDS, "林知远")
    world.desk.judge(Judgement(BOTH.id, topics=(), subjects=("haizhou",)), "乙")
    file = BytesIO()
    assert export_table(world.mentions, world.state, "csv", file) == 3
    assert (again := import_table(file.getvalue(), world.desk, WORDS, "x")).bad == ()
    assert (again.new, again.changed) == (0, 0)
    other = World()
    import_table(file.getvalue(), other.desk, WORDS, "x")
    for mine, theirs in zip(records(world.state), records(other.state), strict=True):
        assert (mine.correction.sentiment, mine.correction.stances) == (
            theirs.correction.sentiment,
            theirs.correction.stances,
        )
        assert (mine.correction.topics, mine.correction.removed) == (
            theirs.correction.topics,
            theirs.correction.removed,
        )
    assert "云江手机银行又闪退了" in file.getvalue().decode()


def test_texts_that_changed_teach_nothing(world: World) -> None:
    """The judgement was of other words: it is exported without a text and marked."""
    world.desk.judge(Judgement(FIRST.id, NEUTRAL), "甲")
    world.mentions.add([replace(FIRST, text="修好了", collected_at=FIRST.collected_at + minutes(60))])
    file = BytesIO()
    export_table(world.mentions, world.state, "jsonl", file)
    assert '"text":null' in file.getvalue().decode()
    assert '"holds":false' in file.getvalue().decode()


def test_a_table_without_ids_is_refused_whole(world: World) -> None:
    """Nothing can be matched, and the header says what was found."""
    with pytest.raises(InputError, match="没有 id 列（有：text、sentiment）"):
        import_table(b"text,sentiment\nx,neutral\n", world.desk, WORDS, "甲")


def test_records_go_with_their_mentions(world: World) -> None:
    """Retention deletes what people said of mentions that are gone."""
    world.desk.judge(Judgement(FIRST.id, NEUTRAL), "甲")
    assert forget_corrections(world.state, NOON) == 0
    assert forget_corrections(world.state, NOON + minutes(1)) == 1
    assert list(records(world.state)) == []
