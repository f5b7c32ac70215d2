"""The real command line in forks of one warm process: a fresh interpreter costs more than most commands.

python -m tests.integration.app.warm: each line of standard input names an order file (arguments, environment).
"""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

NEEDED = (
    *("crawlers.run", "crawlers.spiders.weibo", "nlp.match", "nlp.privacy", "storage.sqlite", "yuqing.crawl_round"),
    *("scrapy.core.downloader.handlers.http11", "scrapy.downloadermiddlewares.retry", "scrapy.squeues", "httpx"),
)
ROOT = Path(__file__).resolve().parents[3]


class Warm:
    """The warm process, from outside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._orders = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.app.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def run(self, arguments: tuple[str, ...], environment: dict[str, str]) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of one command."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders += 1
        path = self._folder / f"command-{self._orders}.json"
        path.write_text(json.dumps({"arguments": arguments, "environment": environment}), encoding="utf-8")
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        told = [path.with_suffix(suffix).read_text(encoding="utf-8") for suffix in (".out", ".err")]
        return code, told[0], told[1]

    def close(self) -> None:
        """End it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()


def _obey(path: Path) -> None:
    """What `yuqing` does with these arguments, in a process of its own; never returns."""
    from yuqing.cli.main import main

    order: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for number, suffix in ((1, ".out"), (2, ".err")):
        os.dup2(os.open(path.with_suffix(suffix), os.O_WRONLY | os.O_CREAT, 0o600), number)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["yuqing", *order["arguments"]]
    code: object = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def serve() -> None:
    """Obey until standard input ends."""
    for line in sys.stdin:
        child = os.fork()  # nothing has been opened yet: no reactor, no database, no network
        if child == 0:
            _obey(Path(line.strip()))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    for name in NEEDED:  # once, before the first fork
        importlib.import_module(name)
    serve()
