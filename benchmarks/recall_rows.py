"""The store of a month against the truth of its platforms, for `recall.py`."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from benchmarks.recall_month import BACKFILL, START, Month
from yuqing.domain.coverage import Coverage

TERMS = ("云江银行", "云江手机银行", "金秋开户礼", "林知远", "海州银行", "北原银行")
PLATFORMS = ("weibo", "douyin", "news")
# A search that runs every six hours reads the last twelve once more; later one second look is had of a post.
OVERLAP, LOOK_AT = timedelta(hours=12), timedelta(days=3)
Line = dict[str, Any]


@dataclass
class Row:
    """What one month came to on one platform. Whatever is not found is one of these, and all but the first count:

    `withdrawn`: its author deleted it before the first crawl after its publication, whatever became of that crawl.
    `refused`: deleted later, while each look at its hour, or at the comments of its post, was refused: a crawl could
    have seen it, had it got through.
    `told`: the coverage says that this hour was cut off. `missing`: none of these, so nothing explains it.

    `requests`, `per_mention` and `faulty` (share of the answers while there were faults) are those of the platform,
    posts and answers together.
    """

    seed: int
    platform: str
    kind: str  # posts (works, articles), or answers: what people say below them
    published: int = 0
    found: int = 0
    told: int = 0
    withdrawn: int = 0
    refused: int = 0
    missing: int = 0
    invented: int = 0
    doubled: int = 0
    requests: int = 0
    per_mention: float = 0.0
    faulty: float = 0.0
    lost: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of what was published, and was there when a crawl came by, that is stored."""
        return self.found / max(self.published - self.withdrawn, 1)


@dataclass(frozen=True)
class Store:
    """What the product holds of one platform: ids (with repetitions), and what its coverage says."""

    names: list[str]
    coverage: list[Coverage]

    def about(self, text: str, moment: datetime) -> list[Coverage]:
        """The looks at this time that could have shown such a text: a search shows what holds its words."""
        rows = (row for row in self.coverage if row.query not in TERMS or row.query in text)
        return [row for row in rows if row.since <= moment < row.until]

    def is_cut_off(self, text: str, moment: datetime) -> bool:
        """Whether not all of this time was shown."""
        return any(row.saturated for row in self.about(text, moment))

    def was_seen(self, text: str, moment: datetime, until: datetime) -> bool:
        """Whether a complete look at this time was made while what was said then was still there."""
        rows = self.about(text, moment)
        for query in {row.query for row in rows}:
            whole = [row for row in rows if row.query == query and not row.region]
            parts = [row for row in rows if row.query == query and row.region]
            if any(_in_time(row, moment, until) for row in whole):
                return True
            if parts and all(_in_time(row, moment, until) for row in parts):
                return True
        return False


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
            looks = _looks(month, every, every[name])
            _explain(row, every[name], store, looks, _is_unread(month, every[name], looks))
        if kind == "posts":
            row.invented, row.doubled = len(have - set(every)), len(store.names) - len(have)
        if wanted:
            rows.append(row)
    return rows


def _in_time(row: Coverage, moment: datetime, until: datetime) -> bool:
    return row.status.is_complete and (moment <= row.first_look < until or moment <= row.checked_at < until)


def _looks(month: Month, every: dict[str, Line], line: Line) -> list[datetime]:
    """The crawls that a text was there for. What is said below a post is read with it, and at its second look."""
    created = datetime.fromisoformat(line["published_at"])
    gone = datetime.fromisoformat(line["deleted_at"]) if line.get("deleted_at") else None
    there = [at for at in month.looks if created <= at and (gone is None or at < gone)]
    above = every.get(str(line.get("video") or line.get("post") or ""))
    if above is None:
        return there
    age = datetime.fromisoformat(above["published_at"])
    return [at for at in there if at - age <= OVERLAP or at - age >= LOOK_AT]


def _is_unread(month: Month, line: Line, looks: list[datetime]) -> bool:
    """Whether after each crawl that an answer was there for the product owed the comments of its post."""
    above = str(line.get("video") or line.get("post") or "")
    return all(above in month.unread.get(at, ()) for at in looks)


def _explain(row: Row, line: Line, store: Store, looks: list[datetime], is_unread: bool) -> None:
    """Why a line of the truth is not in the store."""
    created = datetime.fromisoformat(line["published_at"])
    gone = datetime.fromisoformat(line["deleted_at"]) if line.get("deleted_at") else None
    if gone is not None and not looks:
        row.withdrawn += 1
    elif gone is not None and _was_refused(row, line, store, is_unread):
        row.refused += 1
        row.lost.append(f"{line['kind']} {line['id']} of {line['published_at']}, gone {gone}, refused until then")
    elif row.kind == "posts" and store.is_cut_off(str(line["text"]), created):
        row.told += 1
    else:
        row.missing += 1
        row.lost.append(f"{line['kind']} {line['id']} of {line['published_at']}" + (f", gone {gone}" if gone else ""))


def _was_refused(row: Row, line: Line, store: Store, is_unread: bool) -> bool:
    if row.kind == "answers":
        return is_unread
    created, gone = (datetime.fromisoformat(line[name]) for name in ("published_at", "deleted_at"))
    return not store.was_seen(str(line["text"]), created, gone)


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
    from yuqing.domain.codec import from_json
    from yuqing.domain.mention import Platform
    from yuqing.domain.ports import MentionQuery

    with month.product.opened() as app:
        query = MentionQuery(platforms=(Platform(platform),), include_deleted=True)
        mentions = [stored.mention for stored in app.mentions.scan(query)]
        rows = [from_json(Coverage, found.body) for found in app.state.find("coverage", limit=1_000_000)]
        coverage = [row for row in rows if row.source.startswith(platform)]
    names = [
        mention.url.rpartition("/")[2].partition(".")[0] if platform == "news" else mention.native_id
        for mention in mentions
    ]
    return Store(names, coverage)
