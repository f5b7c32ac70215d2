"""The store of a month against the truth of its platforms, for `recall.py`."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from benchmarks.recall_month import BACKFILL, START, Month

TERMS = ("云江银行", "云江手机银行", "金秋开户礼", "林知远", "海州银行", "北原银行")
PLATFORMS = ("weibo", "douyin", "news")
# Whoever takes a text back within this time may do so before the first crawl that could have seen it got through.
SHORT_LIFE = timedelta(hours=24)
Line = dict[str, Any]


@dataclass
class Row:
    """What one month came to on one platform. `told`: missing, and the coverage says that this hour was cut off.

    `withdrawn`: not in the store, as its author deleted it within a day; nobody was shown it at the time of a crawl
    that got through. `missing`: neither. `requests`, `per_mention` and `faulty` (share of the answers while there were
    faults) are those of the platform, posts and answers together.
    """

    seed: int
    platform: str
    kind: str  # posts (works, articles), or answers: what people say below them
    published: int = 0
    found: int = 0
    told: int = 0
    withdrawn: int = 0
    missing: int = 0
    invented: int = 0
    doubled: int = 0
    requests: int = 0
    per_mention: float = 0.0
    faulty: float = 0.0
    lost: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of what the platform showed, and did not say to hide, that is stored."""
        return self.found / max(self.found + self.missing, 1)


@dataclass(frozen=True)
class Store:
    """What the product holds of one platform: ids (with repetitions), and the spans that were cut off."""

    names: list[str]
    cut_off: list[tuple[datetime, datetime]]


def compare(month: Month) -> list[Row]:
    """A row per platform and kind."""
    all_the_time, with_faults = month.doubles.get("counts", forget="1"), month.played.requests
    rows: list[Row] = []
    for platform in PLATFORMS:
        mine = _rows(month, platform)
        requests, stored = _asked(all_the_time, platform).total(), sum(row.found for row in mine)
        asked = _asked(with_faults, platform)
        struck = sum(number for outcome, number in asked.items() if outcome.startswith("fault:"))
        for row in mine:
            row.requests, row.per_mention = requests, requests / max(stored, 1)
            row.faulty = struck / max(asked.total(), 1)
        rows += mine
    return rows


def _asked(counts: dict[str, dict[str, int]], platform: str) -> Counter[str]:
    """Outcome -> requests to the hosts of a platform."""
    return sum((Counter(found) for host, found in counts.items() if host.partition("-")[0] == platform), Counter())


def _rows(month: Month, platform: str) -> list[Row]:
    every = {str(line["id"]): line for line in month.doubles.get("truth", platform=platform)}
    store = _stored(month, platform)
    have = set(store.names)
    rows = []
    for kind, wanted in _wanted(month, every).items():
        row = Row(month.order.seed, platform, kind, len(wanted), len(wanted & have))
        for name in sorted(wanted - have):
            _explain(row, every[name], store)
        if kind == "posts":
            row.invented, row.doubled = len(have - set(every)), len(store.names) - len(have)
        if wanted:
            rows.append(row)
    return rows


def _explain(row: Row, line: Line, store: Store) -> None:
    """Why a line of the truth is not in the store."""
    created = datetime.fromisoformat(line["published_at"])
    gone = datetime.fromisoformat(line["deleted_at"]) if line.get("deleted_at") else None
    if gone is not None and gone - created < SHORT_LIFE:
        row.withdrawn += 1
    elif row.kind == "posts" and any(since <= created < until for since, until in store.cut_off):
        row.told += 1
    else:
        row.missing += 1
        row.lost.append(f"{line['kind']} {line['id']} of {line['published_at']}" + (f", gone {gone}" if gone else ""))


def _wanted(month: Month, every: dict[str, Line]) -> dict[str, set[str]]:
    """All that a search for a subject shows since the back-fill, and what people say below it, wherever they say it."""
    since = START + month.order.step - BACKFILL
    times = {name: datetime.fromisoformat(line["published_at"]) for name, line in every.items()}
    posts = {
        name
        for name, line in every.items()
        if line["kind"] != "comment" and since <= times[name] < month.end and line["subject"] and _is_about(line)
    }
    below = {name for name, line in every.items() if str(line.get("video") or line.get("post") or "") in posts}
    gone = {name for name in posts if every[name].get("deleted_at")}
    # Below a post that was taken back nobody can read any more: what was said there late is not promised.
    late = {
        name
        for name in below
        if (above := str(every[name].get("video") or every[name].get("post"))) in gone
        and times[name] > datetime.fromisoformat(every[above]["published_at"])
    }
    return {"posts": posts, "answers": below - late}


def _is_about(line: Line) -> bool:
    text = str(line["text"])
    return any(term in text for term in TERMS)


def _stored(month: Month, platform: str) -> Store:
    from yuqing.domain.mention import Platform
    from yuqing.domain.ports import MentionQuery

    with month.product.opened() as app:
        query = MentionQuery(platforms=(Platform(platform),), include_deleted=True)
        mentions = [stored.mention for stored in app.mentions.scan(query)]
        cut_off = [
            (datetime.fromisoformat(row.body["since"]), datetime.fromisoformat(row.body["until"]))
            for row in app.state.find("coverage")
            if row.body["source"].startswith(platform) and row.body.get("saturated")
        ]
    names = [
        mention.url.rpartition("/")[2].partition(".")[0] if platform == "news" else mention.native_id
        for mention in mentions
    ]
    return Store(names, cut_off)
