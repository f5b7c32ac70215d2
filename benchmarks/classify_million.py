"""`yuqing classify` on a million invented short posts: documents a second, and memory that does not grow.

    python benchmarks/classify_million.py [--documents N] [--model NAME]

The posts are written by grammar into a JSONL file, the command runs as a user runs it, and its memory is read from the
kernel four times a second. Fails when the process of the second half is larger than that of the first by more than a
tenth, when it ever needs more than 1 GiB, or when a row is missing.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

OUTPUT = Path(__file__).parent / "out" / "classify_million.json"
MOST_GROWTH = 1.10
MOST_MIB = 1024
_OPENINGS = (
    "今天去",
    "刚刚在",
    "听同事说",
    "想问一下",
    "气死了，",
    "还不错，",
    "昨晚用",
    "第一次办",
    "排队办",
    "帮我妈办",
)
_NAMES = ("云江银行", "海州银行", "云江手机银行", "云银", "楼下那家网点", "你们行", "北原银行")
_THINGS = (
    "的信用卡额度",
    "的定期存款",
    "转账到账",
    "的客服电话",
    "App登录",
    "的提前还贷",
    "的积分活动",
    "的金秋开户礼",
)
_VERDICTS = (
    "等了两个小时",
    "又闪退了",
    "挺方便的",
    "要怎么弄",
    "被降到{n}",
    "终于批下来了",
    "没人管",
    "少了{n}元",
    "利率{n}%",
)
_CLOSINGS = ("", "。", "，有人知道吗？", "！", "[怒]", "，再也不用了", "，谢谢", " 😂", "，电话13{n:09}")


@dataclass(frozen=True, slots=True)
class Run:
    """What a run took. `first_half_mib` and `second_half_mib` are the largest of each half; the start is left out."""

    documents: int
    seconds: float
    documents_per_second: float
    first_half_mib: float
    second_half_mib: float
    most_mib: float
    rows: int

    @property
    def faults(self) -> list[str]:
        """What is not as promised."""
        grown = self.second_half_mib > MOST_GROWTH * self.first_half_mib
        return [
            *(["memory grows"] if grown else []),
            *([f"more than {MOST_MIB} MiB"] if self.most_mib > MOST_MIB else []),
            *([f"{self.rows} rows for {self.documents} documents"] if self.rows != self.documents else []),
        ]


def posts(count: int, seed: int = 13) -> Iterator[str]:
    """Invented posts, the same for the same seed; numbers make nearly all of them different."""
    draw = random.Random(seed)
    for _ in range(count):
        parts = (draw.choice(part) for part in (_OPENINGS, _NAMES, _THINGS, _VERDICTS, _CLOSINGS))
        yield "".join(parts).format(n=draw.randrange(10**5))


def write(path: Path, count: int) -> None:
    """The input file."""
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(posts(count)):
            file.write(json.dumps({"id": str(number), "text": text}, ensure_ascii=False) + "\n")


def watch(process: "subprocess.Popen[bytes]") -> list[float]:
    """The resident MiB of a process, four times a second, until it ends."""
    status, sizes = Path(f"/proc/{process.pid}/statm"), []
    while process.poll() is None:
        try:
            pages = int(status.read_text().split()[1])
        except (OSError, IndexError):
            break
        if pages:
            sizes.append(pages * 4096 / 2**20)
        time.sleep(0.25)
    process.wait()
    return sizes


def measure(count: int, model: str | None) -> Run:
    """Classify so many posts in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "posts.jsonl", Path(folder) / "scores.jsonl"
        write(source, count)
        command = [sys.executable, "-m", "yuqing", "classify", str(source), "--output", str(output)]
        started = time.perf_counter()
        with subprocess.Popen([*command, *(["--model", model] if model else [])]) as process:
            sizes = watch(process)
        seconds = time.perf_counter() - started
        if process.returncode:
            raise SystemExit(f"yuqing classify ended with {process.returncode}")
        with output.open("rb") as file:
            rows = sum(1 for _ in file)
    return Run(count, seconds, count / seconds, *halves(sizes), max(sizes), rows)


def halves(sizes: Sequence[float]) -> tuple[float, float]:
    """The largest size of each half of a run, without its first tenth, when libraries and weights are loaded."""
    warm = sizes[len(sizes) // 10 :]
    middle = len(warm) // 2
    return max(warm[:middle], default=0.0), max(warm[middle:], default=0.0)


def main() -> int:
    """Measure, print a table, write JSON; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--model", default=None)
    options = parser.parse_args()
    run = measure(options.documents, options.model)
    print(f"{'documents':>12}{'documents/s':>14}{'first half MiB':>16}{'second half MiB':>17}{'most MiB':>10}")
    print(
        f"{run.documents:12,}{run.documents_per_second:14,.0f}{run.first_half_mib:16.0f}"
        f"{run.second_half_mib:17.0f}{run.most_mib:10.0f}"
    )
    for fault in run.faults:
        print(f"FAULT: {fault}")
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(asdict(run), indent=1) + "\n", encoding="utf-8")
    return 1 if run.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
