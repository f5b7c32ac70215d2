"""The product's command line without the second and a half that Python needs to import it.

    python benchmarks/warm_commands.py ERRORS

Imports everything once, then takes one line of JSON a command from standard input, `{"arguments": ["crawl"]}`, runs it
in a fork of its own, and answers `{"code": 0, "seconds": 0.8}`. What the command writes to standard error is appended
to the file ERRORS. A line may hold in addition `kill_after` (seconds until SIGKILL: code -9), `environment` (instead of
ours), `output` and `errors` (files of its own for what it writes).
"""

import json
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from typing import Any

import httpx
import scrapy.core.downloader.handlers.http11
import scrapy.downloadermiddlewares.redirect
import scrapy.downloadermiddlewares.retry
import scrapy.robotstxt
import scrapy.squeues

import crawlers.inner
import crawlers.middlewares.governing
import crawlers.middlewares.parse_errors
import crawlers.middlewares.quiet_log
import crawlers.pipelines.intake
import crawlers.run
import nlp.match
import nlp.privacy
import storage.sqlite
import yuqing.crawl_round
from crawlers.registry import spiders
from yuqing.cli.main import main

_SCRAPY = (
    scrapy.core.downloader.handlers.http11,
    scrapy.downloadermiddlewares.redirect,
    scrapy.downloadermiddlewares.retry,
    scrapy.robotstxt,
    scrapy.squeues,
)
# The same code from the first command to the last, whatever is edited meanwhile.
_OURS = (
    crawlers.inner,
    crawlers.middlewares.governing,
    crawlers.middlewares.parse_errors,
    crawlers.middlewares.quiet_log,
    crawlers.pipelines.intake,
)
_LOADED = (*_SCRAPY, *_OURS, httpx, crawlers.run, nlp.match, nlp.privacy, storage.sqlite, yuqing.crawl_round, spiders())


@dataclass(frozen=True)
class Order:
    """One command."""

    arguments: list[str]
    errors: str
    output: str = os.devnull
    environment: dict[str, str] | None = None
    kill_after: float | None = None


def run(order: Order) -> dict[str, Any]:
    """One command in a process of its own."""
    began = time.monotonic()
    child = os.fork()  # nothing has been opened yet: no reactor, no database, no network
    if child == 0:
        _obey(order)
    if order.kill_after is not None:
        _strike(child, began + order.kill_after)
    status = os.waitpid(child, 0)[1]
    return {"code": os.waitstatus_to_exitcode(status), "seconds": time.monotonic() - began}


def _obey(order: Order) -> None:
    """What `yuqing` does with these arguments; never returns."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in ((1, order.output), (2, order.errors)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    if order.environment is not None:
        os.environ.clear()
        os.environ.update(order.environment)
    sys.argv = ["yuqing", *order.arguments]
    code: object = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def _strike(child: int, at: float) -> None:
    """End the child at that moment, unless it has ended by itself."""
    while time.monotonic() < at:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)


def serve(errors: str) -> None:
    """Obey until standard input ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(Order(**{"errors": errors, **json.loads(line)}))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
