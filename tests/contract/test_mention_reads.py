"""MentionStore: what search, scan, count, volume, facet and unscored promise, on every adapter."""

from datetime import timedelta
from itertools import chain

import pytest

from tests.contract.samples import NEGATIVE, NEUTRAL, NOON, POSITIVE, annotation, mention, minutes
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.errors import InputError
from yuqing.domain.mention import Author, Engagement, Mention, MentionId, MentionKind, Platform
from yuqing.domain.ports import FacetCount, FacetField, MentionQuery, MentionStore, Page, SortKey, VolumeBin
from yuqing.domain.query import parse_query


def fill(store: MentionStore, *mentions: Mention) -> None:
    """Add and make visible."""
    store.add(mentions)
    store.refresh()


def natives(store: MentionStore, query: MentionQuery, sort: SortKey = "published_desc") -> list[str]:
    """The native ids that a query finds, in order."""
    return [item.mention.native_id for item in store.search(query, Page(size=500, sort=sort)).items]


TEXTS = {
    "crash": "云江手机银行今天又闪退，转账一直失败！",
    "praise": "云江手机银行的金秋开户礼很划算",
    "rival": "海州银行的手机银行转账很快",
    "bare": "ＡＰＰ崩了 v2.1",
    "english": "The app crashed again. Refund 50% now",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("手机银行", {"crash", "praise", "rival"}),
        ("行", {"crash", "praise", "rival"}),
        ("闪退 AND 转账", {"crash"}),
        ("闪退 OR 划算", {"crash", "praise"}),
        ("手机银行 NOT 转账", {"praise"}),
        ("NOT 手机银行", {"bare", "english"}),
        ("手机银行 (闪退 OR 很快) NOT 海州", {"crash"}),
        ('"今天又闪退，转账"', {"crash"}),
        ('"机银"', {"crash", "praise", "rival"}),
        ("银机", set()),
        ("app", {"bare", "english"}),
        ("pp", {"bare", "english"}),
        ("crash", {"english"}),
        ('"crashed again."', {"english"}),
        ("50%", {"english"}),
        ("5%", set()),
        ("v2.1", {"bare"}),
        ("转账 NEAR/2 失败", {"crash"}),
        ("转账 NEAR/1 失败", set()),
        ("失败 NEAR/2 转账", {"crash"}),
        ("手机 NEAR/0 银行", {"crash", "praise", "rival"}),
        ("手机 NEAR/3 转账", {"rival"}),
        ("platform:weibo 转账", {"crash"}),
        ("platform:news OR 闪退", {"crash", "rival"}),
        ("subject:haizhou", {"rival"}),
        ("kind:article", {"rival"}),
        ("region:浙江", {"praise"}),
        ("source:portal", {"rival"}),
        ("author:p-1", {"praise"}),
        ("author:云江晚报", {"rival"}),
        ("id:weibo:post:crash", {"crash"}),
        ("state:visible 闪退", {"crash"}),
        ("state:deleted", set()),
        ("sentiment:negative", {"crash"}),
        ("NOT sentiment:negative", {"praise", "rival", "bare", "english"}),
        ("topic:app_failure", {"crash"}),
        ("severity:>=2", {"crash"}),
        ("severity:<2", {"praise"}),
        ("severity:0", {"praise"}),
    ],
)
def test_text_queries(store: MentionStore, text: str, expected: set[str]) -> None:
    """The boolean language means the same in every store."""
    crash, praise = (
        mention("crash", TEXTS["crash"]),
        mention("praise", TEXTS["praise"], region="浙江", author=Author("p-1")),
    )
    rival = mention(
        "rival",
        TEXTS["rival"],
        platform=Platform.NEWS,
        kind=MentionKind.ARTICLE,
        subjects=("haizhou",),
        source_id="portal",
        author=Author("p-9", outlet="云江晚报"),
    )
    store.add([crash, praise, rival, *(mention(name, TEXTS[name]) for name in ("bare", "english"))])
    store.annotate([annotation(crash, NEGATIVE, topics=["app_failure"], level=2), annotation(praise, POSITIVE)])
    store.refresh()
    query = MentionQuery(text=parse_query(text))
    assert set(natives(store, query)) == expected
    assert store.count(query) == len(expected)


def test_titles_are_searched_too(store: MentionStore) -> None:
    """A term may stand in the title, and a phrase may run from the title into the text."""
    fill(store, mention("1", "客服打不通", title="云江银行"), mention("2", "云江银行", title=None))
    assert natives(store, MentionQuery(text=parse_query("云江银行 客服"))) == ["1"]
    assert natives(store, MentionQuery(text=parse_query('"银行 客服"'))) == ["1"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (MentionQuery(), "abc"),
        (MentionQuery(platforms=(Platform.NEWS, Platform.DOUYIN)), "bc"),
        (MentionQuery(kinds=(MentionKind.VIDEO,)), "c"),
        (MentionQuery(subjects=("haizhou",)), "bc"),
        (MentionQuery(subjects=("haizhou", "yunjiang")), "abc"),
        (MentionQuery(sources=("portal", "none")), "b"),
        (MentionQuery(ids=(MentionId("weibo:post:a"), MentionId("douyin:video:c"))), "ac"),
        (MentionQuery(ids=(MentionId("weibo:post:nobody"),)), ""),
        (MentionQuery(since=NOON), "bc"),
        (MentionQuery(until=NOON), "a"),
        (MentionQuery(since=NOON - minutes(1), until=NOON + minutes(1)), "ab"),
        (MentionQuery(since=NOON + timedelta(microseconds=1)), "c"),
        (MentionQuery(until=NOON + timedelta(microseconds=1)), "ab"),
        (MentionQuery(collected_since=NOON + minutes(10)), "bc"),
        (MentionQuery(collected_until=NOON + minutes(10)), "a"),
        (MentionQuery(max_lag=minutes(10)), "ab"),
        (MentionQuery(max_lag=minutes(10), subjects=("haizhou",), platforms=(Platform.NEWS,)), "b"),
    ],
)
def test_filters(store: MentionStore, query: MentionQuery, expected: str) -> None:
    """Parts are joined by AND, values of one part by OR, intervals are half-open and exact to the microsecond."""
    fill(
        store,
        mention("a", published_at=NOON - minutes(1)),
        mention(
            "b",
            platform=Platform.NEWS,
            kind=MentionKind.ARTICLE,
            subjects=("haizhou", "yunjiang"),
            source_id="portal",
            collected_at=NOON + minutes(10),
        ),
        mention(
            "c",
            platform=Platform.DOUYIN,
            kind=MentionKind.VIDEO,
            subjects=("haizhou",),
            published_at=NOON + minutes(5),
            collected_at=NOON + minutes(50),
        ),
    )
    assert "".join(sorted(natives(store, query))) == expected
    assert store.count(query) == len(expected)


def two_sided(store: MentionStore) -> None:
    """One text that praises one bank at the cost of another, one plain complaint, one unscored."""
    compared = mention("compared", subjects=("yunjiang", "haizhou"))
    complaint = mention("complaint", published_at=NOON + minutes(1))
    store.add([compared, complaint, mention("fresh", published_at=NOON + minutes(2))])
    store.annotate(
        [
            annotation(compared, NEUTRAL, [("yunjiang", NEGATIVE), ("haizhou", POSITIVE)], ["service"], 1),
            annotation(complaint, NEGATIVE, [("yunjiang", NEGATIVE)], ["service", "app_failure"], 3),
        ]
    )
    store.refresh()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (MentionQuery(sentiments=(SentimentLabel.NEGATIVE,)), {"complaint"}),
        (MentionQuery(sentiments=(SentimentLabel.NEUTRAL,)), {"compared"}),
        (MentionQuery(subjects=("yunjiang",), sentiments=(SentimentLabel.NEGATIVE,)), {"compared", "complaint"}),
        (MentionQuery(subjects=("haizhou",), sentiments=(SentimentLabel.NEGATIVE,)), set()),
        (MentionQuery(subjects=("haizhou",), sentiments=(SentimentLabel.POSITIVE,)), {"compared"}),
        (MentionQuery(subjects=("haizhou", "yunjiang"), sentiments=(SentimentLabel.NEGATIVE,)), {"complaint"}),
        (MentionQuery(subjects=("yunjiang",), text=parse_query("sentiment:negative")), {"compared", "complaint"}),
        (MentionQuery(topics=("service",)), {"compared", "complaint"}),
        (MentionQuery(topics=("app_failure", "none")), {"complaint"}),
        (MentionQuery(min_severity=0), {"compared", "complaint"}),
        (MentionQuery(min_severity=2), {"complaint"}),
        (MentionQuery(scored=True), {"compared", "complaint"}),
        (MentionQuery(scored=False), {"fresh"}),
    ],
)
def test_annotation_filters(store: MentionStore, query: MentionQuery, expected: set[str]) -> None:
    """With exactly one subject the stance towards it counts, otherwise that of the whole text."""
    two_sided(store)
    assert set(natives(store, query)) == expected


def test_a_subject_without_a_stance_of_its_own_takes_the_whole_texts(store: MentionStore) -> None:
    """A scorer that names no subject still makes a negative text count as negative for its subjects."""
    only = mention()
    store.add([only])
    store.annotate([annotation(only, NEGATIVE)])
    store.refresh()
    query = MentionQuery(subjects=("yunjiang",), sentiments=(SentimentLabel.NEGATIVE,))
    assert store.count(query) == 1
    assert store.facet(MentionQuery(subjects=("yunjiang",)), "sentiment") == (FacetCount("negative", 1),)


def test_volume_splits_by_the_stance_that_counts(store: MentionStore) -> None:
    """The sentiment split follows the same rule, and unscored mentions stand under the empty value."""
    two_sided(store)
    whole = MentionQuery(since=NOON, until=NOON + minutes(4))
    ours = MentionQuery(since=NOON, until=NOON + minutes(4), subjects=("yunjiang",))
    assert store.volume(whole, minutes(4), "sentiment") == (VolumeBin(NOON, 3, {"neutral": 1, "negative": 1, "": 1}),)
    assert store.volume(ours, minutes(4), "sentiment") == (VolumeBin(NOON, 3, {"negative": 2, "": 1}),)
    assert store.volume(whole, minutes(4), "topic")[0].by == {"service": 2, "app_failure": 1, "": 1}
    assert store.volume(whole, minutes(4), "subject")[0].by == {"yunjiang": 3, "haizhou": 1}
    assert store.volume(ours, minutes(2), "platform") == (
        VolumeBin(NOON, 2, {"weibo": 2}),
        VolumeBin(NOON + minutes(2), 1, {"weibo": 1}),
    )


def test_volume_bins_are_aligned_and_gaps_are_zero(store: MentionStore) -> None:
    """Bins start at query.since, whatever the minute; empty ones are there; the edges are half-open."""
    since = NOON + timedelta(minutes=7, microseconds=3)
    times = [since - timedelta(microseconds=1), since, since + minutes(10) - timedelta(microseconds=1)]
    times += [since + minutes(10), since + minutes(35), since + minutes(45)]
    fill(store, *(mention(str(number), published_at=time) for number, time in enumerate(times)))
    bins = store.volume(MentionQuery(since=since, until=since + minutes(45)), minutes(10))
    assert [each.start for each in bins] == [since + minutes(10 * number) for number in range(5)]
    assert [each.total for each in bins] == [2, 1, 0, 1, 0]
    assert all(each.by == {} for each in bins)


def test_volume_of_nothing_is_zeros(store: MentionStore) -> None:
    """An empty store has a volume of zeros, and an empty range has no bins."""
    query = MentionQuery(since=NOON, until=NOON + timedelta(days=1))
    assert [each.total for each in store.volume(query, timedelta(hours=1), "sentiment")] == [0] * 24
    assert store.volume(MentionQuery(since=NOON, until=NOON), minutes(1)) == ()


@pytest.mark.parametrize(
    ("query", "interval"),
    [
        (MentionQuery(since=NOON), minutes(1)),
        (MentionQuery(until=NOON), minutes(1)),
        (MentionQuery(since=NOON, until=NOON), minutes(0)),
    ],
)
def test_volume_needs_a_range_and_an_interval(store: MentionStore, query: MentionQuery, interval: timedelta) -> None:
    """A missing end or a zero interval is a mistake of the caller."""
    with pytest.raises(ValueError, match="volume needs"):
        store.volume(query, interval)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("platform", [("weibo", 3), ("news", 1)]),
        ("kind", [("post", 3), ("article", 1)]),
        ("subject", [("yunjiang", 3), ("haizhou", 2)]),
        ("sentiment", [("negative", 1), ("positive", 1)]),
        ("topic", [("app_failure", 1), ("fees", 1), ("praise", 1)]),
        ("severity", [("0", 1), ("2", 1)]),
        ("source", [("weibo_search", 2), ("portal", 1)]),
        ("region", [("广东", 2)]),
        ("author", [("p-1", 2), ("云江晚报", 1)]),
    ],
)
def test_facets(store: MentionStore, field: FacetField, expected: list[tuple[str, int]]) -> None:
    """Counts by value, largest first and then by value; mentions without a value are not counted."""
    first = mention("1", subjects=("yunjiang", "haizhou"), author=Author("p-1"), region="广东")
    second = mention("2", author=Author("p-1"), source_id="", region="广东")
    third = mention("3", subjects=("haizhou",))
    news = mention(
        "4",
        platform=Platform.NEWS,
        kind=MentionKind.ARTICLE,
        source_id="portal",
        author=Author("p-2", outlet="云江晚报"),
    )
    store.add([first, second, third, news])
    store.annotate(
        [annotation(first, topics=["app_failure", "fees"], level=2), annotation(second, POSITIVE, topics=["praise"])]
    )
    store.refresh()
    assert [(each.value, each.count) for each in store.facet(MentionQuery(), field)] == expected
    assert store.facet(MentionQuery(), field, limit=1) == tuple(FacetCount(*each) for each in expected[:1])


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("published_desc", ["e", "b", "c", "d", "a"]),
        ("published_asc", ["a", "b", "c", "d", "e"]),
        ("severity_desc", ["b", "d", "e", "a", "c"]),
        ("engagement_desc", ["c", "d", "e", "b", "a"]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 10])
def test_paging_is_a_total_order(store: MentionStore, sort: SortKey, expected: list[str], size: int) -> None:
    """Pages of any size give every mention once, in one order, ties by id, with an exact total."""
    hits = [
        mention("a", published_at=NOON - minutes(1)),
        mention("b"),
        mention("c", engagement=Engagement(likes=5, shares=2)),
        mention("d", engagement=Engagement(comments=1, views=10**9)),
        mention("e", published_at=NOON + minutes(1)),
    ]
    store.add(hits)
    levels = {"a": 0, "b": 3, "d": 3, "e": 0}
    store.annotate([annotation(hit, level=levels[hit.native_id]) for hit in hits if hit.native_id in levels])
    store.refresh()
    seen, after = [], None
    for _ in range(7):
        page = store.search(MentionQuery(), Page(size=size, after=after, sort=sort))
        assert page.total == 5
        seen += [item.mention.native_id for item in page.items]
        after = page.next_after
        if after is None:
            break
    assert seen == expected


def test_pages_do_not_shift_when_mentions_arrive(store: MentionStore) -> None:
    """A mention that arrives between two pages neither repeats nor hides another."""
    fill(store, *(mention(str(number), published_at=NOON + minutes(number)) for number in range(4)))
    first = store.search(MentionQuery(), Page(size=2))
    fill(store, mention("late", published_at=NOON + minutes(9)))
    second = store.search(MentionQuery(), Page(size=2, after=first.next_after))
    assert [item.mention.native_id for item in (*first.items, *second.items)] == ["3", "2", "1", "0"]
    assert second.next_after is None


@pytest.mark.parametrize("token", ["nonsense", "WyJzZXZlcml0eV9kZXNjIiwgMV0=", "bnVsbA=="])
def test_a_broken_page_token_is_an_input_error(store: MentionStore, token: str) -> None:
    """A token that is damaged or of another order is refused with a sentence for the user."""
    fill(store, mention())
    with pytest.raises(InputError, match="翻页标记"):
        store.search(MentionQuery(), Page(after=token))


def test_scan_gives_everything_oldest_first(store: MentionStore) -> None:
    """A scan is the whole result, ties by id, also beyond one page of any store."""
    fill(store, *(mention(f"{number:04}", published_at=NOON - minutes(number // 2)) for number in range(1_200)))
    seen = [(item.mention.published_at, item.mention.id) for item in store.scan(MentionQuery())]
    assert len(seen) == 1_200
    assert seen == sorted(seen)
    assert [item.mention.native_id for item in store.scan(MentionQuery(since=NOON))] == ["0000", "0001"]


def test_writing_while_scanning_is_safe(store: MentionStore) -> None:
    """A job may annotate what it scans: every mention of the start is met once."""
    fill(store, *(mention(str(number), published_at=NOON + minutes(number)) for number in range(600)))
    seen = []
    for item in store.scan(MentionQuery(scored=False)):
        seen.append(item.mention.id)
        store.annotate([annotation(item.mention.id)]) if len(seen) % 100 == 0 else None
    assert len(seen) == len(set(seen)) == 600


def test_unscored_comes_newest_first_and_shards_are_a_partition(store: MentionStore) -> None:
    """The shards together give every unscored visible mention once."""
    hits = [mention(str(number), published_at=NOON + minutes(number)) for number in range(40)]
    store.add(hits)
    store.annotate([annotation(hits[0])])
    store.tombstone([hits[1].id], NOON)
    store.refresh()
    expected = [hit.id for hit in reversed(hits[2:])]
    assert [each.id for each in store.unscored(100)] == expected
    assert [each.id for each in store.unscored(3)] == expected[:3]
    parts = [[each.id for each in store.unscored(100, (part, 3))] for part in range(3)]
    assert sorted(chain.from_iterable(parts)) == sorted(expected)
    assert all(parts)


@pytest.mark.parametrize("shard", [(1, 1), (-1, 2), (0, 0), (0, 257)])
def test_a_shard_that_does_not_exist_is_refused(store: MentionStore, shard: tuple[int, int]) -> None:
    """A worker with a wrong number must not idle silently."""
    with pytest.raises(ValueError, match="shard"):
        store.unscored(10, shard)
