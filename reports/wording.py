"""Pieces of sentences about figures. Nothing here says what no figure says."""

from reports.labels import show, show_number
from yuqing.domain.report import Figure

STEADY = 0.05  # smaller changes are shown as 持平: they round to 0.0


def with_unit(figure: Figure) -> str:
    """1,234 条, or 无数据."""
    text = show(figure)
    return text if figure.value is None or figure.unit.endswith("%") else f"{text} {figure.unit}"


def trend(figure: Figure, up: str = "增加", down: str = "减少") -> str:
    """增加 12.3%, or 基本持平. Only for a figure with a value."""
    value = figure.value or 0.0
    if abs(value) < STEADY:
        return "基本持平"
    amount = show_number(abs(value), "%") if figure.unit == "环比%" else f"{abs(value):,.1f} {figure.unit}"
    return f"{up if value > 0 else down} {amount}"


def listed(parts: list[str]) -> str:
    """甲、乙、丙."""
    return "、".join(parts)
