"""The kinds of notifications about one alert: the beginning, reminders, the next in the chain, growth, the end."""

FIRING, RESOLVED, REPEAT, ESCALATION, SURGE = "firing", "resolved", "repeat", "escalation", "surge"


def repeat(number: int) -> str:
    """The kind of the n-th reminder, from 1."""
    return f"{REPEAT}-{number}"


def escalation(step: int) -> str:
    """The kind of a step of the escalation chain, from 1."""
    return f"{ESCALATION}-{step}"


def surge(number: int) -> str:
    """The kind of the n-th message that it has grown again, from 1."""
    return f"{SURGE}-{number}"


def family(kind: str) -> str:
    """`repeat-3` -> `repeat`."""
    return kind.partition("-")[0]


def is_nagging(kind: str) -> bool:
    """Sent only while nobody has taken care of a firing alert."""
    return family(kind) in (REPEAT, ESCALATION)


def is_of_the_moment(kind: str) -> bool:
    """Sent only while the alert fires."""
    return family(kind) in (REPEAT, ESCALATION, SURGE)
