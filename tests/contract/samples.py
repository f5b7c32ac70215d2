"""Invented mentions and annotations of the contract suites, and strategies that generate them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from yuqing.domain.annotation import (
    Annotation,
    Sentiment,
    SentimentLabel,
    SeverityScore,
    SubjectSentiment,
    TopicScore,
)
from yuqing.domain.mention import (
    Author,
    AuthorKind,
    Engagement,
    FollowerBand,
    Mention,
    MentionId,
    MentionKind,
    Platform,
    TimePrecision,
)
from yuqing.domain.query import FIELDS, And, FieldFilter, Near, Node, Not, Or, Term, normalise

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
NEGATIVE = Sentiment(SentimentLabel.NEGATIVE, 0.9, 0.07, 0.03)
NEUTRAL = Sentiment(SentimentLabel.NEUTRAL, 0.1, 0.8, 0.1)
POSITIVE = Sentiment(SentimentLabel.POSITIVE, 0.02, 0.08, 0.9)


def minutes(count: float) -> timedelta:
    """A short way to write a length of time."""
    return timedelta(minutes=count)


def mention(native_id: str = "1", text: str = "云江手机银行又闪退了", **changes: Any) -> Mention:
    """A Weibo post of noon, collected five minutes later, with what the test changes."""
    published = changes.pop("published_at", NOON)
    values: dict[str, Any] = {
        "platform": Platform.WEIBO,
        "kind": MentionKind.POST,
        "url": f"https://weibo.example/{native_id}",
        "collected_at": published + minutes(5),
        "subjects": ("yunjiang",),
        "source_id": "weibo_search",
    }
    return Mention(native_id=native_id, text=text, published_at=published, **(values | changes))


def annotation(
    of: Mention | MentionId,
    sentiment: Sentiment = NEGATIVE,
    by_subject: Sequence[tuple[str, Sentiment]] = (),
    topics: Sequence[str] = (),
    level: int = 0,
) -> Annotation:
    """An annotation with whole and subject stances, topics and a severity."""
    return Annotation(
        mention_id=of.id if isinstance(of, Mention) else of,
        sentiment=sentiment,
        by_subject=tuple(SubjectSentiment(subject, stance) for subject, stance in by_subject),
        topics=tuple(TopicScore(topic, 0.75) for topic in topics),
        severity=SeverityScore(level, (0.1, 0.2, 0.3, 0.4)),
        model="test-1",
        scored_at=NOON + minutes(10),
    )


# A small alphabet makes accidental matches frequent; the odd characters are the ones stores stumble over.
ALPHABET = "\x00云江银行崩了闪退转账aAbＢ1１%_*\"'.，。#@-+/\\:()[]{}~^&|!? \n\t　éß½ﬁ😀👍🏽…"
raw_texts = st.text(alphabet=ALPHABET, max_size=24)
any_texts = st.one_of(raw_texts, st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 5, 1), timezones=st.just(UTC))  # noqa: DTZ001 (bounds)
counts = st.none() | st.integers(0, 10**9)
names = st.text(alphabet="abc云江-_.:", min_size=1, max_size=8)
engagements = st.builds(Engagement, counts, counts, counts, counts)
mentions = st.builds(
    Mention,
    platform=st.sampled_from(Platform),
    kind=st.sampled_from(MentionKind),
    native_id=names,
    url=any_texts,
    text=any_texts,
    published_at=instants,
    collected_at=instants,
    title=st.none() | any_texts,
    time_precision=st.sampled_from(TimePrecision),
    author=st.builds(
        Author, st.none() | names, st.sampled_from(AuthorKind), st.sampled_from(FollowerBand), st.none() | names
    ),
    engagement=engagements,
    parent_id=st.none() | names.map(MentionId),
    root_id=st.none() | names.map(MentionId),
    region=st.none() | names,
    hashtags=st.lists(names, max_size=3, unique=True).map(tuple),
    subjects=st.lists(names, max_size=3, unique=True).map(tuple),
    keywords=st.lists(names, max_size=3, unique=True).map(tuple),
    rating=st.none() | st.integers(1, 5),
    text_truncated=st.booleans(),
    source_id=st.just("") | names,
    query_id=st.just("") | names,
    parser_version=st.just("") | names,
    raw_ref=st.none() | names,
)
probabilities = st.floats(0, 1, allow_nan=False)
sentiments = st.builds(Sentiment, st.sampled_from(SentimentLabel), probabilities, probabilities, probabilities)


def annotations(of: Mention) -> st.SearchStrategy[Annotation]:
    """Any annotation of one mention."""
    return st.builds(
        Annotation,
        mention_id=st.just(of.id),
        sentiment=sentiments,
        by_subject=st.tuples(*(st.builds(SubjectSentiment, st.just(name), sentiments) for name in of.subjects)),
        topics=st.lists(st.builds(TopicScore, names, probabilities), max_size=3, unique_by=lambda t: t.id).map(tuple),
        severity=st.builds(
            SeverityScore,
            st.integers(0, 3),
            st.tuples(probabilities, probabilities, probabilities, probabilities),
        ),
        model=names,
        scored_at=instants,
    )


_terms = st.text(alphabet=ALPHABET, min_size=1, max_size=4).map(normalise).filter(bool).map(Term)
_values = {
    "platform": ["weibo", "news"],
    "kind": ["post", "article"],
    "subject": ["yunjiang", "haizhou"],
    "sentiment": ["negative", "neutral", "positive"],
    "topic": ["app_failure", "fees"],
    "severity": ["0", "1", "2", "3"],
    "source": ["weibo_search", "portal"],
    "region": ["浙江", "广东"],
    "author": ["p-1", "云江晚报"],
    "state": ["visible", "deleted"],
    "id": ["weibo:post:1", "none"],
}
assert set(_values) == FIELDS
_operators = st.sampled_from(["=", ">=", ">", "<=", "<"])
_filters = st.sampled_from(sorted(_values)).flatmap(
    lambda name: st.builds(
        FieldFilter, st.just(name), _operators if name == "severity" else st.just("="), st.sampled_from(_values[name])
    )
)


def _branches(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    parts = st.lists(children, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(And, parts), st.builds(Or, parts), st.builds(Not, children))


trees: st.SearchStrategy[Node] = st.recursive(
    st.one_of(_terms, _terms, st.builds(Near, _terms, _terms, st.integers(0, 12)), _filters), _branches, max_leaves=6
)
queried_mentions = st.builds(
    mention,
    st.just("template"),
    raw_texts,
    title=st.none() | raw_texts,
    platform=st.sampled_from([Platform.WEIBO, Platform.NEWS]),
    kind=st.sampled_from([MentionKind.POST, MentionKind.ARTICLE]),
    subjects=st.sampled_from([(), ("yunjiang",), ("haizhou",), ("yunjiang", "haizhou")]),
    source_id=st.sampled_from(["", "weibo_search", "portal"]),
    region=st.sampled_from([None, "浙江", "广东"]),
    author=st.sampled_from([Author(), Author("p-1"), Author("p-2", outlet="云江晚报")]),
)
