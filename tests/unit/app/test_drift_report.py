"""The drift report on a store: a reference that stays, weeks against it, a verdict that doctor and alerts can read."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nlp.drift import FEW, Level
from nlp.linear import MODELS, LinearModel, load_model
from tests.contract.samples import NEGATIVE, NEUTRAL, annotation, mention
from tests.fakes import FakeClock, InMemoryMentionStore, InMemoryStateStore
from yuqing.domain.correction import Correction, words_digest
from yuqing.domain.errors import InputError
from yuqing.domain.mention import Mention
from yuqing.drift import REFERENCE, WEEK, DriftReader, latest

MONDAY = datetime(2026, 3, 1, 16, tzinfo=UTC)  # Monday 2 March, midnight in Beijing
SIZE = FEW + 20


class World:
    """Weeks of scored mentions."""

    def __init__(self, words: LinearModel) -> None:
        self.clock = FakeClock(MONDAY)
        self.mentions = InMemoryMentionStore(self.clock)
        self.state = InMemoryStateStore()
        self.reader = DriftReader(self.mentions, self.state, self.clock, words)
        self.weeks = 0

    def week(
        self, share: float, text: str = "云江银行的信用卡额度", size: int = SIZE, model: str = "linear-1"
    ) -> list[Mention]:
        """One more week with this share of negatives; the clock stands at its end."""
        start = MONDAY + self.weeks * WEEK
        draw = random.Random(self.weeks)
        made = [
            mention(f"{self.weeks}-{n}", f"{text}{n}", published_at=start + n * timedelta(minutes=9))
            for n in range(size)
        ]
        scores = [
            annotation(each, NEGATIVE if n < share * size else NEUTRAL, (), [draw.choice("ab")])
            for n, each in enumerate(made)
        ]
        self.mentions.add(made)
        self.mentions.annotate([replace(each, model=model) for each in scores])
        self.weeks += 1
        self.clock.set(MONDAY + self.weeks * WEEK)
        return made


@pytest.fixture(scope="module")
def words() -> LinearModel:
    """The fast model."""
    return load_model(MODELS / "sentiment")[0]


@pytest.fixture
def world(words: LinearModel) -> World:
    """Four ordinary weeks."""
    made = World(words)
    for _ in range(4):
        made.week(0.1)
    return made


def test_ordinary_weeks_are_well_and_the_reference_stays(world: World) -> None:
    """The first four weeks are the reference, for good."""
    world.week(0.1)
    found = world.reader.read()
    assert (found.level, found.model) == (Level.WELL, "linear-1")
    assert [week.shift is not None for week in found.weeks if week.profile.n] == [False] * 4 + [True]
    before = world.state.load(REFERENCE, "linear-1")
    world.week(0.1)
    world.reader.read()
    assert world.state.load(REFERENCE, "linear-1") == before
    assert latest(world.state) == (Level.WELL, "模型 linear-1 的评分分布与参照期相符")


def test_one_odd_week_is_watched_and_two_in_a_row_have_left(world: World) -> None:
    """A crisis of a week is no drift; what stays is."""
    world.week(0.6)
    first = world.reader.read()
    assert (first.level, "一次舆情也会如此" in first.sentence) == (Level.WATCH, True)
    world.week(0.6)
    second = world.reader.read()
    assert (second.level, "连续 2 周负面概率的分布" in second.sentence) == (Level.LEFT, True)
    world.week(0.1)
    assert world.reader.read().level is Level.WELL


def test_words_that_nobody_knew_are_named(world: World) -> None:
    """The same stances in another language."""
    world.week(0.1, "镧钬铒铥镱镥铪钽铼锇铱鳐鲼魟鳚")
    newest = world.reader.read().weeks[-1].shift
    assert newest is not None
    assert "unknown" in newest.reasons


def test_no_verdict_without_a_reference_or_with_few(words: LinearModel) -> None:
    """Nothing is claimed that was not seen: no mentions, three weeks, a quiet week, a new model."""
    world = World(words)
    assert "还没有打过分" in world.reader.read().sentence
    for _ in range(3):
        world.week(0.1)
    assert "参照期未满" in world.reader.read().sentence
    world.week(0.1)
    world.week(0.9, size=30)
    assert (world.reader.read().level, "太少" in world.reader.read().sentence) == (Level.FEW, True)
    world.week(0.1, model="linear-2")
    assert world.reader.read().sentence.startswith("模型 linear-2 的参照期未满")


def test_an_operator_may_choose_the_reference(world: World) -> None:
    """After a look, the new usual is the reference; an empty period is refused."""
    world.week(0.6)
    world.week(0.6)
    assert world.reader.read().level is Level.LEFT
    world.reader.renew(MONDAY + 4 * WEEK, MONDAY + 5 * WEEK)
    assert world.reader.read().level is Level.WELL
    with pytest.raises(InputError, match="参照"):
        world.reader.renew(MONDAY - 5 * WEEK, MONDAY - 4 * WEEK)


def test_corrections_are_compared_with_the_models_own_probabilities(world: World) -> None:
    """People say that half of what the model is sure is negative is not: the gap shows, whatever is counted now."""
    made = world.week(0.5)
    for each in made[:40]:
        said = Correction(each.id, "林知远", MONDAY, words_digest(each), NEUTRAL.label)
        world.mentions.correct([said])
    newest = world.reader.read().weeks[-1]
    assert newest.profile.stances["negative"] == SIZE // 2
    assert newest.profile.calibration_gap == pytest.approx(0.9)


def test_the_table_has_a_line_for_each_week(world: World) -> None:
    """For people, in Chinese, with the verdict last."""
    world.week(0.6)
    lines = world.reader.read(1).lines()
    assert len(lines) == 7
    assert "参照" in lines[1]
    assert "偏离" in lines[5]
    assert world.reader.read(1).as_json()["weeks"][-1]["shift"]["level"] == "left"
