"""Charts: what they draw, in which colours, without a browser."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pandas as pd
import pytest

from dashboard import charts, frames
from dashboard.theme import DARK, LIGHT, Palette
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.mention import Engagement, MentionId
from yuqing.domain.ports import FacetCount, Snapshot, VolumeBin
from yuqing.gaps import Assessment, Gap

START = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
GAP = Gap("weibo", START + HOUR, START + 2 * HOUR, Outcome.CHALLENGE)
SEEN = Assessment(("weibo",), (GAP,), START, START + 3 * HOUR)
BINS = [
    VolumeBin(START, 6, {"negative": 2, "neutral": 3, "positive": 1}),
    VolumeBin(START + HOUR, 0, {}),
    VolumeBin(START + 2 * HOUR, 4, {"negative": 4}),
]


def rows(spec: dict) -> list[dict]:
    """All rows of all data sets of a chart."""
    return [row for rows in spec["datasets"].values() for row in rows]


def volume(palette: Palette = LIGHT) -> dict:
    """The volume chart with one unseen hour."""
    frame = frames.volume(BINS, HOUR, SEEN)
    return charts.volume(frame, frames.bands(SEEN, {"weibo": "微博搜索"}), palette).to_dict()


def test_volume_stacks_the_stances_and_skips_the_unseen_hour():
    """Parts of a bar stand on one another in a fixed order; the unseen hour has no bar at all."""
    bars = [row for row in rows(volume()) if "情感" in row]
    assert {row["开始"] for row in bars} == {"2026-11-23T00:00:00", "2026-11-23T02:00:00"}
    first = [row for row in bars if row["开始"] == "2026-11-23T00:00:00"]
    assert [row["情感"] for row in first][:3] == ["负面", "中性", "正面"]
    assert all(below["顶"] == above["底"] for below, above in pairwise(first))
    assert first[-1]["顶"] == 6


def test_volume_shades_what_was_not_seen():
    """The gap is drawn with its label, its source and its time."""
    [band] = [row for row in rows(volume()) if "标签" in row]
    assert (band["开始"], band["结束"]) == ("2026-11-23T01:00:00", "2026-11-23T02:00:00")
    assert (band["标签"], band["来源"]) == ("采集中断", "微博搜索")


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_stances_have_their_colours_in_both_themes(palette: Palette):
    """Negative is the palette's red wherever it occurs."""
    bars = volume(palette)["layer"][-1]
    scale = bars["encoding"]["color"]["scale"]
    assert dict(zip(scale["domain"], scale["range"], strict=True))["负面"] == palette.sentiment[SentimentLabel.NEGATIVE]
    assert "未评分" not in scale["domain"]


def test_without_gaps_nothing_is_shaded():
    """A complete period is bars alone."""
    whole = Assessment(("weibo",), (), START, START + 3 * HOUR)
    spec = charts.volume(frames.volume(BINS, HOUR, whole), frames.bands(whole, {}), LIGHT).to_dict()
    assert "layer" not in spec
    assert len({row["开始"] for row in rows(spec)}) == 3


def test_groups_are_sorted_and_leave_out_the_unknown():
    """The largest platform is first; an unseen one has no bar."""
    groups = [
        frames.Tally("抖音", 3, {"negative": 3}),
        frames.Tally("微博", 9, {"neutral": 9}),
        frames.Tally("新闻", None, {}),
    ]
    spec = charts.groups(frames.tallies(groups, "平台"), "平台", LIGHT).to_dict()
    assert spec["encoding"]["y"]["sort"] == ["微博", "抖音"]
    assert "新闻" not in {row["平台"] for row in rows(spec)}


def test_topics_show_their_negative_part():
    """Each topic carries all, negative and the share."""
    frame = frames.topics([FacetCount("app", 10)], [FacetCount("app", 7)], {"app": "手机银行"})
    [row] = rows(charts.negatives(frame, "话题", LIGHT).to_dict())
    assert (row["全部"], row["负面"], row["占比"]) == (10, 7, 0.7)


def test_share_of_voice_adds_up_and_marks_our_own():
    """Shares are of all banks; ours has the accent colour."""
    voice = [frames.Tally("云江银行", 30, {}), frames.Tally("海州银行", 70, {})]
    spec = charts.share_of_voice(frames.tallies(voice, "银行"), "银行", "云江银行", LIGHT).to_dict()
    assert {row["银行"]: row["份额"] for row in rows(spec)} == {"云江银行": 0.3, "海州银行": 0.7}
    assert LIGHT.accent in str(spec)


def test_outcomes_keep_their_colours():
    """The same outcome has the same colour, whatever else occurs."""
    slices = [
        Coverage("weibo", "云江银行", START, START + HOUR, outcome, START + HOUR)
        for outcome in (Outcome.BLOCKED, Outcome.OK)
    ]
    spec = charts.outcomes(frames.slices(slices, {"weibo": "微博搜索"}), LIGHT).to_dict()
    scale = spec["encoding"]["color"]["scale"]
    colours = dict(zip(scale["domain"], scale["range"], strict=True))
    assert colours == {"✓ 正常": LIGHT.outcomes[Outcome.OK], "× 被封禁": LIGHT.outcomes[Outcome.BLOCKED]}


def test_names_of_the_timeline_take_no_width_from_its_bars():
    """They stand above the bars, whole, with room for both in a row."""
    slices = [Coverage("weibo", query, START, START + HOUR, Outcome.OK, START + HOUR) for query in ("甲" * 30, "乙")]
    spec = charts.outcomes(frames.slices(slices, {"weibo": "微博搜索"}), LIGHT).to_dict()
    axis, bar = spec["encoding"]["y"]["axis"], spec["mark"]
    assert (axis["labelAlign"], axis["labelPadding"], axis["labelLimit"]) == ("left", 0, 0)
    assert spec["height"] > 2 * (bar["height"] + 12)
    assert bar["yOffset"] - bar["height"] / 2 >= axis["labelOffset"]


def test_every_line_of_the_ranks_is_in_the_legend_in_its_colour():
    """Also where there are more lines than colours."""
    lines = [f"微博热搜 · 话题{number}" for number in range(14)]
    points = [("2026-11-23T11:00:00", 3, 9, line, "微博热搜", line, f"{line}/0") for line in lines]
    frame = pd.DataFrame(points, columns=["时间", "名次", "热度", "话题", "榜单", "线", "段"])
    scale = charts.ranks(frame, LIGHT).to_dict()["encoding"]["color"]["scale"]
    assert charts.rank_legend(frame, LIGHT) == list(zip(scale["domain"], scale["range"], strict=True))
    assert scale["domain"] == lines


def test_the_window_of_an_alert_is_marked():
    """Negative mentions with the time in which the alert fired."""
    frame = frames.volume(BINS, HOUR, SEEN)
    window = ("2026-11-23T02:00:00", "2026-11-23T03:00:00")
    spec = charts.alert_window(frame, frames.bands(SEEN, {}), window, LIGHT).to_dict()
    assert {"开始": window[0], "结束": window[1]} in rows(spec)


def test_unknown_reactions_have_no_line():
    """Views that the platform does not tell are not drawn as 0."""
    readings = [Snapshot(MentionId("m"), START + i * HOUR, Engagement(likes=i, comments=1)) for i in range(2)]
    spec = charts.engagement(frames.engagement(readings), LIGHT).to_dict()
    assert {row["类型"] for row in rows(spec)} == {"点赞", "评论"}
    assert spec["encoding"]["color"]["scale"]["domain"] == ["点赞", "评论"]


def test_each_outcome_and_stance_has_its_own_colour():
    """No two meanings share a colour."""
    for palette in (LIGHT, DARK):
        assert len(set(palette.outcomes.values())) == len(Outcome)
        assert len(set(palette.sentiment.values())) == 4
