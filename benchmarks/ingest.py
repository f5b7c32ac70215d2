"""How fast mentions are stored and counted, beside the raw libraries in the same run.

    python benchmarks/ingest.py [--mentions 50000] [--queried 200000] [--stores sqlite,elasticsearch]

Prints tables and writes benchmarks/out/ingest.json. The texts are invented. `raw` rows write prepared values: they
show what the library alone can do. `add` includes everything between a Mention and its acknowledgement.
"""

import argparse
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from elasticsearch import Elasticsearch, helpers

from storage.elastic import ElasticMentionStore, connect
from storage.elastic.documents import source_of
from storage.elastic.schema import MENTION_MAPPINGS
from storage.record import batches, first_sight
from storage.sqlite import SqliteMentionStore, rows
from storage.sqlite.grams import grams
from storage.sqlite.schema import STEPS
from storage.text import searchable
from yuqing.domain.annotation import Annotation, Sentiment, SentimentLabel, SeverityScore, SubjectSentiment, TopicScore
from yuqing.domain.mention import Author, Engagement, Mention, MentionKind, Platform
from yuqing.domain.ports import MentionQuery, MentionStore, Page
from yuqing.domain.query import parse_query

T = TypeVar("T")
REPOSITORY = Path(__file__).resolve().parent.parent
OUTPUT = REPOSITORY / "benchmarks" / "out" / "ingest.json"
SINCE = datetime(2026, 2, 1, tzinfo=UTC)
DAYS = 28
BATCH = 1_000
SUBJECTS = ("yunjiang", "haizhou", "beiyuan", "goldenautumn")
NAMES = {"yunjiang": "云江银行", "haizhou": "海州银行", "beiyuan": "北原银行", "goldenautumn": "金秋开户礼"}
OPENINGS = [
    "今天去柜台",
    "刚刚打开手机银行",
    "排队一小时之后",
    "朋友推荐我",
    "昨晚转账的时候",
    "客服电话里",
    "听同事说",
    "早上九点",
]
MIDDLES = [
    "办理存款",
    "查询余额",
    "申请信用卡",
    "参加开户活动",
    "给家里转账",
    "修改密码",
    "领取礼品",
    "兑换积分",
    "咨询贷款利率",
]
ENDS = [
    "一直闪退",
    "非常顺利",
    "被告知系统维护",
    "等了很久没有人理",
    "态度很好",
    "提示网络异常",
    "终于解决了",
    "不知道为什么失败",
]
EXTRAS = [
    "有没有人遇到同样的问题",
    "希望尽快处理",
    "给个好评",
    "准备换一家",
    "路过看看",
    "截图留念",
    "已经投诉",
    "继续观望",
]


class Clock:
    """The real time: the benchmark measures it."""

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)


def invent(count: int, seed: int = 7) -> list[Mention]:
    """Mentions of four weeks, 60 to 200 characters each, in order of collection."""
    random_ = random.Random(seed)
    return [_one(random_, number, count) for number in range(count)]


def _one(random_: random.Random, number: int, count: int) -> Mention:
    subject = random_.choices(SUBJECTS, (5, 3, 2, 1))[0]
    sentences = [_sentence(random_, NAMES[subject]) for _ in range(random_.randint(2, 6))]
    published = SINCE + timedelta(days=DAYS) * number / count
    return Mention(
        platform=random_.choice((Platform.WEIBO, Platform.WEIBO, Platform.DOUYIN, Platform.NEWS)),
        kind=MentionKind.POST,
        native_id=f"{5_000_000_000_000_000 + number}",
        url=f"https://example.invalid/{number}",
        text="。".join(sentences) + "，" + random_.choice(EXTRAS),
        published_at=published,
        collected_at=published + timedelta(minutes=random_.randint(1, 90)),
        author=Author(f"p{random_.randint(1, count)}"),
        engagement=Engagement(random_.randint(0, 500), random_.randint(0, 90), random_.randint(0, 40)),
        region=random_.choice(("浙江", "广东", "江苏", None)),
        subjects=(subject,),
        source_id=random_.choice(("weibo_search", "douyin_search", "portal")),
    )


def _sentence(random_: random.Random, name: str) -> str:
    opening, middle, end = (random_.choice(words) for words in (OPENINGS, MIDDLES, ENDS))
    return f"{opening}{name}{middle}，{end}{random_.randint(1, 99)}次"


def judge(mention: Mention, random_: random.Random) -> Annotation:
    """An annotation of any stance."""
    label = random_.choice(tuple(SentimentLabel))
    sentiment = Sentiment(label, 0.4, 0.3, 0.3)
    return Annotation(
        mention.id,
        sentiment,
        tuple(SubjectSentiment(subject, sentiment) for subject in mention.subjects),
        (TopicScore(random_.choice(("app_failure", "fees", "service", "queue")), 0.8),),
        SeverityScore(random_.randint(0, 3), (0.25, 0.25, 0.25, 0.25)),
        "benchmark",
        mention.collected_at,
    )


def rate(count: int, work: Callable[[], object]) -> float:
    """Mentions a second."""
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def raw_table(path: Path, mentions: Sequence[Mention]) -> float:
    """sqlite3.executemany into one table of id and document: the floor of any store on this library."""
    values = [(mention.id, rows._body_values(rows.Row(0, first_sight(mention, SINCE)))[1]) for mention in mentions]
    connection = _open(path)
    connection.execute("CREATE TABLE mention (id TEXT PRIMARY KEY, document TEXT)")
    return rate(len(values), lambda: _write(connection, [("INSERT INTO mention VALUES (?, ?)", values)]))


def raw_schema(path: Path, mentions: Sequence[Mention]) -> float:
    """sqlite3.executemany into the store's own tables and indexes, text index included, from prepared values."""
    connection = _open(path)
    for statement in STEPS[0]:
        connection.execute(statement)
    prepared = [rows.Row(key, first_sight(mention, SINCE)) for key, mention in enumerate(mentions, start=1)]
    texts = [(row.key, searchable(row.record.mention)) for row in prepared]
    subjects = [values for row in prepared for values in rows._subject_values(row)]
    work = [
        (rows._INSERT_MENTION, [rows._mention_values(row) for row in prepared]),
        ("INSERT INTO body VALUES (?, ?, ?)", [rows._body_values(row) for row in prepared]),
        ("INSERT INTO searchable VALUES (?, ?)", texts),
        ("INSERT INTO grams (rowid, pairs) VALUES (?, ?)", [(key, grams(text)) for key, text in texts]),
        ("INSERT INTO mention_subject VALUES (?, ?, ?, ?, ?)", subjects),
    ]
    return rate(len(mentions), lambda: _write(connection, work))


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -32000")
    return connection


def _write(connection: sqlite3.Connection, work: Sequence[tuple[str, Sequence[tuple[object, ...]]]]) -> None:
    for start in range(0, max(len(values) for _, values in work), BATCH):
        connection.execute("BEGIN IMMEDIATE")
        for sql, values in work:
            connection.executemany(sql, values[start : start + BATCH])
        connection.execute("COMMIT")
    connection.close()


def raw_bulk(client: Elasticsearch, mentions: Sequence[Mention]) -> float:
    """helpers.bulk of the store's own documents into one index."""
    index = f"yqbench-raw-{uuid4().hex[:6]}"
    settings = {"number_of_shards": 1, "number_of_replicas": 0}
    client.indices.create(index=index, mappings=MENTION_MAPPINGS, settings=settings)
    actions = [
        {"_op_type": "create", "_index": index, "_id": m.id, "_source": source_of(first_sight(m, SINCE))}
        for m in mentions
    ]
    try:
        return rate(len(actions), lambda: helpers.bulk(client, actions, chunk_size=BATCH))
    finally:
        client.indices.delete(index=index)


def measured_ingest(store: MentionStore, mentions: Sequence[Mention]) -> dict[str, float]:
    """The store's writes."""
    random_ = random.Random(3)
    judged = [judge(mention, random_) for mention in mentions]
    count = len(mentions)
    return {
        "add, all new": rate(count, lambda: _in_batches(store.add, mentions)),
        "add, all seen before": rate(count, lambda: _in_batches(store.add, mentions)),
        "annotate": rate(count, lambda: _in_batches(store.annotate, judged)),
    }


def _in_batches(write: Callable[[list[T]], object], items: Iterable[T]) -> None:
    for batch in batches(items, BATCH):
        write(batch)


def measured_queries(store: MentionStore, repeats: int = 5) -> dict[str, float]:
    """Median milliseconds of the questions that the product asks all the time."""
    until = SINCE + timedelta(days=DAYS)
    month = MentionQuery(since=SINCE, until=until)
    ours = MentionQuery(since=SINCE, until=until, subjects=("yunjiang",))
    day = MentionQuery(since=until - timedelta(days=1), until=until, subjects=("yunjiang",))
    negative = MentionQuery(since=SINCE, until=until, subjects=("yunjiang",), sentiments=(SentimentLabel.NEGATIVE,))
    rare, common, near = (parse_query(text) for text in ("提示网络异常88次", "闪退", "闪退 NEAR/20 投诉"))
    hour = timedelta(hours=1)
    questions: dict[str, Callable[[], object]] = {
        "count, everything": lambda: store.count(MentionQuery()),
        "count, subject, month, negative": lambda: store.count(negative),
        "volume, subject, day, hourly, sentiment": lambda: store.volume(day, hour, "sentiment"),
        "volume, subject, month, hourly, sentiment": lambda: store.volume(ours, hour, "sentiment"),
        "volume, all, month, hourly, subject": lambda: store.volume(month, hour, "subject"),
        "facet, all, month, platform": lambda: store.facet(month, "platform"),
        "facet, subject, month, topic": lambda: store.facet(ours, "topic"),
        "facet, all, month, author": lambda: store.facet(month, "author", 10),
        "search, newest 50": lambda: store.search(MentionQuery(), Page()),
        "search, subject, day, most severe 50": lambda: store.search(day, Page(sort="severity_desc")),
        "search, text, common word": lambda: store.search(MentionQuery(text=common), Page()),
        "search, text, rare phrase": lambda: store.search(MentionQuery(text=rare), Page()),
        "count, text, NEAR": lambda: store.count(MentionQuery(text=near)),
        "count, subject, day, text": lambda: store.count(
            MentionQuery(text=common, since=day.since, subjects=("yunjiang",))
        ),
        "unscored, 500": lambda: store.unscored(500),
    }
    return {name: _median_ms(question, repeats) for name, question in questions.items()}


def _median_ms(question: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        question()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def sqlite_results(mentions: Sequence[Mention], queried: int) -> dict[str, dict[str, float]]:
    """All figures of the embedded store."""
    with tempfile.TemporaryDirectory(dir=OUTPUT.parent) as folder:
        ingest = {
            "raw executemany, one table": raw_table(Path(folder) / "table.db", mentions),
            "raw executemany, same tables and text index": raw_schema(Path(folder) / "schema.db", mentions),
        }
        store = SqliteMentionStore(Path(folder) / "store.db", Clock())
        ingest |= measured_ingest(store, mentions)
        store.close()
        large = SqliteMentionStore(Path(folder) / "large.db", Clock())
        _fill(large, queried)
        queries = measured_queries(large)
        large.close()
    return {"ingest": ingest, "queries": queries}


def elasticsearch_results(url: str, mentions: Sequence[Mention], queried: int) -> dict[str, dict[str, float]]:
    """All figures of the Elasticsearch store."""
    prefix = f"yqbench-{uuid4().hex[:6]}"
    with connect(url, request_timeout=120) as client:
        try:
            ingest = {"raw helpers.bulk, one index": raw_bulk(client, mentions)}
            ingest |= measured_ingest(ElasticMentionStore(client, Clock(), f"{prefix}-a"), mentions)
            large = ElasticMentionStore(client, Clock(), f"{prefix}-b")
            _fill(large, queried)
            return {"ingest": ingest, "queries": measured_queries(large)}
        finally:
            for name in client.indices.get(index=f"{prefix}*", allow_no_indices=True).body:
                client.indices.delete(index=name)
            client.options(ignore_status=404).indices.delete_index_template(name=f"{prefix}*")


def _fill(store: MentionStore, count: int) -> None:
    random_ = random.Random(5)
    for batch in batches(_stream(count), 5_000):
        store.add(batch)
        # The newest percent stays unscored, as in life.
        store.annotate([judge(mention, random_) for mention in batch if random_.random() > 0.01])
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    store.refresh()


def _stream(count: int) -> Iterator[Mention]:
    random_ = random.Random(11)
    return (_one(random_, number, count) for number in range(count))


def find_elasticsearch() -> str | None:
    """The URL of the tests' server, if it runs."""
    script = REPOSITORY / "scripts" / "elasticsearch.py"
    return (
        subprocess.run([sys.executable, script, "url"], capture_output=True, text=True, check=False).stdout.strip()
        or None
    )


def print_table(title: str, unit: str, results: dict[str, dict[str, dict[str, float]]], part: str) -> None:
    """One table, a column a store."""
    stores = list(results)
    names = list(dict.fromkeys(name for store in stores for name in results[store][part]))
    print(f"\n{title}\n{'':46}" + "".join(f"{store:>16}" for store in stores) + f"   {unit}")
    for name in names:
        cells = (results[store][part].get(name) for store in stores)
        print(f"{name:46}" + "".join(f"{'':>16}" if cell is None else f"{cell:>16,.1f}" for cell in cells))


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mentions", type=int, default=50_000, help="mentions of the ingest table")
    parser.add_argument("--queried", type=int, default=200_000, help="mentions under the query table")
    parser.add_argument("--stores", default="sqlite,elasticsearch")
    options = parser.parse_args()
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    mentions = invent(options.mentions)
    results = {}
    if "sqlite" in options.stores:
        results["sqlite"] = sqlite_results(mentions, options.queried)
    if "elasticsearch" in options.stores:
        if url := find_elasticsearch():
            results["elasticsearch"] = elasticsearch_results(url, mentions, options.queried)
        else:
            print("no Elasticsearch is running (make elasticsearch): measured without", file=sys.stderr)
    print_table(f"Ingest of {options.mentions:,} mentions", "mentions/s", results, "ingest")
    print_table(f"Queries over {options.queried:,} mentions", "ms (median of 5)", results, "queries")
    OUTPUT.write_text(json.dumps({"mentions": options.mentions, "queried": options.queried, **results}, indent=2))


if __name__ == "__main__":
    main()
