"""What the commands share: option types, times, output."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from yuqing.domain.errors import InputError
from yuqing.domain.subject import Subject

SHANGHAI = ZoneInfo("Asia/Shanghai")

FromOption = Annotated[str | None, typer.Option("--from", help="开始时间（含），ISO 8601；无时区按北京时间")]
ToOption = Annotated[str | None, typer.Option("--to", help="结束时间（不含），ISO 8601；无时区按北京时间")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON")]
QueryOption = Annotated[str | None, typer.Option("--query", help="布尔查询，语法见 docs/reference/query-language.md")]


def parse_time(text: str | None, option: str) -> datetime | None:
    """An aware datetime from ISO text (a bare date is midnight). Raises InputError naming the option."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option} {text!r} 不是 ISO 8601 时间，例如 2026-03-14 或 2026-03-14T09:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def parse_period(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """Both ends of a period; raises InputError when it is empty or turned round."""
    start, end = parse_time(since, "--from"), parse_time(until, "--to")
    if start is not None and end is not None and start >= end:
        raise InputError("--from 必须早于 --to")
    return start, end


def subject_named(subjects: Iterable[Subject], name: str) -> Subject:
    """The watched subject of this id. Raises InputError that names the ids there are."""
    watched = {each.id: each for each in subjects}
    if name not in watched:
        raise InputError(f"没有这个主体：{name}（有：{'、'.join(watched)}）")
    return watched[name]


def parse_interval(text: str) -> timedelta:
    """5m, 1h, 1d -> timedelta. Raises InputError."""
    units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
    if text[-1:] in units and text[:-1].isdigit() and int(text[:-1]) > 0:
        return int(text[:-1]) * units[text[-1]]
    raise InputError(f"间隔 {text!r} 应写成 5m、1h 或 1d 的形式")


def local(moment: datetime | None) -> str:
    """Beijing time for people; — for none."""
    return "—" if moment is None else moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def write_json(data: Mapping[str, Any]) -> None:
    """One JSON line on standard output."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")


def write_lines(lines: Iterable[str]) -> None:
    """Lines of text on standard output."""
    for line in lines:
        sys.stdout.write(line + "\n")


def progress(text: str) -> None:
    """One line of progress on standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


@contextmanager
def file_or_stdin(text: str, suffix_of: Callable[[bytes], str]) -> Iterator[Path]:
    """The file itself; for `-` one that holds standard input, with the ending that its first bytes ask for."""
    if text != "-":
        yield Path(text)
        return
    content = sys.stdin.buffer.read()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"标准输入{suffix_of(content[:200])}"
        path.write_bytes(content)
        yield path


def path_or_stdio(text: str) -> Path | None:
    """`-` is None: standard input or output."""
    return None if text == "-" else Path(text)


def parse_shard(text: str) -> tuple[int, int]:
    """i/n as (i, n). Raises InputError for anything else."""
    index, slash, count = text.partition("/")
    if slash and index.isdigit() and count.isdigit() and int(index) < int(count):
        return int(index), int(count)
    raise InputError(f"--shard {text!r} 应写成 i/n，0 ≤ i < n，例如 0/2")
