"""The reference pages say what the code says."""

import re
import runpy
from pathlib import Path

import pytest

from config.settings import PREFIX, SECRETS, Settings, known_variables
from crawlers.imports.mapping import FIELDS, load_mapping
from crawlers.imports.presets import PRESETS
from storage.export import FORMATS, KINDS
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import QuerySyntaxError
from yuqing.domain.query import FIELDS as QUERY_FIELDS
from yuqing.domain.query import parse_query

ROOT = Path(__file__).resolve().parents[2]
DOCS = runpy.run_path(str(ROOT / "scripts" / "docs.py"))


def page(name: str) -> str:
    """A page of docs/."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_generated_pages_are_current():
    """`make docs` was run after the last change of a command or a setting."""
    assert DOCS["stale"]() == []


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_explained(name):
    """In words, with its variable, in the page and in .env.example."""
    assert Settings.model_fields[name].description
    variable = f"{PREFIX}{name.upper()}"
    assert f"`{variable}`" in page("reference/settings.md")
    assert f"#{variable}=" in (ROOT / ".env.example").read_text(encoding="utf-8")


def test_every_variable_that_is_accepted_is_documented():
    """Also the files of secrets and the variables of the tests."""
    text = page("reference/settings.md") + (ROOT / ".env.example").read_text(encoding="utf-8")
    assert [name for name in known_variables() if name not in text] == []


def test_generated_pages_name_no_folder_of_a_machine():
    """Defaults are relative to the repository, and no secret has one."""
    for name, make in DOCS["PAGES"].items():
        assert str(ROOT) not in make(), name
    assert [name for name in SECRETS if Settings.model_fields[name].default is not None] == []


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_explained(outcome):
    """A row of its own."""
    assert f"| `{outcome.value}` |" in page("reference/outcomes.md")


def test_query_examples_parse_and_the_wrong_one_does_not():
    """Every example of the page is run."""
    text = page("reference/query-language.md")
    blocks = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    examples = [line for block in blocks for line in block.strip().splitlines()]
    examples += re.findall(r"^\| [^|]+\| [^|]+\| `([^`]+)` \|$", text, re.MULTILINE)
    wrong = [example for example in examples if not parses(example)]
    assert len(examples) >= 12
    assert wrong == ["（存款 OR 取款）NEAR/8 （困难）"]


def parses(text: str) -> bool:
    """True for a query."""
    try:
        parse_query(text)
    except QuerySyntaxError:
        return False
    return True


@pytest.mark.parametrize("name", sorted(QUERY_FIELDS))
def test_every_field_of_the_query_language_is_explained(name):
    """A row of its own."""
    assert f"| `{name}` |" in page("reference/query-language.md")


@pytest.mark.parametrize("name", [*sorted(FIELDS), *PRESETS, *FORMATS])
def test_every_word_of_an_import_is_explained(name):
    """Fields, layouts and formats."""
    assert f"`{name}`" in page("howto/import.md")


def test_every_kind_of_export_is_a_choice_of_the_command():
    """The help of the command names them all."""
    text = page("reference/cli.md")
    assert [name for name in (*KINDS, *FORMATS) if name not in text] == []


def test_the_mapping_of_the_how_to_loads(tmp_path):
    """As it stands in the page."""
    (block,) = re.findall(r"```yaml\n# 映射\.yml\n(.*?)```", page("howto/import.md"), re.DOTALL)
    path = tmp_path / "映射.yml"
    path.write_text(block, encoding="utf-8")
    mapping = load_mapping(path)
    assert (mapping.platform, mapping.values["kind"]["问题"]) == ("zhihu", "post")
