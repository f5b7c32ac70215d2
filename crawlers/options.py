"""Reading `Source.options`: each value is checked, and a wrong one is named."""

from collections.abc import Mapping

from yuqing.domain.errors import ConfigError
from yuqing.domain.naming import has_account, texts_of
from yuqing.domain.subject import Source

_COMMON = frozenset(
    {
        *("delay_seconds", "concurrency", "timeout_seconds", "backoff_seconds", "backoff_max_seconds"),
        *("retries", "max_requests", "pause_minutes", "obey_robots", "user_agent", "base"),
        *("max_missing_share", "silent_runs", "max_newest_age_hours"),
    }
)


def refuse_unknown(source: Source, own: frozenset[str]) -> None:
    """A misspelt option would be a default that nobody chose. Raises ConfigError naming it."""
    known = _COMMON | own
    unknown = sorted(set(source.options) - known)
    if unknown:
        raise ConfigError(f"来源 {source.id} 的选项 {unknown[0]} 不认识（可用：{'、'.join(sorted(known))}）")


def refuse_accounts(source: Source) -> None:
    """A user or a password in an address would be stored and logged with it. Raises ConfigError naming the option."""
    for name, value in source.options.items():
        if any(has_account(text) for text in texts_of(value)):
            raise ConfigError(f"sources.yml 来源 {source.id} 的选项 {name}：网址里不能写用户名和密码（user:password@）")


class Options:
    """Typed access to the options of one source."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def _wrong(self, name: str, wanted: str) -> ConfigError:
        return ConfigError(f"来源 {self._source.id} 的选项 {name} 应为{wanted}")

    def number(self, name: str, default: float) -> float:
        """A number that is not negative."""
        value = self._source.options.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise self._wrong(name, "不小于 0 的数")
        return float(value)

    def integer(self, name: str, default: int, least: int = 0) -> int:
        """A whole number of at least `least`."""
        value = self._source.options.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self._wrong(name, f"不小于 {least} 的整数")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
        value = self._source.options.get(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, " true 或 false")
        return value

    def text(self, name: str, default: str) -> str:
        """A text."""
        value = self._source.options.get(name, default)
        if not isinstance(value, str):
            raise self._wrong(name, "文字")
        return value

    def choice(self, name: str, default: str, among: tuple[str, ...]) -> str:
        """One of a few words."""
        value = self.text(name, default)
        if value not in among:
            raise self._wrong(name, " " + "、".join(among) + " 之一")
        return value

    def urls(self, name: str) -> tuple[str, ...]:
        """A list of http(s) addresses."""
        value = self._source.options.get(name, ())
        if not isinstance(value, list | tuple) or not all(
            isinstance(url, str) and url.startswith(("http://", "https://")) for url in value
        ):
            raise self._wrong(name, "网址列表")
        return tuple(value)

    def tables(self, name: str) -> Mapping[str, Mapping[str, str]]:
        """A mapping of names to mappings of texts."""
        value = self._source.options.get(name, {})
        if not isinstance(value, Mapping):
            raise self._wrong(name, "映射")
        for table in value.values():
            if not isinstance(table, Mapping) or not all(isinstance(text, str) for text in table.values()):
                raise self._wrong(name, "文字的映射")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._source.options.get(name, ())
        if not isinstance(value, list | tuple) or not all(isinstance(text, str) and text for text in value):
            raise self._wrong(name, "文字列表")
        return tuple(value)

    def entries(self, name: str, key: str, others: tuple[str, ...]) -> tuple[Mapping[str, str], ...]:
        """A list whose items are tables with `key` and some of `others`, or nothing but the value of `key`."""
        value = self._source.options.get(name, ())
        if not isinstance(value, list | tuple):
            raise self._wrong(name, "列表")
        return tuple(self._entry(name, item, key, others) for item in value)

    def _entry(self, name: str, item: object, key: str, others: tuple[str, ...]) -> Mapping[str, str]:
        table = item if isinstance(item, Mapping) else {key: item}
        plain = {str(field): str(text) for field, text in table.items() if isinstance(text, str | int) and str(text)}
        if not plain.get(key) or len(plain) < len(table) or not set(plain) <= {key, *others}:
            raise self._wrong(name, f"列表，每项为 {key}，或含 {'、'.join((key, *others))} 的映射（{key} 必有）")
        return plain
