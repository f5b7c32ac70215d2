"""When people post: by hour of day, day of week, and the ramp of a crisis."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from simulator.formats import china

# Share of a day's posts by hour of the Chinese day; sums to about 24.
_HOURS = (
    0.45, 0.25, 0.15, 0.1, 0.1, 0.2, 0.45, 0.8, 1.1, 1.35, 1.45, 1.35, 1.4,
    1.25, 1.3, 1.35, 1.3, 1.25, 1.2, 1.3, 1.5, 1.6, 1.4, 0.9,
)  # fmt: skip
_WEEKDAYS = (1.08, 1.05, 1.02, 1.0, 1.05, 0.9, 0.85)
_STEP = timedelta(minutes=10)


def poisson(rng: Random, mean: float) -> int:
    """A Poisson draw by Knuth's product; means here are small."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def everyday(rng: Random, since: datetime, until: datetime, per_day: float) -> Iterator[datetime]:
    """Moments of an inhomogeneous Poisson process with day and week cycle."""
    step_mean = per_day * _STEP / timedelta(days=1)
    start = since
    while start < until:
        local = china(start)
        mean = step_mean * _HOURS[local.hour] * _WEEKDAYS[local.weekday()]
        yield from _spread(rng, start, mean)
        start += _STEP


def bump(rng: Random, peak: datetime, width: timedelta, total: int) -> Iterator[datetime]:
    """About `total` moments spread like a bell around `peak`, at waking hours."""
    for _ in range(total):
        moment = peak + width * rng.gauss(0, 1)
        if 8 <= china(moment).hour <= 22:
            yield whole_second(moment)


def crisis(
    rng: Random, start: datetime, ramp: timedelta, per_half_hour: float, decay: timedelta, length: timedelta
) -> Iterator[datetime]:
    """A sudden ramp to `per_half_hour`, a plateau that fades with `decay`."""
    step, moment = timedelta(minutes=1), start
    while moment < start + length:
        age = moment - start
        level = min(1.0, ((age + step) / ramp) ** 1.5) if age < ramp else math.exp(-((age - ramp) / decay))
        yield from _spread(rng, moment, per_half_hour / 30 * level, step)
        moment += step


def whole_second(moment: datetime) -> datetime:
    """Platforms know whole seconds only."""
    return moment.replace(microsecond=0)


def _spread(rng: Random, start: datetime, mean: float, step: timedelta = _STEP) -> Iterator[datetime]:
    for _ in range(poisson(rng, mean)):
        yield whole_second(start + step * rng.random())
