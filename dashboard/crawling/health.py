"""How every source is, as one table."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from dashboard import format as fmt
from dashboard import labels
from yuqing.source_health import Condition, SourceHealth

COLUMNS = ["来源", "状态", "最近结果", "最近完整", "没看全", "熔断", "会话", "探测词", "待补", "下次"]
_BLANK = "—"


def frame(found: Sequence[SourceHealth], now: datetime) -> pd.DataFrame:
    """One row per enabled source, those in trouble first; badges as lists of one."""
    rows = [_row(one, now) for one in sorted(found, key=_urgency) if one.is_enabled]
    return pd.DataFrame(rows, columns=COLUMNS)


def sentence(found: Sequence[SourceHealth]) -> str:
    """What stands beside a zero: the sources that are not well, or that all are."""
    enabled = [one for one in found if one.is_enabled and one.condition is not Condition.FED]
    troubled = [f"{fmt.plain(one.name)} {_why(one)}" for one in sorted(enabled, key=_urgency) if not _is_well(one)]
    if not enabled:
        return "没有启用的采集来源。"
    if not troubled:
        return f"{len(enabled)} 个采集来源都正常。"
    return f"{len(enabled)} 个采集来源中 {len(troubled)} 个不正常：{fmt.listing(troubled, 6)}。"


def _is_well(one: SourceHealth) -> bool:
    return one.condition is Condition.WELL


def _why(one: SourceHealth) -> str:
    word = labels.condition(one.condition).partition(" ")[2]
    if one.condition is not Condition.REFUSED or one.outcome is None or one.outcome.is_complete:
        return word
    return f"{word}（{labels.OUTCOME_NAMES[one.outcome]}）"


_ORDER = (Condition.REFUSED, Condition.LATE, Condition.NEVER, Condition.WELL, Condition.FED, Condition.OFF)


def _urgency(one: SourceHealth) -> int:
    return _ORDER.index(one.condition)


def _row(one: SourceHealth, now: datetime) -> dict[str, object]:
    return {
        "来源": one.name,
        "状态": [labels.condition(one.condition)],
        "最近结果": [] if one.outcome is None else [labels.outcome(one.outcome)],
        "最近完整": _BLANK if one.last_complete_at is None else fmt.ago(one.last_complete_at, now),
        "没看全": f"{one.refused} / {one.queries}" if one.queries else _BLANK,
        "熔断": _circuit(one),
        "会话": one.session_words(),
        "探测词": _canary(one),
        "待补": f"{one.waiting} 段" if one.waiting else _BLANK,
        "下次": _next(one, now),
    }


def _circuit(one: SourceHealth) -> str:
    word = labels.CIRCUITS[one.circuit]
    return f"{word}：{labels.OUTCOME_NAMES[one.circuit_outcome]}" if one.circuit_outcome else word


def _canary(one: SourceHealth) -> str:
    broken = [labels.VIOLATIONS.get(name, name) for name in one.violations]
    looked = [] if one.canary is None else [labels.OUTCOME_NAMES[one.canary]]
    return "；".join((*looked, *broken)) or _BLANK


def _next(one: SourceHealth, now: datetime) -> str:
    if one.next_try is None:
        return _BLANK
    return "即将" if one.next_try <= now else fmt.short_stamp(one.next_try)
