"""Files that people bring: CSV, JSON, JSON lines, XLSX, from MediaCrawler, the bank's hotline, or our own export."""

from crawlers.imports.engine import ImportOptions, ImportSummary, import_file
from crawlers.imports.progress import Progress, SilentProgress, stderr_progress

__all__ = ["ImportOptions", "ImportSummary", "Progress", "SilentProgress", "import_file", "stderr_progress"]
