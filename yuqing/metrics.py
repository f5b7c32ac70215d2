"""Prometheus metrics of an installation, derived from what is stored: crawls are processes that come and go.

One table says every family: its name, what it means, its labels, and how it is read. No label holds a word of a post,
a person or a secret; queries are the operator's own search words.
"""

import platform
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import start_http_server

from yuqing.bootstrap import App
from yuqing.crawl_totals import CrawlTotals, load_totals
from yuqing.domain.codec import from_json
from yuqing.domain.coverage import Cursor, Outcome
from yuqing.domain.errors import ConfigError
from yuqing.domain.ports import MentionQuery
from yuqing.source_health import Condition, SourceHealth, source_health

_ALL = 1_000_000
Sample = tuple[tuple[str, ...], float]


class Facts:
    """What is stored, read once per scrape and only where a family asks for it."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.now = app.clock.now()

    @cached_property
    def totals(self) -> Mapping[str, CrawlTotals]:
        """Counters by source."""
        return load_totals(self.app.state)

    @cached_property
    def sources(self) -> tuple[SourceHealth, ...]:
        """The enabled sources that are crawled."""
        return tuple(one for one in source_health(self.app) if one.condition not in (Condition.OFF, Condition.FED))

    @cached_property
    def cursors(self) -> tuple[Cursor, ...]:
        """How far the queries of enabled sources were read."""
        enabled = {one.source for one in self.sources}
        found = (from_json(Cursor, document.body) for document in self.app.state.find("cursor", limit=_ALL))
        return tuple(cursor for cursor in found if cursor.source in enabled)

    def bodies(self, kind: str) -> Iterator[Mapping[str, object]]:
        """The documents of one kind."""
        return (document.body for document in self.app.state.find(kind, limit=_ALL))

    def since(self, moment: datetime | None) -> float | None:
        """Seconds since a time."""
        return None if moment is None else (self.now - moment).total_seconds()


@dataclass(frozen=True, slots=True)
class Family:
    """One metric. A counter's name ends in `_total`, as Prometheus has it."""

    name: str
    help: str
    labels: tuple[str, ...]
    read: Callable[[Facts], Iterable[Sample]]

    @property
    def kind(self) -> str:
        """counter or gauge."""
        return "counter" if self.name.endswith("_total") else "gauge"

    def metric(self, facts: Facts) -> Metric:
        """The family with its samples of now."""
        make = CounterMetricFamily if self.kind == "counter" else GaugeMetricFamily
        family = make(self.name, self.help, labels=self.labels)
        for labels, value in self.read(facts):
            family.add_metric(labels, value)
        return family


def _totals(read: Callable[[CrawlTotals], Mapping[str, float] | float]) -> Callable[[Facts], Iterator[Sample]]:
    def samples(facts: Facts) -> Iterator[Sample]:
        for source, totals in sorted(facts.totals.items()):
            found = read(totals)
            pairs = found.items() if isinstance(found, Mapping) else [(None, found)]
            for name, value in pairs:
                yield ((source,) if name is None else (source, name)), value

    return samples


def _health(read: Callable[[SourceHealth, Facts], float | None]) -> Callable[[Facts], Iterator[Sample]]:
    def samples(facts: Facts) -> Iterator[Sample]:
        for one in facts.sources:
            if (value := read(one, facts)) is not None:
                yield (one.source,), value

    return samples


def _lags(facts: Facts) -> Iterator[Sample]:
    worst: dict[tuple[str, str], float] = {}
    for cursor in facts.cursors:
        labels, lag = (cursor.source, _shown(cursor.query)), (facts.now - cursor.high_water).total_seconds()
        worst[labels] = max(worst.get(labels, lag), lag)
    yield from sorted(worst.items())


def _shown(query: str) -> str:
    """The query as a label: of an address neither account nor parameters, which may be keys."""
    if "://" not in query:
        return query.partition("?")[0]
    parts = urlsplit(query)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _conditions(facts: Facts) -> Iterator[Sample]:
    for one in facts.sources:
        yield from (((one.source, each.value), float(one.condition is each)) for each in _CRAWLED)


_CRAWLED = (Condition.WELL, Condition.LATE, Condition.REFUSED, Condition.NEVER)


def _circuits(facts: Facts) -> Iterator[Sample]:
    for one in facts.sources:
        yield from (((one.source, state), float(one.circuit == state)) for state in ("closed", "open", "half_open"))


def _sessions(facts: Facts) -> Iterator[Sample]:
    for one in facts.sources:
        yield from (((one.source, health), float(count)) for health, count in sorted((one.sessions or {}).items()))


def _canaries(facts: Facts) -> Iterator[Sample]:
    for one in facts.sources:
        if one.canary is not None:
            yield (one.source,), float(one.canary is Outcome.OK)


def _counted(kind: str, *names: str) -> Callable[[Facts], Iterator[Sample]]:
    """How many documents of a kind carry which values."""

    def samples(facts: Facts) -> Iterator[Sample]:
        counts = Counter(tuple(str(body.get(name, "")) for name in names) for body in facts.bodies(kind))
        return ((labels, float(count)) for labels, count in sorted(counts.items()))

    return samples


def _alerts(facts: Facts) -> Iterator[Sample]:
    firing = [body for body in facts.bodies("alert") if body.get("state") == "firing"]
    counts = Counter(
        (str(body.get("severity")), str(body.get("acknowledged_at") is not None).lower()) for body in firing
    )
    return ((labels, float(count)) for labels, count in sorted(counts.items()))


def _mentions(facts: Facts) -> Iterator[Sample]:
    yield (), float(facts.app.mentions.count(MentionQuery(include_deleted=True)))


def _unscored(facts: Facts) -> Iterator[Sample]:
    yield (), float(facts.app.mentions.count(MentionQuery(scored=False)))


def _build(_facts: Facts) -> Iterator[Sample]:
    try:
        release = version("yuqing")
    except PackageNotFoundError:
        release = "unknown"
    yield (release, platform.python_version()), 1.0


def _violations(facts: Facts) -> Iterator[Sample]:
    for one in facts.sources:
        yield from (((one.source, name), 1.0) for name in one.violations)


FAMILIES: tuple[Family, ...] = (
    Family("yuqing_build_info", "版本；值恒为 1", ("version", "python"), _build),
    Family("yuqing_crawl_runs_total", "采集次数", ("source",), _totals(lambda t: t.runs)),
    Family("yuqing_crawl_requests_total", "发出的请求", ("source",), _totals(lambda t: t.requests)),
    Family("yuqing_crawl_pages_total", "读到的页面，按结果", ("source", "outcome"), _totals(lambda t: t.pages)),
    Family(
        "yuqing_crawl_mentions_total",
        "提及：new 新增、updated 有变化、unchanged 无变化、unmatched 与监测主体无关（未保存）",
        ("source", "fate"),
        _totals(lambda t: t.mentions),
    ),
    Family(
        "yuqing_crawl_slices_total",
        "切片：complete 看全、incomplete 没看全、saturated 超过平台上限",
        ("source", "fate"),
        _totals(lambda t: t.slices),
    ),
    Family("yuqing_crawl_last_run_seconds", "最近一次采集用时", ("source",), _totals(lambda t: t.last_seconds)),
    Family("yuqing_refresh_runs_total", "复看次数", ("source",), _totals(lambda t: t.refresh_runs)),
    Family("yuqing_refresh_looks_total", "复看的提及，按结果", ("source", "outcome"), _totals(lambda t: t.looks)),
    Family(
        "yuqing_refresh_last_run_seconds", "最近一次复看用时", ("source",), _totals(lambda t: t.last_refresh_seconds)
    ),
    Family("yuqing_tombstones_total", "确认平台已删除的提及", ("source",), _totals(lambda t: t.tombstones)),
    Family("yuqing_mentions_missing", "平台上看不到、等待确认或暂留的提及", ("source",), _counted("vanish", "source")),
    Family("yuqing_coverage_lag_seconds", "现在与“完整采集至”之差", ("source", "query"), _lags),
    Family(
        "yuqing_source_last_complete_seconds",
        "距最近一次完整采集",
        ("source",),
        _health(lambda one, facts: facts.since(one.last_complete_at)),
    ),
    Family(
        "yuqing_source_last_check_seconds",
        "距最近一次检查",
        ("source",),
        _health(lambda one, facts: facts.since(one.checked_at)),
    ),
    Family("yuqing_source_condition", "来源状态，当前者为 1", ("source", "condition"), _conditions),
    Family("yuqing_source_refused_queries", "最近一次没看全的查询", ("source",), _health(lambda one, _: one.refused)),
    Family("yuqing_source_circuit", "熔断状态，当前者为 1", ("source", "state"), _circuits),
    Family("yuqing_source_sessions", "会话数，按健康状态", ("source", "health"), _sessions),
    Family("yuqing_source_canary_ok", "探测词有结果为 1", ("source",), _canaries),
    Family("yuqing_source_jobs_waiting", "被拒绝、等待重试的切片", ("source",), _health(lambda one, _: one.waiting)),
    Family("yuqing_crawl_assertion_violations", "最近一次采集违反的断言", ("source", "rule"), _violations),
    Family("yuqing_mentions_stored", "存储中的提及（含墓碑）", (), _mentions),
    Family("yuqing_mentions_unscored", "等待打分的提及", (), _unscored),
    Family("yuqing_alerts_firing", "进行中的预警", ("severity", "acknowledged"), _alerts),
    Family("yuqing_notifications", "通知，按状态", ("state",), _counted("notification", "state")),
)


class YuqingCollector:
    """Answers a scrape from the stores."""

    def __init__(self, app: App) -> None:
        self._app = app

    def collect(self) -> Iterator[Metric]:
        """Every family; one that has nothing to tell yet stands there without samples."""
        facts = Facts(self._app)
        return (family.metric(facts) for family in FAMILIES)

    def describe(self) -> Iterator[Metric]:
        """No samples: registering must not ask the stores."""
        return iter(())


def registry_of(app: App) -> CollectorRegistry:
    """A registry of our own: nothing of the process (paths, environment) leaks into it."""
    registry = CollectorRegistry()
    registry.register(YuqingCollector(app))
    return registry


def exposition(app: App) -> str:
    """The text that Prometheus reads."""
    app.mentions.refresh()
    return generate_latest(registry_of(app)).decode()


def serve(app: App, port: int, host: str) -> Callable[[], None]:
    """Serve the metrics from a thread of this process; returns how to stop. Raises ConfigError for a taken port."""
    try:
        server, thread = start_http_server(port, host, registry_of(app))
    except OSError as error:
        raise ConfigError(f"指标端口 {host}:{port} 无法监听（{error.strerror or type(error).__name__}）") from None

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def reference() -> str:
    """docs/reference/metrics.md."""
    lines = [
        "# 指标",
        "",
        "`yuqing metrics --once` 输出一次；`yuqing metrics --port 9108` 单独提供；",
        "设置 `metrics_port` 后由 `yuqing run` 提供（缺省关闭，只监听本机）。",
        "全部由存储中的记录算出，重启不丢；标签中没有帖子内容、作者与机密。",
        "",
        "| 指标 | 类型 | 标签 | 含义 |",
        "|---|---|---|---|",
    ]
    for family in FAMILIES:
        labels = "、".join(f"`{label}`" for label in family.labels) or "—"
        lines.append(f"| `{family.name}` | {family.kind} | {labels} | {family.help} |")
    return "\n".join([*lines, "", "告警规则的例子见 [复看、删除与指标](../howto/refresh.md)。", ""])
