"""The operator is told when we see less than we think: rules as shipped, coverage as the crawlers write it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from crawlers.coverage import CoverageBook
from tests.unit.alerts.bank import DAY, MINUTE, SOURCES, Bank
from yuqing.domain.alert import AlertState
from yuqing.domain.coverage import Coverage, Outcome

HOUR = timedelta(hours=1)
POLL = 5 * MINUTE


def _hours(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The slices of one crawl, cut at full hours."""
    while since < until:
        cut = min(until, (since + HOUR).replace(minute=0, second=0, microsecond=0))
        yield since, cut
        since = cut


class _Crawls:
    """A crawler that polls every five minutes and writes what came of it slice by slice."""

    def __init__(self) -> None:
        self.bank = Bank.empty()
        self.book = CoverageBook(self.bank.state, POLL)
        self.mark = self.bank.clock.now()
        self.book.write(Coverage("weibo", "云江银行", self.mark - DAY, self.mark, Outcome.OK, self.mark))
        self.look()

    def look(self) -> list[str]:
        """Judge and deliver; all subject lines so far."""
        self.bank.engine().detect()
        self.bank.engine().notify()
        return self.bank.sent

    def poll(self, status: Outcome, *, cut: bool = True) -> list[str]:
        """One crawl from two hours before the cursor, then one look."""
        self.bank.clock.advance(POLL)
        now = self.bank.clock.now()
        begin = self.mark - 2 * HOUR
        for i, (since, until) in enumerate(_hours(begin, now) if cut else ((begin, now),)):
            at = now + i * timedelta(seconds=8)
            self.book.write(Coverage("weibo", "云江银行", since, until, status, at))
        self.mark = now if status.is_complete else self.mark
        return self.look()


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize(
    ("status", "rounds", "told"),
    [
        (Outcome.AUTH_REQUIRED, 3, "登录态失效"),
        (Outcome.CHALLENGE, 3, "要求验证码"),
        (Outcome.BLOCKED, 3, "被封禁"),
        (Outcome.TRANSPORT, 6, "网络故障"),
        (Outcome.CHANGED, 6, "页面结构变化"),
        (Outcome.SUSPECT_EMPTY, 6, "返回空白页"),
        (Outcome.RATE_LIMITED, 6, "被限流"),
    ],
)
def test_a_source_that_fails_again_and_again_is_told_once(status: Outcome, rounds: int, told: str, cut: bool) -> None:
    """At the third refusal or the sixth fault, not before, and once; the first complete crawl resolves it."""
    crawls = _Crawls()
    sent = [crawls.poll(status, cut=cut) for _ in range(rounds + 5)]
    assert [len(each) for each in sent] == [0] * (rounds - 1) + [1] * 6
    assert f"[预警·运维] 微博搜索：{told}" in sent[-1][0]
    crawls.poll(Outcome.OK, cut=cut)
    assert [alert.state for alert in crawls.bank.engine().alerts()] == [AlertState.RESOLVED]


def test_one_refused_crawl_is_one_look() -> None:
    """Three slices of one crawl are not three refusals in a row."""
    crawls = _Crawls()
    crawls.poll(Outcome.CHALLENGE)
    crawls.poll(Outcome.CHALLENGE)
    assert crawls.bank.engine().alerts() == []


def test_a_crawl_that_ends_without_a_word_is_told() -> None:
    """The crawl is killed on every turn: no records at all, and after half an hour the operator knows."""
    crawls = _Crawls()
    minutes = 0
    while not crawls.look() and minutes < 120:
        crawls.bank.clock.advance(MINUTE)
        minutes += 1
    assert 30 < minutes < 35
    assert "微博搜索：自 03-20 12:00 起没有完整采集（采集没有结果，也没有记录" in crawls.bank.sent[0]
    crawls.bank.clock.advance(MINUTE)
    crawls.poll(Outcome.OK)
    assert [alert.state for alert in crawls.bank.engine().alerts()] == [AlertState.RESOLVED]
    assert len(crawls.bank.sent) == 1


def test_a_source_that_was_never_read_is_told() -> None:
    """A crawl that breaks before its first record counts from the first look at the rules."""
    bank = Bank.empty()
    for _ in range(40):
        bank.engine().detect()
        bank.clock.advance(MINUTE)
    (alert,) = bank.engine().alerts()
    assert alert.summary.startswith("微博搜索：从未完整采集")


def test_sources_that_are_off_and_machines_that_were_off_are_no_alarm() -> None:
    """A disabled source is not watched, and after a night without power the watch begins anew."""
    crawls = _Crawls()
    crawls.bank.clock.advance(9 * HOUR)
    assert crawls.look() == []
    off = [Bank.empty().engine(sources=[]), crawls.bank.engine(sources=[])]
    for _ in range(40):
        crawls.bank.clock.advance(MINUTE)
        assert [engine.detect().fired for engine in off] == [0, 0]


def test_slow_sources_get_three_intervals() -> None:
    """A source that is polled every hour is silent after three."""
    bank = Bank.empty()
    slow = [SOURCES[0].__class__(**{**_fields(), "interval_seconds": 3_600})]
    bank.cover(bank.clock.now() - DAY, bank.clock.now())
    fired = 0
    for minutes in range(0, 300, 10):
        fired = fired or (minutes if bank.engine(sources=slow).detect().fired else 0)
        bank.clock.advance(10 * MINUTE)
    assert fired == 190


def _fields() -> dict[str, object]:
    source = SOURCES[0]
    return {name: getattr(source, name) for name in source.__dataclass_fields__}


def test_a_scorer_that_stands_still_is_told() -> None:
    """Fresh posts without scores for twenty minutes: one mail; when they are scored it is over."""
    crawls = _Crawls()
    now = crawls.bank.clock.now()
    waiting = crawls.bank.made(now - MINUTE, lag=MINUTE, subjects=("yunjiang",), source="weibo")
    crawls.bank.mentions.add([waiting])
    sent = [crawls.poll(Outcome.OK) for _ in range(6)]
    assert [len(each) for each in sent] == [0, 0, 0, 0, 1, 1]
    assert "打分停滞：1 条内容采集 20 分钟后仍未打分" in sent[-1][0]


def test_old_posts_that_are_imported_may_wait() -> None:
    """An import of last year's posts takes its time; that is no fault."""
    crawls = _Crawls()
    now = crawls.bank.clock.now()
    old = [crawls.bank.made(now - 9 * DAY, lag=9 * DAY, subjects=("yunjiang",), source="import")]
    crawls.bank.mentions.add(old)
    assert [crawls.poll(Outcome.OK) for _ in range(6)][-1] == []


def test_posts_that_all_come_late_are_told_and_do_not_make_deaf() -> None:
    """Every post comes twelve minutes after its publication: the operator knows, and the outage is still told."""
    crawls = _Crawls()
    crawls.bank.quiet(days=28, per_day=20)
    crawls.mark = crawls.bank.clock.now()
    crawls.bank.polls(crawls.mark - 9 * DAY, crawls.mark)
    for _ in range(14):
        at = crawls.bank.clock.now()
        for i in range(6):
            crawls.bank.post(at + i * 50 * timedelta(seconds=1) - 12 * MINUTE, lag=12 * MINUTE)
        crawls.poll(Outcome.OK)
    assert [line for line in crawls.bank.sent if "微博搜索：多数内容发布约 15 分钟后才能采集到" in line]
    assert [line for line in crawls.bank.sent if line.startswith("[预警·高] 云江银行")]
    assert len(crawls.bank.sent) == 2
