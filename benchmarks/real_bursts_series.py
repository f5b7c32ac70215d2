"""Real time series for `real_bursts.py`: hourly readings of a hot list, and reposts with the second they were made.

Third-party text is read from the shared folder and never leaves this module: titles and reposts are reduced to counts.
"""

import csv
import gzip
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from alerts.coverage_bins import BIN, Window
from alerts.series import Series
from nlp.registry import load_sentiment
from yuqing.domain.annotation import SentimentLabel

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
HOUR_BINS = HOUR // BIN
DAY_BINS = 24 * HOUR_BINS
WEEK_BINS = 7 * DAY_BINS
HISTORY = 42 * DAY_BINS  # what the product's baselines reach back to

# Hot list: what a topic's heat is counted in, and the words that make a subject.
HEAT_UNIT = 10_000
WORDS: Mapping[str, tuple[str, ...]] = {
    "银行": ("银行", "行长", "央行", "ATM", "转账", "利率"),
    "存款": ("存款", "理财", "取款", "储户"),
    "贷款": ("贷款", "房贷", "信用卡"),
}

# Reposts: eight weeks around a rumour, which begins after six of them; the last four are judged.
SPAN = 56 * DAY_BINS
JUDGED = 28 * DAY_BINS
FIRST, LAST = "2012-08-01T00:00:00+08:00", "2014-03-01T00:00:00+08:00"  # where the corpus is dense
LEAST, WITHIN = 100, 2 * 86_400.0  # reposts in the first two days: a burst at all
CALM_SHARE, TIMELINE_SHARE = 0.01, 0.1
_STAMP = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d")


@dataclass(frozen=True)
class Case:
    """A series, the bin from which it is judged, and for the reader what sort it is; `starts` is where the rumour is
    first passed on."""

    kind: str
    number: int
    series: Series
    judged_from: int
    starts: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one topic had on the list when it was read."""

    hour: datetime
    title: str
    heat: int


def spread(hourly: Floats) -> Floats:
    """Hourly numbers as whole five-minute counts that add up to the rounded number, evenly over the hour."""
    steps = np.floor(np.outer(np.rint(hourly), np.arange(HOUR_BINS + 1)) / HOUR_BINS + 0.5)
    return np.asarray(np.diff(steps, axis=1).ravel())


def series_of_readings(
    readings: Sequence[Reading],
    hours: Collection[datetime],
    is_negative: Callable[[str], bool],
    unit: int = HEAT_UNIT,
) -> Series:
    """Heat in units as counts; a reading stands until the next hour. An hour that was not read is
    unknown, and so is one in which a topic stood on the list without a figure."""
    start, end = min(hours), max(hours) + HOUR
    length = (end - start) // HOUR
    known, counts = np.zeros(length, bool), np.zeros((2, length))
    known[[(hour - start) // HOUR for hour in hours]] = True
    for reading in readings:
        at = (reading.hour - start) // HOUR
        counts[:, at] += np.array([is_negative(reading.title), True]) * reading.heat / unit
        known[at] &= reading.heat > 0
    negative, total = (spread(np.where(known, row, 0.0)) for row in counts)
    # Rounded apart, the negative part could come out above the whole by one.
    return Series(Window(start, length * HOUR_BINS), negative, np.maximum(total, negative), np.repeat(known, HOUR_BINS))


def is_whole(folder: Path) -> bool:
    """Whether the shared folder has both data sets."""
    heat, reposts = folder / "weibo_hot_hourly", folder / "ced_weibo_rumor"
    files = (heat / "bank_hourly.csv", heat / "hourly.jsonl.gz", reposts / "posts.jsonl", reposts / "reposts.jsonl.gz")
    return all(path.is_file() for path in files)


def heat_cases(folder: Path, unit: int = HEAT_UNIT) -> list[Case]:
    """One series per word group, 27 months long."""
    readings = list(_readings(folder / "weibo_hot_hourly" / "bank_hourly.csv"))
    hours = {_hour(row["hour"]) for row in _rows(folder / "weibo_hot_hourly" / "hourly.jsonl.gz")}
    titles = sorted({reading.title for reading in readings})
    negative = {title for title, is_bad in zip(titles, negatives(titles), strict=True) if is_bad}
    cases = []
    for number, words in enumerate(WORDS.values(), 1):
        own = [reading for reading in readings if any(word in reading.title for word in words)]
        series = series_of_readings(own, hours, negative.__contains__, unit)
        cases.append(Case("热榜", number, series, HISTORY))
    return cases


def _hour(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H").replace(tzinfo=SHANGHAI)


def _readings(path: Path) -> Iterator[Reading]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Reading(_hour(row["hour"]), row["title"], int(row["hot"]))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as raw, gzip.open(raw) if path.suffix == ".gz" else raw as file:
        yield from map(json.loads, file)


def negatives(texts: Sequence[str]) -> list[bool]:
    """Which texts the shipped linear model calls negative; a text without words is not."""
    worded = sorted({text for text in texts if text})
    said = dict(zip(worded, load_sentiment().predict(worded), strict=True))
    return [bool(text) and said[text].label is SentimentLabel.NEGATIVE for text in texts]


@dataclass(frozen=True)
class Reposts:
    """All reposts that tell the second, as columns in the order of their time; `root` counts the posts."""

    root: NDArray[np.int64]
    at: Floats
    negative: Bools
    is_rumour: Bools  # by root


def load_reposts(folder: Path) -> Reposts:
    """Read and score the reposts; those without a year in their date are left out."""
    posts = list(_rows(folder / "ced_weibo_rumor" / "posts.jsonl"))
    numbers = {post["mid"]: number for number, post in enumerate(posts)}
    rows = _rows(folder / "ced_weibo_rumor" / "reposts.jsonl.gz")
    found = [
        (numbers[row["root"]], datetime.fromisoformat(row["date"]).replace(tzinfo=SHANGHAI).timestamp(), row["text"])
        for row in rows
        if _STAMP.fullmatch(row["date"])
    ]
    found.sort(key=lambda each: each[:2])
    found.sort(key=lambda each: each[1])
    roots, times, texts = zip(*found, strict=True)
    rumours = np.array([post["label"] == "rumor" for post in posts])
    return Reposts(np.array(roots), np.array(times), np.array(negatives([text.strip() for text in texts])), rumours)


def drawn_rumours(reposts: Reposts, count: int, seed: int) -> list[tuple[int, float]]:
    """(root, time of the first repost) of rumours that were passed on at least LEAST times in two days, by lot."""
    begin = np.full(len(reposts.is_rumour), np.inf)
    np.minimum.at(begin, reposts.root, reposts.at)
    early = reposts.at < begin[reposts.root] + WITHIN
    many = np.bincount(reposts.root[early], minlength=len(begin)) >= LEAST
    first, last = (datetime.fromisoformat(each).timestamp() for each in (FIRST, LAST))
    wanted = np.flatnonzero(reposts.is_rumour & many & (begin >= first) & (begin < last))
    lot = np.random.default_rng(seed).permutation(wanted)[:count]
    return [(int(root), float(begin[root])) for root in lot]


def calm(reposts: Reposts, start: float, lot: Floats) -> Floats:
    """Bins of the background `平静`: one repost in a hundred of ordinary posts, moved by whole eight weeks, so that
    each keeps its weekday and time of day, and no post brings a burst of its own."""
    offset = (reposts.at - start) % (SPAN * BIN.total_seconds())
    return np.where(~reposts.is_rumour[reposts.root] & (lot < CALM_SHARE), offset, np.nan)


def timeline(reposts: Reposts, start: float, lot: Floats) -> Floats:
    """Bins of the background `实况`: one repost in ten of every other post, at the time when it really was."""
    offset = reposts.at - start
    return np.where((offset >= 0) & (lot < TIMELINE_SHARE), offset, np.nan)


BACKGROUNDS: Mapping[str, Callable[[Reposts, float, Floats], Floats]] = {"传闻·平静": calm, "传闻·实况": timeline}


def rumour_case(reposts: Reposts, kind: str, number: int, root: int, begin: float) -> Case:
    """A rumour with all its reposts in front of a background made of others."""
    day = datetime.fromtimestamp(begin, SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    start = day - HISTORY * BIN
    lot = np.random.default_rng(number).random(len(reposts.at))
    own = reposts.root == root
    offset = BACKGROUNDS[kind](reposts, start.timestamp(), lot)
    offset = np.where(own, reposts.at - start.timestamp(), offset) / BIN.total_seconds()
    inside = np.isfinite(offset) & (offset < SPAN)
    places = offset[inside].astype(int)
    negative = np.bincount(places[reposts.negative[inside]], minlength=SPAN).astype(float)
    total = np.bincount(places, minlength=SPAN).astype(float)
    series = Series(Window(start, SPAN), negative, total, np.ones(SPAN, bool))
    return Case(kind, number, series, JUDGED, int((begin - start.timestamp()) // BIN.total_seconds()))
