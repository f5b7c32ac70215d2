"""Settings of incidents: the shipped ones hold together, wrong ones are told with file and line."""

import shutil
from pathlib import Path

import pytest
import yaml

from config.incident_models import check_plan, load_plan
from config.loader import load_model
from config.models import SHIPPED, TopicsFile
from yuqing.domain.alert import AlertSeverity
from yuqing.domain.errors import ConfigError
from yuqing.domain.incident import Grade
from yuqing.domain.incident_plan import Reach
from yuqing.incidents.checker import StatementChecker, blocking


def folder(path: Path) -> Path:
    """The shipped settings in a folder of their own."""
    for name in ("incidents.yml", "statement_words.yml"):
        shutil.copy(SHIPPED / name, path / name)
    shutil.copytree(SHIPPED / "playbooks", path / "playbooks")
    return path


def test_the_shipped_settings_name_topics_that_exist() -> None:
    """Every topic of a playbook and of the matrix is in topics.yml."""
    topics = {topic.id for topic in load_model(SHIPPED / "topics.yml", TopicsFile).domain()}
    check_plan(load_plan(SHIPPED), SHIPPED, topics, set())


def test_a_folder_without_incidents_gets_the_shipped_ones(tmp_path: Path) -> None:
    """An installation from before works on."""
    assert load_plan(tmp_path) == load_plan(SHIPPED)


@pytest.mark.parametrize(
    ("severity", "reach", "grade"),
    [
        (0, Reach(mentions=5), Grade.IV),
        (2, Reach(mentions=100, platforms=1), Grade.II),
        (3, Reach(), Grade.II),
        (3, Reach(hot_lists=1), Grade.I),
        (1, Reach(mentions=19, platforms=1), Grade.IV),
        (1, Reach(mentions=20, platforms=1), Grade.III),
    ],
)
def test_the_grade_is_the_cell_of_severity_and_spread(severity: int, reach: Reach, grade: Grade) -> None:
    """Any one figure lifts the spread."""
    plan = load_plan(SHIPPED)
    assert plan.grade(severity, plan.spread(reach)) is grade


def test_alerts_and_topics_lift_the_severity() -> None:
    """A run rumour is a crisis even where the models saw nothing in it."""
    plan = load_plan(SHIPPED)
    assert plan.severity(0, [AlertSeverity.CRITICAL], "app") == 2
    assert plan.severity(0, [AlertSeverity.INFO], "liquidity") == 3
    assert plan.severity(3, [AlertSeverity.INFO], "") == 3


def test_the_closest_playbook_wins() -> None:
    """The one for the topic, then the one for the grade, then the one for all."""
    plan = load_plan(SHIPPED)
    chosen = [plan.playbook_for(*each) for each in (("liquidity", Grade.IV), ("card", Grade.I), ("card", Grade.IV))]
    assert [each.id if each else None for each in chosen] == ["bank_run", "major", "general"]


WRONG = [
    ("matrix", [["IV"] * 4] * 3, "应有 4 行"),
    ("matrix", [["IV"] * 3] * 4, "应有 4 列"),
    ("matrix", [["I"] * 4, ["IV"] * 4, ["I"] * 4, ["I"] * 4], "等级反而更低"),
    ("grades", {"I": {"name": "特别重大", "respond": "30m", "resolve": "24h"}}, "缺少等级 II、III、IV"),
    (
        "spread",
        [{"name": "局部"}, {"name": "扩散"}, {"name": "广泛", "media": 3}, {"name": "全网", "media": 9}],
        "永远到不了",
    ),
    ("join", {"hours": 0}, "join"),
    ("open_from", "loud", "open_from"),
    ("four_eye", True, "没有这个设置项"),
]


@pytest.mark.parametrize(("key", "value", "told"), WRONG, ids=[f"{key}-{told}" for key, _, told in WRONG])
def test_a_wrong_setting_is_told_with_file_and_line(tmp_path: Path, key: str, value: object, told: str) -> None:
    """The operator is led to the place."""
    path = folder(tmp_path) / "incidents.yml"
    body = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(body | {key: value}, allow_unicode=True, sort_keys=False), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_plan(tmp_path)
    assert told in str(error.value)
    assert f"{path}:" in str(error.value)


def test_a_response_later_than_the_end_is_refused(tmp_path: Path) -> None:
    """No deadline is after the one behind it."""
    path = folder(tmp_path) / "incidents.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("respond: 30m", "respond: 3d"), encoding="utf-8")
    with pytest.raises(ConfigError, match="响应时限 3d 长于办结时限 24h"):
        load_plan(tmp_path)


def test_playbooks_with_one_id_are_refused(tmp_path: Path) -> None:
    """As are steps with one id."""
    books = folder(tmp_path) / "playbooks"
    shutil.copy(books / "general.yml", books / "other.yml")
    with pytest.raises(ConfigError, match="预案编号 general 重复"):
        load_plan(tmp_path)
    (books / "other.yml").write_text("id: other\nname: 乙\nsteps: [{id: a, text: 一}, {id: a, text: 二}]\n", "utf-8")
    with pytest.raises(ConfigError, match="步骤编号重复：a"):
        load_plan(tmp_path)


@pytest.mark.parametrize(("pattern", "told"), [("(", "有误"), ("x*", "连空文字也匹配")])
def test_a_pattern_that_cannot_work_is_refused(tmp_path: Path, pattern: str, told: str) -> None:
    """Before anybody relies on the check."""
    path = folder(tmp_path) / "statement_words.yml"
    group = {"id": "own", "name": "自定", "patterns": [pattern], "reason": "测试"}
    path.write_text(yaml.safe_dump({"groups": [group]}, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        load_plan(tmp_path)


def test_names_that_do_not_exist_are_told() -> None:
    """A topic or receiver by a wrong name would never be met."""
    plan = load_plan(SHIPPED)
    with pytest.raises(ConfigError, match="liquidity"):
        check_plan(plan, SHIPPED, {"app", "payment", "privacy", "fraud"}, set())


def test_the_shipped_templates_pass_their_own_check() -> None:
    """Only their blanks have to be filled in."""
    plan = load_plan(SHIPPED)
    checker = StatementChecker(plan.words, str)
    for playbook in plan.playbooks:
        wrong = blocking(checker.check(playbook.statement))
        assert {each.category for each in wrong} <= {"没有填写"}, playbook.id
