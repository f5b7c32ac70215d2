"""The open bin of subjects with many posts, minute by minute: what was published in the five minutes that end now.

A bin of five minutes is waited for where posts are few. Where they are many (`minute_level` negative ones a bin) the
look of every minute judges the five minutes that end with it (`scs_openings.py`). Nothing is kept: the looks that the
last three hours would have had are made again from the store, so a restart or a second process comes to the same. An
event that only a look inside a bin opened is forgotten after these three hours; one that goes on has long opened at
the close of a bin.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from alerts.coverage_bins import BIN, Window
from alerts.detectors.base import DetectionContext
from alerts.detectors.courses import LOOK_BACK
from alerts.detectors.scs import ScsResult, score_series
from alerts.detectors.scs_constants import ScsConstants
from alerts.detectors.scs_openings import Slide
from alerts.detectors.scs_policy import CLOSED
from alerts.detectors.voices import Copies
from alerts.series import Series
from yuqing.domain.subject import Subject

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class MinuteLook:
    """The judgement with the open bin as its last entry. `views`: the series whose bins end in each phase of it."""

    result: ScsResult
    views: Mapping[int, Series] = field(repr=False)

    def newest(self, bins: int, length: int) -> tuple[Series, float]:
        """The series of the latest minute that was seen of the open bin (that with the number `bins`), and what was
        expected of its last `length` bins."""
        number = _bins(bins) + 1
        seen = [phase for phase, view in self.views.items() if view.window.bins == number and view.known[-1]]
        expected, part = self.result.expected[bins - length : bins + 1], max(seen) / CLOSED
        return self.views[max(seen)], float((part * expected[1:] + (1 - part) * expected[:-1]).sum())


def is_busy(series: Series, constants: ScsConstants) -> bool:
    """Whether there are so many posts that a whole bin need not be waited for."""
    recent = slice(-constants.level_bins, None)
    known = series.known[recent]
    return bool(known.any() and series.negative[recent][known].mean() >= constants.minute_level)


def minute_look(
    context: DetectionContext, subject: Subject, series: Series, constants: ScsConstants, copies: Copies
) -> MinuteLook | None:
    """The judgement of a busy subject up to the present minute; None where its bins are waited for. `copies` are left
    out, as they are of the series."""
    if not is_busy(series, constants):
        return None
    windows = {phase: _window(context, series, phase) for phase in range(1, CLOSED)}
    views = {phase: copies.out_of(context.series(subject, window)) for phase, window in windows.items()}
    slides = [_slide(phase, view, series.window.bins) for phase, view in views.items()]
    negative, total = np.append(series.negative, 0.0), np.append(series.total, 0.0)
    result = score_series(negative, total, np.append(series.known, False), constants, slides)
    return MinuteLook(result, views)


def _bins(bins: int) -> int:
    """How many closed bins are looked at again: those whose openings are told, and the windows before them."""
    return min(bins, LOOK_BACK + _WINDOWS)


_WINDOWS = 31  # the longest window of the policy: what came before the last half hour


def _window(context: DetectionContext, series: Series, phase: int) -> Window:
    """The bins that end so many minutes into the bins of the series, with the open one if that has been reached."""
    number = _bins(series.window.bins)
    is_reached = series.window.end + phase * MINUTE <= context.now
    return Window(series.window.end - (number + 1) * BIN + phase * MINUTE, number + is_reached)


def _slide(phase: int, view: Series, bins: int) -> Slide:
    """A view as columns of the series with its open bin. The view's first bin ends inside the first of those bins."""
    first = bins - _bins(bins)
    negative, total, known = np.zeros(bins + 1), np.zeros(bins + 1), np.zeros(bins + 1, bool)
    part = slice(first, first + view.window.bins)
    negative[part], total[part], known[part] = view.negative, view.total, view.known
    return Slide(phase, negative, total, known, since=first + min(_WINDOWS, _bins(bins)))
