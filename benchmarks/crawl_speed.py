"""Pages a second of our spiders beside a bare Scrapy spider that fetches the same pages, and memory over many pages.

    python benchmarks/crawl_speed.py [--repeats 5] [--concurrency 8] [--answer-ms 50,100,200]
    python benchmarks/crawl_speed.py --pages 100000 [--intake sqlite]

`bare` asks for addresses that it was given and looks at nothing; `bare + parse` calls our parser too. `ours` finds the
addresses itself, judges every page, keeps accounts per slice, remembers sessions and circuits, and hands drafts to an
intake: to none, or to the product's own with a throw-away SQLite store. Time counts from the opening of the spider to
its close. From the double every page is rendered when it
is asked for; the page server answers from memory. Both answer as fast as they can, so these tables compare processor
time; `--answer-ms` are further rounds in which the double takes as long as platforms do before it answers. The target
is judged there. Rounds are interleaved, since the machine may be busy with others: a ratio compares neighbours.
Prints tables, writes benchmarks/out/crawl_speed.json (memory: crawl_memory.json).
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "benchmarks" / "out"
NOW = "2026-03-14T09:30:00+08:00"
LOGIN = "SUB=_2A25LoginBenchmark; SUBP=0033Benchmark"
QUERIES = (
    *("云江银行", "海州银行", "北原银行", "云江手机银行", "金秋开户礼", "林知远", "海银", "云银"),
    *("手机银行", "客服", "排队", "转账", "利率", "理财", "贷款", "信用卡", "活动", "存款", "银行", "柜台"),
)
WEIBO = {"kind": "weibo", "options": {"surface": "search", "comments": False}, "days": 21}
TARGET = 0.90


def child(folder: Path, **order: Any) -> dict[str, Any]:
    """One crawl in its own process."""
    path = folder / "order.json"
    path.write_text(json.dumps(order), encoding="utf-8")
    command = [sys.executable, str(ROOT / "benchmarks" / "crawl_children.py"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def simulator(folder: Path) -> Iterator[str]:
    """The doubles in a process of their own."""
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "simulator", "--now", NOW, "--scenario", "demo", "--ready-file", str(ready)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        while not ready.exists() and process.poll() is None:
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        yield json.loads(ready.read_text(encoding="utf-8"))["url"]
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def page_server(folder: Path, pages: Mapping[str, Any]) -> Iterator[str]:
    """Pages from memory in a process of their own."""
    path = folder / "pages.json"
    path.write_text(json.dumps(pages), encoding="utf-8")
    command = [sys.executable, str(ROOT / "benchmarks" / "page_server.py"), str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait(20)


def asked(url: str) -> list[str]:
    """The addresses of the platform's pages that our crawl asked the double for."""
    lines = httpx.get(f"{url}/__control/requests", timeout=60).json()
    found = [line["path"] + (f"?{urlencode(line['query'])}" if line["query"] else "") for line in lines]
    httpx.delete(f"{url}/__control/requests", timeout=60)
    return [path for path in found if path.startswith("/weibo-")]


def recorded(url: str, paths: list[str]) -> dict[str, Any]:
    """What the double answers, for the page server."""
    found = {}
    with httpx.Client(headers={"Cookie": LOGIN, "Referer": f"{url}/"}, timeout=60) as client:
        for path in dict.fromkeys(paths):
            answer = client.get(url + path)
            found[path] = (answer.status_code, answer.headers["content-type"], answer.content.decode("latin-1"))
    return found


def take_time(url: str, milliseconds: int) -> None:
    """From now on the double waits so long before every answer of the search; 0: not at all."""
    httpx.delete(f"{url}/__control/scenario", timeout=60).raise_for_status()
    order = [{"route": "weibo-s", "outcome": "slow", "seconds": milliseconds / 1000, "times": -1}]
    if milliseconds:
        httpx.post(f"{url}/__control/scenario", json=order, timeout=60).raise_for_status()


def rounds(folder: Path, url: str, paths: list[str], repeats: int, concurrency: int) -> dict[str, list[dict[str, Any]]]:
    """All contestants, one after the other, round after round."""
    common = {"url": url, "concurrency": concurrency}
    mine = {**common, **WEIBO, "what": "ours", "queries": QUERIES}
    contestants: dict[str, dict[str, Any]] = {
        "bare": {**common, "what": "bare", "parse": False, "paths": paths},
        "bare + parse": {**common, "what": "bare", "parse": True, "paths": paths},
        "ours, no intake": {**mine, "intake": "none"},
        "ours, SQLite": {**mine, "intake": "sqlite"},
    }
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in contestants}
    for number in range(repeats):
        for name, order in contestants.items():
            found[name].append(child(folder, **order))
            print(f"{number + 1}/{repeats} {name}: {found[name][-1]['pages']} pages", file=sys.stderr, flush=True)
    return found


def table(found: Mapping[str, list[dict[str, Any]]]) -> dict[str, dict[str, float]]:
    """Medians per contestant, and the median of the ratios to the bare spiders of the same round."""
    rates = {name: [run["pages"] / run["seconds"] for run in runs] for name, runs in found.items()}
    rows = {}
    for name, runs in found.items():
        rows[name] = {
            "pages": runs[0]["pages"],
            "pages_per_second": statistics.median(rates[name]),
            "cpu_ms_per_page": statistics.median(1000 * run["cpu"] / run["pages"] for run in runs),
            "peak_mb": max(run["peak_kb"] for run in runs) / 1024,
            "of_bare": statistics.median(a / b for a, b in zip(rates[name], rates["bare"], strict=True)),
            "of_bare_parse": statistics.median(a / b for a, b in zip(rates[name], rates["bare + parse"], strict=True)),
        }
    return rows


def print_table(title: str, rows: Mapping[str, Mapping[str, float]]) -> None:
    """For people."""
    print(f"\n{title}\n{'':20}{'pages':>8}{'pages/s':>10}{'CPU ms/page':>13}{'peak MB':>9}{'of bare':>9}{'+ parse':>9}")
    for name, row in rows.items():
        print(
            f"{name:20}{row['pages']:>8,.0f}{row['pages_per_second']:>10,.1f}{row['cpu_ms_per_page']:>13.2f}"
            f"{row['peak_mb']:>9.0f}{row['of_bare']:>9.1%}{row['of_bare_parse']:>9.1%}"
        )


def speed(folder: Path, repeats: int, concurrency: int, answer_ms: Sequence[int]) -> dict[str, Any]:
    """All tables."""
    timed: dict[int, dict[str, dict[str, float]]] = {}
    with simulator(folder) as url:
        child(folder, url=url, concurrency=concurrency, **WEIBO, what="ours", intake="none", queries=QUERIES)
        paths = asked(url)
        pages = recorded(url, paths)
        double = table(rounds(folder, url, paths, repeats, concurrency))
        for milliseconds in answer_ms:
            take_time(url, milliseconds)
            timed[milliseconds] = table(rounds(folder, url, paths, repeats, concurrency))
    with page_server(folder, pages) as url:
        memory = table(rounds(folder, url, paths, repeats, concurrency))
    print_table("From the double, which answers at once", double)
    for milliseconds, rows in timed.items():
        print_table(f"From the double, which answers after {milliseconds} ms", rows)
    print_table("From memory", memory)
    print(f"\nTarget: {TARGET:.0%} of the bare spider on the same pages from the double")
    for milliseconds, rows in {0: double, **timed}.items():
        print(f"  answers after {milliseconds:>4} ms: {rows['ours, SQLite']['of_bare']:.1%}")
    return {"concurrency": concurrency, "repeats": repeats, "double": double, "timed": timed, "memory": memory}


def flat(folder: Path, pages: int, intake: str, concurrency: int) -> dict[str, Any]:
    """Memory over many pages."""
    with simulator(folder) as url:
        query = urlencode({"q": QUERIES[0], "timescope": "custom:2026-03-01-0:2026-03-14-9", "page": "1"})
        page = recorded(url, [f"/weibo-s/weibo?{query}"])
    (answer,) = page.values()
    order = {"what": "endless", "kind": "endless", "options": {}, "days": 7, "queries": QUERIES, "pages": pages}
    with page_server(folder, {"*": answer}) as url:
        found = child(folder, url=url, concurrency=concurrency, intake=intake, **order)
    samples = found["samples"]
    print(f"\n{'pages':>9}{'RSS MB':>9}")
    for count, kilobytes in samples[:: max(1, len(samples) // 20)]:
        print(f"{count:>9,}{kilobytes / 1024:>9.1f}")
    warm = [kilobytes for count, kilobytes in samples if count >= pages // 10]
    growth = (warm[-1] - warm[0]) / 1024 if warm else 0.0
    rate = found["pages"] / found["seconds"]
    print(f"{found['pages']:,} pages at {rate:,.0f} a second; {growth:+.1f} MB over the last nine tenths")
    return {"pages": found["pages"], "intake": intake, "growth_mb": growth, "pages_per_second": rate, "rss": samples}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument(
        "--answer-ms", default="50,100,200", help="how long the double takes to answer, comma-separated"
    )
    parser.add_argument("--pages", type=int, default=0, help="memory over so many pages in place of speed")
    parser.add_argument("--intake", choices=("none", "sqlite"), default="none", help="of the memory run")
    options = parser.parse_args()
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.pages:
            found = flat(folder, options.pages, options.intake, options.concurrency)
        else:
            answer_ms = [int(part) for part in options.answer_ms.split(",") if part]
            found = speed(folder, options.repeats, options.concurrency, answer_ms)
    path = OUTPUT / ("crawl_memory.json" if options.pages else "crawl_speed.json")
    path.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
