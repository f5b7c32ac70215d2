"""Whatever the product keeps as state comes back from JSON as it went in."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuqing.domain.alert import (
    Alert,
    AlertSeverity,
    AlertState,
    Attachment,
    Message,
    Notification,
    NotificationState,
    Receiver,
    Rule,
    Silence,
)
from yuqing.domain.annotation import Annotation, Sentiment, SentimentLabel, SeverityScore, SubjectSentiment, TopicScore
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.coverage import Coverage, Cursor, Outcome
from yuqing.domain.errors import StoreError
from yuqing.domain.mention import Engagement, Mention, MentionId, MentionKind, Platform
from yuqing.domain.ports import MentionQuery
from yuqing.domain.query import parse_query
from yuqing.domain.report import Chart, Figure, Quote, Report, Section, Table

NOW = datetime(2026, 3, 2, 1, 2, 3, 456789, tzinfo=UTC)
TEXT = st.text(max_size=8)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
LABELS = st.dictionaries(TEXT, TEXT, max_size=3)
IDS = st.lists(TEXT.map(MentionId), max_size=3).map(tuple)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda each: st.lists(each, max_size=2) | st.dictionaries(TEXT, each, max_size=2),
    max_leaves=4,
)
ALERTS = st.builds(
    Alert,
    id=TEXT,
    fingerprint=TEXT,
    labels=LABELS,
    state=st.sampled_from(AlertState),
    severity=st.sampled_from(AlertSeverity),
    starts_at=TIMES,
    ends_at=st.none() | TIMES,
    updated_at=TIMES,
    summary=TEXT,
    rule_id=TEXT,
    subject_id=TEXT,
    observed=st.floats(allow_nan=False),
    expected=st.none() | st.floats(allow_nan=False),
    probability=st.none() | st.floats(0, 1),
    evidence=IDS,
    latency=LABELS,
    acknowledged_at=st.none() | TIMES,
    acknowledged_by=st.none() | TEXT,
)
NOTIFICATIONS = st.builds(
    Notification,
    id=TEXT,
    alert_id=TEXT,
    receiver=TEXT,
    kind=TEXT,
    state=st.sampled_from(NotificationState),
    created_at=TIMES,
    updated_at=TIMES,
    attempts=st.integers(0, 9),
    not_before=st.none() | TIMES,
    accepted_at=st.none() | TIMES,
    detail=TEXT,
)
SILENCES = st.builds(Silence, id=TEXT, matchers=LABELS, starts_at=TIMES, ends_at=TIMES, author=TEXT, reason=TEXT)
COVERAGE = st.builds(
    Coverage,
    source=TEXT,
    query=TEXT,
    since=TIMES,
    until=TIMES,
    status=st.sampled_from(Outcome),
    checked_at=TIMES,
    region=TEXT,
    saturated=st.booleans(),
    pages=st.integers(0, 99),
)
RULES = st.builds(
    Rule,
    id=TEXT,
    type=TEXT,
    name=TEXT,
    severity=st.sampled_from(AlertSeverity),
    subjects=st.lists(TEXT, max_size=2).map(tuple),
    options=st.dictionaries(TEXT, PLAIN, max_size=3),
)
QUERIES = st.builds(
    MentionQuery,
    text=st.none()
    | st.sampled_from(["甲 AND (乙 OR NOT 丙)", "转账 NEAR/10 失败", "platform:weibo severity:>=2", "单"]).map(
        parse_query
    ),
    subjects=st.lists(TEXT, max_size=2).map(tuple),
    platforms=st.lists(st.sampled_from(Platform), max_size=2).map(tuple),
    sentiments=st.lists(st.sampled_from(SentimentLabel), max_size=2).map(tuple),
    since=st.none() | TIMES,
    max_lag=st.none() | st.timedeltas(timedelta(0), timedelta(days=400)),
    scored=st.none() | st.booleans(),
)


def _round_trip(value: Any) -> Any:
    return from_json(type(value), json.loads(json.dumps(to_json(value))))


@given(st.one_of(ALERTS, NOTIFICATIONS, SILENCES, COVERAGE, RULES, QUERIES))
def test_state_objects_survive_json(value: Any) -> None:
    """from_json(to_json(x)) == x, through real JSON text, for every kind of state document."""
    assert _round_trip(value) == value


MENTION = Mention(
    Platform.WEIBO, MentionKind.POST, "1", "https://e.example/1", "文", NOW, NOW, engagement=Engagement(likes=3)
)
FIGURE = Figure("声量", None, "条", {"subjects": ["a"]})


@pytest.mark.parametrize(
    "value",
    [
        MENTION,
        Cursor("s", "q", NOW, NOW),
        Receiver("mail", "email", {"to": ["a@example.test"]}),
        Message("主题", "正文", "key", attachments=(Attachment("c", "c.png", "image/png", b"\x00\xff"),)),
        Annotation(
            MentionId("m"),
            Sentiment(SentimentLabel.NEGATIVE, 0.8, 0.1, 0.1),
            (SubjectSentiment("s", Sentiment(SentimentLabel.NEUTRAL, 0.2, 0.7, 0.1)),),
            (TopicScore("t", 0.9),),
            SeverityScore(2, (0.1, 0.2, 0.6, 0.1)),
            "model",
            NOW,
        ),
        Report(
            "r",
            "s",
            "名",
            NOW,
            NOW,
            NOW,
            (
                Section(
                    "a",
                    "总览",
                    ("句",),
                    (FIGURE,),
                    (Table("表", ("列", "数"), (("行", FIGURE),)),),
                    (Chart("c", "图", "line", ("一",), (("负面", (1.0, None)),)),),
                    (Quote(MENTION.id, "文", "weibo", NOW, "https://e.example/1"),),
                ),
            ),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_nested_objects_survive_json(value: Any) -> None:
    """Nested dataclasses, unions, fixed tuples and bytes come back equal."""
    assert _round_trip(value) == value


def test_times_come_back_in_utc() -> None:
    """A time with another offset is the same instant, written in UTC."""
    shanghai = datetime.fromisoformat("2026-03-02T09:02:03+08:00")
    body = to_json(Cursor("s", "q", shanghai, shanghai))
    assert body["high_water"] == "2026-03-02T01:02:03+00:00"
    assert from_json(Cursor, body).high_water == shanghai


def test_extra_keys_are_left_alone_and_missing_ones_take_their_default() -> None:
    """A document of another version is still read."""
    body = to_json(Coverage("s", "q", NOW, NOW, Outcome.OK, NOW))
    del body["pages"]
    assert from_json(Coverage, {**body, "day": "2026-03-02"}).pages == 0


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("status", "fine", "Coverage.status"),
        ("since", "2026-03-02T00:00:00", "Coverage.since"),
        ("pages", "3", "Coverage.pages"),
        ("pages", True, "Coverage.pages"),
        ("since", None, "Coverage.since"),
    ],
)
def test_a_damaged_document_is_named(key: str, value: object, told: str) -> None:
    """What does not fit is a StoreError with the field's name, never a half-read object."""
    body = {**to_json(Coverage("s", "q", NOW, NOW, Outcome.OK, NOW)), key: value}
    with pytest.raises(StoreError, match=told):
        from_json(Coverage, body)


def test_a_missing_mandatory_key_is_named() -> None:
    """An incomplete document is a StoreError too."""
    with pytest.raises(StoreError, match="Cursor"):
        from_json(Cursor, {"source": "s"})


@dataclass(frozen=True)
class _Holder:
    options: dict[str, object] = field(default_factory=dict)


def test_values_without_a_plain_form_are_refused() -> None:
    """Nothing is stored as its repr by accident; naive times are refused as well."""
    with pytest.raises(TypeError):
        to_json(_Holder({"a": object()}))
    with pytest.raises(TypeError):
        to_json(_Holder({"a": datetime(2026, 1, 1)}))  # noqa: DTZ001
