"""How long one look at the rules takes for many subjects and topics, on the embedded store, on one core.

    python -m benchmarks.evaluation                        500 subjects x 16 topics, six weeks of 150,000 posts
    python -m benchmarks.evaluation --subjects 50 --posts 15000

Every subject is watched as a whole and topic by topic (`config/rules/topic_spike.yml`), by all shipped rules. The talk
is invented: subjects of very different size (a few posts a week up to hundreds a day), day cycles, a tenth negative,
several polled sources, a burst in some topic every day, and a handful of crises in the last hour. A first look builds
everything from the store; the looks after it come a minute apart, with new posts in between, some of them late, as
`yuqing run` makes them; within --looks minutes bins close. `counts` is the reading of the store for all subjects and
topics, `series` the building of the subjects' series, then one column a rule. Seconds of processor time of the one
thread that does it all. Prints a table and writes benchmarks/out/evaluation.json; exit 1 where a look after the first
takes longer than --limit seconds.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from alerts.detectors import DETECTORS
from alerts.detectors.base import DetectionContext, ReadsCounts
from alerts.detectors.targets import targets
from alerts.engine import AlertEngine
from alerts.links import Links
from alerts.rules import load_rule_file
from config.loader import load_yaml
from storage.sqlite import SqliteMentionStore, SqliteStateStore
from yuqing.domain.alert import Rule
from yuqing.domain.annotation import Annotation, Sentiment, SentimentLabel, SeverityScore, SubjectSentiment, TopicScore
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.mention import Author, AuthorKind, Engagement, FollowerBand, Mention, MentionKind, Platform
from yuqing.domain.subject import Backend, Source, Subject, SubjectKind, TopicDefinition
from yuqing.senses import LanguageSenses

HERE = Path(__file__).resolve().parent
NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
DAYS = 42
MINUTE = timedelta(minutes=1)
SOURCES = tuple(Source(f"source{i}", "weibo", f"来源{i}", Backend.WEB, "", True, 60) for i in range(6))
RULES = HERE.parent / "config" / "rules"


@dataclass
class Clock:
    """The time of the benchmark."""

    time: datetime

    def now(self) -> datetime:
        """See Clock."""
        return self.time


class Talk:
    """Invented posts about invented subjects."""

    def __init__(self, subjects: int, topics: int, posts: int) -> None:
        self._random = np.random.default_rng(11)
        self.subjects = [
            Subject(f"s{i}", f"云江{i}号行", SubjectKind.BRAND, (f"云江{i}号行",)) for i in range(subjects)
        ]
        self.topics = [TopicDefinition(f"t{i}", f"话题{i}", "") for i in range(topics)]
        sizes = 1.0 / np.arange(1, subjects + 1) ** 0.8
        self._shares = sizes / sizes.sum()
        self._posts = posts
        self._made = 0

    def past(self) -> Iterable[tuple[Mention, Annotation]]:
        """Six weeks before the present, with a day cycle."""
        minutes = np.sort(self._random.integers(0, DAYS * 1440, self._posts))
        chosen = self._random.choice(len(self.subjects), self._posts, p=self._shares)
        for minute, subject in zip(minutes.tolist(), chosen.tolist(), strict=True):
            at = NOW - DAYS * 1440 * MINUTE + minute * MINUTE
            hour = (at.hour + 8) % 24
            if self._random.random() < (0.35 if hour < 7 else 1.0):
                yield self._post(at, subject, 0.1)
        for day in range(DAYS):  # some complaint that goes round every day: not everything is calm
            at = NOW - (day * 24 + 3) * 60 * MINUTE
            yield from self.crisis(int(self._random.choice(len(self.subjects), p=self._shares)), at, 10)

    def crisis(self, subject: int, since: datetime, posts: int) -> Iterable[tuple[Mention, Annotation]]:
        """Many complaints within half an hour, about one thing."""
        topic = self.topics[int(self._random.integers(0, len(self.topics)))].id
        return [self._post(since + 30 * MINUTE * i / posts, subject, 0.95, topic) for i in range(posts)]

    def minute(self, at: datetime) -> Iterable[tuple[Mention, Annotation]]:
        """What comes in one minute; a tenth of it is older than the counts that are read at every look."""
        count = self._random.poisson(self._posts / (DAYS * 1440))
        chosen = self._random.choice(len(self.subjects), count, p=self._shares)
        return [
            self._post(at - (20 * 60 * MINUTE if i % 10 == 9 else 0 * MINUTE), int(each), 0.1, seen=at)
            for i, each in enumerate(chosen)
        ]

    def _post(
        self, at: datetime, subject: int, negative: float, about: str = "", seen: datetime | None = None
    ) -> tuple[Mention, Annotation]:
        self._made += 1
        watched = self.subjects[subject]
        mention = Mention(
            platform=Platform.WEIBO,
            kind=MentionKind.POST,
            native_id=f"n{self._made}",
            url=f"https://weibo.example/{self._made}",
            text=f"{watched.name}第 {self._made} 条，办事的人说了几句",
            published_at=at,
            collected_at=(seen or at) + timedelta(seconds=40),
            author=Author(f"p{self._made}", AuthorKind.PERSON, FollowerBand.UNDER_10K),
            engagement=Engagement(3, 1, 0),
            subjects=(watched.id,),
            source_id=SOURCES[self._made % len(SOURCES)].id,
        )
        label = SentimentLabel.NEGATIVE if self._random.random() < negative else SentimentLabel.NEUTRAL
        stance = Sentiment(label, *(0.9 if label is each else 0.05 for each in SentimentLabel))
        topic = about or self.topics[int(self._random.integers(0, len(self.topics)))].id
        score = SeverityScore(1 if label is SentimentLabel.NEGATIVE else 0, (0.1, 0.7, 0.1, 0.1))
        by = (SubjectSentiment(watched.id, stance),)
        return mention, Annotation(mention.id, stance, by, (TopicScore(topic, 0.9),), score, "bench", at + MINUTE)


@dataclass
class World:
    """A store with the talk, and the engine on it."""

    talk: Talk
    mentions: SqliteMentionStore
    state: SqliteStateStore
    clock: Clock

    def keep(self, posts: Iterable[tuple[Mention, Annotation]]) -> None:
        """Store scored posts."""
        rows = list(posts)
        self.mentions.add([mention for mention, _ in rows])
        self.mentions.annotate([annotation for _, annotation in rows])

    def cover(self, until: datetime) -> None:
        """Every source was read completely up to now."""
        begin, first = NOW - DAYS * 1440 * MINUTE, NOW - 2 * MINUTE
        for source in SOURCES:
            row = Coverage(source.id, "", begin, until, Outcome.OK, until, first_checked_at=first, checks=2)
            self.state.save("coverage", row.key, to_json(row))

    def engine(self, rules: Sequence[Rule]) -> AlertEngine:
        """The product's engine, without receivers."""
        return AlertEngine(
            mentions=self.mentions,
            state=self.state,
            clock=self.clock,
            subjects=self.talk.subjects,
            sources=SOURCES,
            rules=rules,
            routes=(),
            receivers=(),
            channels={},
            links=Links("http://127.0.0.1:8501", b"k" * 32),
            topics=self.talk.topics,
            senses=LanguageSenses(),
        )


def shipped() -> list[Rule]:
    """The rules of config/rules, all of them switched on."""
    found = (load_rule_file(path, load_yaml(path)).domain() for path in sorted(RULES.glob("*.yml")))
    return [replace(rule, enabled=True) for rule in found]


def look(engine: AlertEngine, now: datetime) -> tuple[dict[str, float], int]:
    """One look: seconds of each rule, and how much it found."""
    context: DetectionContext = engine.context(now)
    spent: dict[str, float] = {}
    found = 0
    start = time.thread_time()
    context.gather()
    spent["counts"] = time.thread_time() - start
    start = time.thread_time()
    for subject in context.subjects:
        context.series(subject)
    spent["series"] = time.thread_time() - start
    for rule in engine.rules:
        start = time.thread_time()
        found += len(DETECTORS[rule.type].detect(rule, context))
        spent[rule.id] = time.thread_time() - start
    return spent, found


def judged_whole(engine: AlertEngine, now: datetime) -> int:
    """How many topic series had so many posts together that every bin of them was scored; the others can open
    nothing and are passed over."""
    context = engine.context(now)
    rules = [rule for rule in engine.rules if isinstance(DETECTORS[rule.type], ReadsCounts)]
    return sum(
        1
        for rule in rules
        for subject in context.subjects_of(rule)
        for target, _ in targets(rule, subject, context.series(subject))
        if target.topic
    )


def main() -> int:
    """Build, look, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, default=500)
    parser.add_argument("--topics", type=int, default=16)
    parser.add_argument("--posts", type=int, default=150_000)
    parser.add_argument("--looks", type=int, default=8)
    parser.add_argument("--limit", type=float, default=5.0)
    parser.add_argument("--output", type=Path, default=HERE / "out" / "evaluation.json")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = measure(Path(folder), arguments)
    columns = list(run["looks"][0]["seconds"])
    sizes = f"{run['subjects']} subjects x {run['topics']} topics, {run['posts']} posts, {len(SOURCES)} sources"
    print(f"{sizes}; {run['judged']} topic series scored bin by bin, the others cannot open")
    print("look   total  found  " + "  ".join(f"{name:>9.9s}" for name in columns))
    for i, row in enumerate(run["looks"]):
        cells = "  ".join(f"{row['seconds'][name]:9.3f}" for name in columns)
        print(f"{i:4d}  {row['total']:6.2f}  {row['found']:5d}  {cells}")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(run, indent=1), encoding="utf-8")
    slowest = max(row["total"] for row in run["looks"][1:])
    print(f"slowest look after the first: {slowest:.2f} s of processor time (limit {arguments.limit:g} s)")
    return 0 if slowest <= arguments.limit else 1


def measure(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """The figures of one run."""
    talk, clock = Talk(arguments.subjects, arguments.topics, arguments.posts), Clock(NOW)
    world = World(talk, SqliteMentionStore(folder / "m.db", clock), SqliteStateStore(folder / "s.db"), clock)
    world.keep(talk.past())
    for i in range(5):
        world.keep(talk.crisis(i * arguments.subjects // 5, NOW - 40 * MINUTE, 30))
    engine = world.engine(shipped())
    looks = []
    for _ in range(arguments.looks):
        world.cover(clock.now())
        spent, found = look(engine, clock.now())
        looks.append({"seconds": spent, "total": sum(spent.values()), "found": found})
        clock.time += MINUTE
        world.keep(talk.minute(clock.now() - timedelta(seconds=50)))
    judged = judged_whole(engine, clock.now())
    sizes = {"subjects": arguments.subjects, "topics": arguments.topics, "posts": arguments.posts}
    return sizes | {"judged": judged, "looks": looks}


if __name__ == "__main__":
    sys.exit(main())
