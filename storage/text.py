"""What the text query of a mention is judged on: one normalised text and its field values."""

from collections.abc import Mapping

from yuqing.domain.annotation import Annotation
from yuqing.domain.mention import Mention, MentionState
from yuqing.domain.ports import MentionQuery, StoredMention
from yuqing.domain.query import matches, normalise


def searchable(mention: Mention) -> str:
    """Title and text in the form in which terms are compared."""
    return normalise(f"{mention.title or ''}\n{mention.text}")


def stance(annotation: Annotation, subject: str | None) -> str:
    """The label towards one subject; of the whole text where no subject is meant or the scorer named none."""
    for entry in annotation.by_subject:
        if entry.subject_id == subject:
            return entry.sentiment.label.value
    return annotation.sentiment.label.value


def only_subject(query: MentionQuery) -> str | None:
    """The subject whose stance counts: the query's only one."""
    return query.subjects[0] if len(query.subjects) == 1 else None


def author_values(mention: Mention) -> tuple[str, ...]:
    """Outlet and pseudonym, the more readable one first."""
    return tuple(value for value in (mention.author.outlet, mention.author.pseudonym) if value)


def field_values(stored: StoredMention, subject: str | None = None) -> Mapping[str, tuple[str, ...]]:
    """Values of every field of the query language; `subject` decides whose stance `sentiment:` means."""
    mention, annotation = stored.mention, stored.annotation
    state = MentionState.VISIBLE if stored.deleted_at is None else MentionState.DELETED
    return {
        "id": (mention.id,),
        "platform": (mention.platform.value,),
        "kind": (mention.kind.value,),
        "subject": mention.subjects,
        "source": (mention.source_id,) if mention.source_id else (),
        "region": (mention.region,) if mention.region else (),
        "author": author_values(mention),
        "state": (state.value,),
        "sentiment": (stance(annotation, subject),) if annotation else (),
        "topic": tuple(topic.id for topic in annotation.topics) if annotation else (),
        "severity": (str(annotation.severity.level),) if annotation else (),
    }


def matches_text(stored: StoredMention, query: MentionQuery) -> bool:
    """True when the query's text tree holds for a mention: the reference that every store must equal."""
    if query.text is None:
        return True
    text = f"{stored.mention.title or ''}\n{stored.mention.text}"
    return matches(query.text, text, field_values(stored, only_subject(query)))
