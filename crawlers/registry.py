"""Which kinds of sources there are: one module per kind in `crawlers.spiders`, found by looking."""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

import crawlers.spiders
from crawlers.spider import SliceSpider


@cache
def spiders() -> Mapping[str, type[SliceSpider]]:
    """Kind -> spider, for every module of `crawlers.spiders`."""
    names = (found.name for found in pkgutil.iter_modules(crawlers.spiders.__path__))
    modules = (import_module(f"crawlers.spiders.{name}") for name in names)
    classes = (value for module in modules for value in vars(module).values() if isinstance(value, type))
    return {one.name: one for one in classes if issubclass(one, SliceSpider) and one is not SliceSpider}
