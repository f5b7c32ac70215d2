"""`python -m simulator`: run the doubles until SIGTERM."""

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from simulator.scenario.build import PLANS
from simulator.server import DEFAULT_NOW, Simulator
from simulator.sites import SITES


def main(arguments: list[str] | None = None) -> int:
    """Start, tell where, and wait for the signal to end."""
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    simulator = Simulator(
        seed=options.seed,
        now=options.now,
        t0=options.t0,
        scenario=options.scenario,
        days=options.days,
        rate=options.rate,
        talk=options.talk,
        speed=options.speed,
        port=options.port,
        base=options.base,
        inbox=options.inbox,
        smtp_port=options.smtp_port,
    )
    if options.rate_guard:
        for prefix in (prefix for site in SITES for prefix in site.prefixes if site.name not in ("hook", "chat")):
            simulator.rate_limit(prefix, options.rate_guard)
    with simulator:
        facts: dict[str, object] = {"url": simulator.url, "pid": os.getpid()}
        if options.inbox is not None:
            facts |= {"smtp_port": simulator.smtp_port, "inbox_url": simulator.inbox_url}
        _announce(facts, options.ready_file)
        asyncio.run(_until_told_to_end())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="Doubles of Weibo, Douyin and a news portal on loopback."
    )
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--now", default=DEFAULT_NOW, help="simulated time at the start (ISO)")
    parser.add_argument("--t0", default=None, help="end of the quiet weeks; default: --now")
    parser.add_argument("--speed", type=float, default=0.0, help="simulated seconds per real second")
    parser.add_argument("--scenario", choices=sorted(PLANS), default="demo")
    parser.add_argument("--days", type=int, default=None, help="length of the quiet weeks, in place of the scenario's")
    parser.add_argument("--rate", type=float, default=1.0, help="how much is said on an ordinary day, 1: as usual")
    parser.add_argument("--talk", type=float, default=1.0, help="share of the comments below Weibo posts, 1: as usual")
    parser.add_argument("--rate-guard", type=float, default=0.0, help="requests a minute on each host, 0: no limit")
    parser.add_argument("--base", default="", help="origin to use in links, when behind a proxy")
    parser.add_argument("--ready-file", type=Path, default=None, help="where to write the JSON that is also printed")
    parser.add_argument("--inbox", type=Path, default=None, help="keep received mails in this folder")
    parser.add_argument("--smtp-port", type=int, default=0, help="with --inbox: 0 picks a free port")
    return parser


def _announce(facts: dict[str, object], ready_file: Path | None) -> None:
    line = json.dumps(facts)
    if ready_file is not None:
        # Written beside and renamed, so that a waiting reader never sees half of it.
        draft = ready_file.with_suffix(".part")
        draft.write_text(line, encoding="utf-8")
        draft.replace(ready_file)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def _until_told_to_end() -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()


if __name__ == "__main__":
    sys.exit(main())
