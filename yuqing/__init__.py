"""yuqing (舆情): what the public says about a bank, watched, scored and told in time."""

from importlib.metadata import version

__version__ = version("yuqing")
