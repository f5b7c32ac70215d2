"""Second looks, deletions and requests to be forgotten, on the in-memory stores."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crawlers.backends.base import BackendBase
from crawlers.ledger import PageRead
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from crawlers.plan import CrawlPlan
from crawlers.refresh import second_looks
from tests.fakes import FakeClock, InMemoryMentionStore, InMemoryStateStore
from yuqing.audit import AuditTrail
from yuqing.domain.alert import Alert, AlertSeverity, AlertState
from yuqing.domain.annotation import Annotation, Sentiment, SentimentLabel, SeverityScore
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.errors import InputError
from yuqing.domain.mention import Author, Engagement, Mention, MentionId, MentionKind, Platform
from yuqing.domain.ports import MentionQuery
from yuqing.domain.subject import Backend, Source
from yuqing.jobs.forget import Forget, author_of, load_forgotten
from yuqing.jobs.ingest import Intake
from yuqing.jobs.refresh import BEGUN, CUT, NO_ROUTE, PARTLY, Look, LookBook, Reason, Refresh, RefreshPolicy
from yuqing.jobs.retention import LONGEST_HOLD
from yuqing.jobs.vanish import Buried, Vanishing, WatchfulIntake, load_missing

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
MINUTES = timedelta(minutes=1)
AUTHOR = "0123456789abcdef" * 2


def post(native: str, age: timedelta = 5 * MINUTES, likes: int = 0, **more: Any) -> Mention:
    """A post that was published and collected `age` ago."""
    at = NOW - age
    return Mention(
        platform=Platform.WEIBO,
        kind=MentionKind.POST,
        native_id=native,
        url=f"https://weibo.example/{native}",
        text=f"云江银行 {native}",
        published_at=at,
        collected_at=at,
        author=Author(AUTHOR),
        engagement=Engagement(likes, 0, 0),
        subjects=("yunjiang",),
        source_id="weibo",
        query_id="云江银行",
        **more,
    )


def scored(mention: Mention, label: SentimentLabel, level: int = 0) -> Annotation:
    """What the models say."""
    stance = Sentiment(label, 0.8, 0.1, 0.1)
    return Annotation(mention.id, stance, (), (), SeverityScore(level, (1.0, 0.0, 0.0, 0.0)), "test", NOW)


def alert(*evidence: MentionId, starts_at: datetime = NOW) -> dict[str, object]:
    """An open alert that stands on these."""
    return to_json(
        Alert(
            id="a1",
            fingerprint="f",
            labels={},
            state=AlertState.FIRING,
            severity=AlertSeverity.WARNING,
            starts_at=starts_at,
            ends_at=None,
            updated_at=starts_at,
            summary="",
            rule_id="r",
            subject_id="yunjiang",
            observed=1,
            expected=None,
            probability=None,
            evidence=evidence,
        )
    )


class World:
    """Both stores, the clock, and everything that works on them."""

    def __init__(self, *mentions: Mention) -> None:
        self.clock = FakeClock(NOW)
        self.state = InMemoryStateStore()
        self.mentions = InMemoryMentionStore(self.clock)
        self.mentions.add(mentions)
        self.audit = AuditTrail(self.state, self.clock).record
        self.vanishing = Vanishing(self.mentions, self.state, self.clock, self.audit)
        self.book = LookBook(self.state, self.clock)

    def due(self, **policy: Any) -> list[str]:
        """The native ids that are due."""
        return [look.id.rpartition(":")[2] for look in self.looks(**policy)]

    def looks(self, **policy: Any) -> tuple[Look, ...]:
        """The looks that are due."""
        return Refresh(self.mentions, self.state, self.clock, RefreshPolicy(**policy)).due("weibo")

    def later(self, **by: float) -> "World":
        """Time passes; a new process knows only what is stored."""
        self.clock.advance(timedelta(**by))
        self.vanishing = Vanishing(self.mentions, self.state, self.clock, self.audit)
        return self

    def confirm(self, *vouched: MentionId, source: str = "weibo", begin: datetime | None = None) -> Buried:
        """The end of a refresh in which the witness of these was shown."""
        self.vanishing.confirm(source, vouched, begin or self.clock.now())
        return self.vanishing.bury(source)

    def look(self, outcomes: Mapping[str, str], reported: Sequence[MentionId] = ()) -> Buried:
        """One refresh: how the looks ended, by native id, and what was reported as gone."""
        looks, begin = self.looks(), self.clock.now()
        for look in looks:
            self.book.note(look, outcomes.get(look.id.rpartition(":")[2], "not_found"))
        self.vanishing.report("weibo", reported)
        self.vanishing.confirm("weibo", self.book.vouched(looks, begin), begin)
        return self.vanishing.bury("weibo")

    def texts(self) -> dict[str, str]:
        """What can be read, by native id."""
        found = self.mentions.scan(MentionQuery(include_deleted=True))
        return {stored.mention.native_id: stored.mention.text for stored in found}


def test_only_risky_hot_or_proving_mentions_are_looked_at() -> None:
    """Negative, severe, hot, or evidence of an open alert; a calm post is left alone, and so is another source's."""
    age = 20 * MINUTES
    calm, bad, grave = post("calm", age), post("bad", age), post("grave", age)
    hot, proof = post("hot", age, likes=100), post("proof", age)
    other = replace(post("other", age, likes=999), source_id="weibo_mobile")
    world = World(calm, bad, grave, hot, proof, other)
    world.mentions.annotate([scored(bad, SentimentLabel.NEGATIVE), scored(grave, SentimentLabel.NEUTRAL, 2)])
    world.mentions.annotate([scored(calm, SentimentLabel.POSITIVE, 1)])
    world.state.save("alert", "a1", alert(proof.id))
    assert world.due() == ["proof", "bad", "grave", "hot"]
    assert world.due(limit=2) == ["proof", "bad"]
    assert world.due(min_reactions=101) == ["proof", "bad", "grave"]


def test_the_ages_grow_and_a_look_settles_each() -> None:
    """15 min, 1 h, 3 h, 12 h, 1 d, 3 d, 7 d after publication, each once; then never again."""
    world = World(post("hot", timedelta(0), likes=500))
    seen = []
    for _ in range(9 * 24 * 12):
        world.clock.advance(5 * MINUTES)
        for look in world.looks():
            seen.append(world.clock.now() - NOW)
            world.book.note(look, "ok")
    assert [at // MINUTES for at in seen] == [15, 60, 180, 720, 1440, 4320, 10080]


def test_a_fresh_crawl_is_a_reading_and_a_missed_age_is_made_up_for_once() -> None:
    """What a search has just read is not asked again; after an outage one look stands for all ages that passed."""
    world = World(post("hot", timedelta(0), likes=500))
    world.clock.advance(16 * MINUTES)
    again = replace(post("hot", timedelta(0), likes=600), collected_at=world.clock.now())
    world.mentions.add([again])
    assert world.due() == []
    world.clock.advance(timedelta(hours=5))
    (look,) = world.looks()
    assert look.due_at == NOW + timedelta(hours=3)
    world.book.note(look, "ok")
    assert world.due() == []


@pytest.mark.parametrize(
    ("outcome", "at_once", "after_half_an_hour"),
    [("ok", 0, 0), ("not_found", 0, 0), ("rate_limited", 0, 1), ("changed", 0, 1), (PARTLY, 0, 1), (NO_ROUTE, 0, 0)],
)
def test_a_refused_look_is_tried_again_later(outcome: str, at_once: int, after_half_an_hour: int) -> None:
    """A refusal does not settle the age; it only keeps us from asking at once. No route: never again."""
    world = World(post("hot", 70 * MINUTES, likes=500))
    world.book.note(world.looks()[0], outcome)
    assert len(world.due()) == at_once
    world.clock.advance(30 * MINUTES)
    assert len(world.due()) == after_half_an_hour


def test_looks_that_are_never_over_keep_no_other_waiting() -> None:
    """Posts with more comments than one run can read come again and again: after those that nobody has looked at."""
    endless = [post(f"endless{n}", 70 * MINUTES, likes=500) for n in range(8)]
    world, asked = World(*endless, post("short", 61 * MINUTES, likes=500)), []
    for _ in range(12):  # each run gets to one of them
        look = world.looks()[0]
        asked.append(look.id.rpartition(":")[2])
        world.book.note(look, "ok" if asked[-1] == "short" else BEGUN)
        world.clock.advance(5 * MINUTES)
    assert (len(set(asked[:9])), asked[9:]) == (9, ["endless0", "endless1", "endless2"])


def test_looks_of_old_mentions_are_forgotten() -> None:
    """The table does not grow for ever."""
    world = World(post("hot", 20 * MINUTES, likes=500))
    world.book.note(world.looks()[0], "ok")
    assert world.book.forget(NOW - timedelta(hours=1)) == 0
    assert world.book.forget(NOW) == 1


def test_two_misses_an_hour_apart_with_a_witness_are_a_deletion() -> None:
    """Text, author and address go, counts stay, the audit tells; an unknown id is nobody's business."""
    gone, kept = post("gone", likes=7), post("kept")
    world = World(gone, kept)
    world.vanishing.report("weibo", [gone.id, MentionId("weibo:post:unknown")])
    assert world.confirm(gone.id) == Buried()
    world.later(minutes=59).vanishing.report("weibo", [gone.id])
    assert world.confirm(gone.id) == Buried()
    world.later(minutes=1).vanishing.report("weibo", [gone.id])
    assert world.vanishing.bury("weibo") == Buried(), "an ordinary crawl confirms nothing"
    assert world.confirm(gone.id, source="news") == Buried()
    assert world.confirm(gone.id, begin=world.clock.now() + MINUTES) == Buried(), "the miss is of an earlier run"
    assert world.confirm(gone.id) == Buried(tombstones=1)
    assert world.texts() == {"gone": "", "kept": "云江银行 kept"}
    grave = world.mentions.get([gone.id])[gone.id]
    assert (grave.mention.author, grave.mention.url, grave.mention.engagement.likes) == (Author(), "", 7)
    (entry,) = world.state.find("audit")
    assert (entry.body["action"], entry.body["target"]) == ("tombstone", gone.id)
    assert load_missing(world.state) == {}
    world.vanishing.report("weibo", [gone.id])
    assert load_missing(world.state) == {}


def test_a_mention_that_is_seen_again_was_never_gone() -> None:
    """The intake tells; a later miss begins anew."""
    gone = post("gone")
    world = World(gone)
    world.vanishing.report("weibo", [gone.id])
    world.later(minutes=50)
    draft = Draft(Platform.WEIBO, MentionKind.POST, "gone", gone.url, gone.text, gone.published_at)
    admitted: list[Sequence[Draft]] = []
    inner = SimpleNamespace(admit=admitted.append)
    WatchfulIntake(cast(Intake, inner), world.vanishing).admit([draft])
    assert admitted == [[draft]]
    assert load_missing(world.state) == {}
    world.later(minutes=20).vanishing.report("weibo", [gone.id])
    assert world.confirm(gone.id) == Buried()


def test_a_miss_is_confirmed_with_a_witness() -> None:
    """An hour later the missing post and one that should be there are due; if that is gone too, nothing counts."""
    gone, calm = post("gone"), post("calm", 3 * MINUTES)
    world = World(gone, calm)
    world.vanishing.report("weibo", [gone.id])
    assert world.due() == []
    world.later(hours=1)
    looks = world.looks()
    assert [(look.id, look.reason) for look in looks] == [(calm.id, Reason.WITNESS), (gone.id, Reason.MISSING)]
    assert world.look({}, [gone.id, calm.id]) == Buried()
    assert set(world.texts().values()) == {"云江银行 gone", "云江银行 calm"}
    world.vanishing.seen([calm.id])
    assert world.later(minutes=31).look({"calm": "ok"}, [gone.id]) == Buried(tombstones=1)


def test_a_witness_vouches_for_its_own_site() -> None:
    """One source reads two sites; the newest of the same site stands for it, and was really shown in this run."""
    gone = post("gone")
    near = replace(post("near", 4 * MINUTES), url="https://weibo.example/near")
    far = replace(post("far", 3 * MINUTES), url="https://other.example/far")
    world = World(gone, near, far)
    world.vanishing.report("weibo", [gone.id])
    world.later(hours=1)
    (witness, missing) = world.looks()
    assert (witness.id, witness.vouches, missing.id) == (near.id, (gone.id,), gone.id)
    begin = world.clock.now()
    assert world.book.vouched((witness, missing), begin) == frozenset()
    world.book.note(witness, "ok")
    assert world.book.vouched((witness, missing), begin) == {gone.id}
    assert world.book.vouched((witness, missing), begin + MINUTES) == frozenset()
    world.book.note(witness, "rate_limited")
    assert world.book.vouched((witness, missing), begin) == frozenset()


def test_without_a_witness_of_the_same_site_and_kind_nothing_is_believed() -> None:
    """Another site that is well says nothing about this one, nor do comments about posts."""
    gone = post("gone")
    far = replace(post("far", 3 * MINUTES), url="https://other.example/far")
    below = replace(post("below", 2 * MINUTES), kind=MentionKind.COMMENT)
    world = World(gone, far, below)
    world.vanishing.report("weibo", [gone.id])
    assert [look.id for look in world.later(hours=2).looks()] == [gone.id]
    assert world.look({}, [gone.id]) == Buried()
    assert world.later(hours=2).look({}, [gone.id]) == Buried()
    assert world.texts()["gone"] == "云江银行 gone"


def test_a_witness_is_found_behind_many_newer_comments() -> None:
    """A post is vouched for by a post, a repost counts as one; what is newer and of another kind is passed over."""
    gone, other = post("gone", 60 * MINUTES), replace(post("calm", 59 * MINUTES), kind=MentionKind.REPOST)
    comments = [replace(post(f"c{i}", i * MINUTES), kind=MentionKind.COMMENT) for i in range(1, 25)]
    world = World(gone, other, *comments)
    world.vanishing.report("weibo", [gone.id])
    looks = world.later(hours=2).looks()
    assert [(look.id.rpartition(":")[2], look.vouches) for look in looks] == [("calm", (gone.id,)), ("gone", ())]
    assert world.look({}, [gone.id]) == Buried()
    assert world.look({"calm": "ok"}, [gone.id]) == Buried(tombstones=1)


def test_a_witness_whose_own_look_failed_makes_room_for_another() -> None:
    """One page that cannot be read does not keep a deletion from being believed for ever."""
    gone, odd, calm = post("gone"), post("odd", 2 * MINUTES), post("calm", 3 * MINUTES)
    world = World(gone, odd, calm)
    world.vanishing.report("weibo", [gone.id])
    assert world.later(hours=2).look({"odd": "changed"}, [gone.id]) == Buried()
    assert [look.id for look in world.looks() if look.vouches] == [calm.id]
    assert world.look({"calm": "ok"}, [gone.id]) == Buried(tombstones=1)


def test_a_refresh_that_died_leaves_nothing_that_a_crawl_believes() -> None:
    """The misses were stored, the end of the run never came: the next refresh needs a witness of its own."""
    gone, calm = post("gone"), post("calm", 3 * MINUTES)
    world = World(gone, calm)
    world.vanishing.report("weibo", [gone.id])
    world.later(hours=2).vanishing.report("weibo", [gone.id, calm.id])
    world.later(minutes=5)
    assert world.vanishing.bury("weibo") == Buried()
    assert world.confirm() == Buried()
    assert world.texts()["gone"] == "云江银行 gone"


def test_times_of_a_clock_that_was_ahead_hold_nothing_up() -> None:
    """Looks and misses that were noted in what is the future now: they are done anew, and confirm nothing."""
    hot, gone, calm = post("hot", 70 * MINUTES, likes=500), post("gone"), post("calm")
    world = World(hot, gone, calm)
    world.later(days=300)
    world.book.note(Look("weibo", hot.id, hot.url, "", (), hot.published_at, NOW, Reason.RISK), "ok")
    world.vanishing.report("weibo", [gone.id])
    world.later(days=-300)
    assert world.due() == ["calm", "gone", "hot"]
    world.vanishing.report("weibo", [gone.id])
    assert load_missing(world.state)[gone.id].first_at == NOW
    assert world.confirm(gone.id) == Buried()


def test_evidence_of_an_open_alert_waits_until_it_closes() -> None:
    """Known to be deleted, kept for those who handle the alert, buried afterwards without another look."""
    gone = post("gone")
    world = World(gone)
    world.state.save("alert", "a1", alert(gone.id))
    world.vanishing.report("weibo", [gone.id])
    world.later(hours=2).vanishing.report("weibo", [gone.id])
    assert world.confirm(gone.id) == Buried(held=1)
    assert world.later(days=1).due() == []
    assert world.vanishing.bury_released() == Buried(held=1)
    assert world.texts() == {"gone": "云江银行 gone"}
    world.state.save("alert", "a1", {**alert(gone.id), "state": "resolved"})
    assert world.vanishing.bury_released() == Buried(tombstones=1)
    assert world.texts() == {"gone": ""}


def test_an_alert_that_nobody_closes_holds_nothing_for_ever() -> None:
    """After the longest hold the text goes."""
    gone = post("gone")
    world = World(gone)
    world.state.save("alert", "a1", alert(gone.id))
    world.vanishing.report("weibo", [gone.id])
    world.later(hours=2).vanishing.report("weibo", [gone.id])
    assert world.confirm(gone.id) == Buried(held=1)
    world.later(days=LONGEST_HOLD.days)
    assert world.vanishing.bury_released() == Buried(tombstones=1)


def test_what_retention_deleted_is_missed_by_nobody() -> None:
    """The memory of misses ends with the mention."""
    old = post("old")
    world = World(old)
    world.vanishing.report("weibo", [old.id])
    world.mentions.purge(NOW)
    assert world.vanishing.bury_released() == Buried()
    assert load_missing(world.state) == {}


def test_a_tombstone_is_revived_only_by_a_later_sighting() -> None:
    """What was on its way when it was deleted stays blank; what the platform shows afterwards is there again."""
    gone = post("gone")
    world = World(gone)
    world.mentions.tombstone([gone.id], NOW)
    world.mentions.add([replace(gone, collected_at=NOW - MINUTES)])
    assert world.texts() == {"gone": ""}
    world.mentions.add([replace(gone, collected_at=NOW + MINUTES)])
    assert world.texts() == {"gone": "云江银行 gone"}


def test_a_person_is_forgotten_and_stays_forgotten() -> None:
    """All mentions of the pseudonym, no other's; an outlet called like it is somebody else; a repeat finds nothing."""
    outlet = replace(post("outlet"), author=Author("f" * 32, outlet=AUTHOR))
    world = World(post("one"), post("two"), replace(post("other"), author=Author("e" * 32)), outlet)
    forget = Forget(world.mentions, world.state, world.clock, world.audit)
    assert forget.forget(AUTHOR, "合规").as_json() == {"mentions": 2, "held": 0}
    assert world.texts() == {"one": "", "two": "", "other": "云江银行 other", "outlet": "云江银行 outlet"}
    assert load_forgotten(world.state) == {AUTHOR, "weibo:post:one", "weibo:post:two"}
    (entry,) = world.state.find("audit")
    assert (entry.body["actor"], entry.body["action"], entry.body["target"]) == ("合规", "forget", AUTHOR)
    assert forget.forget(AUTHOR, "合规").mentions == 0


def test_the_author_of_a_mention_is_found_or_said_to_be_unknown() -> None:
    """An operator knows a post, not a pseudonym."""
    world = World(post("one"), replace(post("nobody"), author=Author()))
    assert author_of(world.mentions, MentionId("weibo:post:one")) == AUTHOR
    for name in ("weibo:post:nobody", "weibo:post:missing"):
        with pytest.raises(InputError):
            author_of(world.mentions, MentionId(name))


def test_forgetting_waits_for_an_open_alert_and_is_finished_by_housekeeping() -> None:
    """What is held is told, and follows when the alert is closed; an import of the day after is cleaned up as well."""
    proof = post("proof")
    world = World(proof)
    world.state.save("alert", "a1", alert(proof.id))
    forget = Forget(world.mentions, world.state, world.clock, world.audit)
    assert forget.forget(AUTHOR, "合规").as_json() == {"mentions": 0, "held": 1}
    assert forget.finish().held == 1
    world.state.save("alert", "a1", {**alert(proof.id), "state": "resolved"})
    assert forget.finish().mentions == 1
    assert world.texts() == {"proof": ""}


@pytest.mark.parametrize("name", ["", "某个网友", "0123", "G" * 32, AUTHOR.upper()])
def test_what_is_no_pseudonym_is_refused(name: str) -> None:
    """Nobody deletes by nickname; nothing is stored of what was typed."""
    world = World(post("one"))
    with pytest.raises(InputError):
        Forget(world.mentions, world.state, world.clock, world.audit).forget(name, "合规")
    assert world.state.find("forgotten") == ()


def test_an_intake_stores_nothing_of_a_forgotten_account() -> None:
    """The draft counts as not stored."""
    world = World()
    matcher = SimpleNamespace(match=lambda text: SimpleNamespace(subjects=("yunjiang",), keywords=()))
    pseudonyms = SimpleNamespace(pseudonym=lambda platform, author: AUTHOR if author == "7" else "e" * 32)
    intake = Intake(
        world.mentions, cast(Any, matcher), str, cast(Any, pseudonyms), world.clock, forgotten=frozenset({AUTHOR})
    )
    drafts = [
        Draft(Platform.WEIBO, MentionKind.POST, native, "https://w.example", "云江银行", NOW, author_id=native)
        for native in ("7", "8")
    ]
    result = intake.admit(drafts)
    assert (result.new, result.unmatched) == (1, 1)
    assert world.texts() == {"8": "云江银行"}


def copy_of(native: str, **more: Any) -> Draft:
    """What a feed says of a post: no author."""
    return Draft(Platform.WEIBO, MentionKind.POST, native, "https://w.example", f"云江银行 {native}", NOW, **more)


def plain_intake(world: "World") -> Intake:
    """An intake of this world that masks nothing."""
    matcher = SimpleNamespace(match=lambda text: SimpleNamespace(subjects=("yunjiang",), keywords=()))
    pseudonyms = SimpleNamespace(pseudonym=lambda platform, author: "e" * 32)
    world.clock.advance(timedelta(hours=1))
    return Intake(
        *(world.mentions, cast(Any, matcher), str, cast(Any, pseudonyms), world.clock),
        forgotten=load_forgotten(world.state),
    )


def test_what_a_forgotten_person_wrote_does_not_come_back_without_its_author() -> None:
    """A feed that names nobody, at first or second hand."""
    world = World(post("one"))
    Forget(world.mentions, world.state, world.clock, world.audit).forget(AUTHOR, "合规")
    result = plain_intake(world).admit([copy_of("one"), copy_of("one", second_hand=True), copy_of("two")])
    assert (result.new, result.unmatched) == (1, 2)
    assert world.texts() == {"one": "", "two": "云江银行 two"}


def test_a_stale_copy_brings_nothing_back_and_proves_nothing() -> None:
    """A bridge lists a deleted post for days: the tombstone stays, and a miss is not void."""
    world = World(post("gone"), post("missed"))
    world.mentions.tombstone([MentionId("weibo:post:gone")], NOW)
    vanishing = Vanishing(world.mentions, world.state, world.clock, world.audit)
    vanishing.report("weibo_search", [MentionId("weibo:post:missed")])
    watchful = WatchfulIntake(plain_intake(world), vanishing)
    watchful.admit([copy_of("gone", second_hand=True), copy_of("missed", second_hand=True)])
    assert world.texts()["gone"] == ""
    assert set(load_missing(world.state)) == {"weibo:post:missed"}
    watchful.admit([copy_of("gone"), copy_of("missed")])
    assert world.texts()["gone"] == "云江银行 gone"
    assert load_missing(world.state) == {}


class Site(BackendBase):
    """Shows every post but those whose number is odd; knows no page for comments."""

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """Nothing is searched."""
        raise AssertionError("a second look searches nothing")

    def look_up(self, mention: MentionId, url: str) -> PageRequest | None:
        """The page of a post."""
        return None if ":comment:" in mention else PageRequest(url, "look_up", memo={"id": mention})

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """A post, with a comment below that cannot be read."""
        if page.purpose == "comments":
            return PageResult(Verdict(Outcome.CHANGED, "x"))
        native = page.memo["id"].rpartition(":")[2]
        if int(native) % 2:
            return PageResult(Verdict(Outcome.NOT_FOUND), gone=(MentionId(page.memo["id"]),))
        draft = Draft(Platform.WEIBO, MentionKind.POST, native, page.url, "text without the name", NOW)
        return PageResult(Verdict(Outcome.OK), (draft,), (replace(page, purpose="comments"),))


def test_looks_write_no_coverage_and_move_no_cursor() -> None:
    """Each mention is a piece of its own, judged by its own page; its query and its subjects stay."""
    comment = replace(post("3", 20 * MINUTES, likes=300), kind=MentionKind.COMMENT)
    world = World(post("1", 20 * MINUTES, likes=300), post("2", 20 * MINUTES, likes=300), comment)
    looks = world.looks()
    plan = CrawlPlan((), (), cast(Any, None), world.state, world.clock, look_ups={"weibo": looks})
    source = Source("weibo", "weibo", "微博", Backend.WEB, "test", True, 60)
    backend, ledger, pieces = second_looks(source, plan, Site((SearchTerm("q", "q"),)))
    assert [piece.query.id for piece in pieces] == ["云江银行", "云江银行"]
    for piece in pieces:
        (page,) = backend.first(piece)
        pages = [page]
        ledger.expect(piece)
        while pages:
            page = pages.pop()
            ledger.arrived(piece)
            result = backend.read(cast(Reply, None), page, piece)
            assert all(draft.subjects == ("yunjiang",) for draft in result.drafts)
            for following in result.follow:
                ledger.expect(piece)
                pages.append(following)
            ledger.settle(PageRead(piece, result, result.drafts))
    outcomes = {name.rpartition(":")[2]: looked.outcome for name, looked in world.book.of_source("weibo").items()}
    assert outcomes == {"1": "not_found", "2": "ok", "3": NO_ROUTE}
    assert world.state.find("coverage") == world.state.find("cursor") == world.state.find("job") == ()
    assert world.due() == []


@pytest.mark.parametrize(
    ("refused", "told"), [(Outcome.RATE_LIMITED, PARTLY), (Outcome.TRANSPORT, PARTLY), (Outcome.SUSPECT_EMPTY, "ok")]
)
def test_comments_that_are_refused_are_owed_though_the_post_was_shown(refused: Outcome, told: str) -> None:
    """The counts are read and the post vouches for others; the look itself comes again, new counts or not."""
    world = World(post("2", 20 * MINUTES, likes=300))
    (look,) = world.looks()
    plan = CrawlPlan((), (), cast(Any, None), world.state, world.clock, look_ups={"weibo": (look,)})
    source = Source("weibo", "weibo", "微博", Backend.WEB, "test", True, 60)
    backend, ledger, (piece,) = second_looks(source, plan, Site(()))
    (page,) = backend.first(piece)
    shown = backend.read(cast(Reply, None), page, piece)
    lost = backend.lost(replace(page, purpose="comments"), Verdict(refused, "x"))
    for _ in (shown, lost):
        ledger.expect(piece)
        ledger.arrived(piece)
    for result in (shown, lost):
        ledger.settle(PageRead(piece, result, result.drafts))
    assert world.book.of_source("weibo")[look.id].outcome == told
    world.mentions.add([replace(post("2", 20 * MINUTES, likes=400), collected_at=world.clock.now())])
    world.clock.advance(30 * MINUTES)
    assert world.due() == (["2"] if told == PARTLY else [])


def test_a_page_that_shows_another_post_is_no_look() -> None:
    """Asked for one, answered with another: the counts of the other are not its own, and it vouches for nobody."""
    world = World(post("2", 20 * MINUTES, likes=300))
    plan = CrawlPlan((), (), cast(Any, None), world.state, world.clock, look_ups={"weibo": world.looks()})
    source = Source("weibo", "weibo", "微博", Backend.WEB, "test", True, 60)
    backend, _, (piece,) = second_looks(source, plan, Site(()))
    (page,) = backend.first(piece)
    other = replace(page, memo={"id": "weibo:post:4"})
    result = backend.read(cast(Reply, None), other, piece)
    assert (result.verdict, result.drafts) == (Verdict(Outcome.CHANGED, "another_post"), ())


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.OK_EMPTY])
def test_a_page_that_shows_nothing_is_no_look(outcome: Outcome) -> None:
    """No zero is an answer to the question for one mention; the look stays due."""
    world = World(post("2", 20 * MINUTES, likes=300))
    plan = CrawlPlan((), (), cast(Any, None), world.state, world.clock, look_ups={"weibo": world.looks()})
    site = Site(())
    site.read = lambda reply, page, piece: PageResult(Verdict(outcome, "x"))  # type: ignore[method-assign]
    backend, _, (piece,) = second_looks(Source("weibo", "weibo", "微博", Backend.WEB, "test", True, 60), plan, site)
    (page,) = backend.first(piece)
    assert backend.read(cast(Reply, None), page, piece).verdict == Verdict(Outcome.SUSPECT_EMPTY, "nothing_shown")


def test_a_look_that_was_never_sent_stays_due() -> None:
    """The run ends, or the host is left alone: nothing is noted."""
    world = World(post("1", 20 * MINUTES, likes=300))
    plan = CrawlPlan((), (), cast(Any, None), world.state, world.clock, look_ups={"weibo": world.looks()})
    source = Source("weibo", "weibo", "微博", Backend.WEB, "test", True, 60)
    _, ledger, (piece,) = second_looks(source, plan, Site(()))
    ledger.expect(piece)
    ledger.abandon()
    assert world.due() == ["1"]
    assert world.state.find("look") == world.state.find("coverage") == ()


def begun(world: "World") -> tuple[Any, Any, Look]:
    """A look whose post was read and stored, and whose comments are out."""
    (look,) = world.looks()
    plan = CrawlPlan((), (), cast(Any, None), world.state, world.clock, look_ups={"weibo": (look,)})
    source = Source("weibo", "weibo", "微博", Backend.WEB, "test", True, 60)
    backend, ledger, (piece,) = second_looks(source, plan, Site(()))
    (page,) = backend.first(piece)
    ledger.expect(piece)
    ledger.arrived(piece)
    shown = backend.read(cast(Reply, None), page, piece)
    for _ in shown.follow:
        ledger.expect(piece)
    world.mentions.add([replace(post("2", 20 * MINUTES, likes=400), collected_at=world.clock.now())])
    ledger.settle(PageRead(piece, shown, shown.drafts))
    return ledger, shown, look


@pytest.mark.parametrize("is_killed", [True, False])
def test_a_look_that_ends_before_the_comments_is_owed(is_killed: bool) -> None:
    """Its post was stored with new counts, so nothing else would tell that the comments were not read."""
    world = World(post("2", 20 * MINUTES, likes=300))
    ledger, shown, look = begun(world)
    assert [page.later for page in shown.follow] == [False]
    if not is_killed:
        ledger.abandon()
    assert world.due() == []
    world.clock.advance(30 * MINUTES)
    (again,) = world.looks()
    assert (again.id, again.reason) == (look.id, Reason.RISK)
    is_told = not is_killed  # the post was shown; of a look that a kill ended nobody knows
    assert world.book.vouched([replace(look, vouches=(look.id,))], NOW) == (
        frozenset({look.id}) if is_told else frozenset()
    )


@pytest.mark.parametrize(("pages", "waits"), [(1, 30), (2, 0)])
def test_a_thread_that_is_longer_than_a_run_is_gone_on_with_by_the_next_refresh(pages: int, waits: int) -> None:
    """Nobody refused: it waits behind the others only; where no run gets beyond the first page it rests."""
    world = World(post("2", 20 * MINUTES, likes=300))
    ledger, _, look = begun(world)
    (piece,) = ledger._accounts
    for _ in range(pages):
        ledger.expect(piece)
        ledger.settle(PageRead(piece, PageResult(Verdict(Outcome.OK), auxiliary=True)))
    ledger.abandon()
    told = world.book.of_source("weibo")[look.id]
    assert (told.outcome, told.looked_at) == ((CUT, NOW) if waits == 0 else (PARTLY, None))
    assert world.due() == ([] if waits else ["2"])
    world.clock.advance(waits * MINUTES)
    (again,) = world.looks()
    assert again.reason is (Reason.OWED if waits == 0 else Reason.RISK)


def test_comments_that_the_end_of_a_run_left_were_refused_by_nobody() -> None:
    """A page that was not sent for want of time is no refusal: the look goes on at once."""
    world = World(post("2", 20 * MINUTES, likes=300))
    (look,) = world.looks()
    plan = CrawlPlan((), (), cast(Any, None), world.state, world.clock, look_ups={"weibo": (look,)})
    source = Source("weibo", "weibo", "微博", Backend.WEB, "test", True, 60)
    backend, ledger, (piece,) = second_looks(source, plan, Site(()))
    (page,) = backend.first(piece)
    shown = backend.read(cast(Reply, None), page, piece)
    read = PageResult(Verdict(Outcome.OK), auxiliary=True)
    lost = backend.lost(replace(page, purpose="comments"), Verdict(Outcome.TRANSPORT, "interrupted"))
    results = (shown, read, read, lost)
    for _ in results:
        ledger.expect(piece)
        ledger.arrived(piece)
    for result in results:
        ledger.settle(PageRead(piece, result, result.drafts))
    assert world.book.of_source("weibo")[look.id].outcome == CUT


def test_a_witness_vouches_as_soon_as_it_is_shown() -> None:
    """Its comments may take longer than the run; those it vouches for come after it, and a deletion waits for both."""
    world = World(post("2", 20 * MINUTES, likes=300))
    (look,) = world.looks()
    witness = replace(look, reason=Reason.WITNESS, vouches=(MentionId("weibo:post:1"),))
    plan = CrawlPlan((), (), cast(Any, None), world.state, world.clock, look_ups={"weibo": (witness,)})
    source = Source("weibo", "weibo", "微博", Backend.WEB, "test", True, 60)
    backend, ledger, (piece,) = second_looks(source, plan, Site(()))
    ledger.expect(piece)
    ledger.arrived(piece)
    shown = backend.read(cast(Reply, None), backend.first(piece)[0], piece)
    ledger.settle(PageRead(piece, shown, shown.drafts))
    assert shown.follow == ()
    assert world.book.vouched([witness], NOW) == {"weibo:post:1"}


def test_comments_that_are_owed_are_read_whatever_the_age_of_the_post() -> None:
    """They were wanted once: a refusal at the last age is no reason to go without them, nor are few reactions."""
    world = World(post("1", timedelta(days=25)), post("2", timedelta(days=25)), post("3", timedelta(days=40)))
    assert world.due() == []
    works = {"1": 0, "3": 0, "unknown": 0}
    world.state.save("thread", "weibo|owed", {"source": "weibo", "works": works})
    (look,) = world.looks()
    assert (look.id, look.reason) == ("weibo:post:1", Reason.OWED)
    world.book.note(look, PARTLY)
    assert world.later(hours=5).due() == []
    assert world.later(hours=1).due() == ["1"]


def test_comments_that_cannot_be_read_though_the_post_is_shown_are_asked_for_less_often() -> None:
    """A page of comments that has changed does not change back within half an hour."""
    world = World(post("1", 20 * MINUTES))
    world.state.save("thread", "weibo|owed", {"source": "weibo", "works": {"1": 0}})
    for outcome, wait in ((PARTLY, 0.5), ("ok", 6)):
        (look,) = world.looks()
        world.book.note(look, outcome)
        assert world.later(hours=wait - 0.1).due() == []
        world.later(hours=0.1)
    assert world.due() == ["1"]
