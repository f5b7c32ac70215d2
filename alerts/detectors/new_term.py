"""Rule type `new_term`: a word that nobody used about the subject is suddenly in several different posts.

It is how an event gets its name: the name of a branch, of a person, of a trick. A term is new when no post about the
subject has it in the days before the window (the store is asked, not a sample), and only where there were such days
at all. All new terms of a subject are one event, so a flood of words rings once.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.detectors.base import DetectionContext, FoundTerm, Senses
from alerts.detectors.drivers import deduplicated
from alerts.detectors.wording import length_words, stamp
from alerts.rule_options import NewTermOptions
from yuqing.domain.alert import Detection, Rule
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import MentionQuery, Page, StoredMention, TallyQuery
from yuqing.domain.query import Term, normalise
from yuqing.domain.subject import Subject

MOST_READ = 2_000
MOST_ASKED = 20  # terms of one look that the store is asked about
SHOWN = 3
WEEK = timedelta(days=7)
MOST_SHOWN, LEAST_SHOWN = 400, 3  # posts of an event whose words are read, and in how many a word must be
FEWEST_BEFORE = 20  # posts without which nothing can be called new


@dataclass(frozen=True, slots=True)
class _Window:
    since: datetime
    before: datetime
    now: datetime


class NewTermDetector:
    """Reads the posts of the last hours and asks the store about their terms."""

    def detect(self, rule: Rule, context: DetectionContext) -> list[Detection]:
        """One detection per subject with a new term."""
        options = NewTermOptions.model_validate(dict(rule.options))
        if context.senses is None:
            return []
        since = context.now - timedelta(hours=options.hours)
        window = _Window(since, since - timedelta(days=options.days), context.now)
        judged = (_judge(rule, context, context.senses, each, window, options) for each in _busy(rule, context, window))
        return [detection for detection in judged if detection is not None]


def _busy(rule: Rule, context: DetectionContext, window: _Window) -> list[Subject]:
    """The subjects with so many posts that a term can be in enough of them; one question to the store for all."""
    options, subjects = NewTermOptions.model_validate(dict(rule.options)), context.subjects_of(rule)
    ids = tuple(subject.id for subject in subjects)
    rows = context.mentions.tally(TallyQuery(ids, window.since, window.now, window.now - window.since))
    counts = {row.subject: row.negative if options.negative else row.total for row in rows}
    return [subject for subject in subjects if counts.get(subject.id, 0) >= options.min_posts]


def _judge(
    rule: Rule, context: DetectionContext, senses: Senses, subject: Subject, window: _Window, options: NewTermOptions
) -> Detection | None:
    stances = (SentimentLabel.NEGATIVE,) if options.negative else ()
    query = MentionQuery(subjects=(subject.id,), sentiments=stances, since=window.since, until=window.now)
    if not _has_past(context, subject, window):
        return None
    posts = list(deque(context.mentions.scan(query), maxlen=MOST_READ))
    found = senses.terms(posts, options.min_posts, _names(context))
    fresh = [term for term in found[:MOST_ASKED] if not _was_there(context, subject, term, window)]
    return _detection(rule, context, subject, fresh[:SHOWN], posts, options) if fresh else None


def fresh_terms(context: DetectionContext, subject: Subject, query: MentionQuery) -> list[str]:
    """The words of an event that nobody used about the subject in the week before it, most frequent first."""
    if context.senses is None or query.since is None:
        return []
    window = _Window(query.since, query.since - WEEK, context.now)
    if not _has_past(context, subject, window):
        return []
    posts = context.mentions.search(query, Page(MOST_SHOWN)).items
    found = context.senses.terms(posts, LEAST_SHOWN, _names(context))
    return [term.text for term in found[:MOST_ASKED] if not _was_there(context, subject, term, window)]


def _names(context: DetectionContext) -> list[str]:
    """Our own names are in every text."""
    return [alias for subject in context.subjects for alias in (subject.name, *subject.aliases)]


def _has_past(context: DetectionContext, subject: Subject, window: _Window) -> bool:
    """Posts from the first half of the days before: else everything would be new."""
    half = window.before + (window.since - window.before) / 2
    query = MentionQuery(subjects=(subject.id,), since=window.before, until=half)
    return context.mentions.count(query) >= FEWEST_BEFORE


def _was_there(context: DetectionContext, subject: Subject, term: FoundTerm, window: _Window) -> bool:
    query = MentionQuery(
        text=Term(normalise(term.text)), subjects=(subject.id,), since=window.before, until=window.since
    )
    return context.mentions.count(query) > 0


def _detection(
    rule: Rule,
    context: DetectionContext,
    subject: Subject,
    terms: Sequence[FoundTerm],
    posts: Sequence[StoredMention],
    options: NewTermOptions,
) -> Detection:
    ids: set[MentionId] = {each for term in terms for each in term.mention_ids}
    shown = [post for post in posts if post.mention.id in ids]
    first = min(post.mention.published_at for post in shown)
    words = "、".join(f"“{term.text}”（{term.posts} 条）" for term in terms)
    where = "负面内容" if options.negative else "内容"
    return Detection(
        rule_id=rule.id,
        subject_id=subject.id,
        severity=rule.severity,
        sentence=f"{subject.name}：{where}中新出现{words}，此前 {options.days} 天没有人提到",
        detected_at=context.now,
        window_start=first,
        window_end=context.now,
        observed=float(terms[0].posts),
        expected=None,
        probability=None,
        evidence=tuple(post.mention.id for post in deduplicated(shown)),
        labels={"rule": rule.id, "subject": subject.id},
        is_new=False,
        event_start=first.replace(microsecond=0),
        facts=(
            ("观察到", f"{stamp(first)} 起，" + "，".join(f"“{term.text}” {term.posts} 条" for term in terms)),
            ("平时", f"此前 {options.days} 天，提到{subject.name}的内容里一次也没有出现"),
            ("规则的界限", f"{length_words(timedelta(hours=options.hours))}内 {options.min_posts} 条不同的内容"),
        ),
    )
