"""The shipped spike rule holds its floors on the shared benchmark."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "spikes.py"


@pytest.mark.data
def test_the_shipped_rule_holds_its_floors(shared: Path) -> None:
    """`python benchmarks/spikes.py --gate` exits 0 on the full run and prints every figure."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--gate"],
        env={**os.environ, "YQ_SHARED": str(shared)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "scs" in done.stdout
    assert "skipped" not in done.stdout
