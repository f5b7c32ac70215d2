"""Chinese names of everything the dashboard shows, and what to do about each refusal."""

from dataclasses import dataclass

from yuqing import labels as words
from yuqing.domain.alert import AlertState, NotificationState
from yuqing.domain.coverage import Outcome
from yuqing.domain.mention import MentionKind
from yuqing.domain.subject import SubjectKind
from yuqing.source_health import Condition

# The same words as in mails, reports and on the command line.
PLATFORMS = words.PLATFORMS
SENTIMENTS = words.SENTIMENTS
AUTHOR_KINDS = words.AUTHOR_KINDS
FOLLOWERS = words.FOLLOWERS
ALERT_SEVERITIES = words.GRADES
OUTCOME_NAMES = words.OUTCOMES
CIRCUITS = words.CIRCUITS
VIOLATIONS = words.VIOLATIONS
ADVICE = words.ADVICE

UNKNOWN = "未知"
NO_DATA = "无数据"
UNSCORED = "未评分"
CORRECTED = "更正"

KINDS = {
    MentionKind.POST: "帖子",
    MentionKind.REPOST: "转发",
    MentionKind.COMMENT: "评论",
    MentionKind.ARTICLE: "文章",
    MentionKind.VIDEO: "视频",
    MentionKind.REVIEW: "评价",
    MentionKind.COMPLAINT: "投诉",
}
SEVERITIES = ("无风险", "一般", "较高", "危机")
SUBJECT_KINDS = {
    SubjectKind.BRAND: "品牌",
    SubjectKind.COMPETITOR: "同业",
    SubjectKind.PRODUCT: "产品",
    SubjectKind.CAMPAIGN: "活动",
    SubjectKind.PERSON: "人物",
}
ALERT_STATES = {
    AlertState.PENDING: "观察中",
    AlertState.FIRING: "进行中",
    AlertState.RESOLVED: "已恢复",
    AlertState.DROPPED: "未成立",
}
NOTIFICATION_STATES = {
    NotificationState.QUEUED: "排队中",
    NotificationState.SENDING: "发送中",
    NotificationState.ACCEPTED: "已送达",
    NotificationState.FAILED: "失败，将重试",
    NotificationState.DEAD: "失败，不再重试",
    NotificationState.SILENCED: "已静默",
}
NOTIFICATION_KINDS = {
    "firing": "预警",
    "resolved": "恢复",
    "repeat": "未确认提醒",
    "escalation": "升级",
    "surge": "再次放大",
}
STAGES = {
    "published_at": "发布",
    "collected_at": "采集",
    "stored_at": "入库",
    "scored_at": "评分",
    "detected_at": "发现",
    "notified_at": "通知",
    "accepted_at": "送达",
}
ENGAGEMENT = {"likes": "点赞", "comments": "评论", "shares": "转发", "views": "播放"}
SORTS = {
    "published_desc": "最新发布",
    "published_asc": "最早发布",
    "severity_desc": "严重程度",
    "engagement_desc": "互动量",
}


@dataclass(frozen=True, slots=True)
class OutcomeLabel:
    """How an outcome of a crawl is shown, and what the operator can do about it."""

    mark: str  # one character that tells outcomes apart without colour
    color: str  # a Streamlit badge colour
    advice: str


# Marks tell outcomes apart without colour.
_MARKS = {
    Outcome.OK: ("✓", "green"),
    Outcome.OK_EMPTY: ("○", "green"),
    Outcome.SUSPECT_EMPTY: ("?", "yellow"),
    Outcome.AUTH_REQUIRED: ("!", "red"),
    Outcome.CHALLENGE: ("※", "red"),
    Outcome.RATE_LIMITED: ("↓", "orange"),
    Outcome.BLOCKED: ("×", "red"),
    Outcome.NOT_FOUND: ("∅", "gray"),
    Outcome.CHANGED: ("≠", "violet"),
    Outcome.TRANSPORT: ("~", "orange"),
}
OUTCOMES = {value: OutcomeLabel(mark, color, ADVICE[value]) for value, (mark, color) in _MARKS.items()}


def outcome(value: Outcome) -> str:
    """Mark and name of an outcome, as in a table cell."""
    return f"{OUTCOMES[value].mark} {OUTCOME_NAMES[value]}"


# How a source is: a mark that tells the words apart without colour, and a badge colour.
_CONDITIONS = {
    Condition.WELL: ("✓", "green"),
    Condition.LATE: ("…", "orange"),
    Condition.REFUSED: ("×", "red"),
    Condition.NEVER: ("○", "gray"),
    Condition.FED: ("↥", "blue"),
    Condition.OFF: ("-", "gray"),
}
CONDITION_COLORS = {condition: color for condition, (_, color) in _CONDITIONS.items()}


def condition(value: Condition) -> str:
    """Mark and word for how a source is."""
    return f"{_CONDITIONS[value][0]} {words.CONDITIONS[value]}"


def severity(level: int) -> str:
    """Name of a severity level."""
    return f"{level} {SEVERITIES[level]}"
