"""The acceptance pages name tests, benchmarks and pages that exist, and leave no demand without a proof."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs/reference"
PAGE = (FOLDER / "acceptance.md").read_text(encoding="utf-8")
ALERTS = (FOLDER / "acceptance-alerts.md").read_text(encoding="utf-8")
SCORING = (FOLDER / "acceptance-scoring.md").read_text(encoding="utf-8")
PAGES = {"acceptance.md": PAGE, "acceptance-alerts.md": ALERTS, "acceptance-scoring.md": SCORING}
NODES = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", "".join(PAGES.values()))))
# A word of each demand, in the order in which they stand.
BUILT = (
    "检测器：", "状态由存储重建", "十二种规则", "回放历史", "生命周期", "合并", "抑制", "静默", "免打扰", "升级链",
    "大得多的一波", "另一件事",
    "路由",
    "邮件：", "企业微信、钉钉、飞书", "Webhook", "消息的内容", "按钮", "解除通知", "一件事一个处置事件",
    "等级、责任人、期限",
    "预案", "声明检查", "联络对象", "复盘", "Word", "延迟", "审计", "弱点",
)  # fmt: skip
SHOWN = ("激增基准", "因果性", "真实序列", "两千个随机编排", "邮件在手机与桌面", "HTTP 200", "机密", "500 个主体")


@pytest.mark.parametrize(("path", "name"), NODES, ids=[f"{path}::{name}" for path, name in NODES])
def test_every_test_that_is_named_exists(path, name):
    """As a test function of a file that pytest collects, and not skipped where it stands."""
    assert Path(path).name.startswith("test_")
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    found = {node.name: node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert name.startswith("test_")
    assert name in found
    assert not any("skip" in ast.unparse(decorator) for decorator in found[name].decorator_list)


@pytest.mark.parametrize("page", PAGES)
def test_no_node_id_lacks_its_file(page):
    """Each is written in full."""
    assert PAGES[page].count("::test_") == len(re.findall(r"`tests/[\w/]+\.py::test_\w+`", PAGES[page]))


def test_all_twelve_scenarios_have_a_test():
    """A row each, in order, with at least one test."""
    rows = re.findall(r"^\| (\d+) .*\|$", PAGE, re.MULTILINE)
    assert [int(number) for number in rows] == list(range(1, 13))
    assert all("::test_" in line for line in PAGE.splitlines() if re.match(r"\| \d+ ", line))


def _rows(heading):
    part = ALERTS.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line.strip("|").split(" | ") for line in part.splitlines() if line.startswith("| ")][1:]


def test_every_demand_on_the_alerts_has_a_proof():
    """What was to be built has a test; what was to be shown has a command besides, and a test, a page or a limit."""
    built, shown = _rows("要建成的"), _rows("要出示的")
    assert [word for word, row in zip(BUILT, built, strict=True) if word not in row[0]] == []
    assert [word for word, row in zip(SHOWN, shown, strict=True) if word not in row[0]] == []
    assert [row[0] for row in built if "::test_" not in row[1]] == []
    assert [row[0] for row in shown if not re.search(r"::test_|\]\(|以 1 退出", row[1])] == []
    assert [row[0] for row in shown if "`python " not in row[2]] == []


def test_every_demand_on_the_scoring_has_a_proof():
    """A row names a test, a command or a page; a target says whether it is met."""
    tables = {part.split("\n")[0]: re.findall(r"^\| .*\|$", part, re.MULTILINE) for part in SCORING.split("\n## ")[1:]}
    assert [len(rows) - 1 for rows in tables.values() if rows] == [21, 12, 10]
    bare = [row for rows in tables.values() for row in rows[1:] if not re.search(r"::test_|`python |\]\(", row)]
    assert bare == []
    targets = [row.strip("|").split(" | ") for row in tables["design/nlp.md 的目标"][1:]]
    assert [cells[0] for cells in targets if not re.search("是|否", cells[2])] == []


def test_every_benchmark_that_is_named_exists():
    """And every page beside it, with its heading."""
    text = "".join(PAGES.values())
    scripts = {f"{name.replace('.', '/')}.py" for name in re.findall(r"python -m (benchmarks\.\w+)", text)}
    scripts |= set(re.findall(r"python ((?:benchmarks|scripts)/\w+\.py)", text))
    assert len(scripts) >= 7
    assert [one for one in scripts if not (ROOT / one).exists()] == []
    for place, _, heading in (each.partition("#") for each in re.findall(r"\]\(([^)]+\.md[^)]*)\)", text)):
        page = FOLDER / place
        assert page.exists(), place
        assert not heading or f"# {heading}\n" in page.read_text(encoding="utf-8"), heading
