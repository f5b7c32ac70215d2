"""The shipped rules fire on their own examples; wrong files are told by file and line."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.channels import CHANNELS
from alerts.detectors import DETECTORS
from alerts.rules import CHANNELS as CHANNEL_NAMES
from alerts.rules import OPTIONS, RuleFile, load_inhibitions, load_routes, load_rule_file, load_rules
from config.loader import load_yaml
from tests.unit.alerts.bank import CONFIG, MINUTE, NOW, Bank
from tests.unit.alerts.scenario import play
from yuqing.domain.alert import Detection
from yuqing.domain.errors import ConfigError

FILES = sorted((CONFIG / "rules").glob("*.yml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_rule_fires_on_its_example(path: Path) -> None:
    """Each example raises exactly one alert of its rule, and without it there is none."""
    rule = load_rule_file(path, load_yaml(path))
    for text in rule.example.texts or (None,):
        bank = Bank.empty()
        assert _judged(bank, rule) == []
        play(bank, rule.example, text)
        (found,) = _judged(bank, rule)
        assert found.rule_id == rule.id
        assert found.sentence


def _judged(bank: Bank, rule: RuleFile) -> Sequence[Detection]:
    """What this rule alone says, switched on."""
    return bank.engine([replace(rule.domain(), enabled=True)]).judge(NOW)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_shipped_rule_fires_on_its_near_miss(path: Path) -> None:
    """What looks like it and is not: every shipped rule says where its border is, and keeps to it."""
    rule = load_rule_file(path, load_yaml(path))
    assert rule.near_miss is not None
    for text in rule.near_miss.texts or (None,):
        bank = Bank.empty()
        play(bank, rule.near_miss, text)
        assert _judged(bank, rule) == []


def test_tables_agree() -> None:
    """Every rule type has a detector and options, every channel a builder."""
    assert set(DETECTORS) == set(OPTIONS)
    assert set(CHANNELS) == set(CHANNEL_NAMES)


def _file(tmp_path: Path, text: str, name: str = "r.yml") -> tuple[Path, Any]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path, load_yaml(path)


RULE = "id: r\ntype: keyword\nname: 规则\nseverity: warning\nexample: {texts: [甲]}\n"
OPTION = "options:\n  groups:\n    - id: g\n      name: 组\n      words: [甲]\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (RULE.replace("keyword", "nothing") + OPTION, "没有规则类型 nothing"),
        (RULE + OPTION + "grenze: 3\n", r"r\.yml:11：grenze：没有这个设置项"),
        (RULE + OPTION.replace("words: [甲]", "words: []"), r"r\.yml:10：options\.groups\.0\.words"),
        (RULE.replace("example: {texts: [甲]}\n", "") + OPTION, "example：缺少此项"),
        (RULE.replace("warning", "loud") + OPTION, r"r\.yml:4：severity"),
    ],
    ids=["type", "key", "option", "example", "severity"],
)
def test_wrong_rules_are_told_by_line(tmp_path: Path, text: str, told: str) -> None:
    """Typing errors do not silently switch a warning off."""
    with pytest.raises(ConfigError, match=told):
        load_rules([_file(tmp_path, text)])


@pytest.mark.parametrize(
    ("kind", "options", "told"),
    [
        ("spike", "topics: [app]", "须同时写 by: topic"),
        ("spike", "by: platform", r"r\.yml:7：options\.by"),
        ("slow_burn", "min_posts: 0", r"r\.yml:7：options\.min_posts"),
        ("negative_share", "min_share: 1.5", r"r\.yml:7：options\.min_share"),
        ("frequency", "window_minutes: 60", r"options\.count：缺少此项"),
        ("flatline", "hour: 6", r"r\.yml:7：options\.hour：没有这个设置项"),
        ("hot_list", "levels: [{rank: 5, severity: info}, {rank: 5, severity: warning}]", "各不相同"),
        ("hot_list", "levels: [{rank: 5, severity: loud}]", r"options\.levels\.0\.severity"),
        ("rating_drop", "drop: 5", r"r\.yml:7：options\.drop"),
        ("new_term", "min_posts: 1", r"r\.yml:7：options\.min_posts"),
        ("influential_post", "weight: heavy", r"r\.yml:7：options\.weight"),
        ("campaign", "window_hours: 100", r"r\.yml:7：options\.window_hours"),
    ],
)
def test_wrong_options_of_every_type_are_told_by_line(tmp_path: Path, kind: str, options: str, told: str) -> None:
    """File, line, key and what is wrong with it."""
    text = RULE.replace("keyword", kind) + f"options:\n  {options}\n"
    with pytest.raises(ConfigError, match=told):
        load_rules([_file(tmp_path, text)])


def test_the_same_id_twice_is_refused(tmp_path: Path) -> None:
    """Two files with one id would overwrite each other's alerts."""
    one, two = _file(tmp_path, RULE + OPTION), _file(tmp_path, RULE + OPTION, "s.yml")
    with pytest.raises(ConfigError, match="重复"):
        load_rules([one, two])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("routes: [{receivers: [x]}]\nreceivers: [{id: a, channel: email, to: [b]}]\n", "不存在的接收人：x"),
        ("routes: [{receivers: [a]}]\nreceivers: [{id: a, channel: email}]\n", "须写明 to"),
        ("routes: [{receivers: [a]}]\nreceivers: [{id: a, channel: pigeon}]\n", "没有通知渠道 pigeon"),
        ("routes: []\nreceivers: []\n", "routes"),
    ],
    ids=["unknown receiver", "no address", "unknown channel", "empty"],
)
def test_wrong_routes_are_told(tmp_path: Path, text: str, told: str) -> None:
    """A route into nowhere is found at the start, not in the night."""
    with pytest.raises(ConfigError, match=told):
        load_routes(*_file(tmp_path, text))


def test_keyword_exceptions_and_quiet_time() -> None:
    """A denial does not fire; a word after hours of quiet is another event."""
    rules = [load_rule_file(path, load_yaml(path)).domain() for path in FILES if path.stem == "keyword"]
    bank = Bank.empty()
    bank.post(NOW - 2 * MINUTE, "辟谣：云江银行没有挤兑")
    assert bank.engine(rules).judge(NOW) == []
    bank.post(NOW - timedelta(hours=11), "云江银行挤兑了")
    bank.post(NOW - timedelta(hours=3), "云江银行又挤兑了")
    (found,) = bank.engine(rules).judge(NOW)
    assert found.event_start == NOW - timedelta(hours=3)
    assert found.observed == 1


ROUTE = "routes: [{receivers: [a], %s}]\nreceivers: [{id: a, channel: wecom}, {id: b, channel: webhook}]\n"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("match: {weight: critical}", "没有标签 weight"),
        ("match: {severity: [critical, loud]}", "没有级别 loud"),
        ("group_by: [town]", "没有标签 town"),
        ("group_wait: 30s", "没有 group_by"),
        ("group_by: [rule], group_wait: 2h", "最长 10m"),
        ("repeat_interval: soon", "repeat_interval"),
        ("escalation: [{after: 15m, receivers: [nobody]}]", "不存在的接收人：nobody"),
        ("escalation: [{after: 15m, receivers: []}]", "escalation"),
    ],
)
def test_routes_that_would_tell_nobody_are_refused(tmp_path: Path, written: str, told: str) -> None:
    """A label, a grade or a receiver that does not exist, and times that make no sense."""
    with pytest.raises(ConfigError, match=told):
        load_routes(*_file(tmp_path, ROUTE % written))


def test_the_routes_of_the_documentation_are_understood(tmp_path: Path) -> None:
    """The examples of docs/howto/notifications.md load, and mean what they say."""
    page = (CONFIG.parent / "docs" / "howto" / "notifications.md").read_text(encoding="utf-8")
    people, plan = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL))
    named = ("duty", "board")
    doc = plan | {"receivers": [*people["receivers"], *({"id": name, "channel": "webhook"} for name in named)]}
    routes, receivers = load_routes(tmp_path / "routes.yml", doc)
    first, second, last = routes
    assert first.repeat_interval == timedelta(minutes=10)
    assert [(step.after, step.receivers) for step in first.escalation] == [
        (timedelta(minutes=15), ("chief",)),
        (timedelta(hours=1), ("board",)),
    ]
    assert second.proceed
    assert second.matchers["topic"] == ("app", "payment")
    assert (last.group_by, last.group_wait) == (("subject",), timedelta(seconds=30))
    assert receivers[0].options["robot"] == "default"
    (rule,) = load_inhibitions(tmp_path / "routes.yml", doc)
    assert rule.equal == ("source",)
