"""What one series of a rule is about: a subject, or one topic of it (`by: topic`)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from alerts.detectors.wording import named
from alerts.rule_options import OPTIONS, Watching
from alerts.series import Series
from yuqing.domain.alert import Rule
from yuqing.domain.ports import MentionQuery
from yuqing.domain.subject import Subject

MEMORY = 1_152  # bins without a post after which no event of any rule is open: four days
SEEN = 0.5


@dataclass(frozen=True, slots=True)
class Target:
    """A subject; with a topic only what is said about both."""

    subject: Subject
    topic: str = ""

    def labels(self, rule: Rule) -> dict[str, str]:
        """What tells its alerts from others."""
        return {"rule": rule.id, "subject": self.subject.id} | ({"topic": self.topic} if self.topic else {})

    def narrowed(self, query: MentionQuery) -> MentionQuery:
        """The part of a query that is about it."""
        return replace(query, topics=(self.topic,)) if self.topic else query

    def name(self, topics: Mapping[str, str], leading: str | None = None) -> str:
        """How a sentence calls it; `leading` is the topic that drives an event of the whole subject."""
        return named(self.subject, self.topic or leading or "", topics)


def watching(rule: Rule) -> Watching:
    """The options of a rule that reads counts."""
    found = OPTIONS[rule.type].model_validate(dict(rule.options))
    return found if isinstance(found, Watching) else Watching()


def targets(rule: Rule, subject: Subject, series: Series, *, live: bool = True) -> Iterator[tuple[Target, Series]]:
    """What a rule judges in the series of a subject, each with its own series.

    Topics in which the rule's fewest posts never came together can open nothing and are left out; with `live` also
    those of which nothing was said for so long that no event is open.
    """
    options = watching(rule)
    if options.by == "subject":
        yield Target(subject), series
        return
    since = max(series.window.bins - MEMORY, 0) if live else 0
    if live and series.known[since:].mean() < SEEN:
        since = 0  # hardly anything was seen: an event stays open over the dark
    for topic in series.parts.busy(*options.fewest, since, negative=not options.counts_all):
        if not options.topics or topic in options.topics:
            yield Target(subject, topic), series.about(topic)
