"""scripts/elasticsearch.py: what it does where the machine lacks something."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "elasticsearch.py"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, with an empty folder as its world."""
    spec = importlib.util.spec_from_file_location("elasticsearch_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, value in {
        "BASE": tmp_path,
        "SERVER": tmp_path / "server",
        "RUN": tmp_path / "run",
        "PID_FILE": tmp_path / "run" / "server.pid",
        "URL_FILE": tmp_path / "run" / "url",
        "JDK_FOLDERS": (str(tmp_path / "jvm"),),
    }.items():
        monkeypatch.setattr(module, name, value)
    for name in ("ES_JAVA_HOME", "JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    return module


def jdk(home: Path, version: str) -> Path:
    """A folder that looks like a JDK."""
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").write_text("")
    (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return home


def test_without_a_jdk_the_exit_code_is_3_and_one_line_says_why(
    script: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever asks for the URL, or for a start, learns the reason."""
    for command in ("url", "start", "install"):
        assert script.main([command]) == 3
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("Elasticsearch 9.2.4 needs a JDK 21 or newer")
        assert said.err.count("\n") == 1


def test_an_old_jdk_is_no_jdk(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A JDK 17 named by JAVA_HOME is passed over for a newer one in the usual folder."""
    monkeypatch.setenv("JAVA_HOME", str(jdk(tmp_path / "old", "17.0.15")))
    with pytest.raises(script.Impossible):
        script.find_java()
    newer = jdk(tmp_path / "jvm" / "newer", "25.0.1")
    assert script.find_java() == newer
    monkeypatch.setenv("ES_JAVA_HOME", str(jdk(tmp_path / "named", "21")))
    assert script.find_java() == tmp_path / "named"


def test_without_maven_the_reason_is_maven(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A JDK alone is not enough to install."""
    jdk(tmp_path / "jvm" / "newer", "25")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert script.main(["install"]) == 3
    assert "no mvn on the PATH" in capsys.readouterr().err


def test_a_stopped_server_has_no_url(script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """url fails with what to do, status says stopped, stop has nothing to do."""
    jdk(tmp_path / "jvm" / "newer", "25")
    assert script.main(["url"]) == 1
    assert "make elasticsearch" in capsys.readouterr().err
    assert script.main(["status"]) == 0
    assert capsys.readouterr().out == "stopped\n"
    assert script.main(["stop"]) == 0


def test_a_pid_that_is_used_again_is_not_ours(script: ModuleType, tmp_path: Path) -> None:
    """A stale pid file that names a living stranger never leads to a kill."""
    script.RUN.mkdir()
    script.PID_FILE.write_text("1")
    assert script.running_pid() is None
    script.PID_FILE.write_text("no number")
    assert script.running_pid() is None
