"""How scorers stand up to the ways people really write: sarcasm, dialect, dodged filters, emoji, very long posts.

    python benchmarks/robustness.py                    tables per category, JSON in benchmarks/out/
    python benchmarks/robustness.py --model NAME       judge NAME (any name of nlp.registry) beside the default
    python benchmarks/robustness.py --wrong            also print the sentences that the first model gets wrong
    python benchmarks/robustness.py --gate             exit 1 where the default is below robustness_floors.json
    python benchmarks/robustness.py --update-floors    raise the floors to what is reached now; none is lowered

Every sentence of robustness.jsonl is invented. Texts go through the scorer of the product (subjects, repost chains,
condensing), not only through its model. Word tables may be tuned on the rows that are not `held`; those that are tell
whether that carried over. Intervals: 95 %, Wilson.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path

from nlp.match import SubjectMatcher
from nlp.registry import DEFAULT, default_scorer
from yuqing.domain.annotation import Annotation, SentimentLabel
from yuqing.domain.mention import Mention, MentionKind, Platform
from yuqing.domain.subject import Subject, SubjectKind

HERE = Path(__file__).parent
ROWS = HERE / "robustness.jsonl"
FLOORS = HERE / "robustness_floors.json"
OUTPUT = HERE / "out" / "robustness.json"
NOW = datetime(2026, 1, 5, tzinfo=UTC)
SUBJECTS = (
    Subject("yunjiang", "云江银行", SubjectKind.BRAND, ("云江银行", "云江手机银行", "云银"), ("云银河",)),
    Subject("haizhou", "海州银行", SubjectKind.COMPETITOR, ("海州银行",)),
    Subject("beiyuan", "北原银行", SubjectKind.COMPETITOR, ("北原银行",)),
)
SHORT = {SentimentLabel.NEGATIVE: "neg", SentimentLabel.NEUTRAL: "neu", SentimentLabel.POSITIVE: "pos"}
MARGIN = 0.03
LEAST_ROWS = 30  # below it one sentence moves a figure by more than the margin
Figures = dict[str, list[float]]
Table = dict[str, Figures]


@dataclass(frozen=True, slots=True)
class Row:
    """One invented sentence with what a reader would say about it."""

    id: str
    category: str
    text: str
    sentiment: str
    topics: tuple[str, ...]
    held: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a scorer said: a stance, topics, and the negative probability."""

    sentiment: str
    topics: tuple[str, ...] = ()
    negative: float = 0.0


def rows(path: Path = ROWS) -> list[Row]:
    """The sentences in the order of the file."""
    bodies = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [
        Row(body["id"], body["category"], body["text"], body["sentiment"], tuple(body["topics"]), body["held"])
        for body in bodies
    ]


def answers(members: Sequence[Row], model: str = DEFAULT) -> list[Answer]:
    """What the scorer of the product says, with this stance model."""
    matcher = SubjectMatcher(SUBJECTS)
    mentions = [
        Mention(
            Platform.WEIBO, MentionKind.POST, row.id, "", row.text, NOW, NOW, subjects=matcher.match(row.text).subjects
        )
        for row in members
    ]
    return [_answer(found) for found in default_scorer(SUBJECTS, model).score(mentions, NOW)]


def _answer(found: Annotation) -> Answer:
    topics = tuple(topic.id for topic in found.topics)
    return Answer(SHORT[found.sentiment.label], topics, found.sentiment.negative)


def always(label: str) -> Callable[[Sequence[Row]], list[Answer]]:
    """A scorer that says the same about everything."""
    return lambda members: [Answer(label) for _ in members]


def wilson(hits: int, total: int, z: float = 1.96) -> list[float]:
    """A share with its 95 % interval; nothing to judge is [nan, 0, 1]."""
    if not total:
        return [float("nan"), 0.0, 1.0]
    share, square = hits / total, z * z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = z * sqrt(share * (1 - share) / total + square / (4 * total * total)) / (1 + square / total)
    return [share, max(0.0, middle - half), min(1.0, middle + half)]


def figures(members: Sequence[Row], said: Sequence[Answer]) -> Figures:
    """Accuracy, negative recall and precision of some rows, and the topics found of those that are clear."""
    pairs = list(zip((row.sentiment for row in members), (answer.sentiment for answer in said), strict=True))
    negative = [(truth, label) for truth, label in pairs if truth == "neg"]
    warned = [(truth, label) for truth, label in pairs if label == "neg"]
    named = [
        (topic, answer.topics)
        for row, answer in zip(members, said, strict=True)
        for topic in row.topics
        if topic != "other"
    ]
    return {
        "accuracy": wilson(_same(pairs), len(pairs)),
        "negative_recall": wilson(_same(negative), len(negative)),
        "negative_precision": wilson(_same(warned), len(warned)),
        "topic_recall": wilson(sum(topic in found for topic, found in named), len(named)),
        "rows": [float(len(members))],
    }


def _same(pairs: Iterable[tuple[str, str]]) -> int:
    return sum(truth == label for truth, label in pairs)


def by_category(members: Sequence[Row], said: Sequence[Answer]) -> Table:
    """Figures of all rows, of the tuned and the held half, and of every category."""
    groups: dict[str, Callable[[Row], bool]] = {
        "all": lambda _: True,
        "tuned": lambda row: not row.held,
        "held": lambda row: row.held,
    }
    groups |= {name: lambda row, name=name: row.category == name for name in dict.fromkeys(r.category for r in members)}  # type: ignore[misc]
    table = {}
    for name, belongs in groups.items():
        chosen = [(row, answer) for row, answer in zip(members, said, strict=True) if belongs(row)]
        table[name] = figures([row for row, _ in chosen], [answer for _, answer in chosen])
    return table


def failures(table: Table, floors: dict[str, dict[str, float]]) -> list[str]:
    """One line for each figure below its floor, or that is gone."""
    return [
        f"{name}.{figure}: {value:.3f}, floor {limit:.3f}"
        for name, limits in floors.items()
        for figure, limit in limits.items()
        if not (value := table.get(name, {}).get(figure, [float("nan")])[0]) >= limit
    ]


def raised(table: Table, floors: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Floors a margin below what is reached now, where that is higher than they are; small groups have none."""
    return {
        name: {
            figure: max(round(found[figure][0] - MARGIN, 3), floors.get(name, {}).get(figure, 0.0))
            for figure in (("accuracy", "negative_recall", "negative_precision") if name == "all" else ("accuracy",))
        }
        for name, found in table.items()
        if found["rows"][0] >= LEAST_ROWS
    }


def show(title: str, table: Table) -> None:
    """Print one table."""
    names = ("accuracy", "negative_recall", "negative_precision", "topic_recall")
    print(f"\n{title}\n{'category':20}{'rows':>6}" + "".join(f"{name:>26}" for name in names))
    for name, found in table.items():
        cells = "".join("{:>10.3f} [{:.2f}, {:.2f}]  ".format(*found[figure]) for figure in names)
        print(f"{name:20}{int(found['rows'][0]):6}{cells}")


def main(arguments: list[str] | None = None) -> int:
    """Measure, then print or gate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", default=[], help="more stance models to judge")
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--gate", action="store_true")
    parser.add_argument("--update-floors", action="store_true")
    options = parser.parse_args(arguments)
    members = rows()
    if options.gate:
        return _gate(by_category(members, answers(members)))
    if options.update_floors:
        return _update(by_category(members, answers(members)))
    said = {name: answers(members, name) for name in dict.fromkeys((DEFAULT, *options.model, "linear", "snownlp"))}
    said |= {f"always {label}": always(label)(members) for label in ("neu", "neg")}
    tables = {name: by_category(members, found) for name, found in said.items()}
    for name, table in tables.items():
        show(name, table)
    if options.wrong:
        _print_wrong(members, said[DEFAULT])
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(tables, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def _gate(table: Table) -> int:
    wrong = failures(table, json.loads(FLOORS.read_text(encoding="utf-8")))
    for line in wrong:
        print(f"BELOW FLOOR {line}", file=sys.stderr)
    return 1 if wrong else 0


def _update(table: Table) -> int:
    floors = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    FLOORS.write_text(json.dumps(raised(table, floors), indent=1) + "\n", encoding="utf-8")
    return 0


def _print_wrong(members: Sequence[Row], said: Sequence[Answer]) -> None:
    for row, answer in zip(members, said, strict=True):
        if row.sentiment != answer.sentiment and not row.held:
            print(f"{row.id:24} {row.sentiment} -> {answer.sentiment} {answer.negative:.2f} {row.text[:60]}")


if __name__ == "__main__":
    raise SystemExit(main())
