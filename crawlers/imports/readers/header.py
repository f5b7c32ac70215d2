"""Column titles of CSV and XLSX files."""

from collections import Counter
from collections.abc import Sequence

from crawlers.imports.titles import NO_HEADER, is_title, shown_titles
from yuqing.domain.errors import InputError


def header(name: str, cells: Sequence[object]) -> tuple[str, ...]:
    """Trimmed column titles; an untitled column is "" and ignored. A title that occurs twice is an InputError."""
    titles = tuple("" if cell is None else str(cell).strip() for cell in cells)
    if not any(titles):
        raise InputError(f"{name}：没有表头（第一行应当是列名）")
    twice = [title for title, count in Counter(titles).items() if title and count > 1]
    if twice:
        if not all(map(is_title, titles)):
            raise InputError(f"{name}：{NO_HEADER}；请在第一行写上列名后再导入")
        raise InputError(f"{name}：列名重复：{shown_titles(twice)}；请改名后再导入")
    return titles


def named(titles: Sequence[str], cells: Sequence[object]) -> dict[str, object]:
    """Cells by title; columns without a title are left out."""
    return {title: cell for title, cell in zip(titles, cells, strict=True) if title}
