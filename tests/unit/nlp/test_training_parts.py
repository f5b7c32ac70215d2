"""The parts of training that need no PyTorch: figures, folds, weighing, judgements, and what the command refuses."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from nlp.features import FloatArray
from nlp.linear import LinearModel, NgramSettings, softmax
from nlp.training import __main__ as command
from nlp.training.combine import Evidence, band_for, cascade, fit_stack, judged_stack, topic_thresholds
from nlp.training.data import Row, TopicRow, Weighed, texts_digest
from nlp.training.evaluation import Judged, Sets, folds
from nlp.training.judgements import JUDGED, load_judgements, quarter
from nlp.training.metrics import calibration_error, sentiment_figures, with_intervals
from nlp.training.sentiment import STATED_RECALL, recall_thresholds, train_sentiment
from nlp.training.vectors import count_matrix, inverse_frequency, spread, weighted
from yuqing.domain.errors import InputError

SIZE = 120
TEXTS = ("云江银行又闪退", "云江银行的利率", "app 闪退闪退", "海州银行利率真好")


def sure(labels: FloatArray, share: float = 0.8) -> FloatArray:
    """Probabilities of a model that gives these labels this share."""
    return np.where(np.eye(3)[labels] == 1, share, (1 - share) / 2).astype(np.float32)


def evidence(seed: int = 1) -> Evidence:
    """Half comments, half others; `right` knows the truth, `noise` knows nothing."""
    generator = np.random.default_rng(seed)
    truth, other = generator.integers(0, 3, SIZE), generator.integers(0, 3, SIZE)
    return Evidence(truth, np.arange(SIZE) < SIZE // 2, {"right": sure(truth), "noise": sure(other)})


def test_figures_of_a_small_table_are_those_by_hand() -> None:
    """Four texts: one hit, one miss, one false alarm."""
    truth, labels = np.array([0, 0, 1, 2]), np.array([0, 1, 0, 2])
    found = sentiment_figures(truth, labels, sure(labels))
    assert (found["negative_precision"], found["negative_recall"], found["negative_f1"]) == (0.5, 0.5, 0.5)
    assert found["macro_f1"] == pytest.approx((0.5 + 0.0 + 1.0) / 3)
    assert found["negative_brier"] == pytest.approx((0.2**2 + 0.9**2 + 0.8**2 + 0.1**2) / 4)


def test_a_calibration_error_is_the_distance_between_said_and_was() -> None:
    """Nothing where a fifth of what is called 0.2 happens; 0.3 where half of it does."""
    chance = np.full(100, 0.2)
    assert calibration_error(np.arange(100) % 5 == 0, chance) == pytest.approx(0.0, abs=1e-9)
    assert calibration_error(np.arange(100) % 2 == 0, chance) == pytest.approx(0.3, abs=1e-9)


def test_intervals_hold_the_value_and_are_the_same_every_time() -> None:
    """Seeded, and wider on fewer rows."""
    found = evidence()
    columns = found.truth, np.roll(found.truth, 1), sure(np.roll(found.truth, 1))
    few = tuple(column[:30] for column in columns)
    one, other = (with_intervals(sentiment_figures, *columns, repeats=20) for _ in range(2))
    assert one == other
    assert all(low <= value <= high for value, low, high in one.values())
    _value, low, high = with_intervals(sentiment_figures, *few, repeats=20)["macro_f1"]
    assert high - low > one["macro_f1"][2] - one["macro_f1"][1]


def test_training_rows_give_the_scores_of_the_shipped_model() -> None:
    """Two implementations of TF-IDF, one for scikit-learn and one for numpy alone, agree."""
    ngrams = NgramSettings(1, 2, 8)
    counts = count_matrix(TEXTS, ngrams)
    idf = inverse_frequency(counts, least=1)
    weights = np.random.default_rng(2).normal(size=(int(np.count_nonzero(idf)), 3)).astype(np.float32)
    model = LinearModel(ngrams, idf, spread(weights, idf), np.zeros(3, np.float32), np.zeros(3, np.float32))
    np.testing.assert_allclose(weighted(counts, idf) @ weights, model.scores(TEXTS), atol=1e-4)


def test_rare_ngrams_are_not_learned() -> None:
    """What occurs in fewer texts than asked for has no weight at all."""
    counts = count_matrix(TEXTS, NgramSettings(1, 2, 12))
    assert np.count_nonzero(inverse_frequency(counts, least=2)) < np.count_nonzero(inverse_frequency(counts, least=1))


def test_folds_are_a_partition_and_the_quarter_is_the_first() -> None:
    """Every row is asked once, by a model that does not know it."""
    found = folds(10)
    assert sorted(int(row) for _, asked in found for row in asked) == list(range(10))
    assert all(not set(known) & set(asked) for known, asked in found)
    rows = [TopicRow(str(number), 1, (), 0, "test") for number in range(10)]
    assert [int(row.text) for row in quarter(rows)] == found[0][1].tolist()


def test_a_stack_trusts_the_model_that_is_right() -> None:
    """The one that knows counts, the noise does not."""
    found = evidence()
    stack = fit_stack(found, ("right", "noise"), np.arange(SIZE))
    assert np.abs(stack.weights[:3]).sum() > 5 * np.abs(stack.weights[3:]).sum()
    assert all(0.5 < limit < 1 for limit in stack.thresholds)


def test_a_threshold_is_as_high_as_the_stated_recall_allows() -> None:
    """Of twenty negative comments it finds eleven, and no higher limit would; a class without a text has one half."""
    labels = np.repeat([0, 1], 20)
    chances = np.zeros((40, 3))
    chances[:20, 0] = np.linspace(0.05, 1.0, 20)
    negative, positive = recall_thresholds(chances, labels)
    assert np.mean(chances[:20, 0] >= negative) == STATED_RECALL
    assert np.mean(chances[:20, 0] >= negative + 0.002) < STATED_RECALL
    assert positive == 0.5


def test_a_model_that_is_asked_for_thresholds_reaches_the_recall_out_of_fold() -> None:
    """Fitted on invented comments only for this: the rows that are no real texts do not count."""
    words = ("闪退打不开", "利率是多少", "服务真好")
    comments = [Row(f"云江银行{words[number % 3]}{number}", number % 3) for number in range(60)]
    written = [Weighed(f"北原银行{words[number % 3]}{number}", 1, 0.3) for number in range(30)]
    trained = train_sentiment(comments, comments[:12], {}, written)
    chances = softmax(trained.model.scores([row.text for row in comments]))
    found = [chances[index, 0] >= trained.thresholds[0] for index in range(0, 60, 3)]
    assert np.mean(found) >= STATED_RECALL


def test_what_was_not_learned_is_not_known() -> None:
    """Judged out of fold, a model of noise stays noise."""
    found = evidence()
    judged = judged_stack(found, ("noise",))
    assert np.mean(judged.labels == found.truth) < 0.5
    np.testing.assert_allclose(judged.probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("share", [0.05, 0.15, 0.3])
def test_a_band_sends_about_the_share_that_was_asked_for(share: float) -> None:
    """Among ordinary comments; everything from a share of one on."""
    linear = np.random.default_rng(3).dirichlet((0.6, 4.0, 0.4), 2_000).astype(np.float32)
    assert np.mean(band_for(linear, share).holds(linear)) == pytest.approx(share, abs=0.02)
    assert band_for(linear, 1.0).holds(linear).all()


def test_the_cascade_keeps_the_linear_answer_outside_its_band() -> None:
    """Sure and harmless texts stay, the one between is the ensemble's."""
    linear = np.array([[0.9, 0.05, 0.05], [0.02, 0.96, 0.02], [0.3, 0.6, 0.1]], dtype=np.float32)
    both = Judged(np.array([0, 1, 0]), np.array([2, 2, 0]), sure(np.array([2, 2, 0])))
    band = band_for(np.repeat(linear, 100, axis=0), 0.33)
    found = cascade(linear, both, band)
    assert found.labels.tolist() == [0, 1, 0]
    np.testing.assert_allclose(found.probabilities[:2], linear[:2])
    np.testing.assert_allclose(found.probabilities[2], both.probabilities[2])


def test_the_threshold_of_topics_is_where_they_part() -> None:
    """Between what is assigned and what is not."""
    truth = np.zeros((40, 16), dtype=int)
    truth[np.arange(40), np.arange(40) % 16] = 1
    chances = np.where(truth == 1, 0.45, 0.25)
    assert 0.25 < topic_thresholds(chances, truth) <= 0.45


def test_judgements_of_other_texts_are_refused() -> None:
    """The stored probabilities say nothing about texts that were not judged."""
    rows = [TopicRow(str(number), 1, (), 0, "test") for number in range(8)]
    sets = Sets([], [Row("云江银行", 1)], rows, {})
    with pytest.raises(InputError, match="encoder_judged"):
        load_judgements(JUDGED, sets)
    assert texts_digest(["a", "b"]) != texts_digest(["b", "a"])


def test_without_data_the_command_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 2, and nothing is written."""
    monkeypatch.setenv("YQ_SHARED", str(tmp_path / "nothing"))
    assert command.main(["--output", str(tmp_path / "models")]) == 2
    assert not (tmp_path / "models").exists()


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is installed here")
def test_without_pytorch_the_encoder_is_not_trained(tmp_path: Path) -> None:
    """The message names the extra."""
    with pytest.raises(InputError, match=r"\[train\]"):
        command.train_transformer(Sets([], [], [], {}), tmp_path / "wheel", tmp_path)
    assert list(tmp_path.iterdir()) == []
