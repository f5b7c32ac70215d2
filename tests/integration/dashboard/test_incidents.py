"""The page of incidents: what is open and late, the work on one, and two people who change the same thing."""

from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from config.models import SHIPPED
from config.settings import Settings
from dashboard.incidents import words as looks
from tests.integration.dashboard.conftest import FakeApp, Opener, words
from yuqing.domain.incident import ContactKind, Grade, Incident, IncidentStatus, PostMortem, StepState
from yuqing.incidents.checker import Finding
from yuqing.incidents.office import Office, open_office


def audited(app: FakeApp) -> list[tuple[str, str]]:
    """Who did what."""
    return [(str(each.body["actor"]), str(each.body["action"])) for each in app.state.find("audit")]


def press(page: AppTest, key: str, **fields: str) -> AppTest:
    """Fill in fields and press a button."""
    for name, value in fields.items():
        box = next((each for each in (*page.text_input, *page.text_area) if each.key == name), None)
        assert box is not None, name
        box.set_value(value)
    page.button(key=key).click().run()
    assert not page.exception, page.exception
    return page


@pytest.fixture
def office(empty_app: FakeApp) -> Office:
    """The incidents of an application in which nothing has happened."""
    return open_office(empty_app)


@pytest.fixture
def incident(office: Office) -> Incident:
    """One that waits for somebody."""
    return office.book.open("手机银行登录异常", "yunjiang", "周明", topic="app", grade=Grade.III)


def test_without_incidents_the_page_says_how_they_begin(empty_app: FakeApp, opened: Opener) -> None:
    """And checks statements all the same."""
    page = opened("incidents")
    assert "自动开立事件" in page.info[0].value
    page.text_area(key="loose_text").set_value("本产品保本保息").run()
    assert "2 处须改" in words(page)


def test_alerts_of_the_month_are_listed_as_one_incident(app: FakeApp, opened: Opener) -> None:
    """The spike of the bank and the keyword of its App; its file holds posts, charts and who was told."""
    office = open_office(app)
    office.joiner().look()
    [made] = [each for each in office.book.every() if each.subject_id == "yunjiang"]
    assert len(made.alerts) == 2
    page = opened("incidents")
    assert "30 分钟内负面 86 条" in words(page).replace("\\", "")
    page.button(key=f"see_{made.id}").click().run()
    assert page.subheader[0].value.replace("\\", "") == made.title
    assert "预警通知送达 duty-mail" in words(page).replace("\\", "")


def test_what_is_late_is_told(empty_app: FakeApp, incident: Incident, opened: Opener) -> None:
    """In the list, in its count and on its own page."""
    empty_app.clock.set(incident.respond_by + timedelta(hours=1))
    page = opened("incidents", which="late")
    assert "其中超时 1 起" in words(page)
    assert "响应已超 60 分钟" in words(page)
    page = opened("incidents", incident=incident.id)
    assert {each.label: each.value for each in page.metric}["响应已超时"] == "60 分钟"


def test_one_is_opened_by_hand(empty_app: FakeApp, opened: Opener) -> None:
    """With a name only; then the page shows it."""
    page = press(opened("incidents"), "new_open", new_title="海报用词被质疑")
    assert "请先填写处理人" in page.error[0].value
    page = press(page, "new_open", actor="李倩", new_title="海报用词被质疑")
    [made] = open_office(empty_app).book.every()
    assert (made.title, made.opened_by, made.grade) == ("海报用词被质疑", "李倩", Grade.IV)
    assert made.id in page.query_params["incident"]
    assert audited(empty_app) == [("李倩", "incident.open")]


def test_taking_assigning_and_ticking_off(empty_app: FakeApp, incident: Incident, opened: Opener) -> None:
    """Each press is on record under the name of the one who pressed."""
    page = press(opened("incidents", incident=incident.id), "take", actor="李倩")
    page = press(page, "assign", owner="周明")
    page = press(page, "rename", title="手机银行早高峰登录异常")
    assert page.subheader[0].value == "手机银行早高峰登录异常"
    page = press(page, "done_verify")
    page = press(page, "skip_notice")
    assert "不做这一步须写明理由" in page.error[0].value
    page = press(page, "skip_notice", note_notice="由科技部发布")
    done = open_office(empty_app).book.get(incident.id)
    assert (done.owner, done.status) == ("周明", IncidentStatus.ACKNOWLEDGED)
    assert [step.state for step in done.steps[:2]] == [StepState.DONE, StepState.SKIPPED]
    assert [who for who, _ in audited(empty_app)] == ["周明", *["李倩"] * 5]


def test_the_second_of_two_is_told_and_loses_nothing(empty_app: FakeApp, incident: Incident, opened: Opener) -> None:
    """Somebody assigns while our page is open: our press is refused, and what we typed is still there."""
    page = opened("incidents", incident=incident.id)
    open_office(empty_app).actions.assign(incident.id, "王敏", "周明")
    page = press(page, "assign", actor="李倩", owner="赵强")
    assert "负责人已由 周明" in page.warning[0].value
    assert open_office(empty_app).book.get(incident.id).owner == "王敏"
    assert page.text_input(key="owner").value == "赵强"
    page = press(page, "assign")  # having seen it
    assert open_office(empty_app).book.get(incident.id).owner == "赵强"


def test_a_draft_begun_on_an_older_one_is_not_saved_over_it(
    empty_app: FakeApp, incident: Incident, opened: Opener
) -> None:
    """Even when the page was shown again in between; the second press saves it as the next draft."""
    key = f"draft_{incident.id}"
    page = opened("incidents", incident=incident.id)
    page.text_area(key=key).set_value("各网点正常营业。").run()
    open_office(empty_app).papers.draft(incident.id, "别人的稿。", "周明")
    page = press(page, "draft_check")  # shows the page again
    page = press(page, "draft_save", actor="李倩")
    assert "声明已由 周明" in page.warning[0].value
    assert page.text_area(key=key).value == "各网点正常营业。"
    page = press(page, "draft_save")
    drafts = open_office(empty_app).book.get(incident.id).drafts
    assert [(each.text, each.by) for each in drafts] == [("别人的稿。", "周明"), ("各网点正常营业。", "李倩")]


def test_a_statement_is_checked_while_it_is_written(empty_app: FakeApp, incident: Incident, opened: Opener) -> None:
    """Places, reasons, and no approval for what must be changed or by its own author."""
    page = opened("incidents", incident=incident.id)
    page.text_area(key=f"draft_{incident.id}").set_value("我行产品保本。").run()
    assert "1 处须改" in words(page)
    assert any("<mark" in each.proto.body for each in page.get("html"))
    page = press(page, "draft_save", actor="李倩")
    assert "不能核准" in words(page)
    page = press(page, "draft_save", **{f"draft_{incident.id}": "各网点正常营业。"})
    page = press(page, "approve_2")
    assert "起草人以外的人" in page.error[0].value
    page = press(page, "approve_2", actor="周明")
    assert "定稿" in words(page)


def test_a_post_mortem_of_two_shows_both(empty_app: FakeApp, incident: Incident, opened: Opener) -> None:
    """The other's beside ours; the second press is meant."""
    key = f"pm_{incident.id}"
    page = opened("incidents", incident=incident.id)
    open_office(empty_app).papers.post_mortem(incident.id, PostMortem("别人写的原因"), "周明")
    page = press(page, "pm_save", actor="李倩", **{f"{key}_cause": "我写的原因"})
    assert "复盘已由 周明" in page.warning[0].value
    assert "别人写的原因" in words(page)
    assert page.text_area(key=f"{key}_cause").value == "我写的原因"
    press(page, "pm_save")
    written = open_office(empty_app).book.get(incident.id).post_mortem
    assert written is not None
    assert (written.cause, written.by) == ("我写的原因", "李倩")


def test_a_lesson_is_proposed_and_taken_over(
    empty_app: FakeApp, incident: Incident, opened: Opener, tmp_path: Path
) -> None:
    """The rule lies in the folder of the settings."""
    (tmp_path / "config" / "rules").mkdir(parents=True)
    empty_app.settings = Settings(config=tmp_path / "config")
    page = press(
        opened("incidents", incident=incident.id),
        "lesson_save",
        actor="李倩",
        lesson_name="过载说法",
        lesson_words="网关过载、排队进不去",
        lesson_example="云江银行排队进不去",
        lesson_reason="词表里没有",
    )
    page = press(page, "take_l1")
    assert [path.name for path in (tmp_path / "config" / "rules").iterdir()] == [f"lesson-{incident.id}-l1.yml"]
    assert "已采纳" in words(page)


def test_talks_are_noted_with_contacts_from_the_list(empty_app: FakeApp, incident: Incident, opened: Opener) -> None:
    """The list is kept on the page as well; a person's number is refused there."""
    page = press(
        opened("incidents"), "FormSubmitter:contact_form-加入名单", actor="李倩", contact_name="东澜财经",
        contact_note="电话13812345678",
    )  # fmt: skip
    assert "个人信息" in page.error[0].value
    page = press(page, "FormSubmitter:contact_form-加入名单", contact_note="")
    [contact] = open_office(empty_app).contacts.every()
    assert contact.kind is ContactKind.MEDIA
    page = opened("incidents", incident=incident.id)
    page = press(page, "FormSubmitter:talk_form-记下沟通", actor="李倩", talk_text="已说明")
    assert open_office(empty_app).book.get(incident.id).entries[-1].text == "东澜财经：已说明"


def test_a_closed_file_shows_no_buttons_that_would_fail(
    empty_app: FakeApp, office: Office, incident: Incident, opened: Opener
) -> None:
    """Only opening it again, noting something, and the export."""
    office.actions.move(incident.id, IncidentStatus.CLOSED, "周明", "误报")
    page = opened("incidents", incident=incident.id)
    keys = {each.key for each in page.button}
    assert not keys & {"take", "assign", "grade_save", "draft_save", "pm_save", "done_verify"}
    press(page, "move_handling", actor="李倩", move_note="又起")
    assert office.book.get(incident.id).is_open


def test_a_post_cannot_write_into_the_page(empty_app: FakeApp, office: Office, opened: Opener) -> None:
    """Neither by a title nor by a statement."""
    made = office.book.open("<b>:red[题]</b>", "yunjiang", "周明")
    office.papers.draft(made.id, "<script>x</script>", "周明")
    page = opened("incidents", incident=made.id)
    assert page.subheader[0].value == r"\<b\>\:red\[题\]\</b\>"
    assert not any("<script>" in each.proto.body for each in page.get("html"))
    hit = Finding(0, 3, "<i>", "类", '"理由"', "", True, 1, 1)
    assert "<i>" not in looks.marked("<i>保本", [hit])


def test_the_alert_leads_to_its_incident(app: FakeApp, opened: Opener) -> None:
    """And offers to open one where there is none."""
    office = open_office(app)
    alert = next(each for each in app.engine.alerts() if each.subject_id == "yunjiang")
    page = press(opened("alerts", alert=alert.id), "open_incident", actor="李倩")
    made = office.of_alert(alert.id)
    assert made is not None
    assert (made.opened_by, made.alerts) == ("李倩", (alert.id,))
    links = [each.proto.label for each in page.get("page_link")]
    assert f"处置事件 {made.id}（{made.grade.value} 级）" in links
    assert ("李倩", "incident.open") in audited(app)


def test_what_was_typed_for_one_is_not_left_for_the_next(
    empty_app: FakeApp, office: Office, incident: Incident, opened: Opener
) -> None:
    """A reason or an owner must not slip to another incident; an unsaved statement waits where it was written."""
    other = office.book.open("另一件", "yunjiang", "周明", topic="app", grade=Grade.I)
    page = opened("incidents", incident=incident.id)
    page.text_input(key="owner").set_value("赵强")
    page.text_area(key=f"draft_{incident.id}").set_value("未存的稿").run()
    page.query_params["incident"] = other.id
    page.run()
    assert page.subheader[0].value == other.title
    assert not page.text_input(key="owner").value
    page.query_params["incident"] = incident.id
    page.run()
    assert page.text_area(key=f"draft_{incident.id}").value == "未存的稿"


def test_two_are_merged_on_the_page(empty_app: FakeApp, office: Office, incident: Incident, opened: Opener) -> None:
    """The page goes on with the one that stays."""
    other = office.book.open("登录不了", "yunjiang", "周明", topic="app")
    page = press(opened("incidents", incident=other.id), "merge", actor="李倩")
    assert office.book.get(other.id).merged_into == incident.id
    assert page.subheader[0].value == incident.title


def test_an_unknown_incident_is_told(empty_app: FakeApp, opened: Opener) -> None:
    """A link may be old."""
    assert "没有这起事件" in opened("incidents", incident="20260101-xxxxx").info[0].value


def test_wrong_settings_are_told_on_the_page(empty_app: FakeApp, opened: Opener, tmp_path: Path) -> None:
    """With the file and the line, as on every page."""
    text = (SHIPPED / "incidents.yml").read_text(encoding="utf-8").replace("respond: 30m", "respond: soon")
    (tmp_path / "incidents.yml").write_text(text, encoding="utf-8")
    empty_app.settings = Settings(config=tmp_path)
    assert "incidents.yml:5" in opened("incidents").error[0].value
