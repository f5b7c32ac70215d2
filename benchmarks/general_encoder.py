"""How far the encoder recipe goes on the general sets: financial news (BDCI 2019, three classes), Weibo (2018, two).

    python benchmarks/general_encoder.py                        both sets
    python benchmarks/general_encoder.py news --seeds 2         one of them; the mean over two runs

No shipped model is made for them; general_sets.py measures the linear recipe alone. News: the train split is learned,
the dev split judged. Weibo: the first of the five folds of general_sets.py is judged, the others are learned. Texts of
both sides are left out of what is learned, in the general stage too. `both` is ENCODER_SHARE of the encoder's and the
rest of the linear model's probabilities; the share was fixed before anything was judged. Intervals: 95 %, bootstrap.
Needs the extra [train], the data and the pretrained network in .cache (see docs/howto/models.md).
"""

import argparse
import importlib.util
import json
import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import general_sets
from benchmarks.general_sets import figures, news_rows, truth_of, weibo_folds
from nlp.sentiment.linear import ORDER
from nlp.sentiment.snownlp_baseline import SnowNlpSentiment
from nlp.training.__main__ import CACHE, JAR, pretrained_file
from nlp.training.checkpoint import ARTIFACT
from nlp.training.data import LABELS, Row, shared_data, texts_of, without
from nlp.training.metrics import table, with_intervals
from yuqing.domain.errors import InputError

OUTPUT = Path(__file__).parent / "out" / "general_encoder.json"
ENCODER_SHARE = 0.6  # design/nlp.md: the prototype was best with 0.4 of the linear model
SEED = 13
_MARKED = re.compile(r"\{%(.*?)%\}")
Array = Any
Speaker = Callable[[Sequence[Row], Sequence[Row]], Array]  # learns the first rows, gives chances for the second
Learner = Callable[["Case"], Array]  # chances for the asked rows of a case


@dataclass(frozen=True, slots=True)
class Case:
    """A set: what may be learned, and what is judged."""

    name: str
    known: Sequence[Row]
    asked: Sequence[Row]
    epochs: float = 3  # of the encoder over the known rows


def news(data: Path) -> Case:
    """BDCI 2019: the train split, and the dev split."""
    return Case("BDCI 2019 news, dev", *news_rows(data))


def weibo(data: Path) -> Case:
    """Weibo 2018: four folds, and the first; the {%marks%} that this set puts around topics and links are opened."""
    known, asked = (opened(rows) for rows in next(weibo_folds(data)))
    return Case("Weibo 2018, fold 1 of 5", without(known, set(texts_of(asked))), asked, epochs=1.5)


CASES: Mapping[str, Callable[[Path], Case]] = {"news": news, "weibo": weibo}


def opened(rows: Sequence[Row]) -> list[Row]:
    """The same rows with what stands between marks as ordinary words."""
    return [Row(" ".join(_MARKED.sub(r" \1 ", row.text).split()), row.label) for row in rows]


def most_frequent(known: Sequence[Row], asked: Sequence[Row]) -> Array:
    """The class that most of the known rows have, whatever is asked."""
    return np.tile(np.eye(len(LABELS))[np.bincount(truth_of(known)).argmax()], (len(asked), 1))


def snownlp(known: Sequence[Row], asked: Sequence[Row]) -> Array:
    """The named baseline, which learns nothing here; where no row is neutral, the likelier of its other classes."""
    said = SnowNlpSentiment().predict(texts_of(asked))
    if set(truth_of(known)) == {0, 2}:
        return np.array([(answer.negative, 0.0, answer.positive) for answer in said])
    return np.eye(len(LABELS))[[ORDER.index(answer.label) for answer in said]]


def mixed(encoder: Array, linear: Array) -> Array:
    """The probabilities of both together."""
    return ENCODER_SHARE * encoder + (1 - ENCODER_SHARE) * linear


def judged(case: Case, encoder: Learner) -> dict[str, dict[str, list[float]]]:
    """Figures with intervals of every model on the asked rows."""
    speakers: dict[str, Speaker] = {
        "most frequent class": most_frequent,
        "SnowNLP": snownlp,
        "linear": general_sets.chances,
    }
    said = {name: speak(case.known, case.asked) for name, speak in speakers.items()}
    said["encoder"] = encoder(case)
    said["both"] = mixed(said["encoder"], said["linear"])
    truth = truth_of(case.asked)
    return {name: with_intervals(figures, truth, chances.argmax(axis=1)) for name, chances in said.items()}


def encoder_learner(cases: Sequence[Case], data: Path, options: argparse.Namespace) -> Learner:
    """The recipe behind its general stage. Raises InputError where PyTorch or the pretrained network is missing."""
    if any(importlib.util.find_spec(name) is None for name in ("torch", "onnx", "transformers")):
        raise InputError('编码器要 PyTorch、transformers 和 onnx，请先安装：pip install -e ".[train]"')
    command = f"mvn dependency:copy -Dartifact={ARTIFACT} -DoutputDirectory={options.pretrained}"
    jar = pretrained_file(options.pretrained, JAR, command)
    from benchmarks import general_learning

    hidden = {text for case in cases for text in texts_of(case.asked)}
    first = general_learning.begun(jar, data, hidden, options.first_stage)

    def learn(case: Case) -> Array:
        plans = (
            replace(general_learning.PLAN, epochs=case.epochs, seed=SEED + number) for number in range(options.seeds)
        )
        return np.mean([general_learning.chances(first, case.known, case.asked, plan) for plan in plans], axis=0)

    return learn


def written(results: Mapping[str, Any]) -> None:
    """The figures of these sets, beside those that other runs left."""
    before = json.loads(OUTPUT.read_text(encoding="utf-8")) if OUTPUT.exists() else {}
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps({**before, **results}, indent=1) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table per set, write JSON; 2 where something is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", nargs="?", choices=[*CASES], help="one set (default: both)")
    parser.add_argument("--seeds", type=int, default=1, help="runs whose probabilities are averaged")
    parser.add_argument("--pretrained", type=Path, default=CACHE, help="folder of the pretrained network")
    parser.add_argument("--first-stage", type=Path, help="file that keeps the network after its general stage")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    try:
        data = shared_data()
        cases = [CASES[name](data) for name in ([options.name] if options.name else CASES)]
        encoder = encoder_learner(cases, data, options)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    with threadpool_limits(limits=1):
        for case in cases:
            found = judged(case, encoder)
            print(table(case.name, found), flush=True)
            written({case.name: found})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
