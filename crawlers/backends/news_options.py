"""Doors from the options of a source. Every mistake is told with the place where it stands."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cssselect import SelectorError
from lxml.cssselect import CSSSelector

from crawlers.backends.news_doors import Door
from crawlers.extract.news_lists import ListShape
from crawlers.extract.news_page import Rule
from crawlers.extract.news_rolls import FIELDS, RollShape
from yuqing.domain.errors import ConfigError
from yuqing.domain.subject import Source

_ADDRESS = ("http://", "https://")
_PAGING = ("first_page", "step", "pages")
_COMMON = frozenset({"url", "name", "params", "headers", "newest_first", *_PAGING})
_ROLL = _COMMON | {"items", "fields", "link", "ok", "total", "cursor", "skip", "key_page", "key"}
_LIST = _COMMON | {"links", "row", "time", "match", "date", "first_url"}


class DoorReader:
    """Reads `rolls`, `lists`, `robots`, `rules` and `hosts` of one source."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def doors(self) -> tuple[Door, ...]:
        """Every roll, list page and robots.txt."""
        rolls = (self._roll(place, table) for place, table in self._tables("rolls", _ROLL))
        lists = (self._list(place, table) for place, table in self._tables("lists", _LIST))
        return (*self._robots(), *rolls, *lists)

    def rules(self) -> Mapping[str, Rule]:
        """CSS of article pages by host."""
        known = set(Rule.__dataclass_fields__)
        rules: dict[str, Rule] = {}
        for host, table in self._mapping("rules", self._source.options.get("rules", {})).items():
            texts = self._texts(f"rules.{host}", table)
            if unknown := sorted(set(texts) - known):
                raise self._wrong(f"rules.{host}.{unknown[0]}", f"不认识（可用：{'、'.join(sorted(known))}）")
            for name, css in texts.items():
                self._css(f"rules.{host}.{name}", css)
            rules[host] = Rule(**texts)
        return rules

    def hosts(self) -> Mapping[str, str]:
        """Host for phones -> host for desktops."""
        return self._texts("hosts", self._source.options.get("hosts", {}))

    def _wrong(self, place: str, what: str) -> ConfigError:
        return ConfigError(f"来源 {self._source.id} 的选项 {place} {what}")

    def _robots(self) -> tuple[Door, ...]:
        named = self._source.options.get("robots", [])
        if not isinstance(named, list | tuple) or not all(isinstance(u, str) and u.startswith(_ADDRESS) for u in named):
            raise self._wrong("robots", "应为网址列表（各站 robots.txt 的地址）")
        return tuple(Door(url, is_robots=True) for url in named)

    def _tables(self, name: str, known: frozenset[str]) -> Sequence[tuple[str, Mapping[str, Any]]]:
        value = self._source.options.get(name, [])
        if not isinstance(value, list | tuple):
            raise self._wrong(name, "应为列表")
        found = [(f"{name}[{i}]", self._mapping(f"{name}[{i}]", table)) for i, table in enumerate(value)]
        for place, table in found:
            if unknown := sorted(set(table) - known):
                raise self._wrong(f"{place}.{unknown[0]}", f"不认识（可用：{'、'.join(sorted(known))}）")
        return found

    def _mapping(self, place: str, value: object) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self._wrong(place, "应为映射")
        return {str(name): each for name, each in value.items()}

    def _texts(self, place: str, value: object) -> dict[str, str]:
        table = self._mapping(place, value)
        for name, text in table.items():
            if isinstance(text, bool) or not isinstance(text, str | int | float):
                raise self._wrong(f"{place}.{name}", "应为文字")
        return {name: str(text) for name, text in table.items()}

    def _text(self, place: str, table: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
        text = table.get(name, "")
        if not isinstance(text, str):
            raise self._wrong(f"{place}.{name}", "应为文字")
        if needed and not text:
            raise self._wrong(f"{place}.{name}", "不能没有")
        return text

    def _number(self, place: str, table: Mapping[str, Any], name: str, least: int) -> int:
        number = table.get(name, 1)
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise self._wrong(f"{place}.{name}", f"应为不小于 {least} 的整数")
        return number

    def _css(self, place: str, css: str) -> str:
        try:
            CSSSelector(css or "*")
        except SelectorError:
            raise self._wrong(place, "不是有效的 CSS 选择器") from None
        return css

    def _door(self, place: str, table: Mapping[str, Any], shape: RollShape | ListShape) -> Door:
        url = self._text(place, table, "url", needed=True)
        first_url = self._text(place, table, "first_url")
        if not url.startswith(_ADDRESS) or (first_url and not first_url.startswith(_ADDRESS)):
            raise self._wrong(f"{place}.url", "应以 http:// 或 https:// 开头")
        newest_first = table.get("newest_first", True)
        if not isinstance(newest_first, bool):
            raise self._wrong(f"{place}.newest_first", "应为 true 或 false")
        door = Door(
            url,
            name=self._text(place, table, "name"),
            params=self._texts(f"{place}.params", table.get("params", {})),
            headers=self._texts(f"{place}.headers", table.get("headers", {})),
            first_url=first_url,
            first_page=self._number(place, table, "first_page", 0),
            step=self._number(place, table, "step", 1),
            pages=self._number(place, table, "pages", 1),
            newest_first=newest_first,
            shape=shape,
        )
        if door.pages > 1 and not any("{page}" in t or "{cursor}" in t for t in (url, *door.params.values())):
            raise self._wrong(f"{place}.pages", "大于 1 时，url 或 params 里要有 {page} 或 {cursor}")
        return door

    def _roll(self, place: str, table: Mapping[str, Any]) -> Door:
        fields = self._texts(f"{place}.fields", table.get("fields", {}))
        if unknown := sorted(set(fields) - set(FIELDS)):
            raise self._wrong(f"{place}.fields.{unknown[0]}", f"不认识（可用：{'、'.join(FIELDS)}）")
        link = self._text(place, table, "link")
        if not ("url" in fields or link) or not ("title" in fields or "content" in fields):
            raise self._wrong(f"{place}.fields", "至少要有 title（或 content）和 url（或 link）")
        shape = RollShape(
            items=self._text(place, table, "items"),
            fields=fields,
            link=link,
            ok=self._texts(f"{place}.ok", table.get("ok", {})),
            total=self._text(place, table, "total"),
            cursor=self._text(place, table, "cursor"),
            skip=self._texts(f"{place}.skip", table.get("skip", {})),
        )
        return self._keyed(place, table, self._door(place, table, shape))

    def _keyed(self, place: str, table: Mapping[str, Any], door: Door) -> Door:
        """A roll that is asked for by what another page tells, where the options name that page."""
        page, key = self._text(place, table, "key_page"), self._regex(place, table, "key")
        is_asked = any("{key}" in text for text in (door.url, *door.params.values()))
        if not page and not key and not is_asked:
            return door
        if not page.startswith(_ADDRESS) or re.compile(key).groups != 1 or not is_asked:
            raise self._wrong(
                f"{place}.key_page", "要同时有：key_page（http 网址）、key（一个括号）、url 或 params 里的 {key}"
            )
        return replace(door, key_page=page, key=key)

    def _list(self, place: str, table: Mapping[str, Any]) -> Door:
        selectors = {name: self._css(f"{place}.{name}", self._text(place, table, name)) for name in ("row", "time")}
        links = self._css(f"{place}.links", self._text(place, table, "links", needed=True))
        match, date = (self._regex(place, table, name) for name in ("match", "date"))
        return self._door(place, table, ListShape(links, selectors["row"], selectors["time"], match, date))

    def _regex(self, place: str, table: Mapping[str, Any], name: str) -> str:
        text = self._text(place, table, name)
        try:
            groups = re.compile(text).groups
        except re.error:
            raise self._wrong(f"{place}.{name}", "不是有效的正则表达式") from None
        if name == "date" and text and groups != 3:
            raise self._wrong(f"{place}.{name}", "要有三个括号：年、月、日")
        return text
