"""The boolean query language, parsed once into one tree.

    示例银行 AND (崩了 OR 闪退) NOT 招聘
    "手机银行 闪退"                  a quoted phrase is matched as written
    转账 NEAR/10 失败                both within 10 characters of each other, in any order
    platform:weibo sentiment:negative severity:>=2

Two terms beside each other mean AND. NOT binds closer than AND, AND closer than OR. AND, OR, NOT and NEAR/n are
operators in capital letters only. A tree matches a text here (`matches`) and is compiled by the stores. Full-width
forms and letter case do not matter: both sides go through `normalise`.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from yuqing.domain.errors import QuerySyntaxError
from yuqing.domain.query_fields import FIELDS as FIELDS
from yuqing.domain.query_fields import FieldFilter as FieldFilter
from yuqing.domain.query_fields import parse_filter, render_filter

MAX_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Term:
    """A literal piece of text (word or phrase), already normalised, matched as a substring of title or text."""

    text: str


@dataclass(frozen=True, slots=True)
class Near:
    """Both terms occur with at most `distance` characters between them, in any order."""

    left: Term
    right: Term
    distance: int


@dataclass(frozen=True, slots=True)
class And:
    """Every part matches."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some part matches."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not match."""

    part: "Node"


Node = Term | Near | FieldFilter | And | Or | Not


def normalise(text: str) -> str:
    """NFKC, case-folded, white space runs as one space: the form in which texts and terms are compared."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


_QUOTED = r"""(?:"[^"]*"|“[^”]*”)"""
_TOKEN = re.compile(
    rf"\s*(?:(?P<open>[(（])|(?P<close>[)）])|(?P<filter>(?:{'|'.join(sorted(FIELDS))}):{_QUOTED})"
    rf"|(?P<quoted>{_QUOTED})|(?P<word>[^\s()（）\"“”]+))"
)
_NEAR = re.compile(r"NEAR/(\d{1,3})$")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # open close filter quoted word end
    text: str
    position: int


def _tokens(text: str) -> list[_Token]:
    tokens, position = [], 0
    while text[position:].strip():
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise QuerySyntaxError("引号没有配对", position)
        tokens.append(_Token(found.lastgroup, found.group(found.lastgroup), found.start(found.lastgroup)))
        position = found.end()
    return [*tokens, _Token("end", "", len(text))]


class _Parser:
    """Recursive descent: or = and (OR and)*, and = not (AND? not)*, not = NOT* near, near = atom (NEAR/n atom)*."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def parse(self) -> Node:
        """The whole text as one tree."""
        node = self._or()
        if self._now.kind != "end":
            raise QuerySyntaxError("多了一个右括号", self._now.position)
        return node

    @property
    def _now(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._now
        self._at += 1
        return token

    def _is_operator(self, name: str) -> bool:
        return self._now.kind == "word" and self._now.text == name

    def _or(self) -> Node:
        parts = [self._and()]
        while self._is_operator("OR"):
            self._take()
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _and(self) -> Node:
        parts = [self._not()]
        while self._now.kind in ("open", "filter", "quoted") or (self._now.kind == "word" and self._now.text != "OR"):
            if self._is_operator("AND"):
                self._take()
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _not(self) -> Node:
        negations = 0
        while self._is_operator("NOT"):
            self._take()
            negations += 1
        node = self._near()
        return Not(node) if negations % 2 else node

    def _near(self) -> Node:
        node = self._atom()
        while self._now.kind == "word" and (found := _NEAR.match(self._now.text)):
            operator = self._take()
            right = self._atom()
            if not isinstance(node, Term) or not isinstance(right, Term):
                raise QuerySyntaxError("NEAR 的两边必须是词或短语", operator.position)
            node = Near(node, right, int(found.group(1)))
        return node

    def _atom(self) -> Node:
        token = self._take()
        if token.kind == "open":
            return self._group(token)
        if token.kind == "quoted":
            return _term(token.text[1:-1], token)
        if token.kind in ("word", "filter"):
            return _word(token)
        self._at -= 1
        raise QuerySyntaxError("这里缺少一个词", token.position)

    def _group(self, opening: _Token) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QuerySyntaxError("括号嵌套太深", opening.position)
        node = self._or()
        if self._take().kind != "close":
            raise QuerySyntaxError("括号没有闭合", opening.position)
        self._depth -= 1
        return node


def _term(text: str, token: _Token) -> Term:
    normal = normalise(text)
    if not normal:
        raise QuerySyntaxError("短语是空的", token.position)
    return Term(normal)


def _word(token: _Token) -> Node:
    if token.text in ("AND", "OR", "NOT") or _NEAR.match(token.text):
        raise QuerySyntaxError(f"{token.text} 的两边都要有词", token.position)
    name, colon, value = token.text.partition(":")
    if not colon or name not in FIELDS:
        return _term(token.text, token)
    return parse_filter(name, value, token.position)


def parse_query(text: str) -> Node:
    """The tree of a boolean query. Raises QuerySyntaxError, with the position, where it does not parse."""
    if not text.strip():
        raise QuerySyntaxError("查询语句是空的", 0)
    return _Parser(text).parse()


def _quoted(text: str) -> str:
    plain = re.fullmatch(r"[^\s()（）\"“”:]+", text) and text.upper() not in {"AND", "OR", "NOT"}
    return text if plain and not text.upper().startswith("NEAR/") else f'"{text}"'


def render_query(node: Node) -> str:
    """Text that parses back into an equal tree."""
    match node:
        case Term(text):
            return _quoted(text)
        case Near(left, right, distance):
            return f"{_quoted(left.text)} NEAR/{distance} {_quoted(right.text)}"
        case FieldFilter():
            return render_filter(node)
        case And(parts):
            return "(" + " AND ".join(render_query(part) for part in parts) + ")"
        case Or(parts):
            return "(" + " OR ".join(render_query(part) for part in parts) + ")"
        case Not(part):
            return f"NOT ({render_query(part)})"


def _near(near: Near, text: str) -> bool:
    left = [m.span() for m in re.finditer(f"(?={re.escape(near.left.text)})", text)]
    right = [m.start() for m in re.finditer(f"(?={re.escape(near.right.text)})", text)]
    for start, _ in left:
        for other in right:
            first_end = start + len(near.left.text) if start <= other else other + len(near.right.text)
            gap = max(start, other) - first_end
            if -1 < gap <= near.distance:
                return True
    return False


def compare(op: str, left: int, right: int) -> bool:
    """`left op right` for the five comparison operators of the language."""
    operators: Mapping[str, Callable[[int, int], bool]] = {
        "=": lambda a, b: a == b,
        ">=": lambda a, b: a >= b,
        ">": lambda a, b: a > b,
        "<=": lambda a, b: a <= b,
        "<": lambda a, b: a < b,
    }
    return operators[op](left, right)


def _field(node: FieldFilter, fields: Mapping[str, tuple[str, ...]]) -> bool:
    values = fields.get(node.field, ())
    if node.field == "severity":
        return any(compare(node.op, int(value), int(node.value)) for value in values)
    return node.value in values


def matches(node: Node, text: str, fields: Mapping[str, tuple[str, ...]] | None = None) -> bool:
    """True when the tree holds for a text (title and text joined by a newline) and its field values.

    `text` may be raw: it is normalised here. A field without values matches no filter on it.
    """
    return _matches(node, normalise(text), fields or {})


def matches_normalised(node: Node, normal: str, fields: Mapping[str, tuple[str, ...]] | None = None) -> bool:
    """Like `matches`, for a text that went through `normalise` already (which is not idempotent for every script)."""
    return _matches(node, normal, fields or {})


def _matches(node: Node, text: str, fields: Mapping[str, tuple[str, ...]]) -> bool:
    match node:
        case Term(term):
            return term in text
        case Near():
            return _near(node, text)
        case FieldFilter():
            return _field(node, fields)
        case And(parts):
            return all(_matches(part, text, fields) for part in parts)
        case Or(parts):
            return any(_matches(part, text, fields) for part in parts)
        case Not(part):
            return not _matches(part, text, fields)


def positive_terms(node: Node) -> tuple[str, ...]:
    """Every term that is not under a NOT, in order: what a search box can be asked for."""
    match node:
        case Term(text):
            return (text,)
        case Near(left, right, _):
            return (left.text, right.text)
        case And(parts) | Or(parts):
            return tuple(dict.fromkeys(term for part in parts for term in positive_terms(part)))
        case _:
            return ()
