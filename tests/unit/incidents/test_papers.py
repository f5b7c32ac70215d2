"""Drafts, approval, post-mortem, lessons that become rules, contacts."""

from pathlib import Path

import pytest

from alerts.rules import load_rule_file
from config.loader import load_yaml
from config.settings import Settings
from tests.unit.incidents.world import Bank
from yuqing.domain.errors import InputError
from yuqing.domain.incident import ContactKind, Incident, LessonState, PostMortem, Stale
from yuqing.incidents.rules import rule_text


def test_drafts_are_kept_and_the_second_author_is_told(bank: Bank, opened: Incident) -> None:
    """Nobody's words are written over; the second can save after having seen the first."""
    papers = bank.office.papers
    papers.draft(opened.id, "第一稿。", "甲", seen=opened.revision)
    with pytest.raises(Stale, match="声明已由 甲"):
        papers.draft(opened.id, "另一稿。", "乙", seen=opened.revision)
    now = bank.office.book.get(opened.id)
    after = papers.draft(opened.id, "另一稿。", "乙", seen=now.revision)
    assert [(each.number, each.text, each.by, each.based_on) for each in after.drafts] == [
        (1, "第一稿。", "甲", 0),
        (2, "另一稿。", "乙", 1),
    ]


def test_a_draft_with_personal_data_is_not_stored(bank: Bank, opened: Incident) -> None:
    """It tells the place; the number is nowhere in the store, nor in the repr of a draft."""
    with pytest.raises(InputError, match=r"第 1 行第 4 字"):
        bank.office.papers.draft(opened.id, "请致电13812345678。", "甲")
    assert "13812345678" not in str([bank.state.find(kind) for kind in ("incident", "audit")])
    after = bank.office.papers.draft(opened.id, "机密的草稿", "甲")
    assert "机密" not in repr(after)


def test_a_statement_with_forbidden_words_is_not_approved(bank: Bank, opened: Incident) -> None:
    """It may be kept as a draft; approval tells every place."""
    papers = bank.office.papers
    papers.draft(opened.id, "我行产品保本保息。", "甲")
    with pytest.raises(InputError, match="有 2 处须改：第 1 行第 5 字“保本”"):
        papers.approve(opened.id, 1, "乙")
    assert bank.office.book.get(opened.id).statement is None


def test_a_second_person_approves(bank: Bank, opened: Incident) -> None:
    """The author alone may not; the newest approved draft is the statement."""
    papers = bank.office.papers
    papers.draft(opened.id, "各网点正常营业。", "甲")
    with pytest.raises(InputError, match="起草人以外的人"):
        papers.approve(opened.id, 1, "甲")
    papers.approve(opened.id, 1, "乙")
    papers.draft(opened.id, "各网点营业正常。", "甲")
    statement = bank.office.book.get(opened.id).statement
    assert statement is not None
    assert (statement.number, statement.approved_by) == (1, "乙")
    with pytest.raises(InputError, match="没有第 9 稿"):
        papers.approve(opened.id, 9, "乙")


def test_a_post_mortem_needs_a_cause(bank: Bank, opened: Incident) -> None:
    """And is masked like every note."""
    with pytest.raises(InputError, match="原因"):
        bank.office.papers.post_mortem(opened.id, PostMortem(" "), "甲")
    after = bank.office.papers.post_mortem(opened.id, PostMortem("客户 13812345678 反映后未跟进"), "甲")
    assert after.post_mortem is not None
    assert after.post_mortem.cause == "客户 [手机号] 反映后未跟进"


@pytest.fixture
def proposed(bank: Bank, opened: Incident) -> Incident:
    """An incident with one lesson."""
    papers = bank.office.papers
    return papers.propose(
        opened.id, "排队卡死", ("排队卡死", "转圈"), "上次漏了", "云江银行手机银行排队卡死", "甲", ("转圈圈",)
    )


def test_a_lesson_becomes_a_rule_that_fires_at_its_example(bank: Bank, proposed: Incident, tmp_path: Path) -> None:
    """The file loads as every rule does, and taking it over twice makes one rule."""
    (tmp_path / "rules").mkdir()
    bank.settings = Settings(config=tmp_path)
    path = bank.office.take_over(proposed.id, "l1", "乙")
    again = bank.office.take_over(proposed.id, "l1", "乙")
    assert path == again
    assert [each.name for each in (tmp_path / "rules").iterdir()] == [f"lesson-{proposed.id}-l1.yml"]
    rule = load_rule_file(path, load_yaml(path))
    assert (rule.type, rule.example.texts) == ("keyword", ("云江银行手机银行排队卡死",))
    assert rule.options["groups"][0]["exceptions"] == ["转圈圈"]  # type: ignore[index]
    lesson = bank.office.book.get(proposed.id).lessons[0]
    assert (lesson.state, lesson.decided_by, lesson.rule_id) == (LessonState.TAKEN, "乙", rule.id)
    assert ("乙", "incident.lesson.write") in bank.actions()


def test_a_lesson_that_was_declined_makes_no_rule(bank: Bank, proposed: Incident, tmp_path: Path) -> None:
    """And says so."""
    bank.settings = Settings(config=tmp_path)
    bank.office.papers.decide(proposed.id, "l1", LessonState.DECLINED, "乙")
    with pytest.raises(InputError, match="不采纳"):
        bank.office.take_over(proposed.id, "l1", "乙")


def test_a_folder_that_cannot_be_written_leaves_the_proposal(bank: Bank, proposed: Incident, tmp_path: Path) -> None:
    """It is told what to do instead."""
    bank.settings = Settings(config=tmp_path)  # without rules/
    with pytest.raises(InputError, match="交运维"):
        bank.office.take_over(proposed.id, "l1", "乙")
    assert bank.office.book.get(proposed.id).lessons[0].state is LessonState.PROPOSED


def test_the_subject_is_put_before_an_example_without_it(proposed: Incident) -> None:
    """A rule looks at posts about us only."""
    lesson = proposed.lessons[0]
    assert "海州银行：云江银行手机银行排队卡死" in rule_text(proposed, lesson, "海州银行")


@pytest.mark.parametrize(
    ("words", "example", "told"),
    [((), "例", "至少写一个"), (("卡",), "卡", "太短"), (("排队卡死",), "别的", "须有其中一个关键词")],
)
def test_a_lesson_that_cannot_work_is_refused(
    bank: Bank, opened: Incident, words: tuple[str, ...], example: str, told: str
) -> None:
    """Before anybody takes it over."""
    with pytest.raises(InputError, match=told):
        bank.office.papers.propose(opened.id, "名", words, "因", example, "甲")


def test_contacts_are_organisations(bank: Bank) -> None:
    """A number, an address or a person's name is refused, not masked; what is there is listed by kind."""
    contacts = bank.office.contacts
    contacts.add(ContactKind.REGULATOR, "当地监管部门", "甲", desk="消保处", reference="通讯录 3-02")
    made = contacts.add(ContactKind.MEDIA, "东澜财经", "甲", desk="编辑部")
    for fields in ({"note": "电话 13812345678"}, {"desk": "联系人：王小明"}, {"reference": "a@bank.example"}):
        with pytest.raises(InputError, match="个人信息"):
            contacts.add(ContactKind.MEDIA, "晨野新闻", "甲", **fields)
    with pytest.raises(InputError, match="已在名单中"):
        contacts.add(ContactKind.MEDIA, "东澜财经", "乙", desk="编辑部")
    assert [each.name for each in contacts.every()] == ["东澜财经", "当地监管部门"]
    assert contacts.remove(made.id, "乙")
    assert not contacts.remove(made.id, "乙")
    kept = [action for _, action in bank.actions()]
    assert kept == ["incident.contact.add", "incident.contact.add", "incident.contact.remove"]
