"""Cue words: what is counted, and that the shipped model listens to them."""

import json

import numpy as np
import pytest

from nlp.linear import LinearModel, NgramSettings
from nlp.text import prepare
from nlp.topics.cues import LEXICON, CuedModel, TopicCues

IDS = ("app", "card", "loan")


def test_different_words_of_a_topic_count_and_repeated_ones_do_not() -> None:
    """A text that says one word five times is not five times about the topic; a word may speak for two topics."""
    cues = TopicCues({"app": ["闪退", "登录"], "loan": ["房贷", "登录"]}, IDS)
    found = cues.find(["闪退闪退闪退", "登录就闪退", "", "房贷利率"])
    assert np.allclose(found, np.log1p([[1, 0, 0], [2, 0, 1], [0, 0, 0], [0, 0, 1]]))
    assert cues.find([]).shape == (0, 3)


def test_words_are_found_however_they_are_written() -> None:
    """Full-width, traditional and upper case: the text is prepared, and so is the lexicon."""
    cues = TopicCues({"app": ["ＡＰＰ"], "loan": ["房貸"]}, IDS)
    assert (cues.find([prepare("App的房貸頁面")]) > 0).tolist() == [[True, False, True]]


def test_cues_add_to_what_the_ngrams_say() -> None:
    """Without a cue the scores are those of the n-grams alone."""
    silent, bias, blank = np.zeros((16, 2), np.float32), np.array([1, -1], np.float32), np.zeros(2, np.float32)
    linear = LinearModel(NgramSettings(1, 1, 4), np.ones(16, np.float32), silent, bias, blank)
    weights = np.array([[2.0, 0.0], [0.0, 0.0], [0.0, 3.0]], dtype=np.float32)
    model = CuedModel(linear, TopicCues({"app": ["闪退"], "loan": ["房贷"]}, IDS), weights)
    plain, cued = model.scores(["天气", "房贷"]).tolist()
    assert plain == pytest.approx([1.0, -1.0])
    assert cued == pytest.approx([1.0, -1.0 + 3 * np.log(2)])


def test_the_shipped_words_are_said_once_and_belong_to_known_topics() -> None:
    """A word twice under one topic would be a slip of the pen; one letter alone would be found everywhere."""
    topics = json.loads(LEXICON.read_text(encoding="utf-8"))["topics"]
    known = json.loads((LEXICON.parents[1] / "models" / "topics" / "model.json").read_text(encoding="utf-8"))["topics"]
    assert set(topics) <= set(known)
    for topic, words in topics.items():
        assert len(words) == len(set(words)), topic
