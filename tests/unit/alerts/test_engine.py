"""From stored posts to one message: the engine on in-memory stores."""

from datetime import timedelta

import pytest

from tests.fakes import RecordingChannel
from tests.unit.alerts.bank import DAY, MINUTE, NOW, Bank, shipped_rules
from yuqing.domain.alert import AlertState
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import InputError


@pytest.fixture
def bank() -> Bank:
    """Four quiet weeks."""
    made = Bank.empty()
    made.quiet()
    return made


def _look(bank: Bank) -> None:
    engine = bank.engine()
    engine.detect()
    engine.notify()


def test_quiet_weeks_tell_nobody(bank: Bank) -> None:
    """Ordinary talk is no alert."""
    summary = bank.engine().detect()
    assert not summary.changed
    assert bank.engine().alerts() == []


def test_an_outage_becomes_one_mail(bank: Bank) -> None:
    """Thirty complaints in half an hour: one alert, one mail, however often one looks."""
    bank.outage()
    for _ in range(3):
        _look(bank)
        bank.clock.advance(MINUTE)
    (alert,) = bank.engine().alerts()
    assert alert.state is AlertState.FIRING
    assert alert.expected is not None
    assert alert.observed > 20 > alert.expected
    assert len(bank.sent) == 1
    assert bank.sent[0].startswith("[预警·高] 云江银行 手机银行：30 分钟内负面 ")


def test_three_posts_wake_nobody_and_the_fourth_does(bank: Bank) -> None:
    """In a quiet subject three complaints are unusual but not enough; when it grows it is told."""
    for i in range(3):
        bank.post(NOW - (15 - 5 * i) * MINUTE)
    _look(bank)
    assert bank.sent == []
    bank.clock.advance(10 * MINUTE)
    for i in range(3):
        bank.post(NOW + (1 + i) * MINUTE)
    _look(bank)
    assert len(bank.sent) == 1


def test_a_trickle_for_hours_that_explodes_is_told(bank: Bank) -> None:
    """Four hours of three complaints per half hour wake nobody; forty in the next half hour do, at once."""
    rules = [rule for rule in shipped_rules() if rule.id == "spike"]
    for step in range(9):
        start = bank.clock.now()
        posts = 40 if step == 8 else 3
        for i in range(posts):
            bank.post(start + (i + 0.5) / posts * 30 * MINUTE, lag=timedelta(seconds=20))
        bank.clock.advance(30 * MINUTE)
        assert bank.sent == []
        bank.engine(rules).detect()
        bank.engine(rules).notify()
    assert len(bank.sent) == 1
    assert "30 分钟内负面 40 条" in bank.sent[0]


def test_the_alert_knows_its_latency(bank: Bank) -> None:
    """Every stage from publication to acceptance is noted, in order."""
    bank.outage()
    _look(bank)
    (alert,) = bank.engine().alerts()
    stages = ["published_at", "collected_at", "scored_at", "detected_at", "notified_at", "accepted_at"]
    assert set(stages) <= set(alert.latency)
    times = [alert.latency[stage] for stage in ("published_at", "collected_at", "detected_at", "accepted_at")]
    assert times == sorted(times)


def test_the_event_ends_and_a_later_one_is_told_again(bank: Bank) -> None:
    """Hours later the alert is resolved; next week's outage is another event with its own mail."""
    bank.outage()
    _look(bank)
    bank.clock.advance(timedelta(hours=12))
    bank.post(bank.clock.now() - MINUTE, label=SentimentLabel.NEUTRAL)
    _look(bank)
    assert [alert.state for alert in bank.engine().alerts()] == [AlertState.RESOLVED]
    bank.clock.advance(7 * DAY)
    bank.outage(posts=60)
    _look(bank)
    assert len(bank.engine().alerts()) == 2
    assert len(bank.sent) == 2


def test_brand_and_product_ring_once(bank: Bank) -> None:
    """Posts about the product and its brand raise two alerts but one mail; the other says by whom it was told."""
    bank.outage(posts=40, subjects=("yunjiang", "yunjiang_app"))
    _look(bank)
    engine = bank.engine()
    assert {alert.subject_id for alert in engine.alerts()} >= {"yunjiang"}
    assert len(bank.sent) == 1
    quiet = [n for alert in engine.alerts() for n in engine.notifications(alert.id) if n.state.value == "silenced"]
    assert all("同一事件" in row.detail for row in quiet)


def test_competitors_wake_nobody(bank: Bank) -> None:
    """A crisis of the competitor is for the report."""
    bank.outage(subjects=("haizhou",))
    _look(bank)
    assert bank.sent == []


def test_a_risk_word_fires_at_the_first_post(bank: Bank) -> None:
    """挤兑 needs no statistic, and ten more posts are the same event."""
    bank.post(NOW - 2 * MINUTE, "听说云江银行有挤兑", SentimentLabel.NEUTRAL, topic="liquidity")
    _look(bank)
    for i in range(10):
        bank.clock.advance(10 * MINUTE)
        bank.post(bank.clock.now() - MINUTE, f"云江银行挤兑了吗？排到第 {i} 个", topic="liquidity")
        _look(bank)
    mails = [subject for subject in bank.sent if "风险词" in subject or "挤兑" in subject]
    assert len(mails) == 1
    assert "云江银行：出现“挤兑” 1 条" in mails[0]


def test_an_unscored_post_waits_for_its_score(bank: Bank) -> None:
    """A risk word counts only once the models have spoken; a friendly post with the word counts never."""
    bank.post(NOW - 2 * MINUTE, "云江银行挤兑演练圆满成功，点赞", SentimentLabel.POSITIVE)
    _look(bank)
    assert bank.sent == []


def test_refusals_reach_the_operator_once(bank: Bank) -> None:
    """Three checks in a row without a session: one operator mail, resolved by the first complete check."""
    bank.cover(NOW - 28 * DAY, NOW - 2 * DAY)
    for i in range(4):
        bank.cover(NOW - 2 * DAY, NOW - (20 - 5 * i) * MINUTE, Outcome.AUTH_REQUIRED)
        _look(bank)
    assert [subject for subject in bank.sent if subject.startswith("[预警·运维] 微博搜索：登录态失效")] == bank.sent
    assert len(bank.sent) == 1
    bank.cover(NOW - 2 * DAY, NOW)
    _look(bank)
    assert [alert.state for alert in bank.engine().alerts()] == [AlertState.RESOLVED]


def test_a_model_that_left_its_calibration_reaches_the_operator_once(bank: Bank) -> None:
    """The verdict of the nightly drift report is told once, and no longer when it is old or taken back."""
    body = {"level": "left", "sentence": "模型 linear-1 可能已偏离校准", "at": NOW.isoformat(), "since": None}
    bank.state.save("drift", "latest", body)
    for _ in range(3):
        _look(bank)
        bank.clock.advance(10 * MINUTE)
    assert len(bank.sent) == 1
    assert bank.sent[0].startswith("[预警·运维] 模型 linear-1 可能已偏离校准")
    bank.state.save("drift", "latest", {**body, "level": "well"})
    _look(bank)
    assert [alert.state for alert in bank.engine().alerts()] == [AlertState.RESOLVED]
    bank.state.save("drift", "latest", {**body, "at": (NOW - 9 * DAY).isoformat()})
    _look(bank)
    assert [alert.state for alert in bank.engine().alerts()] == [AlertState.RESOLVED]


def test_a_silence_holds_the_mail_back_and_its_end_lets_it_go(bank: Bank) -> None:
    """Nobody is told during the silence; when it ends early and the event goes on, the mail leaves."""
    silence = bank.engine().silence({"subject": "yunjiang"}, timedelta(hours=2), author="值班", reason="演练")
    bank.outage()
    _look(bank)
    assert bank.sent == []
    bank.engine().expire(silence.id)
    bank.clock.advance(MINUTE)
    _look(bank)
    assert len(bank.sent) == 1


def test_a_silence_between_queue_and_delivery_counts(bank: Bank) -> None:
    """A silence that begins after the notification was queued still keeps it back."""
    bank.outage()
    bank.engine().detect()
    bank.engine().silence({"rule": "spike"}, timedelta(hours=2), author="值班", reason="已知")
    bank.engine().notify()
    assert bank.sent == []


def test_silences_need_author_reason_and_condition(bank: Bank) -> None:
    """Nobody silences everything, or anonymously."""
    for matchers, author, reason in (({}, "a", "b"), ({"rule": "spike"}, " ", "b"), ({"rule": "spike"}, "a", "")):
        with pytest.raises(InputError):
            bank.engine().silence(matchers, timedelta(hours=1), author=author, reason=reason)


def test_the_first_acknowledgement_stays(bank: Bank) -> None:
    """Who takes care first is written down; a later one changes nothing; an unknown alert is refused."""
    bank.outage()
    _look(bank)
    engine = bank.engine()
    (alert,) = engine.alerts()
    assert engine.acknowledge(alert.id, "王").acknowledged_by == "王"
    assert engine.acknowledge(alert.id, "李").acknowledged_by == "王"
    with pytest.raises(InputError):
        engine.acknowledge("nothing", "王")


def test_a_failing_channel_is_tried_again(bank: Bank) -> None:
    """A refusal that may pass is retried with a pause; the log tells the story."""
    channel = RecordingChannel()
    channel.fail("busy", times=2)
    bank.channel = channel
    bank.outage()
    bank.engine().detect()
    states = []
    for _ in range(4):
        bank.engine().notify()
        bank.clock.advance(2 * MINUTE)
    states = [str(entry.body["state"]) for entry in bank.state.log("notification")]
    assert states == ["queued", "sending", "failed", "sending", "failed", "sending", "accepted"]
    assert len(channel.sent) == 1


def test_a_final_refusal_is_dead(bank: Bank) -> None:
    """What can never succeed is not tried again, and shows as dead."""
    channel = RecordingChannel()
    channel.fail("no such user", permanent=True)
    bank.channel = channel
    bank.outage()
    bank.engine().detect()
    assert bank.engine().notify().dead == 1
    bank.clock.advance(DAY)
    assert bank.engine().notify().attempted == 0


def test_an_outage_of_the_crawler_raises_nothing(bank: Bank) -> None:
    """Three hours without coverage and then everything at once, back-dated: no spike."""
    bank.polls(NOW - 8 * DAY, NOW)
    bank.clock.advance(timedelta(hours=3))
    for i in range(40):  # collected together after the outage
        at = NOW + timedelta(minutes=4 * i)
        bank.post(at, lag=bank.clock.now() - at)
    bank.cover(NOW - timedelta(hours=1), bank.clock.now())
    _look(bank)
    assert bank.sent == []
