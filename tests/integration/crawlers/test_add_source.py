"""A kind of source that nobody has heard of is added by three files, and the whole engine works for it."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from config.loader import load_model
from config.models import SourcesFile
from tests.integration.crawlers.support import Answer, Bench
from yuqing.domain.subject import Source

pytestmark = pytest.mark.integration
ADDED = Path(__file__).parent / "added_source"
NOW = datetime.fromisoformat("2026-03-14T01:30:00+00:00")
QUERY = "云江银行"
PAGE_SIZE = 5


class Board:
    """The forum's double: posts of one board, and a switch for how it refuses."""

    def __init__(self) -> None:
        self.posts = [{"id": f"p{n}", "at": NOW - timedelta(hours=n), "text": f"云江银行第{n}帖"} for n in range(72)]
        self.refusals: dict[str, tuple[int, bytes]] = {}  # by the beginning of the path
        self.asked: list[str] = []
        self.url = ""

    def answer(self, path: str) -> tuple[int, bytes]:
        """What the forum says to a request."""
        self.asked.append(path)
        if path.startswith("/robots.txt"):
            return 404, b""
        for prefix, refusal in self.refusals.items():
            if path.startswith(prefix):
                return refusal
        number = int(parse_qs(urlsplit(path).query)["page"][0])
        newest = sorted(self.posts, key=lambda post: post["at"], reverse=True)
        shown = [self._plain(post) for post in newest[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]]
        return 200, json.dumps({"code": 0, "data": {"list": shown, "total": len(self.posts)}}).encode()

    @staticmethod
    def _plain(post: dict[str, Any]) -> dict[str, Any]:
        return {"id": post["id"], "time": post["at"].isoformat(), "text": post["text"], "user": {"id": "raw-77"}}


@pytest.fixture
def board() -> Iterator[Board]:
    """The double on loopback."""
    made = Board()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = made.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *parts: object) -> None:
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()
    thread.join(5)


def entry() -> Source:
    """The entry of sources.yml, read as the product reads it."""
    (found,) = load_model(ADDED / "sources.yml", SourcesFile).sources
    return found.domain()


def described(base: str, name: str = "") -> dict[str, Any]:
    """The entry as the driver takes it."""
    source = entry()
    return {"id": name or source.id, "kind": source.kind, "options": {**source.options, "base": base}}


def crawl(bench: Bench, board: Board, **order: Any) -> Answer:
    """A crawl of the source as sources.yml describes it, with the two modules where the others are."""
    return bench.crawl(described(board.url), queries=(QUERY,), added=str(ADDED), **order)


def test_three_files_make_a_source_that_is_read_completely(bench: Bench, board: Board) -> None:
    """Every post of the window, coverage, cursor; the second run asks for the overlap alone."""
    answer = crawl(bench, board, backfill_days=2)
    wanted = {f"p{n}" for n in range(49)}
    assert wanted <= {draft["native_id"] for draft in answer.drafts.values()}
    assert [(row["source"], row["query"], row["status"]) for row in answer.coverage] == [("townsquare", QUERY, "ok")]
    assert answer.cursors == {QUERY: NOW.isoformat()}
    before = len(board.asked)
    second = crawl(bench, board)
    assert second.summary["mentions"]["new"] == 0
    assert len([path for path in board.asked[before:] if "search" in path]) == 1


REFUSALS = [
    (403, b"x", "blocked", "http_403"),
    (503, b"x", "transport", "http_503"),
    (200, b"", "blocked", "empty_body"),
    (200, b'{"code": 1001}', "auth_required", "code_1001"),
    (200, b'{"code": 1002}', "rate_limited", "code_1002"),
    (200, b'{"code": 0, "data": {}}', "changed", "no_list"),
    (200, b'{"code": 0, "data": {"list": [{"no": 1}], "total": 1}}', "changed", "entries_unreadable"),
    (200, b'{"code": 0, "da', "transport", "truncated_json"),
]


def test_its_refusals_are_told_apart_and_its_empty_result_is_proved(bench: Bench, board: Board) -> None:
    """Eight sources of the new kind meet a refusal each: no cursor moves. It moves for the proved empty result."""
    board.refusals = {f"/{number}/": (status, body) for number, (status, body, *_) in enumerate(REFUSALS)}
    sources = [described(f"{board.url}/{number}", f"square{number}") for number in range(len(REFUSALS))]
    refused = bench.crawl(*sources, queries=(QUERY,), added=str(ADDED))
    told = {row["source"]: (row["status"], row["detail"]) for row in refused.coverage}
    assert told == {f"square{number}": (outcome, detail) for number, (*_, outcome, detail) in enumerate(REFUSALS)}
    assert refused.cursors == {}
    board.refusals = {"/": (200, b'{"code": 0, "data": {"list": [], "total": 0}}')}
    empty = crawl(bench, board)
    assert "ok_empty" in {row["status"] for row in empty.coverage if row["source"] == "townsquare"}
    assert empty.cursors == {QUERY: NOW.isoformat()}


def test_a_misspelt_option_of_the_new_kind_is_named(bench: Bench, board: Board) -> None:
    """The engine checks the options that the spider declares."""
    source = entry()
    wrong = {"id": source.id, "kind": source.kind, "options": {**source.options, "bord": "x"}}
    answer = bench.crawl(wrong, queries=(QUERY,), added=str(ADDED))
    assert answer.error == "ConfigError"
    assert board.asked == []


def test_the_contract_is_three_files() -> None:
    """What the how-to promises is what lies here: a spider, a backend, an entry of sources.yml."""
    files = sorted(str(path.relative_to(ADDED)) for path in ADDED.rglob("*") if path.suffix in (".py", ".yml"))
    assert files == ["backends/forum.py", "sources.yml", "spiders/forum.py"]
    page = (Path(__file__).resolve().parents[3] / "docs" / "howto" / "add-source.md").read_text(encoding="utf-8")
    assert "**三个文件**" in page
