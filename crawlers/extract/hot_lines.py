"""Lines of hot lists, whichever board they come from: what is an advertisement, what is pinned, which place it has."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from crawlers.extract.numbers import count_value
from crawlers.extract.text import clean
from crawlers.extract.values import Json, string, table, whole
from crawlers.model import Verdict
from crawlers.outcomes import OK
from yuqing.domain.coverage import Outcome
from yuqing.domain.hot import HotRank

PARSER = "hot/1"
_EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
_READABLE = 0.2  # so many lines may be unreadable before the board has a new layout
_LONGEST_LABEL = 4  # 新 热 沸 爆 商 官宣 首发 …: longer is not a label


@dataclass(frozen=True, slots=True)
class HotLine:
    """One line as a board shows it. No `rank`: its place is the next one. `is_ad`: sold, not talked about."""

    word: str = field(repr=False)
    key: str = ""
    rank: int | None = None
    heat: int | None = None
    label: str = ""
    url: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    pinned: bool = False
    since: datetime | None = None
    is_ad: bool = False


@dataclass(frozen=True, slots=True)
class HotPage:
    """What a hot list says: its verdict and its lines from the top."""

    verdict: Verdict
    ranks: tuple[HotRank, ...] = field(default=(), repr=False)
    notes: Counter[str] = field(default_factory=Counter)


def page_of(board: str, lines: Iterable[HotLine] | Verdict, now: datetime) -> HotPage:
    """The page of a board. A hot list is never empty: nothing on it is suspect, nothing readable is a new layout."""
    if isinstance(lines, Verdict):
        return HotPage(lines)
    found = list(lines)
    notes = Counter({"ads": sum(line.is_ad for line in found)})
    shown = [line for line in found if not line.is_ad]
    readable = [line for line in shown if line.word]
    notes["unreadable"] = len(shown) - len(readable)
    if notes["unreadable"] > _READABLE * len(shown):
        return HotPage(Verdict(Outcome.CHANGED, "entries_unreadable"), notes=+notes)
    if all(line.pinned for line in readable):  # the platform's own lines are no list
        return HotPage(Verdict(Outcome.SUSPECT_EMPTY, "board_empty"), notes=+notes)
    return HotPage(OK, tuple(_ranked(board, shown, now)), +notes)


def _ranked(board: str, lines: Iterable[HotLine], now: datetime) -> Iterable[HotRank]:
    """Places as the board counts them; pinned lines have none (0), one that cannot be read keeps its own."""
    place, keys = 0, set()
    for line in lines:
        key = line.key or line.word
        if not line.word:
            place += 1
            continue
        if key in keys:
            continue  # the same topic pinned and ranked: the first one counts
        keys.add(key)
        if not line.pinned:
            place = line.rank if line.rank is not None and line.rank > place else place + 1
        yield HotRank(
            board=board,
            key=key,
            word=line.word,
            rank=0 if line.pinned else place,
            at=now,
            heat=line.heat,
            label=line.label,
            url=line.url,
            note=line.note,
            pinned=line.pinned,
            since=line.since,
        )


def rows(value: object) -> list[Json]:
    """The entries of a list; one that is no object stays, as a line that cannot be read."""
    return [table(item) for item in value] if isinstance(value, list) else []


def words(value: object) -> str:
    """A text of one line."""
    return clean(string(value)).strip("# ") if value is not None else ""


def note(value: object) -> str:
    """A description."""
    return clean(string(value))


def heat(value: object) -> int | None:
    """The board's number: an integer, "1234567", "123 万热度", "剧集 123456"; None where it tells none."""
    if isinstance(value, float):
        return int(value) if value > 0 else None
    text = value.strip() if isinstance(value, str) else value
    return None if text in ("", None) else count_value(text) or None  # a topic without any heat is on no list


def label(value: object) -> str:
    """The board's own word for a line; codes and pictures are no words."""
    text = string(value).strip()
    return text if text and not text.isascii() and len(text) <= _LONGEST_LABEL else ""


def place(value: object) -> int | None:
    """A place from 1, None for anything else."""
    return whole(value) or None


def moment(value: object, now: datetime) -> datetime | None:
    """A time in seconds since 1970 that can be true."""
    seconds = whole(value)
    if not seconds or seconds > now.timestamp() + 86_400:
        return None
    found = datetime.fromtimestamp(seconds, UTC)
    return found if found >= _EARLIEST else None
