"""Quality of the stance, topic and severity models on the shared evaluation data, with 95 % intervals.

    python benchmarks/sentiment.py                    tables of every model, JSON in benchmarks/out/
    python benchmarks/sentiment.py --gate             exit 1 where a figure is below its floor in floors.json
    python benchmarks/sentiment.py --update-floors    raise the floors to what is reached now
                                                      (lowering one needs --allow-regression "reason")

The linear figures come from the recipe fitted without the judged texts (the shipped weights know all of them);
`shipped` is the shipped model on texts it knows: not a quality figure, but it shows that file and code still fit.
The figures of the encoder come from benchmarks/encoder_judged.npz: what an evaluation run of `python -m nlp.training
encoder`, already in 8 bits, said about texts it had not learned; weighing and thresholds are chosen on other folds.
`quarter` is the part of bank_topics that this run left out. The last tables are the linear models by platform and by
length of text (where a part has 30 rows).
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.breakdown import at_recall, by_length, by_platform, stance_parts, topic_parts
from nlp.linear import MODELS, load_model
from nlp.sentiment.linear import ORDER
from nlp.sentiment.snownlp_baseline import SnowNlpSentiment
from nlp.training.data import Row, shared_data, texts_of
from nlp.training.evaluation import (
    Judged,
    Sets,
    comments_dev,
    judge_sentiment,
    load_sets,
    stances,
    topics_and_severity,
    topics_sentiment,
)
from nlp.training.judgements import JUDGED, encoder_results, load_judgements
from nlp.training.metrics import sentiment_figures, severity_figures, table, topic_figures, with_intervals
from nlp.training.sentiment import Trained
from yuqing.domain.errors import InputError

HERE = Path(__file__).parent
FLOORS = HERE / "floors.json"
MARGIN = 0.015  # room for another machine's floating point and for harmless changes of the recipe
RECALLS = (0.5, 0.6, 0.7, 0.8)
SMALLER_IS_BETTER = ("negative_ece", "negative_brier")
GATED = {
    "comments": ("negative_f1", "negative_auc", "macro_f1", "kappa", "negative_ece", "negative_brier"),
    "bank_topics": ("negative_f1", "negative_auc", "macro_f1", "kappa"),
    "topics": ("topics_micro_f1",),
    "severity": ("serious_recall_at_p50", "serious_recall", "serious_precision"),
    "shipped": ("negative_f1", "negative_auc"),
    "comments:ensemble": ("negative_f1", "negative_auc", "macro_f1", "kappa", "negative_ece", "negative_brier"),
    "comments:cascade": ("negative_f1", "negative_auc", "macro_f1", "kappa", "negative_ece"),
    "quarter:ensemble": ("negative_f1", "negative_auc", "macro_f1", "kappa"),
    "quarter_topics:ensemble": ("topics_micro_f1",),
    "quarter_severity:ensemble": ("serious_recall_at_p50",),
}
Results = dict[str, dict[str, dict[str, list[float]]]]
Measure = Callable[..., dict[str, list[float]]]


def values(figures: Callable[..., dict[str, float]], *columns: Any) -> dict[str, list[float]]:
    """Each figure as [value], for who compares it with a floor: drawing 400 times takes a sixth of the whole run."""
    return {name: [value] for name, value in figures(*columns).items()}


def _sentiment(judged: Judged, measured: Measure = with_intervals) -> dict[str, list[float]]:
    return measured(sentiment_figures, judged.truth, judged.labels, judged.probabilities)


def _shipped(sets: Sets) -> Judged:
    model, metadata = load_model(MODELS / "sentiment")
    thresholds = metadata["thresholds"]
    return judge_sentiment(Trained(model, (thresholds["negative"], thresholds["positive"])), sets.dev)


@dataclass(frozen=True, slots=True)
class Said:
    """What the linear models say about texts that they did not learn."""

    comments: Judged
    bank_topics: Judged
    topics: Judged
    severity: Judged


def said_by_linear(sets: Sets) -> Said:
    """The recipe, fitted without the judged texts."""
    return Said(comments_dev(sets), topics_sentiment(sets), *topics_and_severity(sets))


def linear(sets: Sets, said: Said, measured: Measure = with_intervals) -> Results:
    """Figures of our models: set -> model -> figure -> value with interval."""
    topics, severity = said.topics, said.severity
    return {
        "comments": {"linear": _sentiment(said.comments, measured)},
        "bank_topics": {"linear": _sentiment(said.bank_topics, measured)},
        "topics": {"linear": measured(topic_figures, topics.truth, topics.labels)},
        "severity": {"linear": measured(severity_figures, severity.truth, severity.labels, severity.probabilities)},
        "shipped": {"linear": _sentiment(_shipped(sets), measured)},
    }


def parts(sets: Sets, said: Said) -> Results:
    """The linear models by platform and by length of text."""
    platforms, lengths = by_platform([row.source for row in sets.topics]), by_length(texts_of(sets.topics))
    return {
        "bank_topics by platform": stance_parts(said.bank_topics, platforms, with_intervals),
        "bank_topics by length": stance_parts(said.bank_topics, lengths, with_intervals),
        "comments by length": stance_parts(said.comments, by_length(texts_of(sets.dev)), with_intervals),
        "topics by platform": topic_parts(said.topics, platforms, with_intervals),
        "topics by length": topic_parts(said.topics, lengths, with_intervals),
    }


def merged(first: Results, second: Results) -> Results:
    """Both, set by set."""
    return {name: first.get(name, {}) | second.get(name, {}) for name in dict.fromkeys([*first, *second])}


def snownlp(rows: Sequence[Row]) -> Judged:
    """The named baseline on the same rows."""
    answers = SnowNlpSentiment().predict([row.text for row in rows])
    return Judged(
        np.array([row.label for row in rows]),
        np.array([ORDER.index(answer.label) for answer in answers]),
        np.array([(answer.negative, answer.neutral, answer.positive) for answer in answers]),
    )


def always_neutral(rows: Sequence[Row]) -> Judged:
    """What accuracy would praise: nothing is ever negative."""
    return Judged(
        np.array([row.label for row in rows]), np.ones(len(rows), dtype=int), np.tile([0.0, 1.0, 0.0], (len(rows), 1))
    )


def with_baselines(results: Results, sets: Sets) -> Results:
    """The stance tables with SnowNLP and always-neutral beside ours."""
    baselines: dict[str, Callable[[Sequence[Row]], Judged]] = {"snownlp": snownlp, "always neutral": always_neutral}
    for name, rows in (("comments", sets.dev), ("bank_topics", stances(sets.topics))):
        for model, judge in baselines.items():
            results[name][model] = _sentiment(judge(rows))
    return results


def _gated(name: str) -> tuple[str, str]:
    """Set and model of a floor: `comments:ensemble`, or `comments` for the linear model."""
    kind, _, model = name.partition(":")
    return kind, model or "linear"


def failures(results: Results, floors: dict[str, dict[str, float]]) -> list[str]:
    """One line for each figure on the wrong side of its floor, or that is gone."""
    lines = []
    for name, limits in floors.items():
        kind, model = _gated(name)
        for figure, limit in limits.items():
            value = results.get(kind, {}).get(model, {}).get(figure, [float("nan")])[0]
            is_good = value <= limit if figure in SMALLER_IS_BETTER else value >= limit
            if not is_good:
                lines.append(f"{name}.{figure}: {value:.3f}, floor {limit:.3f}")
    return lines


def new_floors(results: Results) -> dict[str, dict[str, float]]:
    """Floors a margin away from what is reached now."""
    return {
        name: {
            figure: round(results[kind][model][figure][0] + (MARGIN if figure in SMALLER_IS_BETTER else -MARGIN), 3)
            for figure in figures
        }
        for name, figures in GATED.items()
        for kind, model in (_gated(name),)
    }


def lowered(old: dict[str, dict[str, float]], new: dict[str, dict[str, float]]) -> list[str]:
    """The figures whose new floor asks for less than the old one, and those that would be dropped."""
    return [
        f"{name}.{figure}"
        for name, limits in old.items()
        for figure, limit in limits.items()
        if figure not in new.get(name, {})
        or (new[name][figure] > limit if figure in SMALLER_IS_BETTER else new[name][figure] < limit)
    ]


def update_floors(results: Results, reason: str | None, path: Path = FLOORS) -> int:
    """Write the floors; a lower one is refused without a reason, and the reason stays in the file."""
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"floors": {}}
    new = new_floors(results)
    weaker = lowered(stored["floors"], new)
    if weaker and not reason:
        print(f'floors would fall: {", ".join(weaker)}; give --allow-regression "reason"', file=sys.stderr)
        return 1
    regressions = stored.get("regressions", [])
    if weaker:
        regressions.append({"figures": weaker, "reason": reason})
    body = {"floors": new, "regressions": regressions}
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {path.name}")
    return 0


def gate(results: Results) -> int:
    """Exit code of the gate, with the failures named."""
    wrong = failures(results, json.loads(FLOORS.read_text(encoding="utf-8"))["floors"])
    for line in wrong:
        print(f"BELOW FLOOR {line}", file=sys.stderr)
    print("floors: " + (f"{len(wrong)} figures below" if wrong else "all held"))
    return 1 if wrong else 0


def operating_points(said: Said) -> str:
    """What a stated recall of a stance costs in precision, with the linear model's threshold for it."""
    lines = ["| linear, stance | recall at least | threshold | precision |", "|---|---|---|---|"]
    for name, judged in (("comments", said.comments), ("bank_topics", said.bank_topics)):
        for stance in (0, 2):
            for least in RECALLS:
                limit, precision = at_recall(judged, stance, least)
                lines.append(f"| {name}, {ORDER[stance].value} | {least:.2f} | {limit:.3f} | {precision:.3f} |")
    return "\n".join(lines)


def report(results: Results) -> None:
    """Print the tables and write the JSON."""
    for name, models in results.items():
        print(table(name, models) + "\n")
    output = HERE / "out" / "sentiment.json"
    output.parent.mkdir(exist_ok=True)
    output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Measure, then print, gate or update. Exit code 2 without the data."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gate", action="store_true")
    parser.add_argument("--update-floors", action="store_true")
    parser.add_argument("--allow-regression", metavar="REASON")
    options = parser.parse_args(arguments)
    try:
        sets = load_sets(shared_data())
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    with threadpool_limits(limits=1):
        measured = values if options.gate or options.update_floors else with_intervals
        said = said_by_linear(sets)
        results = merged(linear(sets, said, measured), encoder_results(load_judgements(JUDGED, sets), measured))
    if options.update_floors:
        return update_floors(results, options.allow_regression)
    if options.gate:
        return gate(results)
    report(with_baselines(results, sets) | parts(sets, said))
    print(operating_points(said))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
