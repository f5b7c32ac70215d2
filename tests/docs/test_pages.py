"""Links lead somewhere, files that are named exist, and commands in pages are commands."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from config.models import SourceEntry
from crawlers.plan import CrawlPlan
from crawlers.registry import spiders
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TOP = {path.name for path in ROOT.iterdir() if not path.name.startswith(".") or path.name == ".ci"}
COMMANDS = typer.main.get_command(app)


def name(path: Path) -> str:
    """A page's name in the repository."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_lead_somewhere(path):
    """Relative links and pictures of a page exist."""
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    missing = [target for target in targets if "://" not in target and not (path.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_files_that_are_named_exist(path):
    """`folder/file` in backticks is a path of this repository when its folder is one."""
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", path.read_text(encoding="utf-8"))
    missing = [one for one in named if one.split("/")[0] in TOP and not (ROOT / one).exists()]
    assert missing == []


def command_lines(path: Path) -> Iterator[str]:
    """Lines of shell blocks that run yuqing."""
    for block in re.findall(r"```bash\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
        for line in block.splitlines():
            for part in re.split(r"\||&&|;", line.split(" #")[0]) if '"' not in line else [line.split(" #")[0]]:
                if part.strip().startswith("yuqing "):
                    yield part.strip()


LINES = sorted({(name(path), line) for path in PAGES for line in command_lines(path)})


@pytest.mark.parametrize(("page", "line"), LINES, ids=[f"{page}:{line}" for page, line in LINES])
def test_commands_in_pages_exist_with_their_options(page, line):
    """What a reader types is understood."""
    command, words = COMMANDS, shlex.split(line)[1:]
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    known = {option for one in command.params for option in getattr(one, "opts", ())}
    assert [word for word in words if word.startswith("--") and word not in known] == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_make_targets_in_pages_exist(path):
    """`make x` is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"(?:^|`|&& )make ([a-z0-9-]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def entries(page: str) -> list[dict[str, object]]:
    """Whole entries of sources.yml that a how-to shows."""
    text = (ROOT / "docs" / "howto" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(\s*- id:.*?)```", text, re.DOTALL)
    return [entry for block in blocks for entry in yaml.safe_load(block)]


@pytest.mark.parametrize(("page", "count"), [("add-source.md", 1), ("channels.md", 3)])
def test_the_sources_of_the_how_tos_are_sources(page, count):
    """As they stand in the page, and their spiders take their options."""
    found = [SourceEntry.model_validate(entry).domain() for entry in entries(page)]
    assert len(found) >= count
    for source in found:
        assert source.enabled
        plan = CrawlPlan((source,), (), None, InMemoryStateStore(), FakeClock())
        assert spiders()[source.kind].build(source, plan, bool).queries is not None


def test_readmes_are_twins():
    """Both languages show the same commands."""
    pages = [(ROOT / one).read_text(encoding="utf-8") for one in ("README.md", "README.en.md")]
    blocks = [re.findall(r"```bash\n(.*?)```", page, re.DOTALL) for page in pages]
    commands = [[re.sub(r"\s+#.*", "", line) for block in page for line in block.splitlines()] for page in blocks]
    assert commands[0] == commands[1]
    assert any("make demo" in line for line in commands[0])


def test_the_licence_is_there():
    """The whole text of Apache-2.0."""
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
