"""Counts as an earlier model saw them are those of the time, whatever was scored or corrected since."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.samples import NEGATIVE, NEUTRAL, NOON, POSITIVE, annotation, mention
from tests.fakes import InMemoryMentionStore
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.correction import Correction, words_digest
from yuqing.domain.ports import MentionQuery, Page
from yuqing.domain.query import parse_query
from yuqing.versions import ModelView, models

HOUR = timedelta(hours=1)
QUERIES = [
    MentionQuery(),
    MentionQuery(subjects=("yunjiang",)),
    MentionQuery(sentiments=(SentimentLabel.NEGATIVE,)),
    MentionQuery(subjects=("yunjiang",), sentiments=(SentimentLabel.POSITIVE,)),
    MentionQuery(topics=("fees",)),
    MentionQuery(min_severity=2),
    MentionQuery(scored=False),
    MentionQuery(text=parse_query("sentiment:negative OR severity:>=2")),
    MentionQuery(text=parse_query("闪退 NOT topic:fees")),
]


def filled() -> InMemoryMentionStore:
    """Nine mentions in three hours with mixed scores, one of them unscored."""
    store = InMemoryMentionStore()
    all_ = [mention(str(n), published_at=NOON + n * HOUR / 3) for n in range(9)]
    store.add(all_)
    for n, each in enumerate(all_[:8]):
        stance = (NEGATIVE, NEUTRAL, POSITIVE)[n % 3]
        store.annotate([annotation(each, stance, [("yunjiang", stance)], ["fees"] if n % 2 else ["app"], n % 4)])
    return store


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_chart_of_an_earlier_model_is_the_chart_of_its_time(query: MentionQuery) -> None:
    """Rescored and corrected, the store counts otherwise; the view of the first model counts as on the first day."""
    store = filled()
    asked = replace(query, since=NOON, until=NOON + 3 * HOUR)
    before = store.volume(asked, HOUR, "sentiment")
    assert ModelView(store, "test-1").volume(asked, HOUR, "sentiment") == before
    everything = [item.mention for item in store.scan(MentionQuery())]
    store.annotate([replace(annotation(each, POSITIVE, level=3), model="test-2") for each in everything[:8]])
    store.correct([Correction(e.id, "林知远", NOON, words_digest(e), SentimentLabel.NEUTRAL) for e in everything[:4]])
    assert ModelView(store, "test-1").volume(asked, HOUR, "sentiment") == before


def test_what_a_model_never_scored_is_unscored_for_it() -> None:
    """No label is made up for it, and the period is found all the same."""
    store = filled()
    view = ModelView(store, "other-1")
    asked = MentionQuery(since=NOON, until=NOON + 3 * HOUR)
    assert [dict(each.by) for each in view.volume(asked, 3 * HOUR, "sentiment")] == [{"": 9}]
    assert view.search(replace(asked, sentiments=(SentimentLabel.NEGATIVE,)), Page(1)).total == 9
    assert models(store, None, None) == {"test-1": 8, "": 1}
    with pytest.raises(ValueError, match="platform"):
        view.volume(asked, HOUR, "platform")
