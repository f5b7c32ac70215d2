"""The real input: MediaCrawler's Weibo files and Douyin comments, imported twice."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.data]


def yuqing(home: Path, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    """JSON lines of a command."""
    command = [sys.executable, "-m", "yuqing", *arguments]
    done = subprocess.run(
        command, env={"YQ_HOME": str(home), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == code, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def test_two_real_files_twice(tmp_path: Path, shared: Path) -> None:
    """Every row is stored or quarantined by name, the second import adds nothing; search, volume and chart work."""
    weibo, douyin = shared / "data/weibo_mediacrawler_2026", shared / "data/douyin_comments/comments.csv"
    files = [str(weibo / "contents.jsonl"), str(weibo / "comments.jsonl"), str(douyin)]
    home = tmp_path / "home"
    command = ("import", *files, "--keep-unmatched", "--json")
    first = yuqing(home, *command, code=1)  # comments without a text are quarantined and named
    for summary in first:
        assert summary["new"] + summary["unchanged"] + summary["quarantined"] == summary["read"]
    assert [summary["read"] for summary in first] == [369, 163, 10002]
    again = yuqing(home, *command, code=1)
    assert [summary["new"] for summary in again] == [0, 0, 0]
    assert [summary["quarantined"] for summary in again] == [summary["quarantined"] for summary in first]

    hits = yuqing(home, "search", "萝卜快跑 AND NOT 百度", "--json", "--limit", "500")
    assert hits
    assert all("萝卜快跑" in hit["text"] and "百度" not in hit["text"] for hit in hits)
    chart = tmp_path / "volume.png"
    bins = yuqing(home, "volume", "platform:douyin", "--interval", "1d", "--output", str(chart), "--json")
    stored = sum(summary["new"] for summary in first[2:])
    assert sum(row["total"] for row in bins) == stored
    assert chart.read_bytes().startswith(b"\x89PNG")
