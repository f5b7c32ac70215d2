"""The script that takes the pictures of the README."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "screenshots.py"


def test_without_a_browser_it_says_so_and_ends_well(tmp_path: Path):
    """Pictures are optional: no Chromium is a sentence, not an error."""
    environment = {**os.environ, "PATH": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), "--output", str(tmp_path / "out")],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 0
    assert "no Chromium found" in ended.stdout
    assert not (tmp_path / "out").exists()
