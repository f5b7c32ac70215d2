"""Pieces that were cut while pages below their first posts were still out: their parts are not over before they are.

The parts show the same posts and do not ask for their comments once more: a page of comments that is refused below
the whole would be missing from both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from crawlers.model import Slice, Verdict

Kept = TypeVar("Kept")


class Wholes(Generic[Kept]):
    """Which pieces were cut into which, what is kept of parts that wait for their whole, and which wholes failed."""

    def __init__(self) -> None:
        self._whole: dict[Slice, Slice] = {}
        self._out: set[Slice] = set()
        self._held: dict[Slice, dict[Slice, Kept]] = {}
        self._spoilt: dict[Slice, Verdict] = {}

    def cut(self, piece: Slice, parts: Sequence[Slice]) -> None:
        """These take the place of a piece that is not over."""
        self._out.add(piece)
        self._whole.update(dict.fromkeys(parts, piece))

    def hold(self, part: Slice, kept: Kept) -> bool:
        """True when a part has to wait for what it was cut from; then this is kept of it."""
        whole = next((each for each in self._above(part) if each in self._out), None)
        if whole is not None:
            self._held.setdefault(whole, {})[part] = kept
        return whole is not None

    def holds(self, part: Slice) -> bool:
        """True while a part waits."""
        return any(part in parts for parts in self._held.values())

    def over(self, piece: Slice, verdict: Verdict) -> list[tuple[Slice, Kept]]:
        """The last page of a piece that was cut is read. The parts that waited for it."""
        self._out.discard(piece)
        if not verdict.outcome.is_complete:
            self._spoilt[piece] = verdict
        return list(self._held.pop(piece, {}).items())

    def refusals(self, part: Slice) -> list[Verdict]:
        """What of the pieces that a part was cut from was not seen."""
        return [self._spoilt[each] for each in self._above(part) if each in self._spoilt]

    def _above(self, part: Slice) -> Iterator[Slice]:
        whole = self._whole.get(part)
        while whole is not None:
            yield whole
            whole = self._whole.get(whole)
