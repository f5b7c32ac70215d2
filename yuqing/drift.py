"""The drift report: each week's scores against the model's first weeks, and whether it left its calibration."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from nlp.drift import FEW, Level, Profile, Scored, Shift, compare, profile
from nlp.linear import LinearModel
from yuqing.domain.annotation import Annotation, SentimentLabel
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.errors import InputError
from yuqing.domain.ports import Clock, MentionQuery, MentionStore, StateStore, StoredMention

REFERENCE = "drift_reference"
KIND, LATEST = "drift", "latest"
WEEK = timedelta(days=7)
REFERENCE_WEEKS = 4
MOST = 4_000  # mentions of a week that are looked at; of more, an even sample
IN_A_ROW = 2
_BATCH = 500
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_WORDS = {Level.WELL: "稳定", Level.WATCH: "留意", Level.LEFT: "偏离", Level.FEW: "样本不足"}
_REASONS = {
    "scores": "负面概率的分布",
    "stances": "情感占比",
    "topics": "话题占比",
    "unknown": "没见过的字组",
    "calibration": "更正样本上的校准",
}


@dataclass(frozen=True, slots=True)
class Week:
    """One week, Monday to Monday in Beijing."""

    start: datetime
    profile: Profile
    shift: Shift | None  # None: part of the reference, or no reference yet


@dataclass(frozen=True, slots=True)
class Reference:
    """What the model's scores looked like when it was new, kept so that it does not move along."""

    model: str
    since: datetime
    until: datetime
    profile: Profile


@dataclass(frozen=True, slots=True)
class DriftReport:
    """Complete weeks, oldest first, and the verdict on the last ones."""

    model: str
    reference: Reference | None
    weeks: tuple[Week, ...]
    level: Level

    @property
    def sentence(self) -> str:
        """The verdict for people."""
        if not self.model:
            return "还没有打过分的提及，无从判断模型是否漂移"
        if self.reference is None:
            return f"模型 {self.model} 的参照期未满（需要 {REFERENCE_WEEKS} 个各有 {FEW} 条以上的整周），暂不判断"
        newest = next((week for week in reversed(self.weeks) if week.shift), None)
        reasons = "、".join(_REASONS[name] for name in newest.shift.reasons) if newest and newest.shift else ""
        match self.level:
            case Level.LEFT:
                return (
                    f"模型 {self.model} 可能已偏离校准：连续 {IN_A_ROW} 周{reasons}与参照期明显不同。"
                    "请抽查近期提及并更正，看 yuqing corrections report，必要时重新训练"
                )
            case Level.WATCH:
                return f"模型 {self.model} 需要留意：上周{reasons}与参照期不同（一次舆情也会如此），再看一周"
            case Level.FEW:
                return f"模型 {self.model}：上周提及太少，无从判断"
        return f"模型 {self.model} 的评分分布与参照期相符"

    def lines(self) -> list[str]:
        """The table and the verdict."""
        head = "周（起）     条数   负面占比  平均负面概率  PSI(概率)  PSI(情感)  PSI(话题)  未见字组  更正校准差  判断"
        return [head, *map(_line, self.weeks), self.sentence]

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        reference = None if self.reference is None else to_json(self.reference)
        weeks = [
            {
                "start": week.start.astimezone(_SHANGHAI).date().isoformat(),
                "profile": asdict(week.profile),
                "shift": None if week.shift is None else asdict(week.shift),
            }
            for week in self.weeks
        ]
        return {
            "model": self.model,
            "level": self.level.value,
            "sentence": self.sentence,
            "reference": reference,
            "weeks": weeks,
        }


@dataclass(frozen=True)
class DriftReader:
    """Reads the store; `words` is the fast model, whose memory tells what was never seen."""

    mentions: MentionStore
    state: StateStore
    clock: Clock
    words: LinearModel

    def read(self, weeks: int = 8) -> DriftReport:
        """Judge the last complete weeks and remember the verdict for `yuqing doctor` and the operator's alert."""
        self.mentions.refresh()
        starts = list(_starts(self.clock.now(), weeks + REFERENCE_WEEKS))
        items = [list(self._scored(start, start + WEEK)) for start in starts]
        model = _newest_model(items)
        profiles = [self._profile([item for said_by, item in week if said_by == model]) for week in items]
        reference = self._reference(model, starts, profiles)
        found = [_week(*each, reference) for each in zip(starts, profiles, strict=True)]
        report = DriftReport(model, reference, tuple(found), _verdict(found, reference))
        self._remember(report)
        return report

    def renew(self, since: datetime, until: datetime) -> Reference:
        """Take another period as the reference, because the operator has looked and it is right."""
        items = list(self._scored(since, until))
        model = _newest_model([items])
        if not model:
            raise InputError("这个时段没有打过分的提及，不能作参照")
        seen = self._profile([item for said_by, item in items if said_by == model])
        reference = Reference(model, since, until, seen)
        self.state.save(REFERENCE, model, to_json(reference))
        return reference

    def _scored(self, since: datetime, until: datetime) -> Iterator[tuple[str, Scored]]:
        """The models and their words, of at most about MOST mentions."""
        query = MentionQuery(since=since, until=until)
        every = max(1, self.mentions.count(query) // MOST)
        for item in self.mentions.scan(query):
            if item.scored is not None and crc32(item.mention.id.encode("utf-8", "replace")) % every == 0:
                yield item.scored.model, _plain(item, item.scored)

    def _profile(self, items: list[Scored]) -> Profile:
        parts = (items[first : first + _BATCH] for first in range(0, len(items), _BATCH))
        return sum((profile(part, self.words) for part in parts), Profile())

    def _reference(self, model: str, starts: list[datetime], profiles: list[Profile]) -> Reference | None:
        found = self.state.load(REFERENCE, model) if model else None
        if found is not None:
            return from_json(Reference, found.body)
        first = [(start, each) for start, each in zip(starts, profiles, strict=True) if each.n >= FEW]
        if not model or len(first) < REFERENCE_WEEKS:
            return None
        chosen = first[:REFERENCE_WEEKS]
        total = sum((each for _, each in chosen), Profile())
        reference = Reference(model, chosen[0][0], chosen[-1][0] + WEEK, total)
        self.state.save(REFERENCE, model, to_json(reference))
        return reference

    def _remember(self, report: DriftReport) -> None:
        body = {"at": self.clock.now().isoformat(), "level": report.level.value, "sentence": report.sentence}
        since = next((week.start for week in report.weeks if week.shift and week.shift.level is Level.LEFT), None)
        self.state.save(KIND, LATEST, {**body, "model": report.model, "since": since.isoformat() if since else None})


def _week(start: datetime, seen: Profile, reference: Reference | None) -> Week:
    is_later = reference is not None and start >= reference.until
    return Week(start, seen, compare(reference.profile, seen) if reference and is_later else None)


def latest(state: StateStore) -> tuple[Level, str] | None:
    """The last verdict; None where nobody looked yet."""
    found = state.load(KIND, LATEST)
    return None if found is None else (Level(str(found.body["level"])), str(found.body["sentence"]))


def _starts(now: datetime, weeks: int) -> Iterator[datetime]:
    """The beginnings of the last complete weeks, oldest first."""
    local = now.astimezone(_SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = local - timedelta(days=local.weekday())
    yield from (monday - WEEK * number for number in range(weeks, 0, -1))


def _newest_model(weeks: list[list[tuple[str, Scored]]]) -> str:
    """The model of most mentions in the newest week that has any."""
    for week in reversed(weeks):
        if found := Counter(model for model, _ in week):
            return found.most_common(1)[0][0]
    return ""


def _plain(item: StoredMention, said: Annotation) -> Scored:
    corrected = item.correction.sentiment if item.correction else None
    return Scored(
        item.mention.text,
        said.sentiment.negative,
        said.sentiment.label.value,
        tuple(topic.id for topic in said.topics),
        None if corrected is None else corrected is SentimentLabel.NEGATIVE,
    )


def _verdict(weeks: list[Week], reference: Reference | None) -> Level:
    levels = [week.shift.level for week in weeks if week.shift]
    if reference is None or not levels or levels[-1] is Level.FEW:
        return Level.FEW
    if len(levels) >= IN_A_ROW and set(levels[-IN_A_ROW:]) == {Level.LEFT}:
        return Level.LEFT
    return Level.WELL if levels[-1] is Level.WELL else Level.WATCH


def _line(week: Week) -> str:
    seen, shift = week.profile, week.shift
    start = week.start.astimezone(_SHANGHAI).strftime("%Y-%m-%d")
    mean = seen.negative / seen.n if seen.n else 0.0
    counts = f"{start}  {seen.n:6d}  {seen.negative_share:7.1%}  {mean:11.1%}"
    gap = "—" if seen.calibration_gap is None else f"{seen.calibration_gap:+.2f}（n={seen.judged}）"
    if shift is None:
        return (
            f"{counts}  {'—':>8}  {'—':>8}  {'—':>8}  {seen.unknown_share:7.1%}  {gap:>8}  {'参照' if seen.n else '—'}"
        )
    moved = f"{shift.scores:9.3f}  {shift.stances:9.3f}  {shift.topics:9.3f}  {shift.unknown:7.1%}"
    reasons = f"（{'、'.join(_REASONS[name] for name in shift.reasons)}）" if shift.reasons else ""
    return f"{counts}  {moved}  {gap:>8}  {_WORDS[shift.level]}{reasons}"
