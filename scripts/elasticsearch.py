"""A real Elasticsearch on loopback for the tests, from the server distribution that Maven Central carries.

    python scripts/elasticsearch.py install | start | wait | stop | status | url

Exit 0: done. 1: it went wrong, the reason is on stderr. 3: this machine cannot run it, one line says why.
Everything lives under .cache/elasticsearch/, which git ignores. Standard library only.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VERSION = "9.2.4"
ARTIFACT = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
MAVEN_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
OLDEST_JAVA = 21
DEFAULT_PORT = 9250
HEAP = "1g"
NOBODY = 65534  # Elasticsearch refuses to run as root
REPOSITORY = Path(__file__).resolve().parent.parent
JDK_FOLDERS = ("/usr/lib/jvm", "/Library/Java/JavaVirtualMachines", "/opt")


class Impossible(Exception):
    """This machine lacks something; the text says what."""


class Failed(Exception):
    """It should have worked; the text says what did not."""


def base_folder() -> Path:
    """Where the server lives: in the repository, or in the temporary folder where `nobody` may not enter that."""
    folder = REPOSITORY / ".cache" / "elasticsearch"
    if os.getuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in REPOSITORY.parents):
        return folder
    return Path(tempfile.gettempdir()) / "yuqing-elasticsearch"


BASE = base_folder()
SERVER = BASE / f"elasticsearch-{VERSION}"
RUN = BASE / "run"
PID_FILE = RUN / "server.pid"
URL_FILE = RUN / "url"
LOG_FILE = RUN / "output.log"


def java_version(home: Path) -> int:
    """The major version of a JDK folder; 0 where it is none."""
    release = home / "release"
    if not (home / "bin" / "java").exists() or not release.is_file():
        return 0
    for line in release.read_text(errors="replace").splitlines():
        if line.startswith("JAVA_VERSION="):
            first = line.partition("=")[2].strip().strip('"').split(".")[0]
            return int(first) if first.isdigit() else 0
    return 0


def java_candidates() -> Iterator[Path]:
    """Folders that may be a JDK, the named ones first."""
    for name in ("ES_JAVA_HOME", "JAVA_HOME"):
        if value := os.environ.get(name):
            yield Path(value)
    for folder in map(Path, JDK_FOLDERS):
        if folder.is_dir():
            for each in sorted(folder.iterdir(), reverse=True):
                yield from (each, each / "Contents" / "Home")


def find_java() -> Path:
    """A JDK that this Elasticsearch runs on."""
    for home in java_candidates():
        if java_version(home) >= OLDEST_JAVA:
            return home
    raise Impossible(
        f"Elasticsearch {VERSION} needs a JDK {OLDEST_JAVA} or newer: none found by ES_JAVA_HOME, JAVA_HOME "
        "or in the usual folders"
    )


def install() -> None:
    """Bring the distribution with Maven and unpack it, once."""
    if (SERVER / "bin" / "elasticsearch").exists():
        return
    find_java()
    maven = shutil.which("mvn")
    if maven is None:
        raise Impossible("the test Elasticsearch is installed with Maven, and there is no mvn on the PATH")
    BASE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BASE) as scratch:
        run_maven(maven, "get", "-Dtransitive=false")
        run_maven(maven, "copy", f"-DoutputDirectory={scratch}")
        archive = next(Path(scratch).glob("elasticsearch-*.zip"))
        unpack(archive, Path(scratch))
        (Path(scratch) / SERVER.name).rename(SERVER)


def run_maven(maven: str, goal: str, option: str) -> None:
    """One goal of the dependency plug-in."""
    command = [maven, "-q", "-B", f"{MAVEN_PLUGIN}:{goal}", f"-Dartifact={ARTIFACT}", option]
    done = subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Impossible(f"Maven could not bring {ARTIFACT}: {last_line(done.stdout + done.stderr)}")


def last_line(output: str) -> str:
    """The first error that Maven names, or its last words."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "ERROR" in line]
    return (errors or lines or ["no output"])[0][:300]


def unpack(archive: Path, target: Path) -> None:
    """Unzip with the programs' execute bits."""
    with zipfile.ZipFile(archive) as content:
        for entry in content.infolist():
            path = Path(content.extract(entry, target))
            mode = entry.external_attr >> 16
            if mode and not entry.is_dir():
                path.chmod(mode & 0o777 | 0o444)


def start(port: int | None) -> None:
    """Start the server, unless it runs."""
    if running_url():
        return
    java = find_java()
    install()
    http_port = port or (DEFAULT_PORT if is_free(DEFAULT_PORT) else free_port())
    prepare(http_port)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("ES_", "JAVA_"))},
        "ES_JAVA_HOME": str(java),
        "ES_PATH_CONF": str(RUN / "config"),
        "ES_TMPDIR": str(RUN / "tmp"),
        "ES_JAVA_OPTS": f"-Xms{HEAP} -Xmx{HEAP}",
        "HOME": str(RUN),
    }
    with LOG_FILE.open("ab") as log:
        subprocess.Popen(
            [SERVER / "bin" / "elasticsearch", "-p", PID_FILE],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=RUN,
            **identity(),
        )
    URL_FILE.write_text(f"http://127.0.0.1:{http_port}\n")


def identity() -> dict[str, Any]:
    """Run as `nobody` when we are root."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}


def prepare(http_port: int) -> None:
    """An empty data folder and the settings; the tests keep nothing between two starts."""
    shutil.rmtree(RUN, ignore_errors=True)
    shutil.copytree(SERVER / "config", RUN / "config")
    for name in ("data", "logs", "tmp"):
        (RUN / name).mkdir()
    settings = {
        "cluster.name": "yuqing-tests",
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": http_port,
        "transport.port": free_port(),
        "path.data": str(RUN / "data"),
        "path.logs": str(RUN / "logs"),
        "path.repo": [str(RUN / "snapshots")],
        "xpack.security.enabled": False,
        "cluster.routing.allocation.disk.threshold_enabled": False,
    }
    text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in settings.items())
    (RUN / "config" / "elasticsearch.yml").write_text(text)
    if os.getuid() == 0:
        for path in (RUN, *RUN.rglob("*")):
            os.chown(path, NOBODY, NOBODY)


def wait(seconds: float) -> None:
    """Return when the cluster is green."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        url = running_url()
        if url and is_green(url):
            return
        time.sleep(0.5)
    raise Failed(f"Elasticsearch was not green after {seconds:g} s; its output is in {LOG_FILE}")


def is_green(url: str) -> bool:
    """True when the cluster says so."""
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health?wait_for_status=green&timeout=1s", timeout=5) as reply:  # noqa: S310
            return bool(json.load(reply)["status"] == "green")
    except (urllib.error.URLError, OSError, ValueError):
        return False


def stop(seconds: float = 30) -> None:
    """Stop the server that this script started, by its own pid, and nothing else."""
    pid = running_pid()
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while running_pid() is not None:
            if time.monotonic() > deadline:
                raise Failed(f"Elasticsearch (pid {pid}) did not stop within {seconds:g} s")
            time.sleep(0.2)
    URL_FILE.unlink(missing_ok=True)


def running_pid() -> int | None:
    """The pid of our server, if it lives and really is ours (pids are used again)."""
    try:
        pid = int(PID_FILE.read_text())
    except (OSError, ValueError):
        return None
    return pid if str(SERVER) in command_line(pid) else None


def command_line(pid: int) -> str:
    """How a process was started; empty for one that is gone or a zombie."""
    if Path("/proc/self/cmdline").exists():
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        return ""
    shown = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout


def running_url() -> str | None:
    """The URL of our server; None while it is stopped."""
    if running_pid() is None and not is_starting():
        return None
    try:
        return URL_FILE.read_text().strip() or None
    except OSError:
        return None


def is_starting() -> bool:
    """True in the seconds between the start and the pid file."""
    with contextlib.suppress(OSError):
        return not PID_FILE.exists() and time.time() - URL_FILE.stat().st_mtime < 30
    return False


def is_free(port: int) -> bool:
    """True when nobody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: list[str] | None = None) -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["install", "start", "wait", "stop", "status", "url"])
    parser.add_argument("--port", type=int, help=f"default {DEFAULT_PORT}, or a free one where that is taken")
    parser.add_argument("--seconds", type=float, default=120, help="how long wait waits")
    options = parser.parse_args(arguments)
    try:
        return run(options)
    except Impossible as reason:
        print(reason, file=sys.stderr)
        return 3
    except Failed as reason:
        print(reason, file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    """Dispatch."""
    match options.command:
        case "install":
            install()
        case "start":
            start(options.port)
            wait(options.seconds)
            print(running_url())
        case "wait":
            wait(options.seconds)
        case "stop":
            stop()
        case "status":
            print(f"running at {running_url()}" if running_url() else "stopped")
        case "url":
            return show_url()
    return 0


def show_url() -> int:
    """Print the URL of the running server, or the one reason why there is none."""
    if url := running_url():
        print(url)
        return 0
    find_java()
    raise Failed("no Elasticsearch is running: `make elasticsearch` starts one")


if __name__ == "__main__":
    sys.exit(main())
