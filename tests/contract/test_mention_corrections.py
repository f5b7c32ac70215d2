"""MentionStore: what people and earlier models say is kept beside what the model says, on every adapter."""

from dataclasses import replace
from datetime import timedelta

from tests.contract.samples import NEGATIVE, NEUTRAL, NOON, POSITIVE, annotation, mention, minutes
from yuqing.domain.annotation import Annotation, SentimentLabel, text_digest
from yuqing.domain.correction import Correction, words_digest
from yuqing.domain.mention import Mention
from yuqing.domain.ports import MentionQuery, MentionStore, StoredMention
from yuqing.domain.query import parse_query

DAY = timedelta(days=1)


def correction(of: Mention, **judgement: object) -> Correction:
    """What the analyst says of a mention."""
    return Correction(of.id, "林知远", NOON + minutes(30), words_digest(of), **judgement)  # type: ignore[arg-type]


def stored(store: MentionStore, of: Mention) -> StoredMention:
    """The stored form of a mention that must be there."""
    return store.get([of.id])[of.id]


def count(store: MentionStore, **query: object) -> int:
    """How many match after a refresh."""
    store.refresh()
    return store.count(MentionQuery(**query))  # type: ignore[arg-type]


def scored(
    store: MentionStore, *, level: int = 1, subjects: tuple[str, ...] = ("yunjiang",)
) -> tuple[Mention, Annotation]:
    """A stored mention that the model calls negative and a failure of the app."""
    first = mention(subjects=subjects)
    said = annotation(first, NEGATIVE, [(name, NEGATIVE) for name in subjects], ["app_failure"], level)
    store.add([first])
    store.annotate([said])
    return first, said


def test_what_a_person_says_is_found_and_counted_and_the_model_is_kept(store: MentionStore) -> None:
    """Filters, search terms, splits and facets follow the person; the model's scores stay beside it."""
    first, said = scored(store)
    judgement = correction(first, sentiment=SentimentLabel.NEUTRAL, topics=("fees", "service"), severity=3)
    assert store.correct([judgement]) == 1
    found = stored(store, first)
    assert (found.correction, found.scored) == (judgement, said)
    assert found.annotation is not None
    assert found.annotation.sentiment.label is SentimentLabel.NEUTRAL
    assert [each.sentiment.label for each in found.annotation.by_subject] == [SentimentLabel.NEUTRAL]
    for query in ({"sentiments": (SentimentLabel.NEGATIVE,)}, {"topics": ("app_failure",)}):
        assert count(store, **query) == count(store, **query, subjects=("yunjiang",)) == 0
    for text in ("sentiment:neutral", "topic:fees", "severity:3", "NOT sentiment:negative"):
        assert count(store, text=parse_query(text)) == 1
    assert count(store, sentiments=(SentimentLabel.NEUTRAL,), subjects=("yunjiang",), min_severity=3) == 1
    bins = store.volume(MentionQuery(since=NOON, until=NOON + DAY, subjects=("yunjiang",)), DAY, "sentiment")
    assert [dict(each.by) for each in bins] == [{"neutral": 1}]
    assert [each.value for each in store.facet(MentionQuery(), "topic")] == ["fees", "service"]


def test_a_correction_of_one_field_leaves_the_others_to_the_model(store: MentionStore) -> None:
    """Only what was judged changes; no topic at all is a judgement too."""
    first, said = scored(store)
    store.correct([correction(first, topics=())])
    found = stored(store, first).annotation
    assert found is not None
    assert (found.topics, found.sentiment, found.severity) == ((), said.sentiment, said.severity)
    assert count(store, topics=("app_failure",)) == 0


def test_subjects_are_taken_away_and_added(store: MentionStore) -> None:
    """A mention leaves the counts of a subject that it is not about and joins those of one that it is about."""
    first, _ = scored(store)
    store.correct([correction(first, added=("haizhou",), removed=("yunjiang",))])
    assert stored(store, first).mention.subjects == ("haizhou",)
    assert (count(store, subjects=("yunjiang",)), count(store, subjects=("haizhou",))) == (0, 1)
    store.add([replace(first, collected_at=first.collected_at + minutes(9), subjects=("yunjiang", "fuel"))])
    assert stored(store, first).mention.subjects == ("fuel", "haizhou")


def test_stances_towards_single_subjects(store: MentionStore) -> None:
    """Of two banks in one text, the stance towards one is corrected, that towards the other stays."""
    first, _ = scored(store, subjects=("yunjiang", "haizhou"))
    store.correct([correction(first, stances=(("haizhou", SentimentLabel.POSITIVE),))])
    assert count(store, subjects=("haizhou",), sentiments=(SentimentLabel.POSITIVE,)) == 1
    assert count(store, subjects=("yunjiang",), sentiments=(SentimentLabel.NEGATIVE,)) == 1


def test_an_empty_correction_takes_it_back(store: MentionStore) -> None:
    """What the model says counts again, as if nobody had ever judged."""
    first, said = scored(store)
    before = stored(store, first)
    store.correct([correction(first, sentiment=SentimentLabel.POSITIVE, removed=("yunjiang",))])
    assert store.correct([correction(first)]) == 1
    assert stored(store, first) == before
    assert before.annotation == said
    assert count(store, sentiments=(SentimentLabel.NEGATIVE,), subjects=("yunjiang",)) == 1


def test_other_words_are_not_corrected_and_a_correction_ends_with_its_words(store: MentionStore) -> None:
    """A judgement of what a mention said before is none of what it says now."""
    first, _ = scored(store)
    store.correct([correction(first, sentiment=SentimentLabel.POSITIVE)])
    store.add([replace(first, text="云江手机银行修好了", collected_at=first.collected_at + minutes(60))])
    changed = stored(store, first)
    assert (changed.correction, changed.annotation) == (None, None)
    assert store.correct([correction(first, sentiment=SentimentLabel.POSITIVE)]) == 0
    assert store.correct([correction(mention("nobody"), severity=1)]) == 0
    assert stored(store, first) == changed


def test_a_correction_outlives_new_scores_reactions_and_deletion(store: MentionStore) -> None:
    """What a person said holds while models come and go."""
    first, _ = scored(store)
    store.correct([correction(first, sentiment=SentimentLabel.POSITIVE)])
    store.annotate([replace(annotation(first, NEUTRAL), model="test-2")])
    store.tombstone([first.id], NOON + DAY)
    found = stored(store, first)
    assert found.scored is not None
    assert (found.scored.model, found.scored.sentiment) == ("test-2", NEUTRAL)
    assert count(store, sentiments=(SentimentLabel.POSITIVE,), include_deleted=True) == 1


def test_a_correction_waits_for_the_scores_of_a_mention_without_any(store: MentionStore) -> None:
    """Unscored stays unscored: nobody has judged the fields that are left to the models."""
    first = mention()
    store.add([first])
    assert store.correct([correction(first, sentiment=SentimentLabel.POSITIVE)]) == 1
    assert count(store, scored=False) == 1
    store.annotate([annotation(first, NEGATIVE)])
    assert count(store, sentiments=(SentimentLabel.POSITIVE,)) == 1


def test_scores_of_a_mention_about_corrected_subjects_are_taken(store: MentionStore) -> None:
    """The scorer is shown the subjects that count, and its answer fits."""
    first = mention()
    store.add([first])
    store.correct([correction(first, added=("haizhou",))])
    store.refresh()
    (shown,) = store.unscored(5)
    assert shown.subjects == ("yunjiang", "haizhou")
    assert store.annotate([replace(annotation(first), text_digest=text_digest(shown))]) == 1


def test_scores_of_another_model_are_kept_beside_the_new_ones(store: MentionStore) -> None:
    """Each model once, oldest first; the same model again replaces its own words; new words end them all."""
    first, said = scored(store)
    second = replace(annotation(first, NEUTRAL), model="test-2")
    third = replace(annotation(first, POSITIVE), model="test-3")
    for each in (second, second, replace(second, sentiment=POSITIVE), third):
        store.annotate([each])
    found = stored(store, first)
    assert (found.scored, found.earlier) == (third, (said, replace(second, sentiment=POSITIVE)))
    store.annotate([said])
    assert [each.model for each in stored(store, first).earlier] == ["test-2", "test-3"]
    assert count(store, sentiments=(SentimentLabel.NEGATIVE,)) == 1
    store.add([replace(first, text="换了一句话", collected_at=first.collected_at + minutes(60))])
    assert stored(store, first).earlier == ()


def test_writing_the_same_again_changes_nothing(store: MentionStore) -> None:
    """Corrections and scores may be repeated after a crash."""
    first, said = scored(store)
    judgement = correction(first, severity=0)
    store.correct([judgement])
    before = stored(store, first)
    store.correct([judgement])
    store.annotate([said])
    assert stored(store, first) == before
