"""Command lines of the processes that we start ourselves."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def cli_command(*arguments: str) -> list[str]:
    """`yuqing …` with this very interpreter, found without any PATH."""
    return [sys.executable, "-m", "yuqing", *arguments]


def dashboard_command(port: int, address: str = "127.0.0.1") -> list[str]:
    """The Streamlit server with our entry page."""
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(ROOT / "dashboard" / "app.py"),
        f"--server.port={port}",
        f"--server.address={address}",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
    ]
