"""Rules that watch each topic of a subject by itself: what they find, what they say, and that people hear it once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.backtest import backtest
from alerts.joining import joined
from tests.unit.alerts.bank import DAY, MINUTE, NOW, TOPICS, Bank, shipped_rules
from yuqing.domain.alert import Alert, AlertSeverity, AlertState, Detection, NotificationState, Rule, fingerprint
from yuqing.domain.annotation import Annotation, SentimentLabel
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import MentionQuery
from yuqing.domain.subject import TopicDefinition

HOUR = timedelta(hours=1)
TOPIC_LABELS = {"rule": "topic_spike", "subject": "yunjiang", "topic": "liquidity"}


def rules(*ids: str) -> list[Rule]:
    """Some of the shipped rules."""
    return [rule for rule in shipped_rules() if rule.id in ids]


def by_topic(kind: str, **options: object) -> Rule:
    """A rule of another type that watches topics."""
    return Rule("mine", kind, "我的规则", AlertSeverity.WARNING, options={"by": "topic", **options})


@pytest.fixture
def bank() -> Bank:
    """Ten ordinary days of talk about the mobile bank."""
    made = Bank.empty()
    made.quiet(days=10, per_day=96)
    return made


def complain(bank: Bank, posts: int, topic: str = "liquidity", minutes: int = 25, **changes: object) -> None:
    """Complaints about a topic, up to the present."""
    for i in range(posts):
        at = bank.clock.now() - minutes * MINUTE * (1 - i / posts)
        bank.post(at, topic=topic, lag=timedelta(seconds=1), **changes)


def look(bank: Bank, chosen: Sequence[Rule]) -> None:
    """One look by a new process."""
    engine = bank.engine(chosen)
    engine.detect()
    engine.notify()


def alert_of(bank: Bank, rule: str) -> Alert:
    """The one alert of a rule."""
    (found,) = [alert for alert in bank.engine().alerts() if alert.rule_id == rule]
    return found


def test_a_topic_that_jumps_is_told_by_its_name(bank: Bank) -> None:
    """The subject line names bank and topic; the fingerprint is that of rule, subject and topic."""
    complain(bank, 10)
    look(bank, rules("topic_spike"))
    assert bank.sent == ["[预警·高] 云江银行 流动性谣言：30 分钟内负面 10 条，平时几乎没有"]
    alert = alert_of(bank, "topic_spike")
    assert alert.labels == TOPIC_LABELS
    assert alert.fingerprint == fingerprint(TOPIC_LABELS)
    assert alert.topic == "liquidity"


def test_the_message_is_about_the_topic_alone(bank: Bank) -> None:
    """Posts, counts and the usual share are those of the topic, whatever else is said meanwhile."""
    complain(bank, 10)
    bank.post(NOW - 2 * MINUTE, "云江银行手机银行还行", topic="app", severity=3)
    look(bank, rules("topic_spike"))
    (message,) = bank.channel.sent  # type: ignore[attr-defined]
    assert "云江银行手机银行还行" not in message.text
    assert "流动性谣言 10" in message.text
    assert "16 个话题合起来平均 30 周以上才误报一次" in message.text
    assert message.payload["alert"]["topic"] == "liquidity"  # type: ignore[index]


def test_an_evenly_spread_rise_is_no_matter_of_a_topic(bank: Bank) -> None:
    """Four and four in two topics: neither has enough."""
    complain(bank, 4)
    complain(bank, 4, "fee")
    assert bank.engine(rules("topic_spike")).judge(NOW) == []


def test_only_the_topics_of_the_rule_are_watched(bank: Bank) -> None:
    """`topics` names them; what belongs to none of the taxonomy is called other topics."""
    complain(bank, 10)
    complain(bank, 10, "other")
    (rule,) = rules("topic_spike")
    chosen = replace(rule, options={**rule.options, "topics": ["other"]})
    (found,) = bank.engine([chosen]).judge(NOW)
    assert found.labels["topic"] == "other"
    assert found.sentence.startswith("云江银行 其他话题：")


def test_a_crisis_of_the_whole_subject_is_one_alert(bank: Bank) -> None:
    """Its topics join it: one alert, one mail, also when another process looks again."""
    complain(bank, 40)
    for _ in range(3):
        look(bank, rules("spike", "topic_spike"))
        bank.clock.advance(MINUTE)
    assert [alert.rule_id for alert in bank.engine().alerts()] == ["spike"]
    assert len(bank.sent) == 1


def test_a_topic_that_was_there_first_is_not_told_twice(bank: Bank) -> None:
    """The whole subject follows: its alert is held back, and the first one goes on."""
    complain(bank, 10)
    look(bank, rules("topic_spike"))
    bank.clock.advance(10 * MINUTE)
    complain(bank, 30, minutes=8)
    look(bank, rules("spike", "topic_spike"))
    assert len(bank.sent) == 1
    assert alert_of(bank, "topic_spike").state is AlertState.FIRING
    (row,) = bank.engine().notifications(alert_of(bank, "spike").id)
    assert row.state is NotificationState.SILENCED
    assert alert_of(bank, "topic_spike").id in row.detail


def test_a_crisis_that_is_about_more_than_the_topic_is_told(bank: Bank) -> None:
    """Most of the subject's posts are about something else: its alert is news."""
    complain(bank, 8)
    look(bank, rules("topic_spike"))
    bank.clock.advance(10 * MINUTE)
    complain(bank, 40, "app", minutes=8, severity=3)
    look(bank, rules("spike", "topic_spike"))
    assert len(bank.sent) == 2
    assert "手机银行" in bank.sent[1]


def test_a_graver_alert_is_told_although_the_topic_was(bank: Bank) -> None:
    """Where the house grades topics lower, the crisis of the whole bank still rings."""
    (topic,) = rules("topic_spike")
    chosen = [replace(topic, severity=AlertSeverity.WARNING), *rules("spike")]
    complain(bank, 10)
    look(bank, chosen[:1])
    bank.clock.advance(10 * MINUTE)
    complain(bank, 30, minutes=8)
    look(bank, chosen)
    assert [line[:7] for line in bank.sent] == ["[预警·中] ", "[预警·高] "]


def test_what_is_left_of_an_event_in_a_topic_is_not_told_again(bank: Bank) -> None:
    """The subject's event is over, the topic's still goes on: nobody is called for it a second time."""
    complain(bank, 40)
    look(bank, rules("spike", "topic_spike"))
    bank.clock.advance(5 * MINUTE)
    look(bank, rules("topic_spike"))
    assert alert_of(bank, "spike").state is AlertState.RESOLVED
    assert alert_of(bank, "topic_spike").state is AlertState.FIRING
    assert len(bank.sent) == 1


def test_two_topics_of_the_same_posts_ring_once(bank: Bank) -> None:
    """Every post is about both: the second alert is held back."""
    complain(bank, 10)
    for post in bank.mentions.scan(MentionQuery()):
        said = post.annotation
        if said is not None and any(topic.id == "liquidity" for topic in said.topics):
            both = (*said.topics, replace(said.topics[0], id="app"))
            bank.mentions.annotate([replace(said, topics=both)])
    look(bank, rules("topic_spike"))
    assert len(bank.engine().alerts()) == 2
    assert len(bank.sent) == 1


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (by_topic("frequency", count=2), "云江银行 流动性谣言：1 小时内负面 "),
        (by_topic("slow_burn"), "云江银行 流动性谣言：负面持续升高，"),
        (by_topic("negative_share"), "云江银行 流动性谣言：6 小时内负面占 "),
    ],
    ids=["frequency", "slow_burn", "negative_share"],
)
def test_other_rules_that_count_can_watch_topics(rule: Rule, says: str) -> None:
    """The same option, the same labels; a rise in one topic only."""
    bank = Bank.empty()
    bank.quiet(days=10, per_day=24)
    for hours in range(1, 24 * 9):
        bank.post(NOW - hours * HOUR, topic="liquidity", label=SentimentLabel.NEUTRAL)
    complain(bank, 16, minutes=350)
    (found,) = bank.engine([rule]).judge(NOW)
    assert found.sentence.startswith(says)
    assert found.labels == {"rule": "mine", "subject": "yunjiang", "topic": "liquidity"}


def test_a_backtest_names_the_topics(bank: Bank) -> None:
    """What would have rung, topic by topic, bin by bin."""
    complain(bank, 10)
    run = backtest(bank.engine(rules("topic_spike")), "topic_spike", NOW - DAY, NOW)
    (found,) = run.alerts
    assert found.sentence.startswith("云江银行 流动性谣言：30 分钟内负面 ")


def _detection(start_hours: float, severity: AlertSeverity = AlertSeverity.CRITICAL, topic: str = "") -> Detection:
    labels = {"rule": "t" if topic else "s", "subject": "yunjiang"} | ({"topic": topic} if topic else {})
    start = NOW - start_hours * HOUR
    return Detection(
        labels["rule"], "yunjiang", severity, "话", NOW, start, NOW, 9.0, 1.0, None, (), labels, event_start=start
    )


@pytest.mark.parametrize(
    ("head", "part", "joins"),
    [
        (_detection(3), _detection(2, topic="liquidity"), True),
        (_detection(2), _detection(3, topic="liquidity"), True),
        (_detection(9), _detection(2, topic="liquidity"), True),
        (_detection(3), _detection(2, topic="fraud"), False),
        (_detection(2), _detection(9, topic="liquidity"), False),
        (_detection(3, AlertSeverity.WARNING), _detection(2, topic="liquidity"), False),
        (_detection(3), _detection(2, AlertSeverity.WARNING, topic="liquidity"), True),
    ],
    ids=["after", "shortly before", "much later", "another matter", "much earlier", "graver", "milder"],
)
def test_what_joins_the_event_of_the_whole_subject(head: Detection, part: Detection, joins: bool) -> None:
    """What the event is about, unless it began long before it or is graver."""
    bank = Bank.empty()
    shown = tuple(bank.post(NOW - 10 * HOUR, topic="liquidity").id for _ in range(4))
    head = replace(head, evidence=shown)
    found = joined([part, head], bank.state, bank.engine([]).context(NOW).matters)
    assert (part not in found) is joins
    assert head in found


def test_an_open_alert_goes_on_although_its_topic_would_join() -> None:
    """Who was told of a topic is not left with an alert that ends before the event does."""
    bank = Bank.empty()
    bank.quiet(days=10, per_day=96)
    complain(bank, 10)
    look(bank, rules("topic_spike"))
    bank.clock.advance(10 * MINUTE)
    complain(bank, 40, minutes=8)
    found = bank.engine(rules("spike", "topic_spike")).judge(bank.clock.now())
    assert [each.rule_id for each in found] == ["spike", "topic_spike"]


OFFICE = (*TOPICS, TopicDefinition("governance", "经营治理", ""))


def _a_morning(bank: Bank, *second: str) -> list[str]:
    """The mobile bank fails at nine; at ten past ten posts about `second` begin. What was sent until half past ten."""
    bank.clock.advance(-NOW.hour * HOUR + 1 * HOUR)  # nine in Beijing
    bank.quiet(days=5, per_day=96)
    engine_rules = rules("spike", "topic_spike")
    for minute in range(5, 95, 5):
        bank.clock.advance(5 * MINUTE)
        complain(bank, 5, "app", minutes=5)
        if minute > 70:
            said = [bank.post(bank.clock.now() - i * MINUTE, topic=second[0], lag=MINUTE / 60) for i in (1, 2, 3, 4)]
            bank.mentions.annotate([_about(bank, each.id, second) for each in said])
        if minute in (20, 70, 80, 90):
            engine = bank.engine(engine_rules, topics=OFFICE)
            engine.detect()
            engine.notify()
    return bank.sent


def _about(bank: Bank, mention: MentionId, topics: Sequence[str]) -> Annotation:
    said = bank.mentions.get([mention])[mention].annotation
    assert said is not None
    return replace(said, topics=tuple(replace(said.topics[0], id=topic) for topic in topics))


def test_a_second_matter_of_the_same_bank_is_called() -> None:
    """An outage keeps the officer awake; that a director is under investigation is told all the same, and once."""
    bank = Bank.empty()
    first, second = _a_morning(bank, "governance")
    assert first.startswith("[预警·高] 云江银行 手机银行：30 分钟内负面 ")
    assert second.startswith("[预警·高] 云江银行 经营治理：30 分钟内负面 ")
    text = bank.channel.sent[-1].text  # type: ignore[attr-defined]
    assert "另一件事：云江银行 手机银行：30 分钟内负面 " in text
    assert "此前一周没有这样的内容" in text


def test_one_matter_under_two_names_is_called_once() -> None:
    """The outage is discussed as a failure of the management, too: every such post is about both."""
    assert len(_a_morning(Bank.empty(), "governance", "app")) == 1


def test_names_that_say_the_topic_already_are_not_doubled() -> None:
    """云江手机银行 and its topic 手机银行."""
    bank = Bank.empty()
    bank.quiet(days=10, per_day=96, subjects=("yunjiang_app",))
    complain(bank, 12, "app", subjects=("yunjiang_app",), minutes=20)
    topics = (TopicDefinition("app", "手机银行", ""),)
    (found,) = bank.engine(rules("topic_spike"), topics=topics).judge(NOW)
    assert found.sentence.startswith("云江手机银行：30 分钟内负面 ")
