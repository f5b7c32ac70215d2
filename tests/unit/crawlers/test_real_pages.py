"""Extraction on the shared real pages: the floors of the benchmark, and that it judges."""

import json
from pathlib import Path

import pytest

from benchmarks import news_pages

TRUTH = json.loads(news_pages.TRUTH.read_text(encoding="utf-8"))


@pytest.mark.data
def test_real_pages_hold_the_floors(shared: Path) -> None:
    """29 saved pages of twenty sites: title, day, clock time, first and last words of the text, as a person read them.

    Plain trafilatura runs beside it in `python benchmarks/news_pages.py`; here only ours, for the time it takes.
    """
    folder = shared / "data" / "news_pages" / "html"
    rows = []
    for name, truth in TRUTH["pages"].items():
        rows.append(news_pages.judge(name, news_pages.ours((folder / f"{name}.html").read_bytes(), name), truth))
    reached = {part: sum(getattr(row, part) for row in rows) for part in TRUTH["floors"]}
    assert news_pages.missed({"yuqing": reached}, TRUTH["floors"]) == []
    assert {row.by for row in rows} == {"site", "trafilatura"}


def test_the_judge_sees_a_wrong_word_and_a_missed_floor() -> None:
    """A digest of another title, a day off, an end cut short."""
    text = "云江银行今天调整了柜台的营业时间，方便上班族。"
    truth = {
        "title": news_pages.digest("云江银行公告"),
        "time": "2026-03-14T09:05",
        "begins": news_pages.digest(text, slice(8)),
        "ends": news_pages.digest(text, slice(-8, None)),
    }
    good = news_pages.judge("p", news_pages.Found("云江银行 公告", "2026-03-14T09:05", text, "site"), truth)
    assert (good.title, good.day, good.clock, good.begins, good.ends) == (True,) * 5
    bad = news_pages.judge("p", news_pages.Found("公告", "2026-03-13", text[:-3], "site"), truth)
    assert (bad.title, bad.day, bad.clock, bad.begins, bad.ends) == (False, False, False, True, False)
    assert news_pages.missed({"yuqing": {"title": 27}}, {"title": 28}) == ["title: 27 < 28"]
