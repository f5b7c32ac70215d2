"""Every detail that a crawler writes is told in Chinese."""

import re
from pathlib import Path

import pytest

from yuqing.details import told

ROOT = Path(__file__).resolve().parents[3]
_VERDICT = re.compile(r'Verdict\(\s*Outcome\.\w+,\s*"([^"]+)"')
_CHINESE = re.compile("[\u4e00-\u9fff]")


def test_every_detail_of_the_crawlers_has_chinese_words() -> None:
    """A fixed word that a parser or a backend writes never reaches a person untranslated."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "crawlers").rglob("*.py")]
    words = {word for source in sources for word in _VERDICT.findall(source)}
    assert len(words) > 100
    untold = [word for word in sorted(words) if not _CHINESE.search(told(word)) and "HTTP" not in told(word)]
    assert untold == [], "yuqing/details.py has no Chinese for these"


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ("canary_silent", "连必有结果的探测词也搜不到：平台可能在隐瞒结果"),
        ("http_418", "HTTP 418"),
        ("error_21327", "平台错误码 21327"),
        ("parser_KeyError", "解析出错（KeyError）"),
        ("no_cards", "页面结构读不懂"),
        ("", ""),
        ("SomethingNew", "SomethingNew"),
    ],
)
def test_words_for_a_detail(detail: str, expected: str) -> None:
    """Known words and patterns are told; an unknown word is never hidden."""
    assert told(detail) == expected
