"""Column titles that may be shown. A file without a header line has people's data where titles should be."""

import re
from collections.abc import Sequence

from nlp.privacy import mask

NO_HEADER = "第一行不像表头"
_LONGEST = 20
_MOST = 20
# A value, not the name of a column: a number, a date, an address, a sentence, somebody called.
_VALUE = re.compile(r"\d{5}|\d{1,4}[-/.:年月日时]\d|^[\d\s.,+\-%万亿]+$|[@＠]|://|[，。！？；\n]")


def is_title(text: str) -> bool:
    """True for what looks like the name of a column."""
    return len(text) <= _LONGEST and not _VALUE.search(text) and mask(text) == text


def shown_titles(titles: Sequence[str]) -> str:
    """Titles for people to read; where one of them is a value, none of them is shown."""
    if not all(map(is_title, titles)):
        return NO_HEADER
    more = f" 等 {len(titles)} 列" if len(titles) > _MOST else ""
    return "、".join(titles[:_MOST]) + more


def presentable(titles: Sequence[str]) -> tuple[str, ...]:
    """Those titles that may be shown, one by one; how many others there are is said at the end."""
    good = [title for title in titles if is_title(title)][:_MOST]
    hidden = len(titles) - len(good)
    return (*good, f"另有 {hidden} 列") if hidden else tuple(good)
