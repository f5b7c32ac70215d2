"""The labelled sets: read where they lie, never copied. Each row is prepared text with its label."""

import csv
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlp.text import prepare
from yuqing.domain.errors import InputError

LABELS = ("neg", "neu", "pos")
_UNLABELLED = {"ccf_bdci2021_bank": "unlabelled.csv", "icbc_app_reviews": "norm.csv"}
_EMOTIONS = {"happy": "pos", "angry": "neg", "sad": "neg", "fear": "neg", "neural": "neu", "neutral": "neu"}


@dataclass(frozen=True, slots=True)
class Row:
    """A prepared text with its stance: 0 negative, 1 neutral, 2 positive."""

    text: str
    label: int


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A prepared text of bank_topics with all its labels."""

    text: str
    label: int
    topics: tuple[str, ...]
    severity: int
    source: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """A text that is learned from and never judged; an ordinary one weighs more in rare classes, as comments do."""

    text: str
    label: int
    weight: float
    is_ordinary: bool = False


def shared_data() -> Path:
    """The folder of the labelled sets: $YQ_SHARED/data, or `shared/data` beside the repository."""
    root = Path(os.environ.get("YQ_SHARED") or Path(__file__).resolve().parents[3] / "shared")
    if not (root / "data").is_dir():
        raise InputError(f"找不到训练数据：{root / 'data'}。请把环境变量 YQ_SHARED 设为含 data 目录的文件夹。")
    return root / "data"


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _rows(pairs: Iterable[tuple[str, str]]) -> list[Row]:
    return [Row(prepare(text), LABELS.index(label)) for text, label in pairs if label in LABELS]


def bank_comments(data: Path, split: str) -> list[Row]:
    """CCF BDCI 2021 bank comments, split `train` or `dev`."""
    return _rows((row["text"], row["label"]) for row in _csv(data / "ccf_bdci2021_bank" / f"{split}.csv"))


def bank_topics(data: Path) -> list[TopicRow]:
    """The hand-labelled texts about banks."""
    lines = (data / "bank_topics" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        TopicRow(
            prepare(row["text"]), LABELS.index(row["sentiment"]), tuple(row["topics"]), row["severity"], row["source"]
        )
        for row in map(json.loads, lines)
    ]


def labelled_news(data: Path, split: str) -> list[Row]:
    """CCF BDCI 2019 financial news, split `train` or `dev`."""
    rows = _csv(data / "ccf_bdci2019_internet_news" / f"{split}.csv")
    return _rows((row["text"], row["label"]) for row in rows)


def _news(data: Path) -> list[Row]:
    return labelled_news(data, "train")


def _platforms(data: Path) -> list[Row]:
    """P2P lending; "nonneg" stands in the neutral class."""
    rows = _csv(data / "ccf_bdci2019_fin_negative" / "train.csv")
    return _rows((row["text"], "neg" if row["label"] == "neg" else "neu") for row in rows)


def _forum(data: Path) -> list[Row]:
    """FinFE training rows without those that occur with two labels."""
    labels: dict[str, set[str]] = defaultdict(set)
    for row in _csv(data / "fincuge_finfe" / "norm.csv"):
        if row["split"] == "train":
            labels[row["text"]].add(row["label"])
    return _rows((text, next(iter(found))) for text, found in labels.items() if len(found) == 1)


def _weibo_emotion(data: Path) -> list[Row]:
    rows = _csv(data / "nlpcc2013_weibo_emotion" / "norm.csv")
    return _rows((row["text"], row["label"]) for row in rows)


def _weibo_2018(data: Path) -> list[Row]:
    lines = (data / "weibo2018" / "train.txt").read_text(encoding="utf-8-sig").splitlines()
    parts = (line.split(",", 2) for line in lines)
    return _rows((part[2], "pos" if part[1] == "1" else "neg") for part in parts if len(part) == 3)


def _weibo_virus(data: Path) -> list[Row]:
    rows = json.loads((data / "smp2020_virus" / "virus_train.json").read_text(encoding="utf-8"))
    return _rows((row["content"], _EMOTIONS.get(row["label"], "")) for row in rows)


# The general sets; each trains a helper whose scores the bank model may use.
GENERAL: dict[str, Callable[[Path], list[Row]]] = {
    "ccf_bdci2019_internet_news": _news,
    "ccf_bdci2019_fin_negative": _platforms,
    "fincuge_finfe": _forum,
    "nlpcc2013_weibo_emotion": _weibo_emotion,
    "weibo2018": _weibo_2018,
    "smp2020_virus": _weibo_virus,
}


def unlabelled(data: Path, folders: Iterable[str] = tuple(_UNLABELLED)) -> dict[str, list[str]]:
    """Bank texts without labels, prepared, each once; of these sets."""
    found = {}
    for folder in folders:
        texts = (prepare(row["text"] or "") for row in _csv(data / folder / _UNLABELLED[folder]))
        found[folder] = list(dict.fromkeys(text for text in texts if text))
    return found


def texts_digest(texts: Sequence[str]) -> str:
    """Tells whether stored answers and texts belong together, without keeping a text."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def texts_of(*groups: Sequence[Row] | Sequence[TopicRow]) -> list[str]:
    """The texts of all rows, in order."""
    return [row.text for group in groups for row in group]


def without(rows: Iterable[Row], texts: set[str]) -> list[Row]:
    """The rows whose text is not among `texts`, each text once."""
    return list({row.text: row for row in rows if row.text not in texts}.values())
