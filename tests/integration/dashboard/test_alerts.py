"""Alerts: the list, the deep link, acknowledging."""

from urllib.parse import parse_qsl, urlsplit

from dashboard import data
from tests.integration.dashboard.conftest import FakeApp, Opener, words
from tests.worlds import World


def test_firing_alerts_come_first(app: FakeApp, world: World, opened: Opener):
    """The list counts what fires and shows the loudest at the top."""
    said = words(opened("alerts"))
    assert f"其中进行中 {len(world.firing)} 起" in said
    assert said.index("30 分钟内负面 86 条") < said.index("海州银行 收费")


def test_the_list_can_be_narrowed(app: FakeApp, opened: Opener):
    """State and severity of the address narrow the list."""
    said = words(opened("alerts", state="已恢复"))
    assert "共 2 起，其中进行中 0 起" in said
    assert "共 1 起" in words(opened("alerts", level="运维"))


def test_a_link_opens_the_alert_with_its_evidence(app: FakeApp, world: World, opened: Opener):
    """The link of a message shows what, how much, real posts, stages and who was told."""
    alert_id = world.firing[0]
    page = opened("alerts", alert=alert_id)
    alert = data.alert(alert_id)
    assert alert is not None
    assert {each.label: each.value for each in page.metric}["观测"] == "86"
    texts = [each.value for each in page.text]
    assert [each.mention.text for each in data.mentions_of(alert.evidence)] == texts
    stages = page.dataframe[0].value
    assert list(stages["环节"]) == ["发布", "采集", "入库", "评分", "发现", "通知", "送达"]
    assert "已送达" in set(page.dataframe[1].value["状态"])


def test_an_alert_about_a_topic_shows_the_course_of_that_topic(app: FakeApp, world: World, opened: Opener):
    """The page says which topic, and its link leads to the posts about it."""
    document = app.state.load("alert", world.firing[0])
    assert document is not None
    labels = {**dict(document.body["labels"]), "topic": "app"}  # type: ignore[call-overload]
    app.state.save("alert", document.id, {**document.body, "labels": labels})
    second = {**document.body, "id": "another-1", "fingerprint": "another", "summary": "另一起：高管被查"}
    app.state.save("alert", "another-1", second)
    page = opened("alerts", alert=world.firing[0])
    said = words(page)
    assert "话题“手机银行”的负面声量" in said
    assert "同一主体另有一起进行中：另一起：高管被查" in said
    page.button(key="beside_another-1").click().run()
    assert page.query_params["alert"] in ("another-1", ["another-1"])


def test_acknowledging_is_written_and_stays(app: FakeApp, world: World, opened: Opener):
    """The name and the time are stored and audited; the button is gone afterwards."""
    page = opened("alerts", alert=world.firing[0])
    page.text_input(key="actor").set_value("值班员甲")
    page.button(key="acknowledge").click().run()
    assert not page.exception
    stored = data.alert(world.firing[0])
    assert stored is not None
    assert stored.acknowledged_by == "值班员甲"
    assert stored.acknowledged_at == app.clock.now()
    assert "值班员甲" in page.success[0].value
    assert "acknowledge" not in {each.key for each in page.button}
    assert any(each.body["actor"] == "值班员甲" for each in app.state.find("audit"))


def test_acknowledging_without_a_name_writes_nothing(app: FakeApp, world: World, opened: Opener):
    """Nobody can acknowledge anonymously."""
    page = opened("alerts", alert=world.firing[0])
    page.button(key="acknowledge").click().run()
    assert "请先填写处理人" in page.error[0].value
    stored = data.alert(world.firing[0])
    assert stored is not None
    assert stored.acknowledged_at is None


def test_the_first_to_acknowledge_stays(app: FakeApp, world: World):
    """A second click, from another browser, does not replace the first name."""
    data.acknowledge(world.firing[0], "甲")
    second = data.acknowledge(world.firing[0], "乙")
    assert second.acknowledged_by == "甲"
    assert [each.body["actor"] for each in app.state.find("audit")] == ["甲"]


def test_a_silence_needs_a_name_and_a_reason(app: FakeApp, world: World, opened: Opener):
    """Without them nothing is written; with them the silence holds for the labels of the alert and is shown."""
    page = opened("alerts", alert=world.firing[0])
    page.button(key="silence").click().run()
    assert "请填写处理人和原因" in page.error[0].value
    assert not app.state.find("silence")
    page.text_input(key="actor").set_value("值班员乙")
    page.text_input(key="reason").set_value("已知演练")
    page.button(key="silence").click().run()
    assert not page.exception
    [silence] = app.state.find("silence")
    assert silence.body["matchers"] == {"rule": "spike", "subject": "yunjiang"}
    assert "值班员乙：已知演练" in page.info[0].value


def test_the_button_of_a_message_leads_to_the_action(app: FakeApp, world: World, opened: Opener):
    """A signed link says what to press; a forged one is refused in Chinese."""
    link = app.engine.links.url("acknowledge", world.firing[0], app.clock.now())
    address = dict(parse_qsl(urlsplit(link).query))
    assert "确认，我来处理" in opened("alerts", **address).info[0].value
    assert "签名无效" in opened("alerts", **{**address, "sig": "forged"}).warning[0].value


def test_an_unknown_alert_is_a_sentence(app: FakeApp, opened: Opener):
    """An old link does not break the page."""
    assert "没有这起预警" in opened("alerts", alert="gone").info[0].value


def test_no_alerts_is_explained(empty_app: FakeApp, opened: Opener):
    """An empty list says that it is watched, and that silence of a crawler would be told."""
    assert "还没有预警" in opened("alerts").info[0].value
