"""The fields of the query language: which there are, which values they know, how a filter is read and written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.errors import QuerySyntaxError
from yuqing.domain.mention import MentionKind, MentionState, Platform

FIELDS = frozenset(
    {"platform", "kind", "subject", "sentiment", "topic", "severity", "source", "region", "author", "state", "id"}
)
# A value that nothing can ever have is a slip of the pen, not a question whose answer is "none".
_CLOSED: Mapping[str, tuple[str, ...]] = {
    "platform": tuple(Platform),
    "kind": tuple(MentionKind),
    "sentiment": tuple(SentimentLabel),
    "state": tuple(MentionState),
    "severity": ("0", "1", "2", "3"),
}
_COMPARE = re.compile(r"(>=|<=|>|<)?(.+)", re.DOTALL)
_BARE = re.compile(r"[^\s()（）\"“”]+")


@dataclass(frozen=True, slots=True)
class FieldFilter:
    """field:value; `op` is "=" or, for severity, one of >= > <= <."""

    field: str
    op: str
    value: str


def parse_filter(name: str, written: str, position: int) -> FieldFilter:
    """The filter `name:written`; the value may stand in quotes. Raises QuerySyntaxError for what cannot be meant."""
    if written[:1] in ('"', "“"):
        operator, value = "=", written[1:-1].strip()
    else:
        found = _COMPARE.match(written)
        operator, value = (found.group(1) or "=", found.group(2)) if found else ("=", "")
    if not value:
        raise QuerySyntaxError(f"{name} 后面缺少值", position)
    if operator != "=" and name != "severity":
        raise QuerySyntaxError(f"{name} 后面直接写值，只有 severity 可以比较大小", position)
    return FieldFilter(name, operator, _known(name, value, position))


def _known(name: str, value: str, position: int) -> str:
    values = _CLOSED.get(name)
    if values is None:
        return value
    if value.casefold() in values:
        return value.casefold()
    if name == "severity":
        raise QuerySyntaxError("severity 只能是 0 到 3", position)
    raise QuerySyntaxError(f"{name} 没有“{value}”这个值，可用：{'、'.join(values)}", position)


def render_filter(node: FieldFilter) -> str:
    """Text that parses back into an equal filter."""
    if _BARE.fullmatch(node.value) and node.value[0] not in "<>":
        return f"{node.field}:{'' if node.op == '=' else node.op}{node.value}"
    return f"{node.field}:“{node.value}”" if '"' in node.value else f'{node.field}:"{node.value}"'
