"""How figures are said in an alert's sentence."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from yuqing.domain.subject import Subject

SHANGHAI = ZoneInfo("Asia/Shanghai")
OTHER = "other"  # what belongs to no topic of the taxonomy


def named(subject: Subject, topic: str, topics: Mapping[str, str]) -> str:
    """The subject with the topic that an event is about, unless its name says it already. `topics`: names by id."""
    name = "其他话题" if topic == OTHER else topics.get(topic, "")
    return subject.name if not name or name in subject.name else f"{subject.name} {name}"


def usual(expected: float) -> str:
    """A usual count as people say it: whole numbers, one digit below ten, 几乎没有 for next to nothing."""
    if expected < 0.05:
        return "几乎没有"
    return f" {expected:.0f} 条" if expected >= 9.95 else f" {expected:.1f}".removesuffix(".0") + " 条"


def length_words(length: timedelta) -> str:
    """A length of time: minutes below two hours, hours below three days, days above."""
    minutes = round(length / timedelta(minutes=1))
    if minutes < 120 and minutes % 60:
        return f"{minutes} 分钟"
    if minutes < 4320:
        return f"{minutes / 60:.1f}".removesuffix(".0") + " 小时"
    return f"{minutes / 1440:.1f}".removesuffix(".0") + " 天"


def stamp(moment: datetime) -> str:
    """A time in Beijing."""
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"
