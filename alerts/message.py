"""From the facts about an alert to the message that people read: subject line, text, HTML, and data for robots."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alerts.briefing import Briefing, Shares
from alerts.colours import COLOURS
from alerts.detectors.wording import usual
from alerts.kinds import RESOLVED, SURGE, family
from alerts.links import Links
from alerts.markdown import address, plain
from alerts.sparkline import blocks, picture
from alerts.surges import first_wave
from yuqing.domain.alert import Alert, Attachment, Message, MessageLink, Notification
from yuqing.domain.codec import to_json
from yuqing.domain.mention import FollowerBand
from yuqing.domain.ports import FacetCount, StoredMention
from yuqing.labels import ADVICE, AUTHOR_KINDS, BUTTONS, FOLLOWERS, GRADES, KINDS, PLATFORMS, SEVERITIES

SHANGHAI = ZoneInfo("Asia/Shanghai")
CID = "sparkline"
EXCERPT = 140
# At most the floor of `benchmarks/spikes.py` (a test compares them): how often a quiet week raises it for nothing.
SPIKE_WEEKS = 28
SPIKE_FALSE_ALARMS = f"基准测试中每个主体平均 {SPIKE_WEEKS} 周以上才误报一次"
# benchmarks/topic_series.py: 0.027 a week on seeds that had chosen nothing.
TOPIC_WEEKS = 30
TOPIC_FALSE_ALARMS = f"基准测试中每个主体的 16 个话题合起来平均 {TOPIC_WEEKS} 周以上才误报一次"


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("alerts"),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"plain": plain, "address": address}
    return made


def compose(
    notification: Notification,
    briefing: Briefing,
    links: Links,
    topics: Mapping[str, str],
    now: datetime,
    others: Sequence[Alert] = (),
) -> Message:
    """The message of one notification, and of the `others` that are told with it.

    The dedup key is the notification's id: the same for every attempt.
    """
    view = _view(notification, briefing, links, topics, now) | {"others": _others(notification, others, links, now)}
    more = f"（另有 {len(others)} 件）" if others else ""
    return Message(
        subject=f"[{view['badge']}] {briefing.alert.summary}{more}",
        text=_templates().get_template("alert.txt.j2").render(view),
        html=_templates().get_template("alert.html.j2").render(view),
        dedup_key=notification.id,
        attachments=_pictures(briefing),
        payload=_payload(notification, briefing, view),
        markdown=_templates().get_template("alert.md.j2").render(view),
        links=_buttons(view["links"]),
        severity=None if notification.kind == RESOLVED else briefing.alert.severity,
    )


def _buttons(links: object) -> tuple[MessageLink, ...]:
    found = links if isinstance(links, Mapping) else {}
    return tuple(MessageLink(word, found[action]) for action, word in BUTTONS.items() if action in found)


def _others(
    notification: Notification, others: Sequence[Alert], links: Links, now: datetime
) -> list[dict[str, object]]:
    return [
        {
            "id": other.id,
            "badge": _badge(notification, other),
            "summary": other.summary,
            "links": links.of(other.id, notification.receiver, now),
        }
        for other in others
    ]


def _badge(notification: Notification, alert: Alert) -> str:
    grade = GRADES[alert.severity]
    return f"{KINDS[family(notification.kind)]}·{grade}"


def _pictures(briefing: Briefing) -> tuple[Attachment, ...]:
    if not briefing.points:
        return ()
    content = picture(briefing.points, briefing.expected, briefing.alert.starts_at)
    return (Attachment(CID, "trend.png", "image/png", content),)


def _view(
    notification: Notification, briefing: Briefing, links: Links, topics: Mapping[str, str], now: datetime
) -> dict[str, object]:
    alert, resolved = briefing.alert, notification.kind == RESOLVED
    return {
        "badge": _badge(notification, alert),
        "colour": "#2e7d32" if resolved else COLOURS[alert.severity],
        "alert": alert,
        "rule": briefing.rule_name,
        "subject": briefing.subject_name,
        "since": _local(alert.starts_at, now),
        "ended": _local(alert.ends_at, now) if resolved and alert.ends_at else "",
        "figures": _figures(notification, briefing),
        "parts": _parts(briefing, topics, now),
        "terms": briefing.terms,
        "posts": [_post(post, now) for post in briefing.posts],
        "gaps": briefing.gaps,
        "advice": "" if resolved else ADVICE.get(alert.labels.get("outcome", ""), ""),
        "sources": briefing.sources,
        "complete": briefing.complete,
        "spark": blocks(briefing.points) if briefing.points else "",
        "cid": CID,
        "links": links.of(alert.id, notification.receiver, now, open_only=resolved),
        "sent": _local(now, now),
        "buttons": BUTTONS,
    }


def _local(time: datetime, now: datetime) -> str:
    here = time.astimezone(SHANGHAI)
    same_day = here.date() == now.astimezone(SHANGHAI).date()
    return f"{here:%H:%M}" if same_day else f"{here:%m-%d %H:%M}"


def _figures(notification: Notification, briefing: Briefing) -> list[tuple[str, str]]:
    alert = briefing.alert
    rows = list(alert.facts)
    if not rows and alert.expected is not None and alert.subject_id:
        rows += [("观察到", f"{alert.observed:.0f} 条负面"), ("平时同一时段", usual(alert.expected).strip())]
    if family(notification.kind) == SURGE:
        rows.append(("起初", f"第一个小时里最多 {first_wave(alert):.0f} 条"))
    if alert.expected is not None and briefing.drivers is not None:
        rows.append(("事件至今", f"{sum(facet.count for facet in briefing.drivers.platforms)} 条负面"))
    if alert.probability is not None:
        rows.append(("纯属偶然的概率", _chance(alert.probability)))
    if told := _false_alarms(briefing):
        rows.append(("本规则的误报率", told))
    if briefing.shares is not None:
        rows.append(("负面占比", _share_text(briefing.shares)))
    return rows


def _false_alarms(briefing: Briefing) -> str:
    """What this rule is worth: its record here, and its benchmark where there is one."""
    measured = TOPIC_FALSE_ALARMS if briefing.alert.labels.get("topic") else SPIKE_FALSE_ALARMS
    known = [briefing.record.sentence(), measured if briefing.rule_type == "spike" else ""]
    return "；".join(each for each in known if each)


def _chance(probability: float) -> str:
    if probability < 1e-6:
        return "低于百万分之一"
    return f"约 {probability:.1%}" if probability >= 1e-3 else f"约十万分之 {max(probability * 1e5, 0.1):.1f}"


def _share_text(shares: Shares) -> str:
    now, before = ("无数据" if value is None else f" {value:.0%}" for value in (shares.now, shares.usual))
    return f"现在{now}，此前一周{'没有这样的内容' if shares.is_new else before}"


def _parts(briefing: Briefing, topics: Mapping[str, str], now: datetime) -> list[tuple[str, str]]:
    found = briefing.drivers
    if found is None:
        return []
    first = f"{_local(briefing.first.mention.published_at, now)} {_who(briefing.first)}" if briefing.first else ""
    rows = [
        ("首发", first),
        ("平台", _counts(found.platforms, PLATFORMS)),
        ("话题", _counts(found.topics, topics)),
        ("地区", _counts(found.regions, {})),
        *(("另一件事", f"{other.summary}（自 {_local(other.starts_at, now)}，另有预警）") for other in briefing.beside),
    ]
    return [(name, text) for name, text in rows if text]


def _counts(facets: Iterable[FacetCount], names: Mapping[str, str]) -> str:
    return "、".join(f"{names.get(facet.value, facet.value)} {facet.count}" for facet in facets)


def _post(post: StoredMention, now: datetime) -> dict[str, str]:
    mention = post.mention
    text = " ".join((mention.title or mention.text).split())
    return {
        "text": text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…",
        "url": mention.url if mention.url.startswith(("https://", "http://")) else "",
        "platform": PLATFORMS.get(mention.platform, mention.platform.value),
        "time": _local(mention.published_at, now),
        "who": _who(post),
        "region": mention.region or "",
        "severity": SEVERITIES[post.annotation.severity.level] if post.annotation else "",
        "reactions": _reactions(post),
    }


def _who(post: StoredMention) -> str:
    """The name of an outlet, the class of anybody else."""
    author = post.mention.author
    kind, reach = AUTHOR_KINDS[author.kind], FOLLOWERS[author.followers]
    return author.outlet or (kind if author.followers is FollowerBand.UNKNOWN else f"{kind}，{reach}")


def _reactions(post: StoredMention) -> str:
    counts = post.mention.engagement
    known = [("转", counts.shares), ("评", counts.comments), ("赞", counts.likes)]
    return " ".join(f"{name} {count}" for name, count in known if count is not None)


def _payload(notification: Notification, briefing: Briefing, view: Mapping[str, object]) -> dict[str, object]:
    """What a webhook gets: the alert as data, its facts, and the same links."""
    return {
        "version": 1,
        "event": notification.kind,
        "notification": notification.id,
        "alert": to_json(briefing.alert),
        "rule": briefing.rule_name,
        "subject": briefing.subject_name,
        "figures": [list(row) for row in _figures(notification, briefing)],
        "posts": [
            {"id": each.mention.id, "url": each.mention.url, "text": each.mention.text[:EXCERPT]}
            for each in briefing.posts
        ],
        "gaps": [{"source": gap.name, "minutes": gap.minutes} for gap in briefing.gaps],
        "links": view["links"],
    }
