"""Rule type `hot_list`: a topic about us enters a hot list, or climbs to a level that the rule names.

The history of every topic about a watched subject is stored with all its places (`yuqing.hot_book`); the rule reads
that history up to the present, so it can be replayed. Each level is an event of its own and lasts until the topic
leaves the board. A board that nobody can read claims nothing: the topic neither climbs nor leaves.
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
        """One detection per topic and level that it has reached in its present stay."""
        options = HotListOptions.model_validate(dict(rule.options))
        subjects = {subject.id: subject for subject in context.subjects_of(rule)}
        found = []
        for stay in _stays(context.state, context.now):
            subject = _subject(stay.topic, subjects)
            if subject is not None and (not options.boards or stay.topic.board in options.boards):
                levels = _levels(stay, options.levels)
                found += [_detection(rule, context, subject, stay, *each) for each in levels]
        return found


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


def _levels(stay: _Stay, levels: Sequence[HotLevel]) -> list[tuple[HotLevel, HotChange]]:
    """The levels that it reached, with the reading; of several at one reading only the highest is told."""
    reached = [(level, found) for level in levels if (found := stay.reached(level)) is not None]
    highest = {found.at: (level, found) for level, found in reached}  # levels come lowest first
    return list(highest.values())


def _detection(
    rule: Rule, context: DetectionContext, subject: Subject, stay: _Stay, level: HotLevel, reached: HotChange
) -> Detection:
    topic, best = stay.topic, stay.best
    board = HOT_BOARDS.get(topic.board, topic.board)
    since = stay.places[0].at
    climbed = "上榜" if reached.at == since else f"升到前 {level.rank} 位"
    return Detection(
        rule_id=rule.id,
        subject_id=subject.id,
        severity=level.severity,
        sentence=f"{subject.name}：{board}{_place(best)}“{topic.word}”（{stamp(reached.at)} {climbed}）",
        detected_at=context.now,
        window_start=since,
        window_end=context.now,
        observed=float(best.rank),
        expected=None,
        probability=None,
        evidence=(),
        labels={
            "rule": rule.id,
            "subject": subject.id,
            "board": topic.board,
            "item": topic.id.partition("|")[2],
            "group": f"top{level.rank}",
        },
        is_new=False,
        event_start=reached.at.replace(microsecond=0),
        facts=_facts(context, stay, board),
        loudness=-float(best.rank),
    )


def _place(change: HotChange) -> str:
    return "置顶" if change.rank == PINNED else f"第 {change.rank} 位"


def _facts(context: DetectionContext, stay: _Stay, board: str) -> tuple[tuple[str, str], ...]:
    best, last, since = stay.best, stay.places[-1], stay.places[0].at
    now = "榜单未读到，位置不明" if last.rank == UNSEEN else _place(last)
    heat = "" if best.heat is None else f"，热度 {best.heat:,}"
    rows = [("观察到", f"{stamp(since)} 上{board}，最高{_place(best)}{heat}，现在{now}")]
    if best.at > since:
        rows.append(("走势", f"{length_words(best.at - since)}从{_place(stay.ranked[0])}升到{_place(best)}"))
    return (*rows, ("平时", _before(context, stay)))


def _before(context: DetectionContext, stay: _Stay) -> str:
    """How often a topic about the same subjects was on this board lately."""
    others = [
        topic
        for topic in hot_matches(context.state, context.now - DAYS)
        if topic.board == stay.topic.board
        and topic.id != stay.topic.id
        and topic.first_seen <= context.now
        and set(topic.subjects) & set(stay.topic.subjects)
    ]
    if not others:
        return f"此前 {DAYS.days} 天这张榜上没有本主体的话题"
    best = min(others, key=lambda topic: topic.best_rank or 999)
    return f"此前 {DAYS.days} 天这张榜上有过 {len(others)} 个本主体的话题，最高{_place(_best_of(best))}"


def _best_of(topic: HotTopic) -> HotChange:
    return HotChange(topic.first_seen, topic.best_rank)
