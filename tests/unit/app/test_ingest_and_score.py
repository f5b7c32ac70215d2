"""Ingest and score: the only door into the store, and the annotation loop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tests.fakes import FakeClock, InMemoryMentionStore
from yuqing.domain.annotation import Annotation, Sentiment, SentimentLabel, SeverityScore, text_digest
from yuqing.domain.draft import Draft
from yuqing.domain.mention import AuthorKind, Mention, MentionKind, Platform
from yuqing.domain.ports import MentionQuery, Page
from yuqing.jobs.ingest import Intake
from yuqing.jobs.score import score

AUTHOR_ID = "1000200030"
AUTHOR_NAME = "江边散步的人"


@dataclass(frozen=True)
class _Match:
    subjects: tuple[str, ...]
    keywords: tuple[str, ...]


class _Matcher:
    def match(self, text: str) -> _Match:
        found = "云江银行" in text
        return _Match(("yunjiang",) if found else (), ("云江银行",) if found else ())


class _Pseudonyms:
    def pseudonym(self, platform: str, author_id: str) -> str:
        return f"p{abs(hash((platform, author_id))) % 1000}"


def intake(store: InMemoryMentionStore, clock: FakeClock, *, assign: tuple[str, ...] = ()) -> Intake:
    """An intake whose mask hides digits."""
    return Intake(store, _Matcher(), lambda text: text.replace("13800138000", "[手机号]"), _Pseudonyms(), clock, assign)


def draft(text: str = "云江银行又排队，电话13800138000", native_id: str = "1") -> Draft:
    """A post by a person."""
    return Draft(
        Platform.WEIBO,
        MentionKind.POST,
        native_id,
        f"https://weibo.example/{native_id}",
        text,
        datetime(2026, 3, 14, 1, 0, tzinfo=UTC),
        author_id=AUTHOR_ID,
        author_name=AUTHOR_NAME,
        author_kind=AuthorKind.PERSON,
    )


def test_nothing_personal_passes(clock: FakeClock) -> None:
    """Neither id nor name nor phone number of a person gets into the store or into a repr."""
    store = InMemoryMentionStore(clock)
    signed = draft(f"云江银行又排队，电话13800138000 —— {AUTHOR_NAME}")
    assert intake(store, clock).admit([signed]).new == 1
    stored = store.get([store.search(MentionQuery(), _page()).items[0].mention.id])
    for secret in (AUTHOR_ID, AUTHOR_NAME, "13800138000"):
        assert secret not in repr(stored)
        assert secret not in repr(signed)


def test_institutions_are_named(clock: FakeClock) -> None:
    """Media and organisations are public bodies: their name stays."""
    store = InMemoryMentionStore(clock)
    mention = intake(store, clock).mention(replace(draft(), author_kind=AuthorKind.MEDIA, author_name="示例晚报"))
    assert mention is not None
    assert mention.author.outlet == "示例晚报"


def test_unmatched_is_counted_and_not_stored(clock: FakeClock) -> None:
    """A text about nothing watched is counted; a comment counts by what it answers."""
    store = InMemoryMentionStore(clock)
    answer = replace(draft("说得对", "3"), context="云江银行排队两小时")
    result = intake(store, clock).admit([draft("今天下雨", "2"), answer])
    assert (result.new, result.unmatched) == (1, 1)
    assert store.search(MentionQuery(), _page()).items[0].mention.text == "说得对"


def test_assigned_subjects_match_everything(clock: FakeClock) -> None:
    """An import of the bank's own feedback belongs to the bank whatever it says."""
    store = InMemoryMentionStore(clock)
    mention = intake(store, clock, assign=("haizhou",)).mention(draft("云江银行和你们一样"))
    assert mention is not None
    assert mention.subjects == ("haizhou", "yunjiang")


def test_admitting_twice_changes_nothing(clock: FakeClock) -> None:
    """The second time nothing is new."""
    store = InMemoryMentionStore(clock)
    door = intake(store, clock)
    assert door.admit([draft()]).new == 1
    clock.advance(timedelta(minutes=5))
    again = door.admit([draft()])
    assert (again.new, again.updated, again.unchanged) == (0, 0, 1)


@dataclass
class _Scorer:
    seen: list[str]
    fail_after: int = 10**9

    def score(self, mentions: Sequence[Mention], now: datetime) -> Sequence[Annotation]:
        if len(self.seen) >= self.fail_after:
            raise RuntimeError("killed")
        self.seen += [mention.id for mention in mentions]
        sentiment = Sentiment(SentimentLabel.NEUTRAL, 0.1, 0.8, 0.1)
        severity = SeverityScore(0, (1.0, 0.0, 0.0, 0.0))
        return [Annotation(m.id, sentiment, (), (), severity, "test-1", now) for m in mentions]


def test_a_text_that_changes_while_it_is_scored_is_scored_again(clock: FakeClock) -> None:
    """The score of the old text is not written; the next turn scores the new one."""
    store = InMemoryMentionStore(clock)
    (old,) = _stored(store, clock)

    class Racing(_Scorer):
        def score(self, mentions: Sequence[Mention], now: datetime) -> Sequence[Annotation]:
            later = replace(old, text="云江银行都修好了", collected_at=old.collected_at + timedelta(minutes=1))
            store.add([later])
            made = super().score(mentions, now)
            return [replace(each, text_digest=text_digest(m)) for each, m in zip(made, mentions, strict=True)]

    assert score(store, Racing([]), clock).scored == 0
    assert store.get([old.id])[old.id].annotation is None
    assert score(store, Racing([]), clock).scored == 1


def _stored(store: InMemoryMentionStore, clock: FakeClock) -> list[Mention]:
    intake(store, clock).admit([draft()])
    return list(store.unscored(9))


def test_scoring_ends_and_survives_a_crash(clock: FakeClock) -> None:
    """A crash between batches loses no result: the next run scores exactly the rest."""
    store = InMemoryMentionStore(clock)
    intake(store, clock).admit([draft(native_id=str(number)) for number in range(10)])
    crashing = _Scorer([], fail_after=4)
    try:
        score(store, crashing, clock, batch_size=4)
    except RuntimeError:
        assert len(crashing.seen) == 4
    rest = _Scorer([])
    assert score(store, rest, clock, batch_size=4).scored == 6
    assert set(rest.seen) & set(crashing.seen) == set()
    assert score(store, rest, clock).scored == 0


def test_limit_is_kept(clock: FakeClock) -> None:
    """No more than `limit` mentions are scored."""
    store = InMemoryMentionStore(clock)
    intake(store, clock).admit([draft(native_id=str(number)) for number in range(10)])
    assert score(store, _Scorer([]), clock, batch_size=4, limit=7).scored == 7


def _page() -> Page:
    return Page(size=10)
