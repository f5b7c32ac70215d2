"""What is remembered of the comments below works, between runs: how many there were, and which were not read yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawlers.backends.thread_places import KIND, Memo, Place, PlaceBook, Walk, numbers
from yuqing.domain.errors import Conflict
from yuqing.domain.ports import Clock, StateStore

UNKNOWN = -1  # comments whose exact number is not told
_OWED = "owed"
PATIENCE = 3  # looks after which comments that are told but not shown no longer hold up a search
_MAX_SILENT = 8  # then nobody asks any more until the number of comments changes
_MAX_OWED = 1_000
_MAX_REPLIES = 400


@dataclass(frozen=True, slots=True)
class Threads:
    """What the pages of one slice did for the comments of works.

    `wanted`: work -> comments told by the platform (-1: not told exactly). `dropped`: works that are gone.
    `silent`: works whose comments were told and not shown. `cut`: works that were begun and not read to their end.
    `capped`: works that were read as far as one may read, which is not their end.
    """

    wanted: Mapping[str, int] = field(default_factory=dict)
    read: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # work read to its end -> replies of comments
    dropped: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    cut: Mapping[str, Walk] = field(default_factory=dict)
    capped: frozenset[str] = frozenset()


def gather(memos: Sequence[Memo]) -> Threads:
    """A work is read to its end, or as far as one may read, when every page that its pages opened was read."""
    wanted: dict[str, int] = {}
    walks: dict[str, Walk] = {}
    for memo in memos:
        wanted |= numbers(memo.get("wanted"))
        if work := str(memo.get("thread", "")):
            if memo.get("anew"):
                walks[work] = Walk(is_anew=True)
            else:
                walks.setdefault(work, Walk()).add(memo)
    read = {work: walk.replies for work, walk in walks.items() if walk.is_begun and not walk.left}
    cut = {work: walk for work, walk in walks.items() if work not in read}
    capped = frozenset(work for work in read if walks[work].is_capped)
    return Threads(wanted, read, _named(memos, "dropped"), _named(memos, "silent"), cut, capped)


class ThreadMemory:
    """The state of the comments of one source's works; ids and numbers only, no text and no person."""

    def __init__(self, state: StateStore, source: str, clock: Clock, recheck: timedelta = timedelta(hours=24)) -> None:
        self._state = state
        self._source = source
        self._clock = clock
        self._recheck = recheck
        self._places = PlaceBook(state, source, clock)

    def _id(self, work: str) -> str:
        return f"{self._source}|{work}"

    def _load(self, work: str) -> Memo:
        """What is known of a work; nothing when it is due for a fresh look (one comment may have replaced another)."""
        found = self._state.load(KIND, self._id(work))
        if found is None:
            return {}
        age = self._clock.now() - datetime.fromisoformat(str(found.body["at"]))
        return found.body if age < self._recheck else {}

    def wants(self, work: str, comments: int | None) -> bool:
        """Whether the comments have to be read: they changed in number, or were never read to their end."""
        known = self._load(work)
        return comments is None or known.get("comments") != comments or self.place(work) is not None

    def is_capped(self, work: str) -> bool:
        """Whether the comments were read as far as one may read, and there are more of them."""
        return bool(self._load(work).get("capped"))

    def place(self, work: str) -> Place | None:
        """Where an earlier look at the comments stopped."""
        return self._places.load(work)

    def replies(self, work: str) -> Mapping[str, int]:
        """Comment -> how many replies it had when they were read to their end."""
        return numbers(self._load(work).get("replies"))

    def owed(self) -> Mapping[str, int]:
        """Works whose comments were wanted and not read to their end, and how often they were told and not shown."""
        found = self._state.load(KIND, self._id(_OWED))
        return numbers(found.body.get("works")) if found else {}

    def is_swept(self, query: str, every: timedelta) -> bool:
        """Whether the works of the last days were counted over for this query not longer ago than `every`."""
        found = self._state.load(KIND, self._id(f"sweep:{query}"))
        return found is not None and self._clock.now() - datetime.fromisoformat(str(found.body["at"])) < every

    def sweep(self, query: str) -> None:
        """The works of the last days were counted over."""
        body = {"source": self._source, "at": self._clock.now().isoformat()}
        self._state.save(KIND, self._id(f"sweep:{query}"), body)

    def save(self, memos: Sequence[Memo]) -> None:
        """The pages of a slice are stored: remember what was read, and owe what was not."""
        for work in (str(memo["thread"]) for memo in memos if memo.get("anew")):
            self._places.drop(work)
        threads = gather(memos)
        for work, replies in threads.read.items():
            self._finish(work, threads.wanted.get(work, UNKNOWN), replies, work in threads.capped)
        for work, walk in threads.cut.items():
            self._places.stop(work, walk, threads.wanted.get(work, UNKNOWN))
        for work in threads.dropped | threads.silent:
            self._places.drop(work)
        for work in threads.silent:
            if self.owed().get(work, 0) + 1 >= _MAX_SILENT:
                self._remember(work, threads.wanted.get(work, UNKNOWN), {})
        if threads.wanted or threads.read or threads.dropped:
            self._owe(threads)

    def _finish(self, work: str, comments: int, replies: Mapping[str, int], is_capped: bool) -> None:
        """The end was seen. Of a walk of several looks the number counts that was told when it began."""
        if place := self.place(work):
            comments, replies, is_capped = place.comments, {**place.replies, **replies}, is_capped or place.is_capped
        self._remember(work, comments, replies, is_capped)
        self._places.drop(work)

    def _owe(self, threads: Threads) -> None:
        """A second look at old works may write at the same time: nobody's debts are lost."""
        while True:
            found = self._state.load(KIND, self._id(_OWED))
            before = numbers(found.body.get("works")) if found else {}
            owed = {work: tries for work, tries in before.items() if work not in threads.read}
            owed |= {
                work: before.get(work, 0) + (work in threads.silent)
                for work in threads.wanted
                if work not in threads.read
            }
            left = [(work, n) for work, n in owed.items() if work not in threads.dropped and n < _MAX_SILENT]
            body = {"source": self._source, "at": self._clock.now().isoformat(), "works": dict(left[-_MAX_OWED:])}
            if body["works"] == before:
                return
            try:
                self._state.save(KIND, self._id(_OWED), body, found.version if found else 0)
            except Conflict:
                continue
            for work in before.keys() - dict(left[-_MAX_OWED:]).keys():
                self._places.drop(work)  # what nobody goes back to
            return

    def _remember(self, work: str, comments: int, replies: Mapping[str, int], is_capped: bool = False) -> None:
        known = {**self.replies(work), **replies}
        body: dict[str, object] = {
            "source": self._source,
            "comments": comments,
            "replies": dict(list(known.items())[-_MAX_REPLIES:]),
            "at": self._clock.now().isoformat(),
            "capped": is_capped,
        }
        self._state.save(KIND, self._id(work), body)


def _named(memos: Sequence[Memo], sign: str) -> frozenset[str]:
    return frozenset(str(memo[sign]) for memo in memos if memo.get(sign))
