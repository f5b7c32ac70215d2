"""`yuqing import` and `yuqing export` as a person types them."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crawlers.imports.command import choose_mapping, run_imports
from yuqing.bootstrap import App
from yuqing.domain.errors import InputError, YuqingError
from yuqing.domain.ports import MentionQuery

ROWS = "text,published_at\n云江银行又排队,2026-02-01 10:00\n今天天气好,2026-02-01 10:01\n"


@pytest.fixture
def app(tmp_path, monkeypatch):
    """The product on an empty data folder."""
    monkeypatch.setenv("YQ_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("YQ_NOW", "2026-03-01T00:00:00+08:00")
    from config.settings import load_settings

    with App(load_settings()) as app:
        yield app


def write(folder: Path, name: str, text: str) -> str:
    """A file to import."""
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_files_one_after_the_other(app, tmp_path):
    """Each is told when it is done, and written into the audit trail."""
    one, two = write(tmp_path, "a.csv", ROWS), write(tmp_path, "b.csv", ROWS + ",\n")
    told = [
        (name, s.new, s.unchanged, s.unmatched, s.quarantined)
        for name, s in run_imports(app, (one, two), platform="weibo")
    ]
    assert told == [(one, 1, 0, 1, 0), (two, 0, 1, 1, 1)]
    assert app.mentions.count(MentionQuery()) == 1
    assert app.audit.verify() == []
    assert [entry.body["action"] for entry in app.state.find("audit")] == ["import", "import"]


def test_a_file_that_cannot_be_read_leaves_those_before_it_imported(app, tmp_path):
    """The message names it."""
    one, two = write(tmp_path, "a.csv", ROWS), str(tmp_path / "none.csv")
    done = []
    with pytest.raises(InputError, match=r"none\.csv"):
        done.extend(run_imports(app, (one, two), platform="weibo"))
    assert app.mentions.count(MentionQuery()) == 1


def test_assigned_subjects_must_exist(app, tmp_path):
    """A spelling mistake must not file a survey under nobody."""
    path = write(tmp_path, "a.csv", ROWS)
    with pytest.raises(YuqingError, match="yunjang"):
        list(run_imports(app, (path,), platform="feedback", subjects=("yunjang",)))
    ((_, summary),) = run_imports(app, (path,), platform="feedback", subjects=("yunjiang",))
    assert summary.new == 2


def test_standard_input(app, monkeypatch):
    """`-` is whatever is piped in."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ROWS.encode("gb18030"))))
    ((name, summary),) = run_imports(app, ("-",), platform="weibo", keep_unmatched=True)
    assert (name, summary.file, summary.new) == ("-", "stdin", 2)


def test_the_sentence_says_it_all(app, tmp_path):
    """Counts, reasons, where the refused rows are, and what was not read."""
    path = write(tmp_path, "a.csv", "text,published_at,心情\n云江银行,2026-02-01,好\n,2026-02-01,坏\n")
    ((_, summary),) = run_imports(app, (path,), platform="weibo")
    sentence = summary.sentence("a.csv")
    for part in ("读 2 行", "新增 1", "隔离 1 行（正文为空 1）", str(summary.quarantine_path), "未读取的列：心情"):
        assert part in sentence
    assert json.loads(json.dumps(summary.as_json()))["reasons"] == {"正文为空": 1}


def test_mappings_are_chosen(tmp_path, monkeypatch):
    """Pairs, a file (also one with an equals sign in its name), a preset, or none."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "m=1.yml", "fields: {text: 甲}\n")
    assert choose_mapping(None, None) is None
    chosen = [choose_mapping("text=乙", None), choose_mapping("m=1.yml", None), choose_mapping(None, "feedback")]
    assert [one.name for one in chosen if one] == ["--map", "m=1.yml", "feedback"]
    with pytest.raises(InputError, match="只能给一个"):
        choose_mapping("text=乙", "feedback")


def run(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """The command line in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("YQ_")}
    return subprocess.run(
        [sys.executable, "-m", "yuqing", *words],
        env={**environment, "YQ_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_broken_mapping_ends_in_one_message(tmp_path):
    """File and line, exit code 2, no traceback, nothing stored."""
    path, mapping = write(tmp_path, "a.csv", ROWS), write(tmp_path, "m.yml", "fields:\n  text: [\n")
    done = run(tmp_path / "home", "import", path, "--map", mapping)
    assert done.returncode == 2
    assert f"{mapping}:" in done.stderr
    assert "Traceback" not in done.stderr


def test_export_of_an_import_can_be_piped(tmp_path):
    """Rows on standard output, words on standard error, exit codes as promised."""
    home = tmp_path / "home"
    imported = run(home, "import", write(tmp_path, "a.csv", ROWS), "--platform", "weibo", "--json")
    assert (imported.returncode, json.loads(imported.stdout)["new"]) == (0, 1)
    done = run(home, "export", "mentions", "--query", "排队", "--output", "-")
    assert done.returncode == 0, done.stderr
    (row,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (row["text"], row["subjects"]) == ("云江银行又排队", ["yunjiang"])
    refused = run(home, "export", "mentions", "--format", "pdf", "--output", "-")
    assert (refused.returncode, refused.stdout) == (2, "")
