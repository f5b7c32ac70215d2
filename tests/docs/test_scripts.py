"""The small tools find what they are for."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = runpy.run_path(str(ROOT / "scripts" / "check_files.py"))
MEASURE = runpy.run_path(str(ROOT / "scripts" / "measure.py"))

KEY = "-----BEGIN " + "PRIVATE KEY-----\n" + "A" * 40


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.pem", KEY, "private key"),
        ("a.yaml", "a: 1\n", "YAML files end"),
        ("a.yml", "a: [\n", "is no YAML"),
        ("a.md", "see /" + "root/x", "one machine"),
        ("a.bin", "x" * 2_000_001, "2000001 bytes"),
    ],
)
def test_files_that_must_not_be_committed(tmp_path, name, text, told):
    """Each with its reason."""
    (tmp_path / name).write_text(text)
    (problem,) = FILES["problems"](tmp_path / name)
    assert told in problem


def test_ordinary_files_pass(tmp_path):
    """Also the two that must be named .yaml."""
    for name in ("a.yml", "compose.yaml"):
        (tmp_path / name).write_text("a: 1\n")
        assert list(FILES["problems"](tmp_path / name)) == []


def test_functions_and_blind_handlers_are_measured(tmp_path):
    """Docstrings do not count as length."""
    path = tmp_path / "a.py"
    code = 'def f(x) -> int:\n    """One\n    two."""\n    try:\n        return x\n'
    path.write_text(code + "    except Exception:\n        return 0\n")
    module = MEASURE["measure"](path)
    assert (module.functions, module.handlers, module.blind) == ((("a.py:f", 5, True, True),), 1, 1)


def test_no_function_of_ours_is_over_the_hard_stop():
    """Sixty lines, and no blind handler outside the edges of processes."""
    modules = [MEASURE["measure"](path) for package in MEASURE["PACKAGES"] for path in MEASURE["sources"](package)]
    assert [f for module in modules for f in module.functions if f[1] > MEASURE["HARD_STOP"]] == []
