"""The Elasticsearch store beyond the contract: races, refusals of the cluster, crashes, many months, secrets."""

import logging
import os
import random
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from elasticsearch import Elasticsearch, helpers
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from storage.elastic import ElasticMentionStore, ElasticStateStore, connect, counting, remove_everything
from storage.elastic import mentions as elastic_mentions
from storage.elastic.schema import Names
from tests.contract.samples import NEGATIVE, NOON, annotation, mention, minutes
from tests.elastic import find_server
from tests.fakes import FakeClock
from tests.integration.storage.workers import batch
from yuqing.domain.errors import StoreError, StoreUnavailable
from yuqing.domain.mention import Author, Engagement, Mention, TimePrecision
from yuqing.domain.ports import Added, MentionQuery, MentionStore, Page, Snapshot

DAY = timedelta(days=1)
ROOT = Path(__file__).parents[3]
needs_server = pytest.mark.elasticsearch


@pytest.fixture
def store(elasticsearch_client: Elasticsearch, empty_prefix: str) -> ElasticMentionStore:
    """An empty store."""
    return ElasticMentionStore(elasticsearch_client, FakeClock(), empty_prefix)


@pytest.fixture
def names(empty_prefix: str) -> Names:
    """The indices of the store."""
    return Names(empty_prefix)


def total(store: MentionStore) -> int:
    """How many mentions there are, after a refresh."""
    store.refresh()
    return store.count(MentionQuery(include_deleted=True))


@needs_server
def test_two_writers_with_different_months_keep_one_mention(store: ElasticMentionStore) -> None:
    """Parsers that disagree on the month, at the same moment, never make two mentions of one."""
    rough = [replace(each, published_at=NOON - 40 * DAY, time_precision=TimePrecision.DAY) for each in batch(0, 300)]
    exact = [replace(each, collected_at=each.collected_at + DAY, engagement=Engagement(1)) for each in batch(0, 300)]
    barrier = threading.Barrier(2)

    def write(mentions: list[Mention]) -> Added:
        barrier.wait()
        return store.add(mentions)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(write, (rough, exact))
    assert first.new + second.new == 300
    assert total(store) == 300
    store.add(exact)
    store.refresh()
    assert store.count(MentionQuery(since=NOON - DAY)) == 300


@needs_server
def test_writers_of_the_same_mentions_add_up(store: ElasticMentionStore) -> None:
    """Four threads that sight, count and annotate the same mentions lose no update."""
    seen = batch(0, 40)
    store.add(seen)

    def work(number: int) -> None:
        later = minutes(10 + number)
        store.add(replace(m, subjects=(f"s{number}",), collected_at=m.collected_at + later) for m in seen)
        store.snapshot(Snapshot(m.id, NOON + DAY + minutes(number), Engagement(likes=number)) for m in seen)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, (4, 3, 2, 1)))
    for each in store.get([m.id for m in seen]).values():
        # A sighting that came after a later one is no longer news, so only the latest is certain to be united.
        assert {"yunjiang", "s4"} <= set(each.mention.subjects)
        assert each.mention.engagement.likes == 4
    assert [s.engagement.likes for s in store.snapshots(seen[0].id)] == [1, 2, 3, 4]


@needs_server
def test_a_crash_between_the_claim_and_the_mention_loses_nothing(
    store: ElasticMentionStore, names: Names, elasticsearch_client: Elasticsearch
) -> None:
    """A place without a mention is filled by the next sighting, as new."""
    first = mention()
    store.add([mention("other")])
    elasticsearch_client.index(index=names.places, id=first.id, document={"month": "2026.01"})
    assert store.get([first.id]) == {}
    assert store.annotate([annotation(first)]) == 0
    assert store.add([first]) == Added(new=1)
    assert store.get([first.id])[first.id].mention == first


@needs_server
def test_a_month_that_refuses_writes_is_named_and_the_rest_is_written(
    store: ElasticMentionStore, names: Names, elasticsearch_client: Elasticsearch
) -> None:
    """A partial failure names the ids, hides nothing, and repeating the call completes it."""
    store.add([mention("seed")])
    other = [mention(f"a{number}", published_at=NOON - 31 * DAY) for number in range(5)]
    march = names.month("2026.03")
    elasticsearch_client.indices.put_settings(index=march, settings={"index.blocks.write": True})
    try:
        with pytest.raises(StoreError, match=r"2 条未写入：weibo:post:\d+.*重复执行是安全的"):
            store.add([*batch(0, 2), *other])
        assert len(store.get([each.id for each in other])) == 5
        with pytest.raises(StoreError, match="1 条未写入：weibo:post:seed"):
            store.annotate([annotation(mention("seed"))])
    finally:
        elasticsearch_client.indices.put_settings(index=march, settings={"index.blocks.write": None})
    assert store.add([*batch(0, 2), *other]) == Added(new=2, unchanged=5)


@needs_server
def test_retention_drops_whole_months_and_keeps_what_moved(
    store: ElasticMentionStore, names: Names, elasticsearch_client: Elasticsearch
) -> None:
    """Months that are over vanish as indices; a mention that lives there and was published later stays."""
    rough = mention("moved", published_at=NOON - 70 * DAY, time_precision=TimePrecision.DAY)
    store.add([rough, mention("old", published_at=NOON - 40 * DAY), mention("older", published_at=NOON - 71 * DAY)])
    exact = replace(rough, published_at=NOON, time_precision=TimePrecision.SECOND, collected_at=NOON + DAY, text="改")
    store.add([exact, mention("new")])
    assert store.purge(NOON - DAY) == 2
    months = set(elasticsearch_client.indices.get(index=names.months).body)
    assert names.month("2026.01") not in months
    assert names.month("2025.12") in months
    assert set(store.get([rough.id, mention("new").id])) == {rough.id, mention("new").id}
    assert total(store) == 2
    assert store.purge(NOON + DAY) == 2
    assert total(store) == 0
    assert store.add([mention("old", published_at=NOON - 40 * DAY)]) == Added(new=1)


@needs_server
def test_the_alias_covers_every_month(
    store: ElasticMentionStore, names: Names, elasticsearch_client: Elasticsearch
) -> None:
    """People who look with other tools find all months under one name, with dates they can read."""
    store.add([mention("a", published_at=NOON - 40 * DAY), mention("b")])
    store.refresh()
    hits = elasticsearch_client.search(index=names.alias, sort=[{"published_at": "asc"}])["hits"]["hits"]
    assert [hit["_source"]["published_at"][:7] for hit in hits] == ["2026-01", "2026-03"]


@needs_server
def test_many_values_are_counted_exactly_over_months(
    store: ElasticMentionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More values than a shard reports are enumerated instead of estimated."""
    months = [NOON - 62 * DAY, NOON - 31 * DAY, NOON]
    mentions = [
        mention(f"{month}-{number}", published_at=time, author=Author(f"p{(number * (month + 3)) % 23:02}"))
        for month, time in enumerate(months)
        for number in range(40)
    ]
    store.add(mentions)
    store.refresh()
    exact = store.facet(MentionQuery(), "author", 100)
    monkeypatch.setattr(counting, "_MOST_VALUES", 2)
    monkeypatch.setattr(counting, "_COMPOSITE_PAGE", 7)
    assert store.facet(MentionQuery(), "author", 5) == exact[:5]
    assert sum(each.count for each in exact) == 120


@needs_server
def test_volumes_of_very_many_bins(
    store: ElasticMentionStore, elasticsearch_client: Elasticsearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A range of more bins than one answer may hold is asked for in pieces, also when the cluster finds it too much."""
    mentions = [mention(str(number), published_at=NOON + minutes(number)) for number in range(0, 3_000, 7)]
    store.add(mentions)
    store.annotate(annotation(each, NEGATIVE) for each in mentions)
    store.refresh()
    query = MentionQuery(since=NOON, until=NOON + minutes(3_000))
    expected = [int(number % 7 == 0) for number in range(3_000)]
    assert [each.total for each in store.volume(query, minutes(1), "sentiment")] == expected
    elasticsearch_client.cluster.put_settings(persistent={"search.max_buckets": 60})
    try:
        bins = store.volume(query, minutes(1), "sentiment")
    finally:
        elasticsearch_client.cluster.put_settings(persistent={"search.max_buckets": None})
    assert [each.by.get("negative", 0) for each in bins] == expected


@needs_server
def test_strangers_in_the_index_are_refused(
    store: ElasticMentionStore, names: Names, elasticsearch_client: Elasticsearch
) -> None:
    """The mapping is strict: a document of another program does not slip in."""
    store.add([mention()])
    with pytest.raises(helpers.BulkIndexError):
        helpers.bulk(elasticsearch_client, [{"_index": names.month("2026.03"), "_source": {"surprise": 1}}])


@needs_server
@pytest.mark.parametrize("seed", range(3))
def test_kill_9_loses_nothing_that_was_acknowledged(store: ElasticMentionStore, names: Names, seed: int) -> None:
    """A writing process is killed at a random moment; what it had reported is there, once, and all can go on."""
    prefix = names.alias.removesuffix("-mentions")
    command = [sys.executable, "-m", "tests.integration.storage.workers", "add-elastic"]
    command += [str(find_server().url), prefix, "0", "200"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        reported = [int(process.stdout.readline()) for _ in range(random.Random(seed).randint(1, 15))]
        os.kill(process.pid, signal.SIGKILL)
        reported += [int(line) for line in process.stdout.read().split()]
    expected = [each for first in reported for each in batch(first, 10)]
    found = store.get([each.id for each in expected])
    assert [found[each.id].mention for each in expected] == expected
    assert all(found[each.id].annotation for first in reported if first % 20 == 0 for each in batch(first, 10))
    store.add(batch(0, 2_000))
    assert total(store) == 2_000


@needs_server
def test_a_page_larger_than_an_answer_goes_on(store: ElasticMentionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that no answer can hold is cut and says where it goes on."""
    monkeypatch.setattr(elastic_mentions, "_LARGEST_PAGE", 7)
    store.add(batch(0, 10))
    store.refresh()
    first = store.search(MentionQuery(), Page(size=100))
    second = store.search(MentionQuery(), Page(size=100, after=first.next_after))
    assert (len(first.items), len(second.items), second.next_after) == (7, 3, None)


def test_an_address_that_is_none_is_refused_without_its_password() -> None:
    """A URL without a protocol, and a certificate that is missing, are named before anything is sent."""
    with pytest.raises(StoreError, match="地址无效") as caught:
        connect(f"yuqing:{SECRET}@cluster.invalid")
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r}"
    with pytest.raises(StoreError, match=r"找不到 .* missing\.pem"):
        connect("https://cluster.invalid:9200", ca_certs="missing.pem")


SECRET = "s3cret-key-of-the-cluster"


@pytest.fixture(params=["in the URL", "beside it"])
def nobody(request: pytest.FixtureRequest) -> Elasticsearch:
    """A client of an address where nobody listens, with credentials."""
    if request.param == "in the URL":
        return connect(f"http://yuqing:{SECRET}@127.0.0.1:9", request_timeout=2)
    return connect("http://127.0.0.1:9", basic_auth=("yuqing", SECRET), request_timeout=2)


def test_a_cluster_that_is_down_is_unavailable_and_named(
    nobody: Elasticsearch, caplog: pytest.LogCaptureFixture
) -> None:
    """Every call says where it wanted to go, never with which secret, and can be repeated later."""
    caplog.set_level(logging.DEBUG)
    mentions, state = ElasticMentionStore(nobody, FakeClock()), ElasticStateStore(nobody)
    calls = (
        lambda: mentions.add([mention()]),
        lambda: mentions.count(MentionQuery()),
        lambda: mentions.search(MentionQuery(), Page()),
        lambda: list(mentions.scan(MentionQuery())),
        lambda: mentions.unscored(1),
        lambda: mentions.refresh(),
        lambda: state.load("alert", "a"),
        lambda: state.save("alert", "a", {}),
        lambda: state.find("alert"),
        lambda: state.append("audit", {}, NOON),
    )
    for call in calls:
        with pytest.raises(StoreUnavailable, match=r"无法连接 Elasticsearch（http://127\.0\.0\.1:9）") as caught:
            call()
        assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r} {mentions!r} {nobody!r} {caplog.text}"


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (401, StoreError, "拒绝访问（HTTP 401），请检查账号和权限"),
        (403, StoreError, "拒绝访问（HTTP 403），请检查账号和权限"),
        (400, StoreError, "返回错误 HTTP 400"),
        (429, StoreUnavailable, "暂时繁忙（HTTP 429）"),
        (503, StoreUnavailable, "暂时繁忙（HTTP 503）"),
    ],
)
def test_refusals_of_a_cluster_are_told_apart(
    httpserver: HTTPServer, status: int, kind: type[StoreError], text: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Wrong credentials, a bad request and a busy cluster each have their own sentence. The test cluster has no
    security index, so API keys are judged by a stub that answers as a cluster does."""
    caplog.set_level(logging.DEBUG)
    keys: list[str] = []

    def answer(request: Request) -> Response:
        keys.append(request.headers["Authorization"])
        headers = {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/json"}
        return Response('{"error": {"type": "stub", "reason": "stub"}, "status": 1}', status, headers)

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    client = connect(httpserver.url_for("/"), api_key=SECRET)
    with pytest.raises(StoreError, match=text) as caught:
        ElasticMentionStore(client.options(max_retries=0), FakeClock()).count(MentionQuery())
    assert type(caught.value) is kind
    assert set(keys) == {f"ApiKey {SECRET}"}
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r} {client!r} {caplog.text}"
    client.close()


@pytest.mark.elasticsearch
def test_a_demo_leaves_no_trace(elasticsearch_client: Elasticsearch, clock: FakeClock) -> None:
    """Everything of a prefix goes, its template too, and nothing of a longer prefix."""
    gone, kept = f"yqgone-{uuid4().hex[:8]}", f"yqgone2-{uuid4().hex[:8]}"
    for prefix in (gone, kept):
        ElasticStateStore(elasticsearch_client, prefix=prefix).save("kind", "id", {"a": 1})
        ElasticMentionStore(elasticsearch_client, clock, prefix=prefix).refresh()
    assert remove_everything(elasticsearch_client, gone) > 0
    assert not elasticsearch_client.indices.get(index=f"{gone}-*", expand_wildcards="all").body
    assert elasticsearch_client.indices.get(index=f"{kept}-*", expand_wildcards="all").body
    assert remove_everything(elasticsearch_client, kept) > 0
