"""Bins of a volume, most of which are empty: made when somebody looks at them.

bins = VolumeBins(since, interval, 12_096, totals, by)
bins[17].total            # a VolumeBin, like any sequence of them; equal to the tuple of all of them
bins.filled               # {index: VolumeBin} of those with a mention, for who counts thousands of bins
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import overload

from yuqing.domain.ports import VolumeBin


class VolumeBins(Sequence[VolumeBin]):
    """Aligned to `since`; what is in neither mapping is zero."""

    def __init__(
        self,
        since: datetime,
        interval: timedelta,
        length: int,
        totals: Mapping[int, int],
        by: Mapping[int, Mapping[str, int]],
    ) -> None:
        self._since, self._interval, self._length = since, interval, length
        self._totals, self._by = totals, by

    @property
    def filled(self) -> Mapping[int, VolumeBin]:
        """The bins with a mention, by index."""
        indices = sorted({*self._totals, *self._by})
        return {index: self._bin(index) for index in indices if 0 <= index < self._length}

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> VolumeBin: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[VolumeBin]: ...
    def __getitem__(self, index: int | slice) -> VolumeBin | Sequence[VolumeBin]:
        if isinstance(index, slice):
            return tuple(self._bin(each) for each in range(*index.indices(self._length)))
        place = index + self._length if index < 0 else index
        if not 0 <= place < self._length:
            raise IndexError(index)
        return self._bin(place)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash((self._since, self._interval, self._length))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def _bin(self, index: int) -> VolumeBin:
        start = self._since + index * self._interval
        return VolumeBin(start, self._totals.get(index, 0), dict(self._by.get(index, {})))
