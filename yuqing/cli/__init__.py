"""The command line. Commands import what they need when they run: `yuqing classify` must not wait for Scrapy."""

from yuqing.cli.main import main

__all__ = ["main"]
