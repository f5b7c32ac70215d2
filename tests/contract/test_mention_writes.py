"""MentionStore: what add, annotate, snapshot, tombstone, purge and set_clusters promise, on every adapter."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.samples import NEGATIVE, NOON, POSITIVE, annotation, mention, minutes
from tests.fakes import TEST_NOW, FakeClock
from yuqing.domain.annotation import text_digest
from yuqing.domain.mention import (
    Author,
    AuthorKind,
    Engagement,
    FollowerBand,
    Mention,
    MentionId,
    MentionKind,
    TimePrecision,
)
from yuqing.domain.ports import Added, MentionQuery, MentionStore, Page, Snapshot, StoredMention


def again(first: Mention, later: float = 60, **changes: object) -> Mention:
    """The same mention, collected some minutes later, with changes."""
    return replace(first, collected_at=first.collected_at + minutes(later), **changes)  # type: ignore[arg-type]


def stored(store: MentionStore, of: Mention) -> StoredMention:
    """The stored form of a mention that must be there."""
    return store.get([of.id])[of.id]


def total(store: MentionStore, query: MentionQuery | None = None) -> int:
    """How many match after a refresh."""
    store.refresh()
    return store.count(query or MentionQuery(include_deleted=True))


def test_a_new_mention_comes_back_whole(store: MentionStore, clock: FakeClock) -> None:
    """What was added is what is read, with the time of the store's clock and no annotation."""
    first = mention(title="公告", engagement=Engagement(likes=3), hashtags=("金秋开户礼",), region="浙江", rating=2)
    assert store.add([first]) == Added(new=1)
    assert stored(store, first) == StoredMention(first, None, TEST_NOW)


def test_adding_twice_changes_nothing(store: MentionStore) -> None:
    """The same batch again is unchanged, as one call, as another call, and with repetitions inside."""
    batch = [mention(str(number)) for number in range(30)]
    assert store.add(batch) == Added(new=30)
    assert store.add(batch) == Added(unchanged=30)
    assert store.add([mention("new"), mention("new")]) == Added(new=1, unchanged=1)
    assert total(store) == 31


def test_an_empty_batch_is_fine(store: MentionStore) -> None:
    """Nothing to add is no error, and neither is an empty store."""
    assert store.add([]) == Added()
    assert store.add(iter(())) == Added()
    assert total(store) == 0
    assert store.get([]) == {}
    assert store.get([MentionId("weibo:post:nobody")]) == {}
    assert store.search(MentionQuery(), Page()).items == ()


def test_a_batch_may_be_a_generator_larger_than_one_transaction(store: MentionStore) -> None:
    """Thousands of mentions in one call all arrive, once."""
    batch = [mention(str(number), published_at=NOON + timedelta(seconds=number)) for number in range(2_500)]
    assert store.add(item for item in batch) == Added(new=2_500)
    assert total(store) == 2_500


def test_a_repost_and_a_post_of_one_id_are_one_mention(store: MentionStore) -> None:
    """Two parsers that differ in the kind still mean one publication."""
    store.add([mention("7", kind=MentionKind.REPOST)])
    assert store.add([mention("7", kind=MentionKind.POST)]) == Added(unchanged=1)


def test_only_a_later_sighting_updates(store: MentionStore) -> None:
    """An older or simultaneous sighting never overwrites what is stored."""
    first = mention(text="原文")
    store.add([first])
    assert store.add([again(first, -1, text="更早的版本")]) == Added(unchanged=1)
    assert store.add([again(first, 0, text="同时的版本")]) == Added(unchanged=1)
    assert stored(store, first).mention.text == "原文"
    assert store.add([again(first, 1, text="编辑后的版本")]) == Added(updated=1)
    assert stored(store, first).mention.text == "编辑后的版本"


def test_a_later_sighting_without_changes_is_unchanged(store: MentionStore) -> None:
    """Seeing the same content again is no update."""
    first = mention(engagement=Engagement(likes=3))
    store.add([first])
    assert store.add([again(first), again(first, 120)]) == Added(unchanged=2)
    assert stored(store, first).mention == first


@pytest.mark.parametrize(
    "change",
    [{"text": "改过的正文"}, {"title": "新标题"}, {"engagement": Engagement(likes=9)}, {"subjects": ("haizhou",)}],
)
def test_changed_content_is_an_update_once(store: MentionStore, change: dict[str, object]) -> None:
    """Text, title, engagement and subjects each count as a change, and repeating it does not."""
    first = mention()
    store.add([first])
    later = again(first, **change)
    assert store.add([later]) == Added(updated=1)
    assert store.add([later]) == Added(unchanged=1)


def test_subjects_keywords_and_hashtags_are_united(store: MentionStore) -> None:
    """A sighting for another subject adds to what was known."""
    first = mention(subjects=("yunjiang",), keywords=("云江",), hashtags=("云江",))
    store.add([first])
    store.add([again(first, subjects=("haizhou", "yunjiang"), keywords=("海州",), hashtags=("海州",))])
    merged = stored(store, first).mention
    assert merged.subjects == ("yunjiang", "haizhou")
    assert merged.keywords == ("云江", "海州")
    assert merged.hashtags == ("云江", "海州")
    assert total(store, MentionQuery(subjects=("haizhou",))) == 1


def test_a_whole_text_beats_a_cut_one(store: MentionStore) -> None:
    """A truncated text is replaced by the whole one, and never the other way round."""
    cut = mention(text="云江银行的客服…", text_truncated=True)
    whole = again(cut, 1, text="云江银行的客服今天完全打不通", text_truncated=False)
    store.add([cut])
    assert store.add([whole]) == Added(updated=1)
    assert store.add([again(cut, 2)]) == Added(unchanged=1)
    assert stored(store, cut).mention.text == whole.text
    assert not stored(store, cut).mention.text_truncated


def test_the_longer_of_two_cut_texts_stays(store: MentionStore) -> None:
    """Between truncated texts length decides."""
    short = mention(text="云江银行…", text_truncated=True)
    store.add([short])
    store.add([again(short, 1, text="云江银行的客服…")])
    store.add([again(short, 2, text="云江…")])
    assert stored(store, short).mention.text == "云江银行的客服…"


def test_unknown_counts_and_titles_keep_what_was_known(store: MentionStore) -> None:
    """None means unknown: a parser that sees less takes nothing away."""
    first = mention(title="标题", engagement=Engagement(likes=5, comments=2))
    store.add([first])
    store.add([again(first, title=None, engagement=Engagement(likes=7))])
    merged = stored(store, first).mention
    assert merged.title == "标题"
    assert merged.engagement == Engagement(likes=7, comments=2)


def test_what_a_later_sighting_does_not_tell_is_kept(store: MentionStore) -> None:
    """A feed that knows neither region, author, thread nor rating takes nothing from what a search told."""
    whole = Author("p1", AuthorKind.MEDIA, FollowerBand.OVER_1M, "云江晚报")
    told = {"region": "浙江", "author": whole, "rating": 2, "kind": MentionKind.REPOST}
    first = mention(parent_id=MentionId("weibo:post:0"), root_id=MentionId("weibo:post:0"), **told)
    store.add([first])
    bare = {"region": None, "author": Author(), "rating": None, "kind": MentionKind.POST, "text": "又闪退了，已截图"}
    store.add([again(first, parent_id=None, root_id=None, **bare)])
    kept = stored(store, first).mention
    assert (kept.region, kept.author, kept.rating, kept.kind) == ("浙江", whole, 2, MentionKind.REPOST)
    assert (kept.parent_id, kept.root_id, kept.text) == (first.parent_id, first.root_id, "又闪退了，已截图")


def test_what_a_later_sighting_learns_is_kept_and_who_read_it_first_stays(store: MentionStore) -> None:
    """Region and author count as news; a cut copy of another source does not take the mention over."""
    first = mention(source_id="weibo_search", query_id="云江银行", text="云江银行的客服一直占线")
    store.add([first])
    author = Author("p1", AuthorKind.PERSON)
    assert store.add([again(first, 1, region="浙江", author=author)]) == Added(updated=1)
    copy = {"text": "云江银行的", "text_truncated": True, "source_id": "hub", "url": "https://hub.example/1"}
    store.add([again(first, 2, **copy, subjects=("haizhou",))])
    kept = stored(store, first).mention
    assert (kept.region, kept.author, kept.source_id, kept.url) == ("浙江", author, "weibo_search", first.url)
    assert kept.subjects == ("yunjiang", "haizhou")


def test_a_coarser_time_does_not_replace_an_exact_one(store: MentionStore) -> None:
    """The time of publication only ever becomes more exact."""
    first = mention()
    store.add([first])
    coarse = again(first, text="改", published_at=NOON - minutes(7), time_precision=TimePrecision.HOUR)
    store.add([coarse])
    assert stored(store, first).mention.published_at == NOON
    assert stored(store, first).mention.time_precision is TimePrecision.SECOND


def test_a_mention_that_moves_to_another_month_stays_one(store: MentionStore) -> None:
    """A corrected time of publication moves the mention; it is found once, at its new place."""
    rough = mention(published_at=NOON, time_precision=TimePrecision.DAY)
    store.add([rough])
    store.annotate([annotation(rough)])
    exact_time = NOON - timedelta(days=20)
    moved = again(rough, published_at=exact_time, time_precision=TimePrecision.SECOND, engagement=Engagement(likes=1))
    assert store.add([moved]) == Added(updated=1)
    assert total(store) == 1
    assert store.count(MentionQuery(since=NOON - minutes(1), until=NOON + minutes(1))) == 0
    assert stored(store, rough).mention.published_at == exact_time
    assert stored(store, rough).annotation == annotation(rough)
    assert store.add([moved]) == Added(unchanged=1)
    assert store.tombstone([rough.id], NOON) == 1
    assert total(store) == 1


def test_the_lag_of_the_first_sight_stays(store: MentionStore) -> None:
    """max_lag judges the first sighting, whatever came later."""
    first = mention("1", collected_at=NOON + minutes(5))
    store.add([first, mention("2", collected_at=NOON + minutes(50))])
    store.add([again(first, 600, engagement=Engagement(likes=1))])
    assert total(store, MentionQuery(max_lag=minutes(5))) == 1
    assert total(store, MentionQuery(max_lag=minutes(4.9))) == 0
    assert total(store, MentionQuery(max_lag=minutes(50))) == 2


def test_stored_at_is_the_first_write(store: MentionStore, clock: FakeClock) -> None:
    """An update does not pretend that the mention is new."""
    first = mention()
    store.add([first])
    clock.advance(timedelta(days=1))
    store.add([again(first, text="改")])
    assert stored(store, first).stored_at == TEST_NOW


def test_annotations_survive_new_counts_but_not_new_text(store: MentionStore) -> None:
    """Counts and hashtags keep the annotation; another text, or another subject, asks for scoring again."""
    first = mention()
    store.add([first])
    assert store.annotate([annotation(first)]) == 1
    store.add([again(first, 1, engagement=Engagement(likes=4))])
    assert stored(store, first).annotation == annotation(first)
    store.add([again(first, 2, text="编辑后")])
    assert stored(store, first).annotation is None
    store.annotate([annotation(first, POSITIVE)])
    store.add([again(first, 3, text="编辑后", subjects=("haizhou",))])
    assert stored(store, first).annotation is None
    store.refresh()
    assert [each.id for each in store.unscored(10)] == [first.id]
    assert store.count(MentionQuery(scored=True)) == 0


def test_a_later_annotation_replaces_an_earlier_one(store: MentionStore) -> None:
    """Topics, stances and severity of the earlier one are gone."""
    first = mention()
    store.add([first])
    store.annotate([annotation(first, NEGATIVE, topics=["app_failure"], level=3)])
    later = annotation(first, POSITIVE, topics=["praise"], level=0)
    assert store.annotate([later]) == 1
    assert stored(store, first).annotation == later
    assert total(store, MentionQuery(topics=("app_failure",))) == 0
    assert total(store, MentionQuery(topics=("praise",))) == 1
    assert total(store, MentionQuery(min_severity=1)) == 0


@pytest.mark.parametrize(
    "change",
    [{"text": "登录成功了，云江手机银行恢复"}, {"title": "另一个标题"}, {"subjects": ("yunjiang", "haizhou")}],
    ids=["text", "title", "subjects"],
)
def test_a_score_of_what_a_mention_said_before_is_left_out(store: MentionStore, change: dict[str, object]) -> None:
    """A crawl changed it while it was scored: it stays unscored, and the score of what it says now is taken."""
    first, other = mention(), mention("2")
    store.add([first, other])
    stale = [replace(annotation(each), text_digest=text_digest(each)) for each in (first, other)]
    store.add([again(first, **change)])
    assert store.annotate(stale) == 1
    assert stored(store, first).annotation is None
    assert stored(store, other).annotation == stale[1]
    store.refresh()
    (left,) = store.unscored(10)
    assert left.id == first.id
    fresh = replace(annotation(left), text_digest=text_digest(left))
    assert store.annotate([fresh]) == 1
    assert stored(store, first).annotation == fresh


def test_new_counts_do_not_make_a_score_stale(store: MentionStore) -> None:
    """Only what was read for the score counts."""
    first = mention()
    store.add([first])
    made = replace(annotation(first), text_digest=text_digest(first))
    store.add([again(first, engagement=Engagement(likes=9), keywords=("闪退",))])
    assert store.annotate([made]) == 1


def test_annotations_of_unknown_mentions_are_not_counted(store: MentionStore) -> None:
    """annotate returns how many existed, and invents none."""
    first = mention()
    store.add([first])
    assert store.annotate([annotation(first), annotation(MentionId("weibo:post:nobody"))]) == 1
    assert store.annotate([]) == 0
    assert total(store) == 1


def test_changed_engagement_leaves_a_history(store: MentionStore) -> None:
    """The first reading and every changed one are kept, oldest first."""
    first = mention(engagement=Engagement(likes=1))
    store.add([first])
    assert store.snapshots(first.id) == (Snapshot(first.id, first.collected_at, Engagement(likes=1)),)
    later = again(first, engagement=Engagement(likes=8, shares=2))
    store.add([later, again(first, 90, engagement=Engagement(likes=8, shares=2))])
    assert store.snapshots(first.id) == (
        Snapshot(first.id, first.collected_at, Engagement(likes=1)),
        Snapshot(first.id, later.collected_at, Engagement(likes=8, shares=2)),
    )


def test_snapshots_are_idempotent_and_the_newest_shows(store: MentionStore) -> None:
    """Readings may come late, twice or for nobody; the newest one is the mention's."""
    first = mention(engagement=Engagement(likes=1))
    store.add([first])
    early = Snapshot(first.id, NOON + minutes(30), Engagement(likes=10))
    late = Snapshot(first.id, NOON + minutes(60), Engagement(likes=30, views=100))
    assert store.snapshot([late]) == 1
    assert store.snapshot([early, late]) == 1
    assert store.snapshot([early, late, Snapshot(MentionId("weibo:post:nobody"), NOON, Engagement(likes=1))]) == 0
    assert [reading.engagement.likes for reading in store.snapshots(first.id)] == [1, 10, 30]
    assert stored(store, first).mention.engagement == Engagement(likes=30, views=100)
    assert store.snapshots(MentionId("weibo:post:nobody")) == ()


def test_an_older_sighting_does_not_undo_a_newer_reading(store: MentionStore) -> None:
    """A sighting collected before the newest reading leaves the counts alone."""
    first = mention(engagement=Engagement(likes=1))
    store.add([first])
    store.snapshot([Snapshot(first.id, NOON + minutes(60), Engagement(likes=30))])
    store.add([again(first, 10, text="改", engagement=Engagement(likes=2))])
    assert stored(store, first).mention.engagement == Engagement(likes=30)
    assert stored(store, first).mention.text == "改"


def test_a_tombstone_blanks_and_counts_stay(store: MentionStore) -> None:
    """Text, title, url and author are gone; counts, labels and annotation stay for the statistics."""
    first = mention(
        text="要被删除的话", title="标题", author=Author("p-1", outlet="晚报"), engagement=Engagement(likes=4)
    )
    store.add([first, mention("2")])
    store.annotate([annotation(first, level=2)])
    assert store.tombstone([first.id, MentionId("weibo:post:nobody")], NOON + minutes(30)) == 1
    gone = stored(store, first)
    assert (gone.mention.text, gone.mention.title, gone.mention.url, gone.mention.author) == ("", None, "", Author())
    assert gone.deleted_at == NOON + minutes(30)
    assert gone.mention.engagement == Engagement(likes=4)
    assert gone.annotation == annotation(first, level=2)
    assert total(store, MentionQuery()) == 1
    assert total(store, MentionQuery(include_deleted=True)) == 2
    assert store.facet(MentionQuery(include_deleted=True), "author") == ()
    store.tombstone([first.id], NOON + minutes(90))
    assert stored(store, first).deleted_at == NOON + minutes(30)


def test_a_tombstone_is_not_filled_again_by_an_old_sighting(store: MentionStore) -> None:
    """Only a sighting after the deletion proves that the mention is back; then it is scored again."""
    first = mention(text="要被删除的话")
    store.add([first])
    store.annotate([annotation(first)])
    store.tombstone([first.id], NOON + minutes(30))
    assert store.add([first, again(first, 10)]) == Added(unchanged=2)
    assert stored(store, first).mention.text == ""
    store.refresh()
    assert store.unscored(10) == ()
    assert store.add([again(first, 60)]) == Added(updated=1)
    back = stored(store, first)
    assert (back.mention.text, back.deleted_at, back.annotation) == ("要被删除的话", None, None)


def test_purge_deletes_for_good(store: MentionStore) -> None:
    """Mentions published before the time are gone with their readings; the rest stays."""
    old = mention("old", published_at=NOON - timedelta(days=70), engagement=Engagement(likes=1))
    mid = mention("mid", published_at=NOON - timedelta(seconds=1))
    new = mention("new", published_at=NOON)
    store.add([old, mid, new])
    store.snapshot([Snapshot(old.id, NOON, Engagement(likes=2))])
    store.refresh()
    assert store.purge(NOON) == 2
    assert store.purge(NOON) == 0
    assert set(store.get([old.id, mid.id, new.id])) == {new.id}
    assert store.snapshots(old.id) == ()
    assert total(store) == 1
    assert store.facet(MentionQuery(), "subject")[0].count == 1
    assert store.add([old]) == Added(new=1)


def test_clusters_are_written_and_survive_updates(store: MentionStore) -> None:
    """set_clusters counts what existed, and later sightings keep the cluster."""
    first = mention()
    store.add([first])
    assert store.set_clusters({first.id: "c-1", MentionId("weibo:post:nobody"): "c-1"}) == 1
    assert store.set_clusters({}) == 0
    store.add([again(first, text="改")])
    assert stored(store, first).cluster_id == "c-1"
    store.set_clusters({first.id: "c-2"})
    assert stored(store, first).cluster_id == "c-2"
