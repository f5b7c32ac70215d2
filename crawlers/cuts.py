"""Pieces that were too full for one listing, and the parts they were cut into: what of them is still to be read."""

from collections.abc import Iterable
from dataclasses import dataclass

from crawlers.job import Job, Part, State
from crawlers.model import Slice

FEW = 3  # refusals after which the first look at a part keeps nothing else waiting


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part that is read as it is. `is_stale`: other parts of its hour were read before late posts had come, so that
    the hour is read once more as a whole, whatever becomes of this part."""

    part: Part
    is_stale: bool


class Cuts:
    """What was cut in one query."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs = [job for job in jobs if job.state is State.CUT]

    def of(self, piece: Slice | Part | Job) -> Job | None:
        """The cut of exactly this piece."""
        return next((job for job in self._jobs if job.is_of(piece)), None)

    def within(self, piece: Slice | Part | Job) -> list[Job]:
        """The cuts of this piece and of what it was cut into. Of a time in one region: of exactly this time."""
        if not piece.region:
            return [job for job in self._jobs if piece.since <= job.since and job.until <= piece.until]
        found = [job for job in self._jobs if job.is_of(piece)]
        return found + [inner for job in found for part in job.left for inner in self.within(part)]

    def parent(self, piece: Slice | Part | Job) -> tuple[Job, Part] | None:
        """The cut that a piece is a missing part of."""
        wanted = (piece.since, piece.until, piece.region)
        for job in self._jobs:
            for part in job.left:
                if (part.since, part.until, part.region) == wanted:
                    return job, part
        return None

    def leaves(self, region: str) -> list[Leaf]:
        """The missing parts of everything in this region that was cut, parts that were cut themselves resolved."""
        inner = {job.key for job in self._jobs if self.parent(job)}
        stack = [(job, _is_stale(job)) for job in self._jobs if job.key not in inner and job.region == region]
        found: dict[Part, Leaf] = {}
        while stack:
            job, is_stale = stack.pop()
            for part in job.left:
                if (child := self.of(part)) is None:
                    found.setdefault(part, Leaf(part, is_stale))
                else:
                    stack.append((child, is_stale or _is_stale(child)))
        return list(found.values())


def is_first_look(part: Part) -> bool:
    """True for a part that nobody has seen, unless it was asked for in vain again and again."""
    return not part.again and (part.wait is None or part.wait.attempts < FEW)


def _is_stale(cut: Job) -> bool:
    """Some regions of an hour were read before its late posts had come, others were not read."""
    return cut.edge is not None and any(part.region != cut.region and part.until > cut.edge for part in cut.left)
