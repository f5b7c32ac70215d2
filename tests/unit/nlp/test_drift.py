"""Drift is told from chance: same scores stay well at any size, a new language and moved scores are seen."""

import random
from dataclasses import replace

import pytest

from nlp.drift import EDGES, Level, Profile, Scored, compare, profile, psi, unknown_pairs
from nlp.linear import MODELS, LinearModel, load_model


@pytest.fixture(scope="module")
def words() -> LinearModel:
    """The fast model."""
    return load_model(MODELS / "sentiment")[0]


def drawn(seed: int, n: int, shift: float = 0.0) -> Profile:
    """A profile of so many scores of one distribution, moved towards negative by `shift`."""
    draw = random.Random(seed)
    bins, stances = [0] * (len(EDGES) + 1), {"negative": 0, "neutral": 0, "positive": 0}
    for _ in range(n):
        value = min(draw.betavariate(0.6, 3) + shift, 1.0)
        bins[sum(value >= edge for edge in EDGES)] += 1
        stances["negative" if value > 0.3 else "neutral"] += 1
    topics = {f"t{draw.randrange(12)}": n // 12 for _ in range(12)}
    return Profile(n, tuple(bins), stances=stances, topics=topics, pairs=n * 20, unknown=n)


@pytest.mark.parametrize("n", [200, 400, 3_000])
def test_chance_is_no_drift(n: int) -> None:
    """Forty weeks of the same scores: hardly any is called anything but well."""
    reference = drawn(1, 4 * n)
    levels = [replace_topics(drawn(seed, n), reference) for seed in range(2, 42)]
    assert sum(compare(reference, each).level is not Level.WELL for each in levels) <= 2


def replace_topics(seen: Profile, reference: Profile) -> Profile:
    """The same topics in the same shares: they are drawn coarsely here."""
    return replace(seen, topics={topic: count * seen.n // reference.n for topic, count in reference.topics.items()})


def test_moved_scores_have_left() -> None:
    """A model that suddenly sees negatives everywhere is named, with what says so."""
    reference = drawn(1, 4_000)
    found = compare(reference, replace_topics(drawn(2, 1_000, 0.3), reference))
    assert found.level is Level.LEFT
    assert found.reasons == ("scores", "stances")
    assert found.scores > 0.25


def test_a_new_language_is_seen_by_its_unknown_pairs(words: LinearModel) -> None:
    """Texts of the trade are mostly known, rare words are not."""
    known = unknown_pairs(["云江银行的手机银行又登录不了", "信用卡额度被降了", "排队等了两个小时"], words)
    strange = unknown_pairs(["镧钬铒铥镱镥铪钽铼锇铱", "鳐鲼魟鳚鲉鲬鳊鲹鲳鲾"], words)
    assert known[1] / known[0] < 0.2
    assert strange[1] / strange[0] > 0.6
    reference = replace(drawn(1, 4_000), pairs=10_000, unknown=700)
    now = replace(replace_topics(drawn(3, 1_000), reference), pairs=10_000, unknown=1_500)
    assert (compare(reference, now).level, compare(reference, now).reasons) == (Level.LEFT, ("unknown",))


def test_too_few_say_nothing() -> None:
    """A quiet week is no verdict, however odd it looks."""
    assert compare(drawn(1, 4_000), drawn(2, 150, 0.5)).level is Level.FEW


def test_corrections_that_disagree_with_the_probabilities_ask_for_a_look() -> None:
    """The model said a fifth, people say two thirds: watch, no more, because people choose what they judge."""
    reference = drawn(1, 4_000)
    seen = replace(replace_topics(drawn(2, 1_000), reference), judged=60, judged_predicted=12.0, judged_negative=40)
    found = compare(reference, seen)
    assert (found.level, found.reasons) == (Level.WATCH, ("calibration",))
    assert found.calibration_gap == pytest.approx(-0.467, abs=1e-3)
    assert replace(seen, judged=20).calibration_gap is None


def test_profiles_add_up(words: LinearModel) -> None:
    """Two halves make the profile of the whole, but for pairs that both halves have."""
    items = [
        Scored(f"云江银行第{n}次", n / 10, "negative" if n > 5 else "neutral", ("fees",), n % 2 == 0) for n in range(10)
    ]
    whole, halves = profile(items, words), profile(items[:5], words) + profile(items[5:], words)
    assert replace(whole, pairs=0, unknown=0) == replace(halves, pairs=0, unknown=0)
    assert (whole.n, whole.judged, whole.judged_negative, sum(whole.bins)) == (10, 10, 5, 10)


def test_psi_by_hand() -> None:
    """Alike is zero; shares of a half and a half against a quarter and three quarters are 0.27."""
    assert psi([10, 20, 30], [10, 20, 30]) == pytest.approx(0)
    assert psi([5_000, 5_000], [2_500, 7_500]) == pytest.approx(0.2747, abs=1e-3)
