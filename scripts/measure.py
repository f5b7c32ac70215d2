#!/usr/bin/env python3
"""Print how long our modules and functions are, beside the targets. Exit 1 with --gate where a hard stop is passed."""

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("yuqing", "config", "crawlers", "storage", "nlp", "alerts", "reports", "dashboard", "simulator", "scripts")
HARD_STOP = 60  # lines of a function
TARGETS = "targets: function median <= 10, p90 <= 30, stop 60; module median <= 120, p90 <= 300; returns 100 %; blind 0"


@dataclass(frozen=True, slots=True)
class Module:
    """What was measured in one file."""

    path: Path
    lines: int
    functions: tuple[tuple[str, int, bool, bool], ...]  # name, lines, has a return type, has a docstring
    handlers: int
    blind: int


def measure(path: Path) -> Module:
    """One file."""
    text = path.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    handlers = [node for node in nodes if isinstance(node, ast.ExceptHandler)]
    return Module(
        path,
        text.count("\n"),
        tuple((f"{path.name}:{f.name}", span(f), f.returns is not None, bool(ast.get_docstring(f))) for f in functions),
        len(handlers),
        sum(is_blind(handler) for handler in handlers),
    )


def span(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring and decorators."""
    has_doc = ast.get_docstring(node) is not None
    doc = node.body[0]
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    return length - ((doc.end_lineno or doc.lineno) - doc.lineno + 1) if has_doc else length


def is_blind(handler: ast.ExceptHandler) -> bool:
    """True for `except:` and `except Exception`."""
    return handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    )


def at(values: Sequence[int], share: float) -> int:
    """A quantile; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0


def row(name: str, modules: Sequence[Module]) -> str:
    """A line of the table."""
    lines = [module.lines for module in modules if module.lines]
    functions = [function for module in modules for function in module.functions]
    spans = [length for _, length, _, _ in functions]
    count = max(1, len(functions))
    typed = 100 * sum(has for _, _, has, _ in functions) // count
    told = 100 * sum(has for _, _, _, has in functions) // count
    blind = sum(module.blind for module in modules)
    handlers = sum(module.handlers for module in modules)
    return (
        f"{name:<10} {len(lines):>4} {at(lines, 0.5):>4} {at(lines, 0.9):>4} {max(lines, default=0):>5}   "
        f"{len(spans):>5} {at(spans, 0.5):>3} {at(spans, 0.9):>3} {max(spans, default=0):>4}   "
        f"{typed:>4}% {told:>4}%   {handlers:>4} ({blind})"
    )


def sources(package: str) -> Iterator[Path]:
    """The Python files of a package."""
    return (path for path in sorted((ROOT / package).rglob("*.py")) if "__pycache__" not in path.parts)


def main() -> int:
    """Print the table and the longest functions."""
    found = {package: [measure(path) for path in sources(package)] for package in (*PACKAGES, "tests")}
    print("package    files  med  p90   max   funcs med p90  max   typed  doc   except (blind)")
    for package, modules in found.items():
        print(row(package, modules))
    ours = [module for package in PACKAGES for module in found[package]]
    print(row("all", ours))
    print(f"test lines : code lines = {sum(m.lines for m in found['tests']) / max(1, sum(m.lines for m in ours)):.2f}")
    print(TARGETS)
    long = sorted((f for m in ours for f in m.functions if f[1] > HARD_STOP), key=lambda f: -f[1])
    for name, length, _, _ in long:
        print(f"over {HARD_STOP} lines: {name} {length}")
    return 1 if long and "--gate" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
