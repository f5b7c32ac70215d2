"""An event that has grown far beyond what its last message told: a further wave inside it is told at once.

While an event is open a later wave is no event of its own. Reminders come by time, only while nobody has acknowledged,
and say nothing of size. So the alert keeps how it grew, and who was told of it is told again when it has become four
times as large as the wave that was told: the largest figure up to an hour after the last message that arrived, because
nearly every event is larger when it has unfolded than when it was found. The figure is that of the rule's own window
(half an hour for a spike): a burst of a minute or two does not make four of those.
"""

from datetime import datetime, timedelta

from yuqing.domain.alert import Alert

TIMES = 4.0
UNFOLDING = timedelta(hours=1)
STEP = 1.1  # growth by a tenth is kept
Growth = tuple[tuple[datetime, float], ...]


def grown(growth: Growth, now: datetime, observed: float) -> Growth:
    """How an event grew, with what is seen now."""
    if growth and observed < STEP * growth[-1][1]:
        return growth
    return (*growth, (now, observed))


def level(alert: Alert, time: datetime) -> float:
    """The largest figure of an event up to a time; the first one for earlier times."""
    known = [observed for at, observed in alert.growth if at <= time]
    first = alert.growth[0][1] if alert.growth else alert.observed
    return max(known, default=first)


def has_surged(alert: Alert, told: datetime, now: datetime) -> bool:
    """Whether it is much larger than what a message at that time told.

    Only of alerts that count posts in a window of one length: a rule that shows its loudest of several windows, or that
    goes by something else than the count, seems to grow when it does not.
    """
    if not alert.subject_id or alert.expected is None or alert.measure or alert.loudness is not None:
        return False
    return now > told + UNFOLDING and alert.observed >= TIMES * max(level(alert, told + UNFOLDING), 1.0)


def first_wave(alert: Alert) -> float:
    """What the event's first hour came to."""
    begun = alert.growth[0][0] if alert.growth else alert.updated_at
    return level(alert, begun + UNFOLDING)
