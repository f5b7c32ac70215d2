"""Every value that can be shown has a Chinese name."""

import re

import pytest

from dashboard import labels
from yuqing.domain.alert import AlertSeverity, AlertState, NotificationState
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import QuerySyntaxError
from yuqing.domain.mention import AuthorKind, FollowerBand, MentionKind, Platform
from yuqing.domain.query import parse_query
from yuqing.domain.subject import SubjectKind


@pytest.mark.parametrize(
    ("enumeration", "names"),
    [
        (Platform, labels.PLATFORMS),
        (MentionKind, labels.KINDS),
        (SentimentLabel, labels.SENTIMENTS),
        (SubjectKind, labels.SUBJECT_KINDS),
        (AuthorKind, labels.AUTHOR_KINDS),
        (FollowerBand, labels.FOLLOWERS),
        (AlertSeverity, labels.ALERT_SEVERITIES),
        (AlertState, labels.ALERT_STATES),
        (NotificationState, labels.NOTIFICATION_STATES),
        (Outcome, labels.OUTCOMES),
        (Outcome, labels.OUTCOME_NAMES),
    ],
)
def test_nothing_is_without_a_name(enumeration, names):
    """A new value of the domain fails here before it breaks a page."""
    assert set(names) == set(enumeration)


def test_outcomes_are_told_apart_without_colour():
    """Each has its own sign and its own word."""
    assert len({labels.OUTCOMES[each].mark for each in Outcome}) == len(Outcome)
    assert len({labels.outcome(each) for each in Outcome}) == len(Outcome)


@pytest.mark.parametrize(
    ("text", "position", "sentence"),
    [
        ('"没有配对', 0, "引号没有配对"),
        ("崩了)", 2, "多了一个右括号"),
        ("(崩了", 0, "括号没有闭合"),
        ("崩了 AND", 6, "这里缺少一个词"),
        ("OR 崩了", 0, "OR 的两边都要有词"),
        ('""', 0, "短语是空的"),
        ("severity:9", 0, "severity 只能是 0 到 3"),
        ("platform:>=weibo", 0, "platform 后面直接写值，只有 severity 可以比较大小"),
        ("(崩了 OR 闪退) NEAR/3 失败", 11, "NEAR 的两边必须是词或短语"),
        ("(" * 70 + "崩了", 60, "括号嵌套太深"),
        ("platform:", 0, "platform 后面缺少值"),
        (" ", 0, "检索式是空的"),
    ],
)
def test_syntax_errors_are_explained_in_chinese(text: str, position: int, sentence: str):
    """Every reason that the parser can give has a Chinese sentence at the right place."""
    with pytest.raises(QuerySyntaxError) as caught:
        parse_query(text)
    assert caught.value.position == position
    assert labels.syntax_error(caught.value) == sentence
    assert not re.search("[a-z]{5,}", sentence.replace("severity", "").replace("platform", ""))
