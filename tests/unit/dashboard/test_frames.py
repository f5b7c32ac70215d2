"""Tables behind the charts."""

from datetime import UTC, datetime, timedelta

from dashboard import frames
from yuqing.domain.alert import Alert, AlertSeverity, AlertState, Notification, NotificationState
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.mention import Engagement, MentionId
from yuqing.domain.ports import Snapshot, VolumeBin
from yuqing.gaps import Assessment, Gap

START = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # midnight in Shanghai
HOUR = timedelta(hours=1)


def seen(*gaps: Gap, hours: int = 4) -> Assessment:
    """Four hours of one source with these gaps."""
    return Assessment(("weibo",), gaps, START, START + hours * HOUR)


def bins(*totals: int) -> list[VolumeBin]:
    """One bin an hour, all negative."""
    return [VolumeBin(START + i * HOUR, n, {"negative": n} if n else {}) for i, n in enumerate(totals)]


def test_an_unseen_bin_has_no_number():
    """Zero stays zero where it was seen, and is empty where it was not; a partly seen bin is marked."""
    gap = Gap("weibo", START + 1.5 * HOUR, START + 3 * HOUR, Outcome.CHALLENGE)
    frame = frames.volume(bins(5, 2, 0, 0), HOUR, seen(gap))
    assert list(frame["采集"]) == ["完整", "采集不完整", "未采集", "完整"]
    assert frame["合计"].isna().tolist() == [False, False, True, False]
    assert frame["负面"].isna().tolist() == [False, False, True, False]
    assert frame["合计"].iloc[3] == 0
    assert frame["开始"].iloc[0] == "2026-11-23T00:00:00"


def test_a_zero_is_a_number_only_where_every_source_saw_the_whole_bin():
    """One source blocked for half of the bin is enough: what it would have shown, nobody knows."""
    gap = Gap("weibo", START + 1.5 * HOUR, START + 3 * HOUR, Outcome.BLOCKED)
    two = Assessment(("weibo", "news"), (gap,), START, START + 4 * HOUR)
    frame = frames.volume(bins(0, 0, 3, 0), HOUR, two)
    assert frame["合计"].isna().tolist() == [False, True, False, False]
    assert list(frame["采集"]) == ["完整", "采集不完整", "采集不完整", "完整"]


def test_an_import_shows_although_nothing_was_crawled():
    """Numbers that exist are never hidden."""
    gap = Gap("weibo", START, START + 4 * HOUR, None)
    frame = frames.volume(bins(0, 7, 0, 0), HOUR, seen(gap))
    assert frame["合计"].tolist()[1] == 7


def test_shares_are_of_what_is_scored():
    """Unscored mentions count in the total and not in the share; nothing scored has no share."""
    group = frames.tally("微博", [VolumeBin(START, 10, {"negative": 2, "positive": 4, "": 4})])
    assert (group.total, group.scored) == (10, 6)
    assert group.negative_share == 2 / 6
    assert round(group.net or 0) == 33
    assert frames.Tally("抖音", 3, {"": 3}).negative_share is None


def test_an_unknown_group_is_empty_in_the_table():
    """Unknown is not 0."""
    frame = frames.tallies([frames.Tally("抖音", None, {}), frames.Tally("微博", 0, {})], "平台")
    assert frame["合计"].isna().tolist() == [True, False]
    assert frame["负面"].isna().tolist() == [True, False]


def test_bands_name_the_sources_and_carry_a_label_where_there_is_room():
    """Two close stretches would write over each other; the last word needs room before the edge."""
    gap = Gap("weibo", START, START + HOUR, None)
    near = Gap("weibo", START + 3.9 * HOUR, START + 4 * HOUR, None)
    frame = frames.bands(seen(gap, near), {"weibo": "微博搜索"})
    assert list(frame["标签"]) == ["采集中断", ""]
    assert list(frame["来源"]) == ["微博搜索", "微博搜索"]
    assert frames.bands(seen(), {}).empty


def test_a_refused_slice_has_no_count():
    """The table of slices never says 0 new mentions for a refusal."""
    good = Coverage("weibo", "云江银行", START, START + HOUR, Outcome.OK_EMPTY, START + HOUR)
    bad = Coverage("weibo", "云江银行", START, START + HOUR, Outcome.BLOCKED, START + HOUR)
    frame = frames.slices([good, bad], {})
    assert frame["新内容"].iloc[0] == 0
    assert frame["新内容"].isna().tolist() == [False, True]
    assert frame["结果"].iloc[1] == "× 被封禁"


def alert(**latency: str) -> Alert:
    """A firing alert with these stages."""
    return Alert(
        "a", "f", {}, AlertState.FIRING, AlertSeverity.WARNING, START, None, START,
        "s", "r", "yunjiang", 1, None, None, (), latency,
    )  # fmt: skip


def test_latency_is_from_stage_to_stage():
    """Each stage shows the seconds since the one before; missing stages are left out."""
    one = alert(published_at="2026-11-23T03:00:00+00:00", stored_at="2026-11-23T03:01:30+00:00")
    frame = frames.latency(one)
    assert list(frame["环节"]) == ["发布", "入库"]
    assert frame["用时（秒）"].iloc[1] == 90


def test_latencies_are_summed_up_by_stage():
    """Median and 95th percentile over the alerts that passed both stages."""
    some = [
        alert(published_at="2026-11-23T03:00:00+00:00", accepted_at=f"2026-11-23T03:0{minutes}:00+00:00")
        for minutes in (1, 2, 3)
    ]
    row = frames.latency_summary([*some, alert()]).iloc[-1]
    assert (row["环节"], row["中位（秒）"], row["起数"]) == ("发布 → 送达", 120, 3)
    assert frames.latency_summary([alert()]).empty


def test_the_notification_log_speaks_chinese():
    """States and kinds are words; an undelivered one has no time of delivery."""
    sent = Notification("n", "a", "duty", "firing", NotificationState.DEAD, START, START, attempts=9, detail="550")
    row = frames.notifications([sent]).iloc[0]
    assert (row["内容"], row["状态"], row["送达"]) == ("预警", "失败，不再重试", "")


def test_unknown_engagement_stays_empty():
    """A platform that tells no views has none in the table, not 0."""
    frame = frames.engagement([Snapshot(MentionId("m"), START, Engagement(likes=3))])
    assert frame["点赞"].iloc[0] == 3
    assert frame["播放"].isna().all()


def test_a_download_cannot_act_as_a_formula():
    """A cell that a stranger wrote is text in Excel."""
    content = frames.csv_bytes(frames.tallies([frames.Tally("=HYPERLINK(1)", 1, {})], "平台")).decode("utf-8-sig")
    assert "'=HYPERLINK" in content
