"""Rescoring: history gets the new model's scores once, whatever happens on the way, and the old ones stay."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from tests.contract.samples import NEGATIVE, NEUTRAL, NOON, POSITIVE, annotation, mention
from tests.fakes import FakeClock, InMemoryMentionStore, InMemoryStateStore
from yuqing.domain.annotation import Annotation, Sentiment, text_digest
from yuqing.domain.correction import Correction, words_digest
from yuqing.domain.mention import Mention
from yuqing.domain.ports import MentionQuery
from yuqing.jobs.rescore import Rescore, Run

MINUTE = timedelta(minutes=1)


class Killed(Exception):
    """Stands for kill -9: nobody handles it."""


@dataclass
class Fate:
    """Kills at the n-th step of anything that writes, before or after it."""

    left: int = 1_000_000

    def step(self) -> None:
        """One more step."""
        self.left -= 1
        if self.left == 0:
            raise Killed


class MortalMentions(InMemoryMentionStore):
    """Counts how often a mention gets an annotation, and may die around the write."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self.fate = fate
        self.written: Counter[str] = Counter()

    def annotate(self, annotations: Iterable[Annotation]) -> int:
        """Die before, after or not at all."""
        given = list(annotations)
        self.fate.step()
        done = super().annotate(given)
        self.written.update(each.mention_id for each in given)
        self.fate.step()
        return done


class MortalState(InMemoryStateStore):
    """May die around the write."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self.fate = fate

    def save(self, kind: str, id: str, body: object, expected_version: int | None = None) -> int:
        """Die before, after or not at all."""
        self.fate.step()
        version = super().save(kind, id, body, expected_version)  # type: ignore[arg-type]
        self.fate.step()
        return version


@dataclass
class Model:
    """Calls every third text positive, the others neutral; remembers what it was shown."""

    name: str = "new-1"
    shown: list[str] = field(default_factory=list)

    def score(self, mentions: Sequence[Mention], now: datetime) -> Sequence[Annotation]:
        """One annotation per mention."""
        self.shown += [each.id for each in mentions]
        return [self._one(each, now) for each in mentions]

    def _one(self, of: Mention, now: datetime) -> Annotation:
        stance: Sentiment = POSITIVE if int(of.native_id) % 3 == 0 else NEUTRAL
        return replace(annotation(of, stance), model=self.name, scored_at=now, text_digest=text_digest(of))


@dataclass
class World:
    """A store with twenty mentions that the old model calls negative, two a minute, and two that nobody scored."""

    fate: Fate = field(default_factory=Fate)
    clock: FakeClock = field(default_factory=FakeClock)
    model: Model = field(default_factory=Model)

    def __post_init__(self) -> None:
        self.mentions = MortalMentions(self.fate)
        self.state = MortalState(self.fate)
        self.all = [mention(str(n), f"第{n}条", published_at=NOON + (n // 2) * MINUTE) for n in range(22)]
        self.mentions.add(self.all)
        self.mentions.annotate([annotation(each, NEGATIVE) for each in self.all[:20]])
        self.mentions.written.clear()
        self.clock.set(NOON + timedelta(days=1))

    def job(self, size: int = 3) -> Rescore:
        """The job with small batches."""
        return Rescore(self.mentions, self.state, self.model, self.model.name, self.clock, size)


@pytest.fixture
def world() -> World:
    """A fresh world."""
    return World()


def test_everything_is_scored_again_once_and_the_old_scores_stay(world: World) -> None:
    """Each mention has the new model's scores and the old one's beside them; the shifts are counted."""
    run = world.job().run(None)
    found = world.mentions.get([each.id for each in world.all])
    assert {item.scored.model for item in found.values() if item.scored} == {"new-1"}
    assert [len(found[each.id].earlier) for each in world.all] == [1] * 20 + [0, 0]
    assert found[world.all[4].id].earlier[0].sentiment == NEGATIVE
    assert (run.is_done, run.changes.rescored, run.changes.fresh, run.changes.moved) == (True, 20, 2, 20)
    assert run.changes.shifts == {
        "negative>positive": 7, "negative>neutral": 13, "unscored>positive": 1, "unscored>neutral": 1
    }  # fmt: skip


def test_scores_of_a_model_that_was_trained_again_differ_by_the_digest_alone(world: World) -> None:
    """Neither a name without digest nor another digest is this model's: all of them are scored again."""
    world.model.name = "linear-1-287cceeb"
    for old in ("linear-1", "linear-1-0123abcd"):
        world.mentions.annotate([replace(annotation(each, NEGATIVE), model=old) for each in world.all])
        assert world.job().run(None).changes.rescored == len(world.all)
    found = world.mentions.get([world.all[0].id])[world.all[0].id]
    assert [each.model for each in found.earlier][-2:] == ["linear-1", "linear-1-0123abcd"]


def test_shards_are_a_partition_and_each_has_its_own_mark(world: World) -> None:
    """Every mention is scored once by one of them; a shard that was killed goes on, the others are not its business."""
    parts = [replace(world.job(), shard=(part, 3)) for part in range(3)]
    world.fate.left = 6
    with pytest.raises(Killed):
        parts[0].run(None)
    world.fate.left = 1_000_000
    runs = [part.run(None) for part in (parts[1], parts[0], parts[2])]
    assert all(0 < run.changes.seen < len(world.all) for run in runs)
    assert sum(run.changes.seen for run in runs) == len(world.all)
    assert set(world.mentions.written.values()) == {1}
    assert len({run.id for run in runs}) == 3
    assert runs[1].as_json()["shard"] == [0, 3]
    world.clock.set(NOON + timedelta(days=2))
    whole = world.job().run(None)
    assert (whole.changes.already, whole.changes.rescored, whole.shard) == (len(world.all), 0, (0, 1))


def test_nothing_is_done_twice(world: World) -> None:
    """A second run finds nothing to do and says so."""
    world.job().run(None)
    world.clock.advance(MINUTE)
    again = world.job().run(None)
    assert (again.changes.already, again.changes.rescored, again.changes.moved) == (22, 0, 0)
    assert set(world.mentions.written.values()) == {1}


def test_under_a_clock_that_stands_still_nothing_counts_twice(world: World) -> None:
    """What has the scores of the model when a run comes to it was not scored by that run, whatever the times say."""
    world.job().run(None)
    again = world.job().run(None)
    assert (again.changes.already, again.changes.rescored, again.changes.fresh) == (22, 0, 0)
    assert again.changes.shifts == {}


def test_what_another_run_scored_meanwhile_is_not_ours(world: World) -> None:
    """A run that was killed early goes on after a whole run of the same model: it counts only what it did itself."""
    world.fate.left = 12  # the second batch is written, the mark behind it is not
    with pytest.raises(Killed):
        world.job().run(None)
    world.fate.left = 1_000_000
    done = len(world.mentions.written)
    replace(world.job(), shard=(0, 1)).run(NOON)
    run = world.job().run(None)
    assert 0 < done < len(world.all)
    assert (run.changes.rescored, run.changes.already) == (done, len(world.all) - done)


def test_killed_at_every_step_it_ends_as_if_it_never_was() -> None:
    """Whatever write it dies before or after, a later run completes it: once each, with the same figures."""
    expected = World().job().run(None)
    for moment in range(1, 52):
        world = World()
        world.fate.left = moment
        with pytest.raises(Killed):
            world.job().run(None)
        world.fate.left = 1_000_000
        run = world.job().run(None)
        assert run.changes == expected.changes, moment
        assert set(world.mentions.written.values()) == {1}, moment
        assert world.mentions.count(MentionQuery(scored=False)) == 0


def test_killed_after_the_very_last_write_it_was_done(world: World) -> None:
    """The next run is another one and finds nothing to do."""
    world.fate.left = 52
    with pytest.raises(Killed):
        world.job().run(None)
    world.fate.left = 1_000_000
    run = world.job().run(None)
    assert (run.changes.already, run.changes.seen) == (22, 22)


def test_killed_again_and_again_it_still_ends(world: World) -> None:
    """Dying after every few steps, it gets on each time."""
    for _ in range(60):
        world.fate.left = 5
        try:
            run = world.job().run(None)
            break
        except Killed:
            continue
    assert run.is_done
    assert sum(world.mentions.written.values()) == 22
    assert run.changes.seen == 22


def test_only_the_period_is_scored(world: World) -> None:
    """What was published before the beginning keeps its scores; what is published after the start is not history."""
    world.job().run(NOON + 5 * MINUTE)
    found = world.mentions.get([each.id for each in world.all])
    assert [bool(found[each.id].earlier) for each in world.all[:20]] == [False] * 10 + [True] * 10


def test_what_changes_meanwhile_is_left_to_the_next_scoring(world: World) -> None:
    """A text that is edited between reading and writing keeps no scores of what it no longer says."""
    first = world.all[0]

    class Slow(Model):
        def score(self, mentions: Sequence[Mention], now: datetime) -> Sequence[Annotation]:
            world.mentions.add([replace(first, text="改过了", collected_at=now)])
            return super().score(mentions, now)

    world.model = Slow()
    run = world.job().run(None)
    assert run.changes.refused == 1
    assert [each.id for each in world.mentions.unscored(5)] == [first.id]


def test_corrected_mentions_are_scored_and_stay_corrected(world: World) -> None:
    """The new model's word is stored beside the person's, which counts."""
    first = world.all[0]
    world.mentions.correct([Correction(first.id, "林知远", NOON, words_digest(first), removed=("yunjiang",))])
    run = world.job().run(None)
    item = world.mentions.get([first.id])[first.id]
    assert item.scored is not None
    assert (item.scored.model, item.mention.subjects, run.changes.refused) == ("new-1", (), 0)


def test_progress_is_told_after_each_batch(world: World) -> None:
    """Somebody who waits sees it move."""
    told: list[Run] = []
    world.job().run(None, told.append)
    assert [run.changes.seen for run in told] == [3, 6, 9, 12, 15, 18, 21, 22]
