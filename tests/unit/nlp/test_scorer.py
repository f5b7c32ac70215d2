"""What is read of a mention, and whose stance is whose."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from nlp.match import SubjectMatcher
from nlp.registry import default_scorer, load_sentiment, load_topics
from nlp.scorer import LONG_TEXT, MOST_CHARACTERS, DefaultScorer
from yuqing.domain.annotation import Sentiment, SentimentLabel, SeverityScore, TopicScore, text_digest
from yuqing.domain.mention import Mention, MentionKind, Platform
from yuqing.domain.subject import Subject, SubjectKind

NOW = datetime(2026, 3, 14, tzinfo=UTC)
SUBJECTS = (
    Subject("yunjiang", "云江银行", SubjectKind.BRAND, ("云江银行",)),
    Subject("haizhou", "海州银行", SubjectKind.COMPETITOR, ("海州银行",)),
)


class CountingSentiment:
    """Says negative where the text says 差, and remembers what it was asked."""

    name = "counting-1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def predict(self, texts: Sequence[str]) -> Sequence[Sentiment]:
        """One stance per text."""
        self.asked += texts
        return [
            Sentiment(SentimentLabel.NEGATIVE, 0.9, 0.1, 0.0)
            if "差" in text
            else Sentiment(SentimentLabel.NEUTRAL, 0.1, 0.9, 0.0)
            for text in texts
        ]


class FixedTopics:
    """Every text is about cards."""

    name = "fixed-1"

    def predict(self, texts: Sequence[str]) -> Sequence[tuple[tuple[TopicScore, ...], SeverityScore]]:
        """One answer per text."""
        return [((TopicScore("card", 0.8),), SeverityScore(0, (1.0, 0.0, 0.0, 0.0))) for _ in texts]


def mention(text: str, *subjects: str, kind: MentionKind = MentionKind.POST, title: str | None = None) -> Mention:
    """A mention of some subjects."""
    return Mention(Platform.WEIBO, kind, "1", "u", text, NOW, NOW, title=title, subjects=subjects)


def scorer(model: CountingSentiment | None = None) -> DefaultScorer:
    """The scorer under test with models that can be watched."""
    return DefaultScorer(model or CountingSentiment(), FixedTopics(), SubjectMatcher(SUBJECTS))


def test_a_score_names_what_was_scored() -> None:
    """Its digest changes with title, text and subjects, and with nothing else."""
    read = mention("云江银行办卡太差", "yunjiang", "haizhou")
    (scored,) = scorer().score([read], NOW)
    assert scored.text_digest == text_digest(read)
    assert text_digest(replace(read, subjects=("haizhou", "yunjiang"), url="v")) == scored.text_digest
    others = [replace(read, text="云江银行"), replace(read, title="差"), replace(read, subjects=("yunjiang",))]
    assert len({text_digest(each) for each in [read, *others]}) == 4
    assert text_digest(replace(read, text="a", title="b")) != text_digest(replace(read, text="ab", title=None))
    assert text_digest(replace(read, text="半个字符\ud83d"))


def test_each_subject_is_judged_by_the_sentences_that_name_it() -> None:
    """Praise of one bank beside a complaint about another is no complaint about both."""
    [annotation] = scorer().score([mention("云江银行太差了。海州银行还行。", "yunjiang", "haizhou")], NOW)
    labels = {part.subject_id: part.sentiment.label for part in annotation.by_subject}
    assert labels == {"yunjiang": SentimentLabel.NEGATIVE, "haizhou": SentimentLabel.NEUTRAL}
    assert annotation.sentiment.label is SentimentLabel.NEGATIVE


def test_a_single_subject_is_judged_by_the_whole_text() -> None:
    """Pronouns carry the complaint into the next sentence."""
    [annotation] = scorer().score([mention("今天去了云江银行。真差。", "yunjiang")], NOW)
    assert annotation.by_subject[0].sentiment == annotation.sentiment
    assert annotation.sentiment.label is SentimentLabel.NEGATIVE


def test_a_subject_known_from_the_context_only_is_judged_by_the_whole_text() -> None:
    """A comment under a post about two banks need not name either."""
    [annotation] = scorer().score([mention("真差", "yunjiang", "haizhou")], NOW)
    assert {part.sentiment.label for part in annotation.by_subject} == {SentimentLabel.NEGATIVE}


def test_a_repost_is_judged_by_its_own_words() -> None:
    """What others wrote further down the chain is theirs; a bare repost passes their words on."""
    own = mention("我觉得还行//@某人:云江银行太差了", "yunjiang", kind=MentionKind.REPOST)
    bare = mention("转发微博//@某人:云江银行太差了", "yunjiang", kind=MentionKind.REPOST)
    labels = [annotation.sentiment.label for annotation in scorer().score([own, bare], NOW)]
    assert labels == [SentimentLabel.NEUTRAL, SentimentLabel.NEGATIVE]


def test_a_repost_of_the_older_form_is_judged_by_its_own_words() -> None:
    """`@somebody:` without strokes opens what is reposted; in a post of one's own it is part of it."""
    text = "我觉得还行 @[用户]:云江银行太差了"
    both = [mention(text, "yunjiang", kind=kind) for kind in (MentionKind.REPOST, MentionKind.POST)]
    labels = [annotation.sentiment.label for annotation in scorer().score(both, NOW)]
    assert labels == [SentimentLabel.NEUTRAL, SentimentLabel.NEGATIVE]


def test_a_long_article_is_read_by_title_lead_and_naming_sentences() -> None:
    """The middle of an article counts only where it names the subject."""
    filler = "无关的话说了很多。" * 60
    article = mention(f"{filler}云江银行服务差。{filler}", "yunjiang", kind=MentionKind.ARTICLE, title="标题在此")
    reading = scorer().read(article)
    assert reading.whole.startswith("标题在此。无关")
    assert reading.whole.endswith("云江银行服务差。")
    assert len(reading.whole) < LONG_TEXT
    assert len(scorer().read(replace(article, text="云江银行很长。" * 9_000)).whole) <= MOST_CHARACTERS


def test_a_long_post_is_also_read_by_its_close() -> None:
    """A person's verdict stands at the end of the story; the end of an article is left out."""
    story = "国庆去了一趟西北。" * 60 + "回来第一件事，销户。"
    read = scorer().read(mention(story, "yunjiang")).whole
    assert read.startswith("国庆去了")
    assert read.endswith("回来第一件事，销户。")
    assert "销户" not in scorer().read(mention(story, "yunjiang", kind=MentionKind.ARTICLE)).whole
    assert len(scorer().read(mention("云江银行很长。" * 9_000, "yunjiang")).whole) <= MOST_CHARACTERS


def test_texts_are_scored_once_and_answers_keep_their_order() -> None:
    """Equal texts cost one prediction; ids and the time of scoring come back."""
    model = CountingSentiment()
    mentions = [replace(mention("云江银行差", "yunjiang"), native_id=str(number)) for number in range(3)]
    annotations = scorer(model).score(mentions, NOW)
    assert [annotation.mention_id for annotation in annotations] == [item.id for item in mentions]
    assert model.asked == ["云江银行差"]
    assert {annotation.model for annotation in annotations} == {"counting-1+fixed-1"}
    assert scorer().score([], NOW) == []


def test_the_default_scorer_scores_with_the_shipped_models() -> None:
    """The whole chain: stance, topic and severity of a crisis post."""
    [annotation] = default_scorer(SUBJECTS).score([mention("云江银行网点挤兑，根本取不出钱！", "yunjiang")], NOW)
    assert annotation.severity.level == 3
    assert annotation.sentiment.label is SentimentLabel.NEGATIVE
    assert annotation.model == f"{load_sentiment().name}+{load_topics().name}"
