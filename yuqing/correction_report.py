"""How the model fared against people's judgements: precision, recall and kappa by platform, month and model."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from nlp.agreement import Agreement, Share, agreement, overlap
from yuqing.jobs.correct import Record
from yuqing.labels import PLATFORMS

_SHANGHAI = ZoneInfo("Asia/Shanghai")
NEGATIVE = "negative"
FEW = 30
RISKY = 2
CAUTION = (
    "注意：更正是有偏的样本。人多半打开负面、高风险的内容，也多半只在模型判错时才动手，"
    "所以这里的精确率和 kappa 偏低、召回率偏高，不能当作模型的总体水平。"
    "要无偏的数字，请随机抽取一批提及逐条判断（判断与模型相同也填上），再用 yuqing corrections import 导入。"
)


@dataclass(frozen=True, slots=True)
class Group:
    """One part of the judgements."""

    kind: str  # all, platform, month, model
    name: str
    stance: Agreement


@dataclass(frozen=True, slots=True)
class CorrectionReport:
    """Stances by part; severity and topics over all."""

    groups: tuple[Group, ...]
    severity: Agreement
    severity_same: Share
    topics: tuple[Share, Share]
    topics_n: int
    unread: int  # judged before any model had read them

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        topics = {"n": self.topics_n, "precision": _share(self.topics[0]), "recall": _share(self.topics[1])}
        return {
            "groups": [{"by": group.kind, "name": group.name, **_plain(group.stance)} for group in self.groups],
            "severity_risky": {**_plain(self.severity), "same_level": _share(self.severity_same)},
            "topics": topics,
            "judged_before_scoring": self.unread,
            "caution": CAUTION,
        }

    def lines(self) -> list[str]:
        """For people."""
        return [*self._stances(), *self._others(), CAUTION]

    def _stances(self) -> Iterable[str]:
        yield "情感（负面类）              条数   一致          精确率              召回率              kappa"
        for group in self.groups:
            few = "  样本少" if group.stance.n < FEW else ""
            yield f"{_GROUPS[group.kind]}{_name(group):<12}  {_row(group.stance)}{few}"
        if not self.groups:
            yield "还没有可比的情感更正"

    def _others(self) -> Iterable[str]:
        yield f"严重度：逐级一致 {_told(self.severity_same)}；{RISKY} 级以上 {_row(self.severity)}"
        yield f"话题：{self.topics_n} 条，精确率 {_told(self.topics[0])}，召回率 {_told(self.topics[1])}"
        if self.unread:
            yield f"另有 {self.unread} 条在模型打分之前就已判断，不参与比较"


_GROUPS = {"all": "全部 ", "platform": "平台 ", "month": "月份 ", "model": "模型 "}


def report(records: Iterable[Record]) -> CorrectionReport:
    """Compare what people said with what the model had said when they judged."""
    found = list(records)
    read = [record for record in found if record.before is not None]
    severity = [
        (record.correction.severity, record.before.severity)
        for record in read
        if record.before is not None and record.correction.severity is not None
    ]
    topics = [
        (frozenset(record.correction.topics), frozenset(record.before.topics))
        for record in read
        if record.before is not None and record.correction.topics is not None
    ]
    risky = [(str(truth >= RISKY), str(said >= RISKY)) for truth, said in severity]
    same = Share(sum(truth == said for truth, said in severity), len(severity))
    groups = tuple(_groups(read))
    return CorrectionReport(
        groups, agreement(risky, "True"), same, overlap(topics), len(topics), len(found) - len(read)
    )


def _groups(read: Sequence[Record]) -> Iterable[Group]:
    keys: tuple[tuple[str, Callable[[Record], str]], ...] = (
        ("all", lambda record: ""),
        ("platform", lambda record: record.platform.value),
        ("month", lambda record: f"{record.published_at.astimezone(_SHANGHAI):%Y-%m}"),
        ("model", lambda record: record.before.model if record.before else ""),
    )
    for kind, key in keys:
        parts: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for record in read:
            parts[key(record)] += _pairs(record)
        yield from (Group(kind, name, agreement(parts[name], NEGATIVE)) for name in sorted(parts) if parts[name])


def _pairs(record: Record) -> list[tuple[str, str]]:
    """(what people said, what the model had said): of the whole text and of single subjects."""
    if record.before is None:
        return []
    said = dict(record.before.stances)
    whole = [(record.correction.sentiment.value, record.before.sentiment.value)] if record.correction.sentiment else []
    return [*whole, *((label.value, said[s].value) for s, label in record.correction.stances if s in said)]


def _name(group: Group) -> str:
    return PLATFORMS.get(group.name, group.name) if group.kind == "platform" else group.name


def _row(found: Agreement) -> str:
    value = found.kappa.value
    low, high = found.kappa.interval
    kappa = "—" if value is None else f"{value:.2f}（{low:.2f}–{high:.2f}）"
    return f"{found.n:5d}  {_told(found.same)}  {_told(found.precision)}  {_told(found.recall)}  {kappa}"


def _told(share: Share) -> str:
    if share.value is None:
        return "—"
    low, high = share.interval
    return f"{share.value:.2f}（{low:.2f}–{high:.2f}，n={share.of}）"


def _share(share: Share) -> dict[str, Any]:
    return {"value": share.value, "interval": list(share.interval) if share.of else None, "n": share.of}


def _plain(found: Agreement) -> dict[str, Any]:
    return {
        "n": found.n,
        "same": _share(found.same),
        "precision": _share(found.precision),
        "recall": _share(found.recall),
        "kappa": {"value": found.kappa.value, "interval": list(found.kappa.interval)},
    }
