"""The log: libraries that talk too much, or too openly, are held back."""

import subprocess
import sys

SCRIPT = """
import logging
from yuqing.logs import configure_logging
configure_logging("{level}")
logging.getLogger("scrapy").setLevel("DEBUG")  # as Scrapy does when it starts
logging.root.setLevel("DEBUG")
logging.getLogger("httpx").info("HTTP Request: POST https://hook.example/send?key=s3cret")
logging.getLogger("scrapy.utils.log").info("Versions")
logging.getLogger("crawlers.spider").info("slice done")
logging.getLogger("crawlers.spider").error("slice failed")
"""


def logged(level: str) -> str:
    """What a process writes at this level."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(level=level)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == ""
    return done.stderr


def test_urls_of_libraries_never_show() -> None:
    """Even at DEBUG no library writes an address with a key."""
    for level in ("DEBUG", "INFO"):
        assert "s3cret" not in logged(level)
        assert "Versions" not in logged(level)


def test_level_is_kept_whatever_libraries_do() -> None:
    """A library that resets the root level does not open the log."""
    assert "slice done" in logged("INFO")
    assert "slice done" not in logged("WARNING")
    assert "slice failed" in logged("WARNING")
