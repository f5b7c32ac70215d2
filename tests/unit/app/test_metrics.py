"""Metrics come from what is stored: the right numbers, valid text, no secret in a label."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from prometheus_client.parser import text_string_to_metric_families

from tests.fakes import FakeClock, InMemoryMentionStore, InMemoryStateStore
from yuqing.bootstrap import App
from yuqing.crawl_totals import RunFigures, add_run, load_totals
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Cursor, Outcome
from yuqing.domain.mention import Mention, MentionKind, Platform
from yuqing.domain.ports import StateStore
from yuqing.domain.subject import Backend, Source
from yuqing.metrics import FAMILIES, exposition, reference
from yuqing.source_health import Condition, SourceHealth, read_health

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
RUN = RunFigures(
    source="weibo",
    at=NOW,
    seconds=12.5,
    requests=4,
    pages={"ok": 3, "blocked": 1},
    mentions={"new": 2, "updated": 1, "unchanged": 0, "unmatched": 5},
    slices={"complete": 1, "incomplete": 1, "saturated": 0},
    by_outcome={"ok": 1},
    is_whole=False,
)
SOURCES = (
    Source("weibo", "weibo", "微博搜索", Backend.WEB, "公开信息", True, 300),
    Source("news", "news", "新闻", Backend.RSS, "公开 RSS", True, 300),
    Source("douyin", "douyin", "抖音", Backend.WEB, "公开信息", False, 300),
    Source("hotline", "import", "客户反馈", Backend.IMPORT, "本行数据", True, 300),
)


def app_of(state: InMemoryStateStore) -> App:
    """As much of the product as metrics need."""
    clock = FakeClock(NOW)
    mentions = InMemoryMentionStore(clock)
    mentions.add([Mention(Platform.WEIBO, MentionKind.POST, "1", "https://w.example", "云江银行", NOW, NOW)])
    settings = SimpleNamespace(time_lapse=1.0)
    return cast(App, SimpleNamespace(state=state, mentions=mentions, clock=clock, sources=SOURCES, settings=settings))


def look(source: str, query: str, status: Outcome, minutes: int = 1) -> Coverage:
    """A slice that was looked at."""
    return Coverage(source, query, NOW - timedelta(hours=2), NOW, status, NOW - timedelta(minutes=minutes))


def world() -> InMemoryStateStore:
    """Weibo in trouble, news never crawled."""
    state = InMemoryStateStore()
    for row in (look("weibo", "云江银行", Outcome.BLOCKED), look("weibo", "云银", Outcome.OK, 3)):
        state.save("coverage", row.key, to_json(row))
    for query in ("云江银行", "https://me:word@feed.example/rss?key=s3cret", "https://feed.example/rss?key=0ther"):
        cursor = Cursor("weibo", query, NOW - timedelta(hours=1), NOW)
        state.save("cursor", cursor.key, to_json(cursor))
    until = (NOW + timedelta(hours=4)).isoformat()
    body = {"source": "weibo", "host": "s.weibo.com", "outcome": "blocked", "until": until}
    state.save("circuit", "weibo|s.weibo.com", body)
    state.save("session", "weibo|a1", {"source": "weibo", "name": "a1", "health": "dead"})
    state.save("session", "weibo|b2", {"source": "weibo", "name": "b2", "health": "fresh"})
    state.save("canary", "weibo", {"source": "weibo", "word": "天气", "at": until, "outcome": "ok", "drafts": 0})
    state.save("health", "weibo", {"source": "weibo", "violations": ["silent"]})
    state.save("job", "j1", {"source": "weibo", "state": "waiting", "wait": {"not_before": until}})
    state.save(
        "job", "j2", {"source": "weibo", "state": "cut", "left": [{"wait": None}, {"wait": {"not_before": until}}]}
    )
    state.save("vanish", "weibo:post:1", {"source": "weibo", "first_at": until, "last_at": until})
    state.save("alert", "a", {"state": "firing", "severity": "critical", "acknowledged_at": None})
    state.save("alert", "b", {"state": "resolved", "severity": "critical", "acknowledged_at": None})
    state.save("notification", "n", {"state": "dead"})
    add_run(state, RUN)
    return state


def samples(text: str) -> dict[tuple[Any, ...], float]:
    """(name, label values…) -> value."""
    found = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {(one.name, *(value for _, value in sorted(one.labels.items()))): one.value for one in found}


def test_numbers_are_those_of_the_store() -> None:
    """One sample of every family that has something to tell."""
    found = samples(exposition(app_of(world())))
    expected = {
        ("yuqing_crawl_runs_total", "weibo"): 1,
        ("yuqing_crawl_requests_total", "weibo"): 4,
        ("yuqing_crawl_pages_total", "blocked", "weibo"): 1,
        ("yuqing_crawl_mentions_total", "unmatched", "weibo"): 5,
        ("yuqing_crawl_slices_total", "incomplete", "weibo"): 1,
        ("yuqing_crawl_last_run_seconds", "weibo"): 12.5,
        ("yuqing_mentions_missing", "weibo"): 1,
        ("yuqing_coverage_lag_seconds", "云江银行", "weibo"): 3600,
        ("yuqing_source_last_check_seconds", "weibo"): 60,
        ("yuqing_source_condition", "refused", "weibo"): 1,
        ("yuqing_source_condition", "well", "weibo"): 0,
        ("yuqing_source_condition", "never", "news"): 1,
        ("yuqing_source_refused_queries", "weibo"): 1,
        ("yuqing_source_circuit", "weibo", "open"): 1,
        ("yuqing_source_sessions", "dead", "weibo"): 1,
        ("yuqing_source_canary_ok", "weibo"): 0,
        ("yuqing_source_jobs_waiting", "weibo"): 2,
        ("yuqing_crawl_assertion_violations", "silent", "weibo"): 1,
        ("yuqing_mentions_stored",): 1,
        ("yuqing_mentions_unscored",): 1,
        ("yuqing_alerts_firing", "false", "critical"): 1,
        ("yuqing_notifications", "dead"): 1,
    }
    assert {key: found.get(key) for key in expected} == expected
    assert ("yuqing_source_last_complete_seconds", "weibo") not in found  # not known is no zero
    assert not [key for key in found if "douyin" in key or "hotline" in key]


def test_labels_hold_no_secret_and_each_stands_once() -> None:
    """Two feeds that differ in their keys alone are one series, with the worse lag."""
    text = exposition(app_of(world()))
    assert not re.search("s3cret|0ther|word|me:", text)
    lines = [line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) == len(set(lines))
    assert samples(text)["yuqing_coverage_lag_seconds", "https://feed.example/rss", "weibo"] == 3600


def test_an_empty_installation_has_valid_metrics() -> None:
    """Nothing was ever crawled."""
    text = exposition(app_of(InMemoryStateStore()))
    assert [family.name for family in FAMILIES if f"# TYPE {family.name} " not in text] == []


def test_families_are_explained_and_named_as_prometheus_wants() -> None:
    """Unique names in snake case with a unit or _total, each in the reference page."""
    names = [family.name for family in FAMILIES]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"yuqing_[a-z_]+", name) for name in names)
    assert all(f"| `{family.name}` | {family.kind} |" in reference() and family.help for family in FAMILIES)


class Racing(InMemoryStateStore):
    """Another host adds its run between our reading and our writing, once."""

    raced = False

    def load(self, kind: str, id: str) -> Any:
        """What is there; then the other one writes."""
        found = super().load(kind, id)
        if not self.raced:
            self.raced = True
            add_run(cast(StateStore, self), RUN)
        return found


def test_totals_only_grow_and_lose_no_run() -> None:
    """Runs add up, also those of another host at the same moment; a refresh is counted by itself."""
    state = Racing()
    add_run(state, replace(RUN, is_whole=True))
    add_run(
        state, replace(RUN, is_refresh=True, at=NOW + timedelta(hours=1), by_outcome={"not_found": 1}, tombstones=1)
    )
    totals = load_totals(state)["weibo"]
    assert (totals.runs, totals.refresh_runs, totals.requests, totals.tombstones) == (2, 1, 12, 1)
    assert totals.pages == {"ok": 9, "blocked": 3}
    assert totals.looks == {"not_found": 1}
    assert (totals.last_run_at, totals.last_complete_at) == (NOW, NOW)


def health(state: InMemoryStateStore) -> dict[str, SourceHealth]:
    """By source."""
    return {one.source: one for one in read_health(SOURCES, state, NOW)}


def test_health_says_who_is_well_late_refused_never_asked_or_off() -> None:
    """The one word, and when something is asked again."""
    state = world()
    found = health(state)
    assert [found[name].condition for name in ("weibo", "news", "douyin", "hotline")] == [
        Condition.REFUSED,
        Condition.NEVER,
        Condition.OFF,
        Condition.FED,
    ]
    assert (found["weibo"].outcome, found["weibo"].refused, found["weibo"].queries) == (Outcome.BLOCKED, 1, 2)
    assert found["weibo"].next_try == NOW + timedelta(hours=4)
    good = look("news", "feed", Outcome.OK_EMPTY, minutes=2)
    state.save("coverage", good.key, to_json(good))
    assert health(state)["news"].condition is Condition.WELL
    assert health(state)["news"].next_try == NOW + timedelta(minutes=3)
    late = replace(good, checked_at=NOW - timedelta(hours=1))
    state.save("coverage", late.key, to_json(late))
    assert health(state)["news"].condition is Condition.LATE


def test_an_open_circuit_is_a_refusal_even_where_the_newest_look_was_good() -> None:
    """A host that is left alone is not well; once its time is up it is to be tried."""
    state = InMemoryStateStore()
    good = look("news", "feed", Outcome.OK)
    state.save("coverage", good.key, to_json(good))
    body = {"source": "news", "host": "h", "outcome": "challenge", "until": (NOW + timedelta(hours=1)).isoformat()}
    state.save("circuit", "news|h", body)
    assert (health(state)["news"].condition, health(state)["news"].circuit) == (Condition.REFUSED, "open")
    state.save("circuit", "news|h", {**body, "until": NOW.isoformat()})
    assert (health(state)["news"].condition, health(state)["news"].circuit) == (Condition.WELL, "half_open")


def test_mentions_without_a_second_look_are_counted_and_told() -> None:
    """Their counts are those of the day they were collected; a look that was refused is none of them."""
    state = world()
    assert "不复看" not in health(state)["weibo"].line(lambda moment: "—")
    for native, source, outcome in (("1", "weibo", "no_route"), ("2", "weibo", "blocked"), ("3", "news", "ok")):
        state.save("look", f"weibo:post:{native}", {"source": source, "outcome": outcome})
    found = health(state)
    assert (found["weibo"].unrefreshed, found["news"].unrefreshed) == (1, 0)
    assert found["weibo"].as_json()["unrefreshed"] == 1
    assert "不复看 1 条（平台没有单条页面，互动数是采集时的）" in found["weibo"].line(lambda moment: "—")


def test_the_line_for_people_has_chinese_words_only() -> None:
    """No enumeration value slips through."""
    line = health(world())["weibo"].line(lambda moment: "—" if moment is None else f"{moment:%H:%M}")
    assert "受阻" in line
    assert "已熔断（被封禁）" in line
    assert "反常地没有内容" in line
    assert not re.search("refused|open|blocked|dead|fresh|silent", line)
