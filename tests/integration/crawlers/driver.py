"""Runs one real crawl in its own process (a reactor cannot restart): an order as JSON in, what happened as JSON out.

python -m tests.integration.crawlers.driver < order.json > answer.json
"""

import importlib
import json
import logging
import os
import pkgutil
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import crawlers.backends
import crawlers.spiders
from crawlers.model import SearchTerm
from crawlers.plan import CrawlPlan
from crawlers.run import crawl
from tests.fakes import FakeClock, InMemoryStateStore
from tests.integration.crawlers.support import KEY
from yuqing.domain.codec import from_json
from yuqing.domain.draft import Draft
from yuqing.domain.errors import StoreUnavailable, YuqingError
from yuqing.domain.mention import mention_id
from yuqing.domain.subject import Backend, Source
from yuqing.hot_book import HotBook
from yuqing.jobs.refresh import Look


@dataclass(frozen=True)
class Fate:
    """What became of a batch."""

    new: int
    updated: int
    unchanged: int
    unmatched: int


@dataclass
class RecordingIntake:
    """Keeps the drafts that hold one of the words, by id; fails after `fail_after` batches when told to.

    `kill_after` counts mentions, not batches: a busy machine makes fewer and bigger ones.
    """

    words: Sequence[str]
    fail_after: int = -1
    kill_after: int = -1
    before_kill: Callable[[], None] = lambda: None  # the stores are durable: what was acknowledged outlives a kill
    batches: int = 0
    kept: dict[str, Draft] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def admit(self, drafts: Sequence[Draft]) -> Fate:
        """Store."""
        if self.fail_after >= 0 and self.batches >= self.fail_after:
            raise StoreUnavailable("the store is away")
        self.batches += 1
        about = [d for d in drafts if any(word in f"{d.title or ''}\n{d.text}\n{d.context}" for word in self.words)]
        ids = [mention_id(d.platform, d.kind, d.native_id) for d in about]
        fresh = [name for name in ids if name not in self.known]
        self.known.update(ids)
        for name, draft in zip(ids, about, strict=True):
            known = self.kept.get(name)
            if known is None or known.text_truncated or not draft.text_truncated:  # as the stores have it
                self.kept[name] = draft
        if 0 <= self.kill_after <= len(self.known):
            self.before_kill()
            os.kill(os.getpid(), signal.SIGKILL)
        return Fate(len(fresh), 0, len(ids) - len(fresh), len(drafts) - len(about))


@dataclass(frozen=True)
class Found:
    """The words of a text that are watched, as their own subjects."""

    subjects: tuple[str, ...]

    @property
    def keywords(self) -> tuple[str, ...]:
        """The same."""
        return self.subjects


@dataclass(frozen=True)
class Words:
    """A matcher by words."""

    words: tuple[str, ...]

    def match(self, text: str) -> Found:
        """Those that occur."""
        return Found(tuple(word for word in self.words if word in text))


def _load(path: Path) -> tuple[InMemoryStateStore, set[str]]:
    state = InMemoryStateStore()
    if not path.exists():
        return state, set()
    saved = json.loads(path.read_text(encoding="utf-8"))
    for kind, name, body in saved["documents"]:
        state.save(kind, name, body)
    return state, set(saved["known"])


def _documents(state: InMemoryStateStore) -> list[list[Any]]:
    return [
        [kind, doc.id, dict(doc.body)]
        for kind in (
            "cursor",
            "coverage",
            "feed",
            "thread",
            "circuit",
            "session",
            "backfill",
            "job",
            "canary",
            "health",
            "seen",
            "hot",
            "hot_board",
        )
        for doc in state.find(kind)
    ]


def _save(path: Path, state: InMemoryStateStore, intake: RecordingIntake) -> list[list[Any]]:
    documents = _documents(state)
    path.write_text(json.dumps({"documents": documents, "known": sorted(intake.known)}), encoding="utf-8")
    return documents


def _plain(draft: Draft) -> dict[str, Any]:
    row = {f.name: getattr(draft, f.name) for f in fields(draft)}
    return json.loads(json.dumps(row, default=lambda value: getattr(value, "__dict__", None) or str(value)))


def _looks(told: dict[str, list[dict[str, Any]]]) -> dict[str, tuple[Look, ...]]:
    return {source: tuple(from_json(Look, each) for each in looks) for source, looks in told.items()}


def obey(order: dict[str, Any]) -> dict[str, Any]:
    """One order: crawl, save the state, tell."""
    logging.basicConfig(level=order.get("log_level", "INFO"), filename=order["log_file"])
    if added := order.get("added"):  # a folder whose modules stand beside ours: a kind of source that a test adds
        crawlers.spiders.__path__.append(f"{added}/spiders")
        crawlers.backends.__path__.append(f"{added}/backends")
    path = Path(order["state_file"])
    state, known = _load(path)
    intake = RecordingIntake(order["words"], order.get("fail_after", -1), order.get("kill_after", -1), known=known)
    intake.before_kill = lambda: _save(path, state, intake)
    sources = tuple(
        Source(s["id"], s["kind"], s["id"], Backend.WEB, "test", True, 60, s.get("options", {}))
        for s in order["sources"]
    )
    url = order["url"]
    plan = CrawlPlan(
        sources=sources,
        queries=tuple(SearchTerm(word, word) for word in order["queries"]),
        intake=intake,
        state=state,
        clock=FakeClock(datetime.fromisoformat(order["now"])),
        since=datetime.fromisoformat(order["since"]) if order.get("since") else None,
        until=datetime.fromisoformat(order["until"]) if order.get("until") else None,
        owed=bool(order.get("owed")),
        bases={
            "weibo_s": f"{url}/weibo-s",
            "weibo_m": f"{url}/weibo-m",
            "weibo_ajax": f"{url}/weibo-ajax",
            "weibo_passport": f"{url}/weibo-passport",
            "weibo_card": f"{url}/weibo-card",
            "weibo_api": f"{url}/weibo-api",
            "weibo_open": f"{url}/weibo-open",
            "douyin": f"{url}/douyin",
            "douyin_open": f"{url}/douyin-open",
            **{name: f"{url}/{name}" for name in ("apple", "guba", "heimao", "rsshub", "wechat", "hot")},
        },
        secrets=order.get("secrets", {}),
        raw_dir=Path(order["raw_dir"]) if order.get("raw_dir") else None,
        backfill=timedelta(days=order.get("backfill_days", 2)),
        max_seconds=order.get("max_seconds", 0),
        key=KEY,
        ranks=HotBook(state, Words(tuple(order["words"])), str),
        ticket_dir=Path(order["ticket_dir"]) if order.get("ticket_dir") else None,
        look_ups=_looks(order["look_ups"]) if order.get("look_ups") else None,
    )
    error = None
    summary: dict[str, object] = {}
    try:
        done = crawl(plan)
        summary = done.as_json()
        done.check()
    except YuqingError as problem:
        error = type(problem).__name__
    documents = _save(path, state, intake)
    return {
        "summary": summary,
        "error": error,
        "drafts": {name: _plain(draft) for name, draft in intake.kept.items()} if order.get("drafts", True) else {},
        "coverage": [body for kind, _, body in documents if kind == "coverage"],
        "circuits": [body for kind, _, body in documents if kind == "circuit"],
        "sessions": [body for kind, _, body in documents if kind == "session"],
        "moved": sorted({body["source"] for kind, _, body in documents if kind == "cursor"}),
        "hot": [body for kind, _, body in documents if kind == "hot"],
        "cursors": {body["query"]: body["high_water"] for kind, _, body in documents if kind == "cursor"},
    }


NEEDED = (
    "core.downloader.handlers.http11",
    *("downloadermiddlewares.redirect", "downloadermiddlewares.retry", "downloadermiddlewares.robotstxt"),
    *("downloadermiddlewares.httpcompression", "extensions.throttle", "robotstxt", "squeues", "pqueues", "dupefilters"),
)


def warm_up() -> None:
    """What every crawl imports is imported once, before the first fork; reactors are not."""
    for name in NEEDED:
        importlib.import_module(f"scrapy.{name}")
    for module in pkgutil.iter_modules(crawlers.spiders.__path__):
        importlib.import_module(f"crawlers.spiders.{module.name}")


def serve() -> int:
    """Each line of standard input names an order file; its answer lies beside it when the line "done" comes back."""
    warm_up()
    for line in sys.stdin:
        path = Path(line.strip())
        child = os.fork()  # before any reactor exists: the child runs one, and everything is imported already
        if child == 0:
            with path.with_suffix(".err").open("w") as errors:
                os.dup2(errors.fileno(), 2)
                answer = obey(json.loads(path.read_text(encoding="utf-8")))
            path.with_suffix(".answer").write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
            sys.stdout.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"done {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(serve())
