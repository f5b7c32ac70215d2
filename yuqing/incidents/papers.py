"""What people write in an incident: drafts and the statement, the post-mortem, the lessons."""

from dataclasses import dataclass, replace
from datetime import datetime

from yuqing.domain.errors import InputError
from yuqing.domain.incident import Draft, Entry, EntryKind, Incident, Lesson, LessonState, PostMortem
from yuqing.incidents.checker import Finding, blocking
from yuqing.incidents.desk import LONGEST_NAME, LONGEST_TEXT, Act, IncidentBook, added, person

_MOST_WORDS, _LONGEST_WORD = 50, 30


@dataclass(frozen=True)
class IncidentPapers:
    """Takes what people write. Drafts are added, never changed; only a clean one can be approved."""

    book: IncidentBook

    def check(self, text: str) -> list[Finding]:
        """What is wrong with a statement."""
        return self.book.checker.check(text)

    def draft(self, incident_id: str, text: str, by: str, seen: int | None = None) -> Incident:
        """Another draft. Raises InputError for personal data, which no file may hold, and names its places."""
        name, words = person(by), text.strip()
        if not words:
            raise InputError("请填写声明内容")
        if len(words) > LONGEST_TEXT:
            raise InputError(f"声明最多 {LONGEST_TEXT} 个字")
        if self.book.checker.personal(words):
            places = [each.sentence for each in self.check(words) if each.category.startswith("个人信息")]
            raise InputError("草稿里有个人信息，没有保存。" + "；".join(places))

        def drafted(incident: Incident, now: datetime) -> Incident:
            _must_be_open(incident)
            last = incident.drafts[-1] if incident.drafts else None
            if last is not None and last.text == words:
                return incident
            made = Draft(len(incident.drafts) + 1, words, name, now, last.number if last else 0)
            told = Entry(now, EntryKind.STATEMENT, f"声明第 {made.number} 稿（{len(words)} 字）", name)
            return added(replace(incident, drafts=(*incident.drafts, made)), told)

        return self.book.change(incident_id, Act(name, "statement.draft", "statement", seen), drafted)

    def approve(self, incident_id: str, number: int, by: str, seen: int | None = None) -> Incident:
        """Approve a draft. Raises InputError where the check blocks it, or where its author approves it alone."""
        name = person(by)

        def approved(incident: Incident, now: datetime) -> Incident:
            _must_be_open(incident)
            draft = _draft(incident, number)
            if draft.approved_at is not None:
                return incident
            self._may_approve(draft, name)
            done = replace(draft, approved_by=name, approved_at=now)
            drafts = tuple(done if each.number == number else each for each in incident.drafts)
            told = Entry(now, EntryKind.STATEMENT, f"核准声明第 {number} 稿", name)
            return added(replace(incident, drafts=drafts), told)

        detail = {"draft": str(number)}
        return self.book.change(incident_id, Act(name, "statement.approve", "statement", seen, detail), approved)

    def _may_approve(self, draft: Draft, name: str) -> None:
        if wrong := blocking(self.check(draft.text)):
            raise InputError(
                f"第 {draft.number} 稿有 {len(wrong)} 处须改：" + "；".join(each.sentence for each in wrong)
            )
        if self.book.plan.four_eyes and draft.by == name:
            raise InputError("声明须由起草人以外的人核准")

    def post_mortem(self, incident_id: str, written: PostMortem, by: str, seen: int | None = None) -> Incident:
        """Cause, what went well, what to improve; the newest stands, the timeline tells of each."""
        name, book = person(by), self.book
        cause = book.clean(written.cause, "原因")
        well, better = (book.mask(text.strip()) for text in (written.went_well, written.to_improve))

        def reviewed(incident: Incident, now: datetime) -> Incident:
            _must_be_open(incident)
            old = incident.post_mortem
            if old is not None and (old.cause, old.went_well, old.to_improve) == (cause, well, better):
                return incident
            told = Entry(now, EntryKind.ACTION, "填写复盘" if old is None else "修改复盘", name)
            return added(replace(incident, post_mortem=PostMortem(cause, well, better, name, now)), told)

        return book.change(incident_id, Act(name, "post_mortem", "post_mortem", seen), reviewed)

    def propose(
        self,
        incident_id: str,
        name: str,
        words: tuple[str, ...],
        reason: str,
        example: str,
        by: str,
        exceptions: tuple[str, ...] = (),
    ) -> Incident:
        """New words to watch, also after the file is closed. The example must hold one of them."""
        who, title = person(by), self.book.clean(name, "名称", LONGEST_NAME)
        watched, left_out = _words(words), _words(exceptions)
        if not watched:
            raise InputError("请至少写一个关键词")
        why, shown = self.book.clean(reason, "理由", 500), self.book.clean(example, "例句", 200)
        if not any(word in shown for word in watched):
            raise InputError("例句里须有其中一个关键词：采纳前用它验证规则确实会响")

        def proposed(incident: Incident, now: datetime) -> Incident:
            number = len(incident.lessons) + 1
            made = Lesson(f"l{number}", title, watched, why, shown, who, now, left_out)
            told = Entry(now, EntryKind.ACTION, f"提出经验“{title}”：关键词 {'、'.join(watched)}", who)
            return added(replace(incident, lessons=(*incident.lessons, made)), told)

        return self.book.change(incident_id, Act(who, "lesson.propose"), proposed)

    def decide(
        self, incident_id: str, lesson_id: str, state: LessonState, by: str, rule_id: str = "", seen: int | None = None
    ) -> Incident:
        """A proposal was taken over as a rule, or not."""
        name = person(by)

        def decided(incident: Incident, now: datetime) -> Incident:
            lesson = lesson_of(incident, lesson_id)
            if lesson.state is not LessonState.PROPOSED:
                return incident
            done = replace(lesson, state=state, decided_by=name, decided_at=now, rule_id=rule_id)
            lessons = tuple(done if each.id == lesson_id else each for each in incident.lessons)
            word = f"采纳经验“{lesson.name}”，写为规则 {rule_id}" if rule_id else f"不采纳经验“{lesson.name}”"
            return added(replace(incident, lessons=lessons), Entry(now, EntryKind.ACTION, word, name))

        act = Act(name, f"lesson.{state.value}", f"lesson:{lesson_id}", seen, {"rule": rule_id})
        return self.book.change(incident_id, act, decided)


def lesson_of(incident: Incident, lesson_id: str) -> Lesson:
    """One proposal. Raises InputError when there is none."""
    for lesson in incident.lessons:
        if lesson.id == lesson_id:
            return lesson
    raise InputError(f"没有经验 {lesson_id}")


def _draft(incident: Incident, number: int) -> Draft:
    for draft in incident.drafts:
        if draft.number == number:
            return draft
    raise InputError(f"没有第 {number} 稿")


def _words(words: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(word.strip() for word in words if word.strip()))
    if len(found) > _MOST_WORDS or any(len(word) > _LONGEST_WORD for word in found):
        raise InputError(f"关键词最多 {_MOST_WORDS} 个，每个最多 {_LONGEST_WORD} 个字")
    if short := [word for word in found if len(word) < 2]:
        raise InputError(f"关键词“{'、'.join(short)}”太短：单字会到处命中")
    return found


def _must_be_open(incident: Incident) -> None:
    if not incident.is_open:
        raise InputError("事件已结案；要再处理请先重新打开")
