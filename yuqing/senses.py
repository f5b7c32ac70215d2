"""What the language side knows, for the rules that ask: the reach of a post, and the terms of some posts."""

from collections.abc import Iterable, Sequence

from alerts.detectors.base import FoundTerm
from nlp.impact import reach
from nlp.keywords import Document, KeywordFinder
from nlp.whole_terms import whole
from yuqing.domain.mention import Mention
from yuqing.domain.ports import StoredMention

MOST_TERMS = 40


class LanguageSenses:
    """Implements alerts.detectors.base.Senses."""

    def reach(self, mention: Mention) -> int | None:
        """The estimate of the impact index."""
        return reach(mention)

    def terms(self, posts: Sequence[StoredMention], least: int, ignored: Iterable[str]) -> Sequence[FoundTerm]:
        """The keywords of the posts against no background, whole words and names only."""
        documents = [
            Document(
                post.mention.id, f"{post.mention.title or ''}\n{post.mention.text}", post.cluster_id or _shape(post)
            )
            for post in posts
        ]
        found = KeywordFinder(ignored=tuple(ignored)).find(documents, (), limit=MOST_TERMS, least=least)
        texts = {document.id: document.text for document in documents}
        terms: dict[str, FoundTerm] = {}
        for each in found:
            term = whole(each.term, [texts[mention] for mention in each.mention_ids])
            if term is not None:
                terms.setdefault(term, FoundTerm(term, each.stories, each.mention_ids))
        return sorted(terms.values(), key=lambda each: (-each.posts, each.text))


def _shape(post: StoredMention) -> str:
    """Copies that no cluster joins yet are one text all the same."""
    return "".join(character for character in post.mention.text if character.isalnum())
