"""Rule type `hot_list`: a topic about us enters a hot list, or climbs to a level that the rule names.

The history of every topic about a watched subject is stored with all its places (`yuqing.hot_book`); the rule reads
that history up to the present, so it can be replayed. All topics about a subject are one event, whatever boards they
are on; each level is an event of its own, and both last until the last topic has left. A board that nobody can read
claims nothing: the topic neither climbs nor leaves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.detectors.base import DetectionContext
from alerts.detectors.wording import length_words, stamp
from alerts.rule_options import HotLevel, HotListOptions
from yuqing.domain.alert import Detection, Rule
from yuqing.domain.ports import StateStore
from yuqing.domain.subject import Subject
from yuqing.hot_book import OFF, PINNED, UNSEEN, HotChange, HotTopic, hot_matches
from yuqing.labels import HOT_BOARDS

UNREAD = timedelta(hours=24)  # so long a place that nobody could check is believed
DAYS = timedelta(days=30)
SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Stay:
    """A topic that stands on its board: its places since it entered, oldest first; the last one may be unknown."""

    topic: HotTopic
    places: tuple[HotChange, ...]

    @property
    def ranked(self) -> list[HotChange]:
        """The places that were read."""
        return [change for change in self.places if change.rank >= PINNED]

    @property
    def best(self) -> HotChange:
        """The first reading of the best place."""
        return min(self.ranked, key=lambda change: change.rank)

    def reached(self, level: HotLevel) -> HotChange | None:
        """When it first stood so high."""
        return next((change for change in self.ranked if change.rank <= level.rank), None)


class HotListDetector:
    """Reads the histories of the topics about us."""

    def detect(self, rule: Rule, context: DetectionContext) -> list[Detection]:
        """One detection per subject and level that its topics have reached in their present stay."""
        options = HotListOptions.model_validate(dict(rule.options))
        subjects = {subject.id: subject for subject in context.subjects_of(rule)}
        stays: dict[str, list[_Stay]] = {}
        for stay in _stays(context.state, context.now):
            subject = _subject(stay.topic, subjects)
            if subject is not None and (not options.boards or stay.topic.board in options.boards):
                stays.setdefault(subject.id, []).append(stay)
        return [
            _detection(rule, context, subjects[name], found, *level)
            for name, found in stays.items()
            for level in _levels(found, options.levels)
        ]


def _subject(topic: HotTopic, subjects: dict[str, Subject]) -> Subject | None:
    """Whom the topic is about: the whole bank before one of its products."""
    named = [subjects[name] for name in topic.subjects if name in subjects]
    return min(named, key=lambda subject: subject.parent is not None, default=None)


def _stays(state: StateStore, now: datetime) -> Iterator[_Stay]:
    for topic in hot_matches(state, now - UNREAD):
        changes = [change for change in topic.changes if change.at <= now]
        entered = max((i for i, change in enumerate(changes) if change.rank == OFF), default=-1) + 1
        stay = _Stay(topic, tuple(changes[entered:]))
        if stay.ranked and now - _last_seen(topic, stay, now) <= UNREAD:
            yield stay


def _last_seen(topic: HotTopic, stay: _Stay, now: datetime) -> datetime:
    """When somebody last read its place: places that do not change are not written again."""
    last = stay.places[-1]
    if last.rank == UNSEEN:
        return last.at
    following = next((change.at for change in topic.changes if change.at > last.at), topic.last_seen)
    return min(following, now)


def _levels(stays: Sequence[_Stay], levels: Sequence[HotLevel]) -> list[tuple[HotLevel, datetime]]:
    """The levels that were reached, and when first; of several at one reading only the highest is told."""
    highest: dict[datetime, tuple[HotLevel, datetime]] = {}
    for level in levels:  # lowest first
        reached = [found.at for stay in stays if (found := stay.reached(level)) is not None]
        if reached:
            highest[min(reached)] = (level, min(reached))
    return list(highest.values())


def _detection(
    rule: Rule,
    context: DetectionContext,
    subject: Subject,
    stays: Sequence[_Stay],
    level: HotLevel,
    reached: datetime,
) -> Detection:
    """The same topic on five boards is one event; its best place is the headline."""
    lead = min(stays, key=lambda stay: (stay.best.rank, stay.topic.id))
    board, best, since = _board(lead), lead.best, min(stay.places[0].at for stay in stays)
    boards = {stay.topic.board for stay in stays}
    more = f"，共 {len(boards)} 张榜" if len(boards) > 1 else ""
    climbed = "上榜" if reached == since else f"升到前 {level.rank} 位"
    return Detection(
        rule_id=rule.id,
        subject_id=subject.id,
        severity=level.severity,
        sentence=f"{subject.name}：{board}{_place(best)}“{lead.topic.word}”（{stamp(reached)} {climbed}{more}）",
        detected_at=context.now,
        window_start=since,
        window_end=context.now,
        observed=float(best.rank),
        measure="热榜名次",
        expected=None,
        probability=None,
        evidence=(),
        labels={"rule": rule.id, "subject": subject.id, "group": f"top{level.rank}"},
        is_new=False,
        event_start=reached.replace(microsecond=0),
        facts=(
            *(row for stay in sorted(stays, key=lambda each: each.best.rank)[:SHOWN] for row in _facts(stay)),
            ("平时", _before(context, subject, stays)),
        ),
        loudness=-float(best.rank),
    )


def _board(stay: _Stay) -> str:
    return HOT_BOARDS.get(stay.topic.board, stay.topic.board)


def _place(change: HotChange) -> str:
    return "置顶" if change.rank == PINNED else f"第 {change.rank} 位"


def _facts(stay: _Stay) -> tuple[tuple[str, str], ...]:
    best, last, since = stay.best, stay.places[-1], stay.places[0].at
    now = "榜单未读到，位置不明" if last.rank == UNSEEN else _place(last)
    heat = "" if best.heat is None else f"，热度 {best.heat:,}"
    climb = f"，{length_words(best.at - since)}从{_place(stay.ranked[0])}升上来" if best.at > since else ""
    return ((_board(stay), f"“{stay.topic.word}” {stamp(since)} 上榜，最高{_place(best)}{climb}{heat}，现在{now}"),)


def _before(context: DetectionContext, subject: Subject, stays: Sequence[_Stay]) -> str:
    """How often other topics about the subject were on a board lately."""
    running = {stay.topic.id for stay in stays}
    others = [
        topic
        for topic in hot_matches(context.state, context.now - DAYS)
        if topic.id not in running and subject.id in topic.subjects and topic.first_seen <= context.now
    ]
    if not others:
        return f"此前 {DAYS.days} 天没有本主体的其他话题上榜"
    best = min(others, key=lambda topic: topic.best_rank or 999)
    return f"此前 {DAYS.days} 天本主体有 {len(others)} 个其他话题上过榜，最高{_place(_best_of(best))}"


def _best_of(topic: HotTopic) -> HotChange:
    return HotChange(topic.first_seen, topic.best_rank)
