"""A month in the invented world: mentions, annotations, coverage, cursors, alerts and their notifications.

`fill` writes it into any two stores through the ports, the same for the same seed. The month holds what screens
and reports must show: ordinary days, a campaign, a night in which Weibo answered with a challenge, Douyin without a
session since three hours, and an outage of the App that has just become loud.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random

from tests.world_texts import KEYWORD_ALIASES, TOPIC_NAMES, headline, sentence
from yuqing.domain.alert import (
    Alert,
    AlertSeverity,
    AlertState,
    Notification,
    NotificationState,
    fingerprint,
)
from yuqing.domain.annotation import (
    Annotation,
    Sentiment,
    SentimentLabel,
    SeverityScore,
    SubjectSentiment,
    TopicScore,
)
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Cursor, Outcome
from yuqing.domain.mention import (
    Author,
    AuthorKind,
    Engagement,
    FollowerBand,
    Mention,
    MentionId,
    MentionKind,
    Platform,
)
from yuqing.domain.ports import MentionStore, Snapshot, StateStore
from yuqing.domain.subject import Backend, Source, Subject, SubjectKind, TopicDefinition

SUBJECTS = (
    Subject("yunjiang", "云江银行", SubjectKind.BRAND, ("云江银行", "云江手机银行", "云银"), ("云银河", "云银幕")),
    Subject("haizhou", "海州银行", SubjectKind.COMPETITOR, ("海州银行", "海银"), ("上海银行", "海银滩")),
    Subject("beiyuan", "北原银行", SubjectKind.COMPETITOR, ("北原银行", "北原行")),
    Subject("goldenautumn", "金秋开户礼", SubjectKind.CAMPAIGN, ("金秋开户礼", "开户送米"), parent="yunjiang"),
    Subject("linzhiyuan", "林知远", SubjectKind.PERSON, ("林知远",), ("林知远航",), parent="yunjiang"),
    Subject("yunjiang_app", "云江手机银行", SubjectKind.PRODUCT, ("云江手机银行", "云江APP"), parent="yunjiang"),
)
SOURCES = (
    Source("weibo", "weibo", "微博搜索", Backend.WEB, "公开信息", True, 300),
    Source("douyin", "douyin", "抖音搜索", Backend.WEB, "公开信息", True, 600),
    Source("news", "news", "新闻门户", Backend.RSS, "公开 RSS", True, 600),
)
TOPICS = tuple(TopicDefinition(key, name, "") for key, name in TOPIC_NAMES.items())
QUERIES = ("云江银行", "海州银行", "北原银行")

_SHARE = {"yunjiang": 0.45, "haizhou": 0.33, "beiyuan": 0.22}
_PLATFORMS = {Platform.WEIBO: 0.62, Platform.DOUYIN: 0.23, Platform.NEWS: 0.15}
_KINDS = {
    Platform.WEIBO: (MentionKind.POST, MentionKind.POST, MentionKind.REPOST, MentionKind.COMMENT),
    Platform.DOUYIN: (MentionKind.VIDEO, MentionKind.COMMENT, MentionKind.COMMENT),
    Platform.NEWS: (MentionKind.ARTICLE,),
}
_TOPICS = ("app", "card", "loan", "deposit", "wealth", "fee", "payment", "service", "marketing", "governance")
_REGIONS = ("浙江", "江苏", "上海", "广东", "四川", None)
# How loud each hour of the day is in Shanghai, relative to the mean.
_HOURS = (3, 2, 1, 1, 1, 2, 4, 7, 10, 12, 13, 12, 11, 10, 11, 11, 12, 12, 11, 12, 13, 12, 9, 5)
_BLOCKED_FROM, _BLOCKED_FOR = timedelta(days=9, hours=20), timedelta(hours=14)  # Weibo, before now
_LOGGED_OUT_FOR = timedelta(hours=3)  # Douyin, until now
_CRISIS_FOR = timedelta(hours=4)  # the App outage, until now


@dataclass(frozen=True, slots=True)
class World:
    """What was written, for the assertions of tests."""

    now: datetime
    mentions: int
    firing: tuple[str, ...]
    blocked: tuple[datetime, datetime]  # Weibo was not seen between these


@dataclass(frozen=True, slots=True)
class Spec:
    """One mention to be made: what, where, when and how it is meant."""

    subject: str
    platform: Platform
    at: datetime
    label: SentimentLabel
    topic: str
    severity: int


def fill(
    mentions: MentionStore, state: StateStore, now: datetime, days: int = 28, seed: int = 1, per_day: int = 130
) -> World:
    """Write the month that ends at `now`; about `per_day` mentions on an ordinary day. Deterministic by seed."""
    random = Random(seed)
    specs = sorted(
        (*_ordinary(random, now, days, per_day), *_campaign(random, now, days), *_crisis(random, now)),
        key=lambda spec: spec.at,
    )
    crisis: list[MentionId] = []
    for start in range(0, len(specs), 1000):
        made = [_made(random, spec, start + i, now) for i, spec in enumerate(specs[start : start + 1000])]
        mentions.add(mention for mention, _ in made)
        mentions.annotate(note for _, note in made if note.scored_at <= now)  # the newest still wait to be scored
        readings = (_reading(mention) for mention, note in made if note.severity.level >= 2)
        mentions.snapshot(reading for reading in readings if reading.taken_at <= now)
        crisis += [m.id for m, note in made if m.published_at >= now - _CRISIS_FOR and note.severity.level >= 2]
    mentions.refresh()
    _write_coverage(state, now, days, random)
    firing = _write_alerts(state, now, tuple(crisis[-5:]))
    return World(now, len(specs), firing, (now - _BLOCKED_FROM, now - _BLOCKED_FROM + _BLOCKED_FOR))


def _seen(platform: Platform, at: datetime, now: datetime) -> bool:
    """False where the crawler did not see the platform: such mentions never reached us."""
    since = now - _BLOCKED_FROM
    if platform is Platform.WEIBO and since <= at < since + _BLOCKED_FOR:
        return False
    return not (platform is Platform.DOUYIN and at >= now - _LOGGED_OUT_FOR)


def _moment(random: Random, day: datetime, now: datetime) -> datetime:
    hour = (random.choices(range(24), _HOURS)[0] - 8) % 24  # Shanghai -> UTC
    at = day.replace(hour=hour, minute=random.randrange(60), second=random.randrange(60), microsecond=0)
    return at if at < now else at - timedelta(days=1)


def _ordinary(random: Random, now: datetime, days: int, per_day: int) -> Iterator[Spec]:
    for back in range(days):
        day = now - timedelta(days=back)
        weekend = 0.75 if day.weekday() >= 5 else 1.0
        for _ in range(round(per_day * weekend * random.uniform(0.85, 1.15))):
            platform = random.choices(tuple(_PLATFORMS), tuple(_PLATFORMS.values()))[0]
            subject = random.choices(tuple(_SHARE), tuple(_SHARE.values()))[0]
            at = _moment(random, day, now)
            if _seen(platform, at, now):
                yield Spec(subject, platform, at, *_stance(random))


def _stance(random: Random) -> tuple[SentimentLabel, str, int]:
    label = random.choices(tuple(SentimentLabel), (0.24, 0.50, 0.26))[0]
    topic = random.choices(_TOPICS, (5, 4, 3, 3, 3, 2, 3, 4, 2, 2))[0]
    severity = 0 if label is not SentimentLabel.NEGATIVE else random.choices((1, 2, 3), (80, 19, 1))[0]
    return label, topic, severity


def _campaign(random: Random, now: datetime, days: int) -> Iterator[Spec]:
    """金秋开户礼 ran from 16 to 6 days ago and was mostly liked."""
    for back in range(6, min(16, days)):
        for _ in range(12):
            platform = random.choice((Platform.WEIBO, Platform.DOUYIN))
            label = random.choices(tuple(SentimentLabel), (0.18, 0.32, 0.50))[0]
            at = _moment(random, now - timedelta(days=back), now)
            if _seen(platform, at, now):
                yield Spec("goldenautumn", platform, at, label, "marketing", int(label is SentimentLabel.NEGATIVE))


def _crisis(random: Random, now: datetime) -> Iterator[Spec]:
    """The App has been down for four hours: posts grow until now."""
    span = _CRISIS_FOR.total_seconds()
    for _ in range(170):
        at = now - timedelta(seconds=int(span * (1 - math.sqrt(random.random()))) + 1)
        platform = random.choices((Platform.WEIBO, Platform.NEWS), (94, 6))[0]
        label = random.choices(tuple(SentimentLabel), (0.86, 0.13, 0.01))[0]
        severity = random.choices((1, 2, 3), (30, 55, 15))[0] if label is SentimentLabel.NEGATIVE else 0
        yield Spec("yunjiang_app", platform, at.replace(microsecond=0), label, "app", severity)


def _subjects_of(random: Random, spec: Spec) -> tuple[str, ...]:
    """Products, campaigns and people drag their bank along."""
    parent = next(subject.parent for subject in SUBJECTS if subject.id == spec.subject)
    if parent:
        return (parent, spec.subject)
    if spec.subject == "yunjiang" and spec.topic == "governance" and random.random() < 0.4:
        return ("yunjiang", "linzhiyuan")
    return (spec.subject,)


def _made(random: Random, spec: Spec, number: int, now: datetime) -> tuple[Mention, Annotation]:
    kind = random.choice(_KINDS[spec.platform])
    native = f"{spec.platform.value[:2]}{number:07d}"
    subjects = _subjects_of(random, spec)
    mention = Mention(
        platform=spec.platform,
        kind=kind,
        native_id=native,
        url=f"https://{spec.platform.value}.example/{kind.value}/{native}",
        title=headline(random, spec.subject, spec.topic, spec.label) if kind is MentionKind.ARTICLE else None,
        text=sentence(random, spec.subject, spec.topic, spec.label),
        published_at=spec.at,
        collected_at=min(spec.at + timedelta(seconds=random.randrange(60, 600)), now),
        author=_author(random, spec.platform),
        engagement=_engagement(random, spec),
        region=random.choice(_REGIONS),
        hashtags=("云江银行App崩了",) if spec.severity >= 2 and spec.topic == "app" else (),
        subjects=subjects,
        keywords=tuple(KEYWORD_ALIASES[subject] for subject in subjects),
        source_id=spec.platform.value,
        query_id="云江银行" if subjects[0] == "yunjiang" else KEYWORD_ALIASES[subjects[0]],
        parser_version="world/1",
    )
    return mention, _annotation(random, mention, spec)


def _author(random: Random, platform: Platform) -> Author:
    if platform is Platform.NEWS:
        outlet = random.choice(("东澜财经", "晨野新闻", "江畔日报"))
        return Author(f"{_stable_hash(outlet):016x}", AuthorKind.MEDIA, FollowerBand.UNDER_1M, outlet)
    band = random.choices(tuple(FollowerBand), (10, 50, 25, 10, 4, 1))[0]
    return Author(f"{random.getrandbits(64):016x}", AuthorKind.PERSON, band)


def _stable_hash(text: str) -> int:
    """A stable 64-bit number of a text (the built-in hash changes from run to run)."""
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")


def _engagement(random: Random, spec: Spec) -> Engagement:
    if spec.platform is Platform.NEWS:
        return Engagement()  # news pages tell no counts: unknown, not 0
    size = random.lognormvariate(1.5 + 0.9 * spec.severity, 1.1)
    views = round(size * 90) if spec.platform is Platform.DOUYIN else None
    return Engagement(round(size * 3), round(size), round(size * 0.6), views)


def _reading(mention: Mention) -> Snapshot:
    """An hour later a serious post has grown by half."""
    now = mention.engagement
    grown = Engagement(
        *(None if n is None else round(n * 1.5) for n in (now.likes, now.comments, now.shares, now.views))
    )
    return Snapshot(mention.id, mention.collected_at + timedelta(hours=1), grown)


def _sentiment(random: Random, label: SentimentLabel) -> Sentiment:
    top = random.uniform(0.62, 0.97)
    rest = random.uniform(0.2, 0.8) * (1 - top)
    others = iter((rest, 1 - top - rest))
    return Sentiment(label, *(top if each is label else next(others) for each in SentimentLabel))


def _annotation(random: Random, mention: Mention, spec: Spec) -> Annotation:
    sentiment = _sentiment(random, spec.label)
    top = random.uniform(0.6, 0.95)
    others = (1 - top) / 3
    low, medium, high, crisis = (top if level == spec.severity else others for level in range(4))
    return Annotation(
        mention_id=mention.id,
        sentiment=sentiment,
        by_subject=tuple(SubjectSentiment(subject, sentiment) for subject in mention.subjects),
        topics=(TopicScore(spec.topic, random.uniform(0.55, 0.97)),),
        severity=SeverityScore(spec.severity, (low, medium, high, crisis)),
        model="world/1",
        scored_at=mention.collected_at + timedelta(seconds=20),
    )


def _outcome(source: str, since: datetime, until: datetime, now: datetime) -> tuple[Outcome, str]:
    blocked = now - _BLOCKED_FROM
    if source == "weibo" and since < blocked + _BLOCKED_FOR and until > blocked:
        return Outcome.CHALLENGE, "HTTP 302 到访客验证页"
    if source == "douyin" and until > now - _LOGGED_OUT_FOR:
        return Outcome.AUTH_REQUIRED, "登录态失效（ok:-100）"
    return Outcome.OK, ""


def _slices(now: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Slices of two hours for the past, of half an hour for the last six hours."""
    at = now - timedelta(days=days)
    while at < now:
        step = timedelta(hours=2) if at < now - timedelta(hours=6) else timedelta(minutes=30)
        until = min(at + step, now)
        yield at, until
        at = until


def _write_coverage(state: StateStore, now: datetime, days: int, random: Random) -> None:
    for source in SOURCES:
        for query in QUERIES:
            done = now - timedelta(days=days)
            for since, until in _slices(now, days):
                coverage = _covered(source.id, query, since, until, now, random)
                done = until if coverage.status.is_complete else done
                state.save("coverage", coverage.key, to_json(coverage))
            cursor = Cursor(source.id, query, done, done + timedelta(minutes=1))
            state.save("cursor", cursor.key, to_json(cursor))


def _covered(source: str, query: str, since: datetime, until: datetime, now: datetime, random: Random) -> Coverage:
    status, detail = _outcome(source, since, until, now)
    found = random.randrange(0, 9) if status is Outcome.OK else 0
    if status is Outcome.OK and not found:
        status = Outcome.OK_EMPTY
    checked = min(until + timedelta(minutes=1), now)
    return Coverage(source, query, since, until, status, checked, pages=1 + found // 4, mentions=found, detail=detail)


def _write_alerts(state: StateStore, now: datetime, evidence: Sequence[MentionId]) -> tuple[str, ...]:
    alerts = tuple(_alerts(now, tuple(evidence)))
    for alert in alerts:
        state.save("alert", alert.id, to_json(alert))
        for notification in _notifications(alert):
            state.save("notification", notification.id, to_json(notification))
    return tuple(alert.id for alert in alerts if alert.state is AlertState.FIRING)


def _alerts(now: datetime, evidence: tuple[MentionId, ...]) -> Iterator[Alert]:
    def minutes(n: int) -> datetime:
        return now - timedelta(minutes=n)

    table = (
        ("spike", "yunjiang", AlertSeverity.CRITICAL, minutes(95), None, 86.0, 4.2, 3.1e-9, evidence,
         "云江银行 手机银行：30 分钟内负面 86 条，平时 4 条"),
        ("keyword_outage", "yunjiang_app", AlertSeverity.WARNING, minutes(80), None, 41.0, None, None, evidence[:3],
         "云江手机银行：出现“登录不了”“系统崩溃”41 条"),
        ("coverage", "", AlertSeverity.OPERATOR, minutes(175), None, 6.0, 0.0, None, (),
         "抖音搜索：登录态失效，3 个查询已 3 小时没有完整采集"),
        ("spike", "haizhou", AlertSeverity.WARNING, minutes(60 * 24 * 12), minutes(60 * 24 * 12 - 190), 23.0, 3.5,
         2.2e-5, (), "海州银行 收费：1 小时内负面 23 条，平时 3.5 条"),
        ("negative_share", "goldenautumn", AlertSeverity.INFO, minutes(60 * 24 * 7), minutes(60 * 24 * 7 - 420), 0.31,
         0.18, 0.004, (), "金秋开户礼：负面占比 31%，平时 18%"),
    )  # fmt: skip
    for rule, subject, severity, start, end, observed, expected, probability, proof, summary in table:
        labels = {"rule": rule, "subject": subject} if subject else {"rule": rule, "source": "douyin"}
        digest = fingerprint(labels)
        yield Alert(
            id=f"{digest}-{start:%Y%m%d%H%M%S}",
            fingerprint=digest,
            labels=labels,
            state=AlertState.RESOLVED if end else AlertState.FIRING,
            severity=severity,
            starts_at=start,
            ends_at=end,
            updated_at=end or now,
            summary=summary,
            rule_id=rule,
            subject_id=subject,
            observed=observed,
            expected=expected,
            probability=probability,
            evidence=proof,
            latency=_latency(start),
        )


def _latency(start: datetime) -> dict[str, str]:
    stages = ("published_at", "collected_at", "stored_at", "scored_at", "detected_at", "notified_at", "accepted_at")
    seconds = (-210, -95, -92, -60, 0, 3, 5)
    return {stage: (start + timedelta(seconds=s)).isoformat() for stage, s in zip(stages, seconds, strict=True)}


def _notifications(alert: Alert) -> Iterator[Notification]:
    sent = alert.starts_at + timedelta(seconds=3)
    accepted = alert.starts_at + timedelta(seconds=5)
    yield Notification(
        f"{alert.id}:duty-mail:firing", alert.id, "duty-mail", "firing", NotificationState.ACCEPTED, sent, accepted,
        attempts=1, accepted_at=accepted, detail="250 OK",
    )  # fmt: skip
    if alert.severity is AlertSeverity.CRITICAL:
        yield Notification(
            f"{alert.id}:pr-webhook:firing", alert.id, "pr-webhook", "firing", NotificationState.FAILED, sent, accepted,
            attempts=3, not_before=accepted + timedelta(minutes=5), detail="HTTP 503",
        )  # fmt: skip
