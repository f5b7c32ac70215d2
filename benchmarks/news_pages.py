"""Extraction on saved pages of Chinese news sites, page by page, beside plain trafilatura in the same run.

    python benchmarks/news_pages.py            a table per page, JSON in benchmarks/out/news_pages.json
    python benchmarks/news_pages.py --gate     exit 1 where a floor of news_pages.json is missed

The pages belong to their sites and lie in the shared folder (YQ_SHARED, or `shared` beside the checkout). What is
right was read off the pages by a person; the repository keeps digests of it only (benchmarks/news_pages.json):
of the title, of the first and the last eight letters of the main text, and the time as the page tells it.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import trafilatura

from crawlers.extract.encoding import decode
from crawlers.extract.news_page import extract
from crawlers.extract.times import SHANGHAI

HERE = Path(__file__).parent
TRUTH = HERE / "news_pages.json"
OUTPUT = HERE / "out" / "news_pages.json"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
_EDGE = 8


@dataclass(frozen=True)
class Found:
    """What one way of extraction says about a page. `time` is local, as exact as it is known."""

    title: str
    time: str
    text: str
    by: str


@dataclass(frozen=True)
class Row:
    """One page judged: which parts are right, which way answered, how long the text is."""

    page: str
    by: str
    title: bool
    day: bool
    clock: bool
    begins: bool
    ends: bool
    letters: int


def digest(text: str, take: slice = slice(None)) -> str:
    """What the repository keeps of a text: its letters and digits, hashed."""
    return sha256("".join(filter(str.isalnum, text))[take].encode()).hexdigest()[:16]


def ours(page: bytes, name: str) -> Found:
    """The product's extractor, without the help of a feed or an address."""
    found = extract(page, f"https://www.example.com/{name}", None, NOW)
    shown = found.published_at.astimezone(SHANGHAI) if found.published_at else None
    precision = found.time_precision.value if found.time_precision else ""
    form = "%Y-%m-%d" if precision == "day" else "%Y-%m-%dT%H:%M"
    return Found(found.title, shown.strftime(form) if shown else "", found.text, found.method)


def plain(page: bytes, name: str) -> Found:
    """trafilatura as it comes, given the decoded page."""
    document = trafilatura.bare_extraction(decode(page), url=f"https://www.example.com/{name}", with_metadata=True)
    found = document.as_dict() if document else {}
    return Found(found.get("title") or "", found.get("date") or "", found.get("text") or "", "trafilatura")


def judge(name: str, found: Found, truth: Mapping[str, str]) -> Row:
    """Compare with what a person read."""
    return Row(
        page=name,
        by=found.by,
        title=digest(found.title) == truth["title"],
        day=found.time[:10] == truth["time"][:10],
        clock=found.time == truth["time"],
        begins=digest(found.text, slice(_EDGE)) == truth["begins"],
        ends=digest(found.text, slice(-_EDGE, None)) == truth["ends"],
        letters=len("".join(filter(str.isalnum, found.text))),
    )


def measure(folder: Path) -> dict[str, Any]:
    """Both extractors on every page: rows, shares of right answers, milliseconds a page."""
    truth = json.loads(TRUTH.read_text(encoding="utf-8"))["pages"]
    pages = {path.stem: path.read_bytes() for path in sorted(folder.glob("*.html")) if path.stem in truth}
    ways: dict[str, Callable[[bytes, str], Found]] = {"yuqing": ours, "trafilatura": plain}
    result: dict[str, Any] = {"pages": len(pages)}
    for way, run in ways.items():
        begun = time.perf_counter()
        rows = [judge(name, run(page, name), truth[name]) for name, page in pages.items()]
        spent = time.perf_counter() - begun
        shares = {part: sum(getattr(row, part) for row in rows) for part in ("title", "day", "clock", "begins", "ends")}
        result[way] = {**shares, "ms": round(1000 * spent / len(rows)), "rows": [asdict(row) for row in rows]}
    return result


def missed(result: Mapping[str, Any], floors: Mapping[str, int]) -> list[str]:
    """The floors that are not reached."""
    return [
        f"{part}: {result['yuqing'][part]} < {least}"
        for part, least in floors.items()
        if result["yuqing"][part] < least
    ]


def _mark(row: Mapping[str, Any]) -> str:
    return "".join(
        letter if row[part] else "·"
        for part, letter in (("title", "T"), ("day", "D"), ("clock", "C"), ("begins", "B"), ("ends", "E"))
    )


def table(result: Mapping[str, Any]) -> str:
    """A line per page: T title, D day, C clock time, B beginning and E end of the text are right."""
    lines = [f"{'page':<20} {'by':<12} {'ours':<6} {'letters':>7}   {'plain':<6} {'letters':>7}"]
    for mine, other in zip(result["yuqing"]["rows"], result["trafilatura"]["rows"], strict=True):
        left = f"{mine['page']:<20} {mine['by']:<12} {_mark(mine):<6} {mine['letters']:>7}"
        lines.append(f"{left}   {_mark(other):<6} {other['letters']:>7}")
    for way in ("yuqing", "trafilatura"):
        parts = "  ".join(
            f"{part} {result[way][part]}/{result['pages']}" for part in ("title", "day", "clock", "begins", "ends")
        )
        lines.append(f"{way:<12} {parts}  {result[way]['ms']} ms a page")
    return "\n".join(lines)


def main() -> int:
    """Measure, print, write, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gate", action="store_true")
    arguments = parser.parse_args()
    shared = Path(os.environ.get("YQ_SHARED", HERE.parent.parent / "shared"))
    folder = shared / "data" / "news_pages" / "html"
    if not folder.is_dir():
        sys.stderr.write("the shared pages are not here (YQ_SHARED)\n")
        return 2
    result = measure(folder)
    sys.stdout.write(table(result) + "\n")
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    floors = json.loads(TRUTH.read_text(encoding="utf-8"))["floors"]
    below = missed(result, floors)
    for line in below:
        sys.stdout.write(f"below the floor: {line}\n")
    return 1 if below and arguments.gate else 0


if __name__ == "__main__":
    sys.exit(main())
