"""Child processes of the demo: started with their logs in files, ended by their own process ids."""

import json
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yuqing.domain.errors import YuqingError

READY_SECONDS = 60


@dataclass
class Children:
    """Every process that the demo started."""

    logs: Path
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
        """Start one; its output goes to <logs>/<name>.log."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603  (our own command)
        self.running[name] = child
        return child

    def finish(self, name: str, command: Sequence[str], environment: dict[str, str], timeout: float) -> dict[str, Any]:
        """Run one to its end; returns the JSON of its last line. Raises YuqingError with the end of its log."""
        self.logs.mkdir(parents=True, exist_ok=True)
        path = self.logs / f"{name}.log"
        with path.open("ab") as log:
            try:
                done = subprocess.run(  # noqa: S603  (our own command)
                    command, env=environment, stdout=subprocess.PIPE, stderr=log, timeout=timeout, check=False
                )
            except subprocess.TimeoutExpired:
                raise YuqingError(f"演示步骤 {name} 超过 {timeout:.0f} 秒未完成，日志：{path}") from None
        lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
        # 1 is a crawl with slices that were not seen: the summary tells which.
        if done.returncode not in (0, 1) or not lines:
            raise YuqingError(f"演示步骤 {name} 失败（退出码 {done.returncode}），日志：{path}\n{_tail(path)}")
        answer: dict[str, Any] = json.loads(lines[-1])
        return answer

    def wait_for_file(self, name: str, path: Path) -> dict[str, Any]:
        """The JSON that a started process writes when it is ready. Raises YuqingError when it ends before."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if path.exists() and (text := path.read_text(encoding="utf-8").strip()):
                answer: dict[str, Any] = json.loads(text)
                return answer
            if self.running[name].poll() is not None:
                break
            time.sleep(0.05)
        raise YuqingError(
            f"演示进程 {name} 没有就绪，日志：{self.logs / f'{name}.log'}\n{_tail(self.logs / f'{name}.log')}"
        )

    def stop(self, name: str, seconds: float = 15) -> None:
        """End one: SIGTERM, then SIGKILL."""
        child = self.running.pop(name, None)
        if child is None or child.poll() is not None:
            return
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def stop_all(self) -> None:
        """End all, the newest first."""
        for name in reversed(tuple(self.running)):
            self.stop(name)


def _tail(path: Path, lines: int = 15) -> str:
    if not path.exists():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
