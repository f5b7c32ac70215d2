"""The real command line in forks of one warm process: a fresh interpreter costs more than most commands."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


class Warm:
    """`benchmarks/warm_commands.py`, from outside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._orders = 0
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "benchmarks" / "warm_commands.py"), str(folder / "errors.txt")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def run(self, arguments: tuple[str, ...], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        """Exit code, standard output and standard error of one command."""
        self._orders += 1
        output, errors = (self._folder / f"{self._orders}.{name}" for name in ("out", "err"))
        order = {"environment": {"PATH": os.defpath, **environment}, "output": str(output), "errors": str(errors)}
        code = self._ask({"arguments": arguments, **order})["code"]
        told = (path.read_text(encoding="utf-8") for path in (output, errors))
        return subprocess.CompletedProcess(arguments, code, *told)

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=10)
