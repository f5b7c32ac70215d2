"""A text tree as an SQL condition over the tables of storage/sqlite/schema.py."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.sqlite.grams import encodable, is_exact, match_expression
from yuqing.domain.mention import MentionState
from yuqing.domain.query import And, FieldFilter, Near, Node, Not, Or, Term

Parameter = str | int | None
_CANDIDATES = "{key} IN (SELECT rowid FROM grams WHERE grams MATCH ?)"
_NORMAL = "(SELECT normal FROM searchable WHERE searchable.key = {key})"
_OPERATORS = frozenset({"=", ">=", ">", "<=", "<"})
_COLUMNS = {"platform": "platform", "kind": "kind", "source": "source", "region": "region", "id": "id"}


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL with its parameters. Column names are placeholders: {key} {sentiment} {deleted} exist in the narrowest
    table in use, {m} is the table `mention` and makes it needed."""

    sql: str
    parameters: tuple[Parameter, ...] = ()


def compiled(node: Node) -> Condition:
    """The condition that holds for exactly the mentions whose text and fields match."""
    match node:
        case Term(text):
            return _term(encodable(text))
        case Near(left, right, distance):
            return _near(encodable(left.text), encodable(right.text), distance)
        case FieldFilter():
            return _field(node)
        case And(parts):
            return joined("AND", [compiled(part) for part in parts])
        case Or(parts):
            return joined("OR", [compiled(part) for part in parts])
        case Not(part):
            inner = compiled(part)
            return Condition(f"NOT {inner.sql}", inner.parameters)


def joined(operator: str, parts: Sequence[Condition]) -> Condition:
    """Conditions under one operator, as a balanced tree: SQLite limits the depth of an expression, not its width."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = joined(operator, parts[:middle]), joined(operator, parts[middle:])
    return Condition(f"({left.sql} {operator} {right.sql})", left.parameters + right.parameters)


def _term(text: str) -> Condition:
    if is_exact(text):
        return Condition(f"({_CANDIDATES})", (match_expression(text),))
    return Condition(f"({_CANDIDATES} AND instr({_NORMAL}, ?) > 0)", (match_expression(text), text))


def _near(left: str, right: str, distance: int) -> Condition:
    # A FTS5 conjunction of two prefixes or pairs needs no operator between them.
    both = f"{match_expression(left)} AND {match_expression(right)}"
    return Condition(f"({_CANDIDATES} AND yq_near({_NORMAL}, ?, ?, ?))", (both, left, right, distance))


def _field(node: FieldFilter) -> Condition:
    # IS instead of =: NULL must be false, or NOT would lose the row.
    match node.field:
        case "severity":
            operator = node.op if node.op in _OPERATORS else "="
            return Condition(f"({{m}}.severity >= 0 AND {{m}}.severity {operator} ?)", (int(node.value),))
        case "sentiment":
            return Condition("({sentiment} IS ?)", (node.value,))
        case "subject" | "topic" as name:
            return Condition(f"({{key}} IN (SELECT key FROM mention_{name} WHERE {name} = ?))", (node.value,))  # noqa: S608
        case "author":
            return Condition("({m}.author IS ? OR {m}.outlet IS ?)", (node.value, node.value))
        case "state":
            return _state(node.value)
        case _:
            return Condition(f"({{m}}.{_COLUMNS[node.field]} IS ?)", (node.value,))


def _state(value: str) -> Condition:
    if value == MentionState.VISIBLE.value:
        return Condition("({deleted} IS NULL)")
    return Condition("({deleted} IS NOT NULL)" if value == MentionState.DELETED.value else "(0)")
