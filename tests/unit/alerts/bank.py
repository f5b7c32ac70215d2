"""The invented bank of the alert tests: subjects, mentions with annotations, an engine on fakes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from alerts.engine import AlertEngine
from alerts.links import Links
from alerts.rules import load_inhibitions, load_routes, load_rules
from config.loader import load_yaml
from nlp.match import SubjectMatcher
from tests.fakes import FakeClock, InMemoryMentionStore, InMemoryStateStore, RecordingChannel
from yuqing.domain.alert import Receiver, Rule
from yuqing.domain.annotation import Annotation, Sentiment, SentimentLabel, SeverityScore, SubjectSentiment, TopicScore
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.hot import HotRank
from yuqing.domain.mention import Author, AuthorKind, Engagement, FollowerBand, Mention, MentionKind, Platform
from yuqing.domain.ports import Channel, MentionStore, StateStore
from yuqing.domain.subject import Backend, Source, Subject, SubjectKind, TopicDefinition
from yuqing.hot_book import HotBook
from yuqing.senses import LanguageSenses

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)  # noon in Beijing
CONFIG = Path(__file__).resolve().parents[3] / "config"
SUBJECTS = (
    Subject("yunjiang", "云江银行", SubjectKind.BRAND, ("云江银行",), search_terms=("云江银行",)),
    Subject("yunjiang_app", "云江手机银行", SubjectKind.PRODUCT, ("云江手机银行",), parent="yunjiang"),
    Subject("goldenautumn", "金秋开户礼", SubjectKind.CAMPAIGN, ("金秋开户礼",), parent="yunjiang"),
    Subject("haizhou", "海州银行", SubjectKind.COMPETITOR, ("海州银行",), search_terms=("海州银行",)),
)
SOURCES = (Source("weibo", "weibo", "微博搜索", Backend.WEB, "公开信息", True, 300),)
TOPICS = (TopicDefinition("app", "手机银行", ""), TopicDefinition("liquidity", "流动性谣言", ""))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
_COMPLAINTS = (
    "云江银行的{thing}又{fault}了，{wait}都没人管",
    "{wait}了，云江银行{thing}还是{fault}",
    "换了手机也一样，{thing}{fault}，云江银行客服打不通",
    "谁懂啊，{thing}在{place}直接{fault}，云江银行给个说法",
)
_WORDS: Mapping[str, Sequence[str]] = {
    "thing": ("手机银行", "转账页面", "扫码付款", "登录"),
    "fault": ("打不开", "闪退", "一直转圈", "报错"),
    "wait": ("半小时", "一上午", "二十分钟", "从早上到现在"),
    "place": ("超市收银台", "医院窗口", "高铁站", "菜市场"),
}


def complaint(random: Random) -> str:
    """An invented complaint; rarely the same twice."""
    return random.choice(_COMPLAINTS).format(**{name: random.choice(words) for name, words in _WORDS.items()})


def annotation(mention: Mention, label: SentimentLabel, severity: int, topic: str) -> Annotation:
    """What a model would say."""
    stance = Sentiment(label, *(0.9 if label is each else 0.05 for each in SentimentLabel))
    return Annotation(
        mention_id=mention.id,
        sentiment=stance,
        by_subject=tuple(SubjectSentiment(subject, stance) for subject in mention.subjects),
        topics=(TopicScore(topic, 0.9),),
        severity=SeverityScore(severity if label is SentimentLabel.NEGATIVE else 0, (0.1, 0.2, 0.6, 0.1)),
        model="test",
        scored_at=mention.collected_at + timedelta(seconds=20),
    )


@dataclass
class Bank:
    """Stores with an invented history, and an engine on them."""

    mentions: MentionStore
    state: StateStore
    clock: FakeClock
    channel: Channel = field(default_factory=RecordingChannel)
    random: Random = field(default_factory=lambda: Random(5))
    posted: int = 0

    @classmethod
    def empty(cls, now: datetime = NOW) -> "Bank":
        """No history."""
        clock = FakeClock(now)
        return cls(InMemoryMentionStore(clock), InMemoryStateStore(), clock)

    @property
    def sent(self) -> list[str]:
        """The subject lines that went out."""
        return [message.subject for message in self.channel.sent] if isinstance(self.channel, RecordingChannel) else []

    def post(
        self,
        at: datetime,
        text: str | None = None,
        label: SentimentLabel = SentimentLabel.NEGATIVE,
        *,
        lag: timedelta = MINUTE,
        subjects: tuple[str, ...] = ("yunjiang",),
        severity: int = 2,
        source: str = "weibo",
        topic: str = "app",
        author: AuthorKind = AuthorKind.PERSON,
        followers: FollowerBand = FollowerBand.UNDER_10K,
        shares: int | None = None,
        **changes: Any,
    ) -> Mention:
        """Store one scored mention; `changes` are other fields of the mention."""
        plain = self.made(at, text, lag=lag, subjects=subjects, source=source)
        who = replace(plain.author, kind=author, followers=followers)
        reactions = plain.engagement if shares is None else replace(plain.engagement, shares=shares)
        mention = replace(plain, author=who, engagement=reactions, **changes)
        self.mentions.add([mention])
        self.mentions.annotate([annotation(mention, label, severity, topic)])
        return mention

    def made(
        self, at: datetime, text: str | None = None, *, lag: timedelta, subjects: tuple[str, ...], source: str
    ) -> Mention:
        """A mention that is not stored yet."""
        self.posted += 1
        return Mention(
            platform=Platform.WEIBO,
            kind=MentionKind.POST,
            native_id=f"n{self.posted}",
            url=f"https://weibo.example/{self.posted}",
            text=text or complaint(self.random),
            published_at=at,
            collected_at=at + lag,
            author=Author(f"p{self.posted}", AuthorKind.PERSON, FollowerBand.UNDER_10K),
            engagement=Engagement(likes=self.random.randrange(90), comments=3, shares=1),
            region=self.random.choice(("浙江", "江苏", "上海")),
            subjects=subjects,
            source_id=source,
        )

    def quiet(
        self,
        days: int = 28,
        per_day: int = 20,
        source: str = "weibo",
        subjects: tuple[str, ...] = ("yunjiang",),
        until: datetime | None = None,
    ) -> None:
        """Ordinary days up to now, a tenth of the posts negative; written in one go."""
        mentions, annotations = [], []
        for minute in range(0, days * 1440, 1440 // per_day):
            at = self.clock.now() - days * DAY + (minute + self.random.randrange(30)) * MINUTE
            if until is not None and at > until:
                break
            label = SentimentLabel.NEGATIVE if self.random.random() < 0.1 else SentimentLabel.NEUTRAL
            at = min(at, self.clock.now() - MINUTE)
            mentions.append(self.made(at, lag=MINUTE, subjects=subjects, source=source))
            annotations.append(annotation(mentions[-1], label, 1, "app"))
        self.mentions.add(mentions)
        self.mentions.annotate(annotations)

    def outage(self, posts: int = 30, minutes: int = 30, subjects: tuple[str, ...] = ("yunjiang",)) -> None:
        """Many complaints, up to the present."""
        for i in range(posts):
            at = self.clock.now() - timedelta(seconds=minutes * 60 * (1 - i / posts))
            self.post(at, subjects=subjects, lag=timedelta(seconds=1))

    def cover(
        self,
        since: datetime,
        until: datetime,
        status: Outcome = Outcome.OK,
        *,
        checked_at: datetime | None = None,
        source: str = "weibo",
        query: str = "云江银行",
    ) -> Coverage:
        """Record one look at a source."""
        row = Coverage(source, query, since, until, status, checked_at or until)
        self.state.save("coverage", row.key, to_json(row))
        return row

    def polls(self, since: datetime, until: datetime, status: Outcome = Outcome.OK) -> None:
        """Five-minute polls with half an hour of overlap."""
        at = since
        while at <= until:
            self.cover(at - 30 * MINUTE, at, status)
            at += 5 * MINUTE

    def hot(self, at: datetime, rank: int | None, word: str, board: str = "weibo") -> None:
        """One reading of a hot list of fifty places; the topic stands on `rank`, or is not there."""
        lines = [
            HotRank(board, f"k{place}", f"别的话题{place}" if place != rank else word, place, at)
            for place in range(1, 51)
        ]
        book = HotBook(self.state, SubjectMatcher(SUBJECTS), lambda text: text)
        book.record("hot_lists", [replace(line, key=line.word) for line in lines])

    def engine(self, rules: Iterable[Rule] | None = None, **changes: Any) -> AlertEngine:
        """A new engine process on the same stores, with the shipped rules and one receiver."""
        routes, receivers = load_routes(CONFIG / "routes.yml", load_yaml(CONFIG / "routes.yml"))
        engine = AlertEngine(
            mentions=self.mentions,
            state=self.state,
            clock=self.clock,
            subjects=SUBJECTS,
            sources=SOURCES,
            rules=shipped_rules() if rules is None else list(rules),
            routes=routes,
            receivers=receivers,
            channels={receiver.id: self.channel for receiver in receivers},
            links=Links("http://127.0.0.1:8501", b"k" * 32),
            topics=TOPICS,
            senses=LanguageSenses(),
            inhibitions=load_inhibitions(CONFIG / "routes.yml", load_yaml(CONFIG / "routes.yml")),
        )
        return replace(engine, **changes)


def shipped_rules() -> list[Rule]:
    """The rules of config/rules."""
    return load_rules([(path, load_yaml(path)) for path in sorted((CONFIG / "rules").glob("*.yml"))])


def receiver(id: str = "duty", **options: object) -> Receiver:
    """An e-mail receiver."""
    return Receiver(id, "email", {"to": ["duty@bank.example"], **options})
