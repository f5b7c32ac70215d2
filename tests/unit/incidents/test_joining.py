"""Alerts about one event are one incident; grades rise with what is seen; what is overdue is told once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from config.incident_models import load_plan
from tests.unit.incidents.world import NOW, Bank
from yuqing.domain.alert import AlertSeverity
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.errors import ChannelError
from yuqing.domain.incident import Grade, IncidentStatus, PostMortem, StepState
from yuqing.domain.mention import Platform
from yuqing.domain.subject import Backend, Source
from yuqing.incidents import office
from yuqing.incidents.joining import PAUSE, JoinSummary
from yuqing.incidents.lease import KIND as TURN


def shape(bank: Bank) -> list[tuple[str, int]]:
    """Subject and number of alerts of each incident."""
    return sorted((each.subject_id, len(each.alerts)) for each in bank.incidents())


def test_an_alert_opens_an_incident_and_the_next_look_changes_nothing(bank: Bank) -> None:
    """With its grade, its beginning at the first post, and the playbook of its topic."""
    posts = (bank.post("a", 40, severity=2), bank.post("b", 20))
    bank.alert(evidence=posts)
    assert bank.look() == JoinSummary(opened=1)
    assert bank.look() == JoinSummary()
    [made] = bank.incidents()
    assert (made.grade, made.severity, made.playbook) == (Grade.III, 2, "app_outage")
    assert made.began_at == NOW - timedelta(minutes=40)
    assert made.entries[0].text.startswith("由预警自动开立，定为 III 级")
    assert bank.actions() == []  # nobody did that


def test_spike_keyword_and_hot_list_of_one_subject_are_one_incident(bank: Bank) -> None:
    """Whatever the rule, a product's with its bank's."""
    bank.alert("keyword", 90, subject="yunjiang_app", topic="app")
    bank.alert("spike", 80, topic="app")
    bank.alert("hot_list", 60, topic="", severity=AlertSeverity.INFO)
    assert bank.look() == JoinSummary(opened=1, joined=2)
    [made] = bank.incidents()
    assert made.subject_id == "yunjiang"
    assert len(made.alerts) == 3


@pytest.mark.parametrize(
    ("minutes", "topic", "expected"),
    [
        (60, "fee", 1),  # the same subject at the same time
        (60, "liquidity", 2),  # a run rumour in the middle of an outage
        (60 * 8, "app", 1),  # hours later, the same topic
        (60 * 8, "", 1),  # hours later, and nobody knows about what: a hot list
        (60 * 8, "fee", 2),  # hours later, something else
        (60 * 30, "app", 2),  # too long ago
    ],
)
def test_time_and_topic_tell_events_apart(bank: Bank, minutes: int, topic: str, expected: int) -> None:
    """One event or two."""
    bank.alert("spike", minutes, topic="app")
    bank.alert("keyword", 0, topic=topic)
    bank.look()
    assert len(bank.incidents()) == expected


def test_the_same_posts_are_the_same_event(bank: Bank) -> None:
    """Copies of one text hours apart join, whatever the models say of their topic."""
    first = bank.post("a", 60 * 9, cluster="story")
    second = bank.post("b", 30, topic="fee", cluster="story")
    bank.alert("spike", 60 * 8, topic="app", evidence=(first,))
    bank.alert("keyword", 0, topic="fee", evidence=(second,))
    bank.look()
    [made] = bank.incidents()
    assert set(made.evidence) == {first, second}


def test_other_banks_and_the_crawlers_make_no_incident(bank: Bank) -> None:
    """They are not ours to handle here."""
    bank.alert("spike", subject="haizhou")
    bank.alert("coverage", subject="", severity=AlertSeverity.OPERATOR)
    assert bank.look() == JoinSummary()


def test_different_campaigns_apart_from_other_banks(bank: Bank) -> None:
    """Two families at once are two incidents only where both are ours."""
    bank.alert("spike", 5, subject="goldenautumn", topic="marketing")
    bank.alert("spike", 5, subject="linzhiyuan", topic="governance")
    bank.look()
    assert shape(bank) == [("yunjiang", 2)]  # both belong to the bank, and both came at once


def test_a_quiet_alert_opens_nothing_but_joins(bank: Bank) -> None:
    """`open_from` decides."""
    bank.alert("new_term", 10, severity=AlertSeverity.INFO)
    assert bank.look() == JoinSummary()
    bank.alert("spike", 5)
    assert bank.look() == JoinSummary(opened=1, joined=1)


def test_history_makes_no_incidents(bank: Bank) -> None:
    """An alert that ended days ago is left; one that came and went between two looks is not."""
    bank.alert("spike", 60 * 50, ended=60 * 49)
    assert bank.look() == JoinSummary()
    bank.alert("keyword", 30, ended=10)
    assert bank.look() == JoinSummary(opened=1)


def test_a_resolved_incident_is_handled_again_when_it_returns(bank: Bank) -> None:
    """Its clock runs again; a closed one stays closed and is named by the new one."""
    bank.alert("spike", 5)
    bank.look()
    [made] = bank.incidents()
    for status in (IncidentStatus.ACKNOWLEDGED, IncidentStatus.RESOLVED):
        bank.office.actions.move(made.id, status, "甲")
    bank.clock.advance(timedelta(hours=3))
    bank.alert("keyword", 1)
    assert bank.look().joined == 1
    again = bank.office.book.get(made.id)
    assert (again.status, again.resolved_at) == (IncidentStatus.HANDLING, None)
    bank.office.actions.move(made.id, IncidentStatus.RESOLVED, "甲")
    for step in again.steps:
        bank.office.actions.step(made.id, step.id, StepState.DONE, "甲")
    bank.office.papers.post_mortem(made.id, PostMortem("因"), "甲")
    bank.office.actions.move(made.id, IncidentStatus.CLOSED, "甲")
    bank.clock.advance(timedelta(hours=3))
    bank.alert("hot_list", 1)
    assert bank.look().opened == 1
    assert {each.previous for each in bank.incidents()} == {"", made.id}


def test_the_grade_rises_with_the_spread_and_never_falls(bank: Bank) -> None:
    """Twenty posts and a second platform are more than a corner."""
    bank.alert(evidence=(bank.post("a", 60, severity=1),))
    bank.look()
    assert bank.incidents()[0].grade is Grade.IV
    for number in range(20):
        bank.post(f"p{number}", 5, platform=Platform.DOUYIN if number % 2 else Platform.WEIBO)
    assert bank.look() == JoinSummary()  # measured a moment ago
    bank.clock.advance(PAUSE)
    assert bank.look() == JoinSummary(raised=1)
    [made] = bank.incidents()
    assert (made.grade, made.spread) == (Grade.III, 1)
    assert made.entries[-1].text == "等级 IV → III（一般 × 扩散）"
    assert made.respond_by == made.opened_at + timedelta(hours=4)
    bank.mentions.tombstone(made.evidence, bank.clock.now())
    bank.look()
    assert bank.incidents()[0].grade is Grade.III


def test_named_media_count_as_media(bank: Bank) -> None:
    """An outlet is a name; a person is a pseudonym and counts as none."""
    bank.alert(evidence=(bank.post("a", 60),))
    bank.look()
    assert bank.incidents()[0].spread == 0
    bank.post("n", 5, platform=Platform.WEIBO, outlet="东澜财经")
    bank.clock.advance(PAUSE)
    bank.look()
    assert bank.incidents()[0].spread == 1


def test_a_persons_grade_stays_and_is_questioned_once(bank: Bank) -> None:
    """The system tells what it would say."""
    bank.alert(evidence=(bank.post("a", 60),))
    bank.look()
    [made] = bank.incidents()
    bank.office.actions.grade(made.id, Grade.IV, "已核实为旧闻", "甲")
    bank.post("n", 5, outlet="东澜财经")
    bank.clock.advance(PAUSE)
    assert bank.look() == JoinSummary()
    bank.look()
    [after] = bank.incidents()
    assert (after.grade, after.suggested) == (Grade.IV, Grade.III)
    assert [entry.text for entry in after.entries].count("系统建议升为 III 级（现为 甲 所定）") == 1


def test_what_was_not_seen_makes_the_spread_a_floor(bank: Bank) -> None:
    """A blocked source may hide the rest."""
    bank.sources = (Source("weibo", "weibo", "微博", Backend.RSS, "公开", True, 300),)
    row = Coverage("weibo", "云江银行", NOW - timedelta(hours=1), NOW, Outcome.CHALLENGE, NOW)
    bank.state.save("coverage", row.key, to_json(row))
    bank.alert(evidence=(bank.post("a", 30),))
    bank.look()
    assert bank.incidents()[0].spread_is_floor


def test_who_confirms_on_the_phone_has_taken_the_incident(bank: Bank) -> None:
    """The officer need not do it twice."""
    bank.alert(acknowledged_at=NOW, acknowledged_by="值班", assigned_to="乙")
    bank.look()
    [made] = bank.incidents()
    assert (made.status, made.owner, made.responded_at) == (IncidentStatus.ACKNOWLEDGED, "乙", NOW)
    assert made.entries[-1].by == "值班"


def test_what_is_overdue_is_told_once(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the timeline and to those whom the settings name; the next deadline is told again."""
    _tell_duty(bank, monkeypatch)
    bank.alert()
    bank.look()
    [made] = bank.incidents()
    bank.clock.set(made.respond_by)
    assert bank.look().overdue == 1
    assert bank.look() == JoinSummary()
    [message] = bank.channel.sent
    assert message.subject.startswith("[处置超时·")
    assert made.id in message.text
    texts = [entry.text for entry in bank.office.book.get(made.id).entries]
    assert texts.count("已超过响应时限") == 1
    bank.office.actions.acknowledge(made.id, "甲")
    bank.clock.set(made.resolve_by)
    bank.look()
    assert len(bank.channel.sent) == 2
    assert "办结时限" in bank.channel.sent[1].subject


def test_a_reminder_that_fails_is_tried_again(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the channel says that it never will; then the timeline says so."""
    _tell_duty(bank, monkeypatch)
    bank.alert()
    bank.look()
    [made] = bank.incidents()
    bank.clock.set(made.respond_by)
    bank.channel.failures = [ChannelError("later")]
    bank.look()
    assert bank.channel.sent == []
    bank.look()
    assert len(bank.channel.sent) == 1
    bank.office.actions.acknowledge(made.id, "甲")
    bank.clock.set(made.resolve_by)
    bank.channel.failures = [ChannelError("never", permanent=True)]
    bank.look()
    bank.look()
    assert bank.channel.attempts == 3
    assert [entry.text for entry in bank.office.book.get(made.id).entries][-1] == "超时提醒没有送达：渠道拒绝"


def _tell_duty(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = replace(load_plan(bank.settings.config), overdue_receivers=("duty",))
    monkeypatch.setattr(office, "_plan", lambda _folder, _files: plan)


def test_two_schedulers_open_one_incident(bank: Bank) -> None:
    """While one looks the other waits; a turn that a crash left behind runs out."""
    bank.alert()
    bank.state.save(TURN, "turn", {"at": NOW.isoformat(), "open": True})
    assert bank.look() == JoinSummary()
    bank.clock.advance(timedelta(minutes=3))
    assert bank.look().opened == 1


def test_a_crash_after_the_incident_was_stored_opens_no_second(bank: Bank) -> None:
    """What is stored decides."""
    bank.alert()
    bank.look()
    bank.state.delete(TURN, "turn")
    assert bank.look() == JoinSummary()
    assert len(bank.incidents()) == 1
