"""The one composition root: settings in, real adapters out. Nothing else creates a store, a clock or a channel.

Heavy libraries are imported where they are needed: a command that only reads the store must not load the models.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from config.loader import load_model, load_yaml
from config.models import SourcesFile, SubjectsFile, TopicsFile
from config.settings import Settings, load_settings
from yuqing.audit import AuditTrail
from yuqing.clocks import FrozenClock, RemoteClock, SystemClock
from yuqing.domain.alert import Inhibition, Receiver, Route, Rule
from yuqing.domain.errors import ConfigError, InputError
from yuqing.domain.mention import Platform
from yuqing.domain.ports import Channel, Clock, MentionStore, StateStore
from yuqing.domain.subject import Source, Subject, SubjectKind, TopicDefinition
from yuqing.jobs.correct import Corrections
from yuqing.jobs.forget import load_forgotten
from yuqing.jobs.ingest import Intake
from yuqing.jobs.vanish import Vanishing
from yuqing.keys import load_or_create_key

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from alerts.channels.email import SmtpServer
    from alerts.engine import AlertEngine
    from alerts.trial import Trial
    from nlp.near_duplicates import CopyFinder
    from nlp.scorer import DefaultScorer


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that the settings folder says."""

    subjects: tuple[Subject, ...]
    sources: tuple[Source, ...]
    topics: tuple[TopicDefinition, ...]
    rules: tuple[Rule, ...]
    routes: tuple[Route, ...]
    receivers: tuple[Receiver, ...]
    inhibitions: tuple[Inhibition, ...] = ()


def load_catalogue(settings: Settings) -> Catalogue:
    """Subjects, sources, topics, rules and routes. Raises ConfigError with file and line."""
    from alerts.rules import load_inhibitions, load_routes, load_rules

    folder = settings.config
    if not folder.is_dir():
        raise ConfigError(f"设置文件夹 {folder} 不存在（环境变量 YQ_CONFIG）")
    subjects = tuple(entry.domain() for entry in load_model(folder / "subjects.yml", SubjectsFile).subjects)
    rules = load_rules([(path, load_yaml(path)) for path in sorted((folder / "rules").glob("*.yml"))])
    plan = folder / "routes.yml"
    routes, receivers = load_routes(plan, load_yaml(plan))
    sources = tuple(entry.domain() for entry in load_model(folder / "sources.yml", SourcesFile).sources)
    topics = load_model(folder / "topics.yml", TopicsFile).domain()
    _check_references(subjects, rules, {topic.id for topic in topics})
    _check_routes(
        routes,
        {
            "rule": {rule.id for rule in rules},
            "subject": {subject.id for subject in subjects},
            "topic": {topic.id for topic in topics},
        },
    )
    for source in sources:
        if source.enabled:
            _check_subjects(source, sorted(subject.id for subject in subjects))
    return Catalogue(
        subjects=subjects,
        sources=sources,
        topics=topics,
        rules=tuple(rules),
        routes=tuple(routes),
        receivers=tuple(receivers),
        inhibitions=tuple(load_inhibitions(plan, load_yaml(plan))),
    )


def _check_references(subjects: tuple[Subject, ...], rules: "list[Rule] | tuple[Rule, ...]", topics: set[str]) -> None:
    """A rule about a name that does not exist would watch nothing."""
    known = {subject.id for subject in subjects}
    for rule in rules:
        if unknown := sorted(set(rule.subjects) - known):
            raise ConfigError(f"规则 {rule.id} 提到不存在的主体：{', '.join(unknown)}")
        asked = rule.options.get("topics", ())
        if isinstance(asked, list | tuple) and (unknown := sorted(set(map(str, asked)) - topics)):
            raise ConfigError(f"规则 {rule.id} 提到不存在的话题：{', '.join(unknown)}")


def _check_routes(routes: "list[Route]", known: Mapping[str, set[str]]) -> None:
    """A route by a name that does not exist would tell nobody."""
    for number, route in enumerate(routes, start=1):
        for label, names in known.items():
            asked = route.matchers.get(label, ())
            if unknown := sorted({asked} - names if isinstance(asked, str) else set(asked) - names):
                raise ConfigError(f"routes.yml 第 {number} 条路由：{label} 没有 {', '.join(unknown)}")


def _check_subjects(source: Source, known: list[str]) -> None:
    """What a bar or an app is said to be about; under another name its mentions would be in no page and no alert."""
    for option, value in source.options.items():
        entries = value if isinstance(value, list | tuple) else ()
        named = {str(entry["subject"]) for entry in entries if isinstance(entry, Mapping) and entry.get("subject")}
        if unknown := sorted(named - set(known)):
            raise ConfigError(
                f"sources.yml 来源 {source.id} 的选项 {option} 提到不存在的主体：{', '.join(unknown)}"
                f"（subjects.yml 中有：{'、'.join(known)}）"
            )


@dataclass
class App:
    """The product with its real adapters. Use as a context manager: stores are closed at the end."""

    settings: Settings
    _closing: ExitStack = field(default_factory=ExitStack, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def clock(self) -> Clock:
        """The product's clock: frozen, a platform's, or the machine's."""
        if self.settings.now is not None:
            return FrozenClock(self.settings.now)
        if self.settings.clock_url is not None:
            remote = RemoteClock(self.settings.clock_url)
            self._closing.callback(remote.http.close)
            return remote
        return SystemClock()

    @cached_property
    def catalogue(self) -> Catalogue:
        """What the settings folder says, checked."""
        return load_catalogue(self.settings)

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The watched subjects."""
        return self.catalogue.subjects

    @property
    def sources(self) -> tuple[Source, ...]:
        """The allow-list of sources, enabled or not."""
        return self.catalogue.sources

    @property
    def topics(self) -> tuple[TopicDefinition, ...]:
        """The topic taxonomy."""
        return self.catalogue.topics

    @cached_property
    def _stores(self) -> tuple[MentionStore, StateStore]:
        if self.settings.store == "elasticsearch":
            return self._elastic()
        from storage.sqlite import SqliteMentionStore, SqliteStateStore

        path = self.settings.home / "yuqing.db"
        mentions, state = SqliteMentionStore(path, self.clock), SqliteStateStore(path)
        self._closing.callback(mentions.close)
        self._closing.callback(state.close)
        return mentions, state

    def _elastic(self) -> tuple[MentionStore, StateStore]:
        from storage.elastic import ElasticMentionStore, ElasticStateStore

        client, prefix = self.elastic_client(), self.settings.elasticsearch_prefix
        return ElasticMentionStore(client, self.clock, prefix=prefix), ElasticStateStore(client, prefix=prefix)

    def elastic_client(self) -> "Elasticsearch":
        """A client of the cluster of the settings; closed with the app."""
        from storage.elastic import connect

        settings = self.settings
        user, password = settings.elasticsearch_user, _plain(settings.elasticsearch_password)
        client = connect(
            settings.elasticsearch_url,
            api_key=_plain(settings.elasticsearch_api_key),
            basic_auth=(user, password) if user is not None and password is not None else None,
            ca_certs=None if settings.elasticsearch_ca is None else str(settings.elasticsearch_ca),
        )
        self._closing.callback(client.close)
        return client

    @property
    def mentions(self) -> MentionStore:
        """The mention store of the settings."""
        return self._stores[0]

    @property
    def state(self) -> StateStore:
        """The state store of the settings."""
        return self._stores[1]

    @cached_property
    def audit(self) -> AuditTrail:
        """Who did what."""
        return AuditTrail(self.state, self.clock)

    @cached_property
    def vanishing(self) -> Vanishing:
        """What platforms no longer show."""
        return Vanishing(self.mentions, self.state, self.clock, self.audit.record)

    @cached_property
    def corrections(self) -> Corrections:
        """What people say instead of the models."""
        topics, subjects = (frozenset(each.id for each in known) for known in (self.topics, self.subjects))
        return Corrections(self.mentions, self.state, self.clock, self.audit.record, topics, subjects)

    def key(self, name: str) -> bytes:
        """A secret key of this installation; the pseudonym key may come from the settings instead."""
        if name == "pseudonym" and self.settings.pseudonym_key is not None:
            return self.settings.pseudonym_key.get_secret_value().encode()
        return load_or_create_key(self.settings.home / f"{name}.key")

    def intake(self, assign: tuple[str, ...] = (), *, keep_unmatched: bool = False) -> Intake:
        """The door into the mention store. Raises ConfigError for a subject that does not exist."""
        from nlp.match import SubjectMatcher
        from nlp.privacy import Pseudonymiser, mask

        if unknown := sorted(set(assign) - {subject.id for subject in self.subjects}):
            raise ConfigError(f"没有这个主体：{', '.join(unknown)}（见 {self.settings.config / 'subjects.yml'}）")
        return Intake(
            store=self.mentions,
            matcher=SubjectMatcher(self.subjects),
            mask=mask,
            pseudonyms=Pseudonymiser(self.key("pseudonym")),
            clock=self.clock,
            assign=assign,
            keep_unmatched=keep_unmatched,
            forgotten=load_forgotten(self.state),
        )

    def pseudonym_of(self, account: str) -> str:
        """The pseudonym of `platform:account id`. Raises InputError, without the account, for anything else."""
        from nlp.privacy import Pseudonymiser

        platform, _, native = account.partition(":")
        if platform not in set(Platform) or not native:
            raise InputError("账号应写成 平台:账号编号，例如 weibo:1000200030")
        return Pseudonymiser(self.key("pseudonym")).pseudonym(platform, native)

    @cached_property
    def scorer(self) -> "DefaultScorer":
        """The models of the settings."""
        from nlp.registry import default_scorer

        return default_scorer(self.subjects, sentiment=self.settings.model)

    @cached_property
    def copies(self) -> "CopyFinder":
        """What knows copies of one text; it remembers as long as the process lives."""
        from nlp.near_duplicates import CopyFinder

        return CopyFinder()

    @cached_property
    def engine(self) -> "AlertEngine":
        """Detection, alert life and delivery."""
        from alerts.channels import quotas_of
        from alerts.engine import AlertEngine
        from alerts.links import Links
        from yuqing.senses import LanguageSenses

        lapse = self.settings.time_lapse
        return AlertEngine(
            mentions=self.mentions,
            state=self.state,
            clock=self.clock,
            subjects=self.subjects,
            # In a time-lapse the polls are that much farther apart on the clock that stamps the mentions.
            sources=tuple(replace(s, interval_seconds=round(s.interval_seconds * lapse)) for s in self.sources),
            rules=self.catalogue.rules,
            routes=self.catalogue.routes,
            receivers=self.catalogue.receivers,
            channels=self.channels,
            inhibitions=self.catalogue.inhibitions,
            quotas=quotas_of(self.catalogue.receivers),
            senses=LanguageSenses(),
            links=Links(self.settings.dashboard_url, self.key("links"), actions_url=self.settings.actions_base),
            topics=self.topics,
        )

    def default_subject(self) -> Subject:
        """The subject of the report: the one of the settings, else the first brand."""
        wanted = self.settings.report_subject
        for subject in self.subjects:
            if subject.id == wanted or (wanted is None and subject.kind is SubjectKind.BRAND):
                return subject
        raise ConfigError(f"没有可做周报的主体（report_subject={wanted!r}）")

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """One channel per receiver of routes.yml. Raises ConfigError for a receiver that cannot work."""
        from alerts.channels import ChannelSettings, RobotSettings, build_channels

        settings = self.settings
        return build_channels(
            self.catalogue.receivers,
            ChannelSettings(
                clock=self.clock,
                smtp=self._smtp(),
                smtp_sender=settings.smtp_sender,
                webhook_url=settings.webhook_url,
                webhook_secret=settings.webhook_secret,
                webhook_public_only=settings.webhook_public_only,
                robots={
                    "wecom": RobotSettings(settings.wecom_base, settings.wecom_robots),
                    "dingtalk": RobotSettings(settings.dingtalk_base, settings.dingtalk_robots),
                    "feishu": RobotSettings(settings.feishu_base, settings.feishu_robots),
                },
            ),
        )

    def trial(self) -> "Trial":
        """Test messages to the receivers of routes.yml."""
        from alerts.channels import quotas_of
        from alerts.pace import RobotPace
        from alerts.trial import Trial

        receivers = self.catalogue.receivers
        known = {receiver.id: receiver for receiver in receivers}
        return Trial(known, self.channels, quotas_of(receivers), RobotPace(self.state), self.clock)

    def _smtp(self) -> "SmtpServer | None":
        from alerts.channels.email import SmtpServer

        settings = self.settings
        if settings.smtp_host is None:
            return None
        return SmtpServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            user=settings.smtp_user,
            password=settings.smtp_password,
            timeout=settings.smtp_timeout,
        )

    def report_receivers(self) -> Mapping[str, Channel]:
        """Who gets the weekly report: the receiver that the settings name. Raises ConfigError when there is none."""
        name = self.settings.report_receiver
        if name not in self.channels:
            raise ConfigError(f"周报接收人 {name} 不在 routes.yml 中（设置 report_receiver）")
        return {name: self.channels[name]}

    def close(self) -> None:
        """Close what was opened."""
        self._closing.close()


def _plain(secret: "object | None") -> str | None:
    from pydantic import SecretStr

    return secret.get_secret_value() if isinstance(secret, SecretStr) else None


def open_app(settings: Settings | None = None) -> App:
    """The product for these settings (default: those of the process). Opens nothing until it is asked for."""
    return App(settings or load_settings())
