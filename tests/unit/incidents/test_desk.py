"""What people do to an incident: each action once, audited, on the timeline, and never over another person's."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.incidents.world import NOW, Bank
from yuqing.audit import AuditTrail
from yuqing.domain.errors import Conflict, InputError
from yuqing.domain.incident import (
    EntryKind,
    Grade,
    Incident,
    IncidentStatus,
    PostMortem,
    Stale,
    StepState,
    deadline,
    late_steps,
    next_statuses,
)
from yuqing.incidents.desk import Act


def told(incident: Incident) -> list[tuple[str, str]]:
    """The timeline as who and what."""
    return [(entry.by, entry.text) for entry in incident.entries]


def test_one_opened_by_hand_has_its_playbook_and_deadlines(bank: Bank) -> None:
    """And who opened it is on record in both places."""
    made = bank.office.book.open("手机银行登录异常", "yunjiang", "甲", topic="app", grade=Grade.II, note="客服反映")
    assert (made.status, made.owner, made.graded_by) == (IncidentStatus.OPEN, "", "甲")
    assert (made.respond_by - NOW, made.resolve_by - NOW) == (timedelta(hours=1), timedelta(hours=48))
    assert made.playbook == "app_outage"
    assert made.steps[0].due == NOW + timedelta(minutes=30)
    assert told(made) == [("甲", "开立事件，定为 II 级：客服反映")]
    assert bank.actions() == [("甲", "incident.open")]
    assert bank.office.book.get(made.id) == made


@pytest.mark.parametrize(
    ("title", "by"), [("", "甲"), ("题", ""), ("题" * 81, "甲"), ("题", "名" * 31), ("题", "a\x00b")]
)
def test_an_incident_without_title_or_name_is_refused(bank: Bank, title: str, by: str) -> None:
    """Nothing is written, and nothing audited."""
    with pytest.raises(InputError):
        bank.office.book.open(title, "yunjiang", by)
    assert bank.incidents() == []
    assert bank.actions() == []


def test_the_first_to_take_it_stays(bank: Bank, opened: Incident) -> None:
    """A second one changes nothing and is not on record."""
    actions = bank.office.actions
    actions.acknowledge(opened.id, "乙")
    after = actions.acknowledge(opened.id, "丙")
    assert (after.owner, after.status, after.responded_at) == ("乙", IncidentStatus.ACKNOWLEDGED, NOW)
    assert [name for name, action in bank.actions() if action == "incident.acknowledge"] == ["乙"]


def test_two_people_who_change_the_same_part_the_second_is_told(bank: Bank, opened: Incident) -> None:
    """With who and when; nothing of the first is lost, nothing of the second is written or audited."""
    actions = bank.office.actions
    actions.assign(opened.id, "乙", "甲", seen=opened.revision)
    before = bank.actions()
    with pytest.raises(Stale, match=r"负责人已由 甲 在 03-14 09:30 修改") as error:
        actions.assign(opened.id, "丙", "丁", seen=opened.revision)
    assert isinstance(error.value, Conflict)
    assert bank.office.book.get(opened.id).owner == "乙"
    assert bank.actions() == before


def test_different_parts_do_not_hinder_one_another(bank: Bank, opened: Incident) -> None:
    """Both saw the same revision; both changes stand."""
    office = bank.office
    office.actions.assign(opened.id, "乙", "甲", seen=opened.revision)
    office.papers.draft(opened.id, "各网点正常营业。", "丙", seen=opened.revision)
    after = office.actions.step(opened.id, "verify", StepState.DONE, "丁", seen=opened.revision)
    assert (after.owner, len(after.drafts), after.steps[0].state) == ("乙", 1, StepState.DONE)


def test_a_race_between_read_and_write_loses_nothing(bank: Bank, opened: Incident) -> None:
    """Somebody saves in between: the change is made again on what is there now."""
    office, raced = bank.office, []

    def change(incident: Incident, _now: object) -> Incident:
        if not raced:
            raced.append(True)
            bank.office.actions.assign(opened.id, "乙", "甲")
        return replace(incident, title="新标题")

    after = office.book.change(opened.id, Act("丙", "title", "title", opened.revision), change)
    assert (after.owner, after.title) == ("乙", "新标题")
    assert [action for _, action in bank.actions()].count("incident.title") == 1


def test_the_reader_of_an_old_version_is_told_even_in_a_race(bank: Bank, opened: Incident) -> None:
    """The same part changed in between: nothing is written over it."""
    office, raced = bank.office, []

    def change(incident: Incident, _now: object) -> Incident:
        if not raced:
            raced.append(True)
            bank.office.actions.rename(opened.id, "先到的标题", "甲")
        return replace(incident, title="后到的标题")

    with pytest.raises(Stale, match="标题已由 甲"):
        office.book.change(opened.id, Act("丙", "title", "title", opened.revision), change)
    assert bank.office.book.get(opened.id).title == "先到的标题"


def test_a_grade_moves_the_deadlines_and_adds_steps(bank: Bank) -> None:
    """No step that was ticked off is lost; the reason stands on the timeline."""
    office = bank.office
    made = office.book.open("收费争议", "yunjiang", "甲", topic="fee")
    office.actions.step(made.id, "verify", StepState.DONE, "甲", "属实")
    after = office.actions.grade(made.id, Grade.II, "媒体跟进", "乙")
    assert after.respond_by == made.opened_at + timedelta(hours=1)
    assert (after.playbook, after.graded_by) == ("major", "乙")
    assert after.steps[0].state is StepState.DONE
    assert "成立应急小组：公关、业务、法务、合规、科技各一人" in [step.text for step in after.steps]
    assert len({step.id for step in after.steps}) == len(after.steps)
    assert told(after)[-1] == ("乙", "等级 IV → II：媒体跟进")


def test_a_grade_without_a_reason_is_refused(bank: Bank, opened: Incident) -> None:
    """Somebody will ask why."""
    with pytest.raises(InputError, match="定级理由"):
        bank.office.actions.grade(opened.id, Grade.I, " ", "乙")


WAYS: list[tuple[IncidentStatus, IncidentStatus]] = [(a, b) for a in IncidentStatus for b in IncidentStatus if a != b]


def finish(bank: Bank, incident_id: str) -> None:
    """Everything that closing asks for."""
    office = bank.office
    for step in office.book.get(incident_id).steps:
        office.actions.step(incident_id, step.id, StepState.DONE, "甲")
    office.papers.post_mortem(incident_id, PostMortem("容量不足"), "甲")


def reach(bank: Bank, incident_id: str, status: IncidentStatus) -> None:
    """Bring an incident to a status, by the ordinary way."""
    office = bank.office
    order = [IncidentStatus.ACKNOWLEDGED, IncidentStatus.HANDLING, IncidentStatus.RESOLVED, IncidentStatus.CLOSED]
    if status is IncidentStatus.CLOSED:
        finish(bank, incident_id)
    for each in order[: order.index(status) + 1] if status in order else ():
        office.actions.move(incident_id, each, "甲")


@pytest.mark.parametrize(("start", "to"), WAYS, ids=[f"{a.value}-{b.value}" for a, b in WAYS])
def test_only_ways_that_exist_are_gone(bank: Bank, opened: Incident, start: IncidentStatus, to: IncidentStatus) -> None:
    """Everything else is refused with the words for what may follow."""
    reach(bank, opened.id, start)
    if to in next_statuses(start):
        if (start, to) == (IncidentStatus.RESOLVED, IncidentStatus.CLOSED):
            finish(bank, opened.id)
        after = bank.office.actions.move(opened.id, to, "乙", "说明")
        assert after.status is to
        return
    with pytest.raises(InputError, match="之后只能是"):
        bank.office.actions.move(opened.id, to, "乙", "说明")
    assert bank.office.book.get(opened.id).status is start


def test_closing_asks_for_steps_and_post_mortem(bank: Bank, opened: Incident) -> None:
    """It says what is missing; a step may be skipped with a reason."""
    office = bank.office
    reach(bank, opened.id, IncidentStatus.RESOLVED)
    with pytest.raises(InputError, match="还有 7 个必做步骤"):
        office.actions.move(opened.id, IncidentStatus.CLOSED, "甲")
    with pytest.raises(InputError, match="须写明理由"):
        office.actions.step(opened.id, "verify", StepState.SKIPPED, "甲")
    for step in opened.steps:
        office.actions.step(opened.id, step.id, StepState.SKIPPED, "甲", "不适用")
    with pytest.raises(InputError, match="须填写复盘"):
        office.actions.move(opened.id, IncidentStatus.CLOSED, "甲")
    office.papers.post_mortem(opened.id, PostMortem("容量不足", "响应快", "扩容"), "乙")
    closed = office.actions.move(opened.id, IncidentStatus.CLOSED, "甲")
    assert (closed.is_open, closed.closed_at, closed.is_false_alarm) == (False, NOW, False)


def test_a_false_alarm_is_closed_with_a_reason(bank: Bank, opened: Incident) -> None:
    """Without the steps of a real one."""
    with pytest.raises(InputError, match="误报"):
        bank.office.actions.move(opened.id, IncidentStatus.CLOSED, "甲")
    closed = bank.office.actions.move(opened.id, IncidentStatus.CLOSED, "甲", "同名公司")
    assert closed.is_false_alarm
    assert told(closed)[-1] == ("甲", "状态改为“已结案”：同名公司")


CHANGES: list[Callable[[Bank, str], object]] = [
    lambda bank, name: bank.office.actions.assign(name, "乙", "甲"),
    lambda bank, name: bank.office.actions.grade(name, Grade.I, "因", "甲"),
    lambda bank, name: bank.office.actions.step(name, "verify", StepState.DONE, "甲"),
    lambda bank, name: bank.office.actions.rename(name, "题", "甲"),
    lambda bank, name: bank.office.papers.draft(name, "文", "甲"),
    lambda bank, name: bank.office.papers.post_mortem(name, PostMortem("因"), "甲"),
]


@pytest.mark.parametrize("change", CHANGES, ids=["owner", "grade", "step", "title", "draft", "post_mortem"])
def test_a_closed_file_is_changed_by_nobody(
    bank: Bank, opened: Incident, change: Callable[[Bank, str], object]
) -> None:
    """Until it is opened again; a note may still be added."""
    bank.office.actions.move(opened.id, IncidentStatus.CLOSED, "甲", "误报")
    with pytest.raises(InputError, match="重新打开"):
        change(bank, opened.id)
    bank.office.actions.note(opened.id, "补充", "甲")
    bank.office.actions.move(opened.id, IncidentStatus.HANDLING, "甲", "又起")
    change(bank, opened.id)


def test_a_note_is_masked_and_has_its_own_time(bank: Bank, opened: Incident) -> None:
    """No number of a customer enters the file; nothing happened in the future."""
    at = NOW - timedelta(hours=2)
    after = bank.office.actions.note(opened.id, "客户来电 13812345678 要求解释", "甲", at=at)
    assert (after.entries[-1].text, after.entries[-1].at) == ("客户来电 [手机号] 要求解释", at)
    assert "13812345678" not in str(bank.state.load("incident", opened.id))
    with pytest.raises(InputError, match="将来"):
        bank.office.actions.note(opened.id, "记", "甲", at=NOW + timedelta(minutes=1))


def test_a_talk_is_noted_with_its_contact(bank: Bank, opened: Incident) -> None:
    """As a line of its own kind."""
    after = bank.office.actions.note(opened.id, "已说明情况", "甲", contact="东澜财经（编辑部）")
    assert (after.entries[-1].kind, after.entries[-1].text) == (EntryKind.CONTACT, "东澜财经（编辑部）：已说明情况")


def test_the_clock_asks_for_an_answer_then_for_the_end(bank: Bank, opened: Incident) -> None:
    """Nothing is due any more once it is resolved."""
    first = deadline(opened, NOW)
    assert first is not None
    assert (first.what, first.is_over) == ("respond", False)
    late = deadline(opened, opened.respond_by)
    assert late is not None
    assert late.is_over
    taken = bank.office.actions.acknowledge(opened.id, "乙")
    second = deadline(taken, NOW)
    assert second is not None
    assert second.what == "resolve"
    assert [step.id for step in late_steps(taken, NOW + timedelta(minutes=30))] == ["verify"]
    reach(bank, opened.id, IncidentStatus.HANDLING)
    done = bank.office.actions.move(opened.id, IncidentStatus.RESOLVED, "乙")
    assert deadline(done, NOW + timedelta(days=99)) is None


def test_an_unknown_incident_or_step_is_told(bank: Bank, opened: Incident) -> None:
    """In words, not by a trace."""
    with pytest.raises(InputError, match="没有事件 x"):
        bank.office.actions.acknowledge("x", "甲")
    with pytest.raises(InputError, match="没有步骤 x"):
        bank.office.actions.step(opened.id, "x", StepState.DONE, "甲")


def test_every_kind_of_human_action_is_audited(bank: Bank, opened: Incident) -> None:
    """One entry each, and the chain holds."""
    office = bank.office
    office.actions.acknowledge(opened.id, "甲")
    office.actions.assign(opened.id, "乙", "甲")
    office.actions.grade(opened.id, Grade.I, "因", "甲")
    office.actions.step(opened.id, "verify", StepState.DONE, "甲")
    office.actions.add_step(opened.id, "联系平台", "甲")
    office.actions.rename(opened.id, "题", "甲")
    office.actions.note(opened.id, "记", "甲")
    office.papers.draft(opened.id, "文", "甲")
    office.papers.approve(opened.id, 1, "乙")
    office.papers.post_mortem(opened.id, PostMortem("因"), "甲")
    office.actions.move(opened.id, IncidentStatus.HANDLING, "甲")
    assert [action.removeprefix("incident.") for _, action in bank.actions()] == [
        "open",
        "acknowledge",
        "assign",
        "grade",
        "step",
        "step.add",
        "title",
        "note.note",
        "statement.draft",
        "statement.approve",
        "post_mortem",
        "status.handling",
    ]
    assert AuditTrail(bank.state, bank.clock).verify() == []


def test_two_incidents_of_one_event_are_merged_by_hand(bank: Bank, opened: Incident) -> None:
    """Alerts and evidence go along; the other file is closed, says where to, and is not opened again."""
    alert = bank.alert(evidence=(bank.post("a"),))
    office = bank.office
    other = office.open_from(alert, "乙")
    for _ in range(2):  # a second press finds it closed
        if office.book.get(other.id).is_open:
            stays = office.merging.merge(other.id, opened.id, "甲")
    assert (stays.alerts, stays.evidence) == ((alert.id,), alert.evidence)
    gone = office.book.get(other.id)
    assert (gone.is_open, gone.merged_into, gone.is_false_alarm) == (False, opened.id, False)
    found = office.of_alert(alert.id)
    assert found is not None
    assert found.id == opened.id
    with pytest.raises(InputError, match="已并入"):
        office.actions.move(other.id, IncidentStatus.HANDLING, "甲")
    assert [action for _, action in bank.actions()][-2:] == ["incident.merge.receive", "incident.merge"]
    assert bank.look().opened == 0


def test_what_cannot_be_merged_is_told(bank: Bank, opened: Incident) -> None:
    """Into itself, or with a closed file."""
    closed = bank.office.book.open("另一件", "yunjiang", "甲")
    bank.office.actions.move(closed.id, IncidentStatus.CLOSED, "甲", "误报")
    with pytest.raises(InputError, match="不能并入自己"):
        bank.office.merging.merge(opened.id, opened.id, "甲")
    with pytest.raises(InputError, match="已结案"):
        bank.office.merging.merge(opened.id, closed.id, "甲")


def test_merging_again_after_a_crash_repeats_nothing(bank: Bank, opened: Incident) -> None:
    """The one that stays was written, the other not yet closed."""
    other = bank.office.book.open("另一件", "yunjiang", "甲")
    office = bank.office
    office.merging.merge(other.id, opened.id, "甲")
    document = bank.state.load("incident", other.id)
    assert document is not None
    bank.state.save("incident", other.id, {**document.body, "status": "open", "merged_into": "", "is_open": True})
    stays = office.merging.merge(other.id, opened.id, "甲")
    assert sum("并入事件" in entry.text for entry in stays.entries) == 1


def test_an_alert_taken_out_is_not_joined_again(bank: Bank) -> None:
    """By itself; by hand it may be."""
    alert = bank.alert()
    bank.look()
    [made] = bank.incidents()
    bank.office.actions.detach(made.id, alert.id, "甲")
    assert bank.look().joined == 0
    again = bank.office.joiner().join(made.id, alert, "甲")
    assert (again.alerts, again.detached) == ((alert.id,), ())
