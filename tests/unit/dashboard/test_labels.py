"""Every value that can be shown has a Chinese name."""

import pytest

from dashboard import labels
from yuqing.domain.alert import AlertSeverity, AlertState, NotificationState
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Outcome
from yuqing.domain.mention import AuthorKind, FollowerBand, MentionKind, Platform
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
