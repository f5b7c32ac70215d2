"""Turn sentences and moments into posts, videos, comments and articles."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from simulator.corpus import Article, Comment, Post, Reach, Truth, Video
from simulator.ids import aweme_id, weibo_mid
from simulator.scenario.grammar import BANKS, Bank, Grammar, Sentence
from simulator.scenario.people import People, official
from simulator.scenario.phrases import dress, news, opinions, slots

LAYOUTS = ("semantic", "table", "artibody", "jsonld", "textdate")


class Writers:
    """Everybody who publishes in the scenario; all chance comes from `rng`."""

    def __init__(self, rng: Random, first_serial: int = 0) -> None:
        self.rng = rng
        self.grammar = Grammar(rng)
        self.people = People(rng)
        self.officials = {bank.id: official(bank.name, number) for number, bank in enumerate(BANKS)}
        self._serial = first_serial

    def post(self, at: datetime, sentence: Sentence, bank: Bank | None, story: str, heat: float = 1.0) -> Post:
        """An original Weibo post."""
        tag = f"#{bank.name}# " if bank and self.rng.random() < 0.1 else ""
        return Post(
            id=weibo_mid(int(at.timestamp()), self._next()),
            created=at,
            text=tag + sentence.text,
            author=self.people.anyone(self.rng),
            truth=_truth(sentence, story, bank),
            reach=self._reach(heat),
            source=self.rng.choice(slots.SOURCES),
            pictures=self.rng.choice((0, 0, 0, 0, 1, 2, 3, 9)),
        )

    def outsider(self, at: datetime) -> Post:
        """A post that is not about a bank but that a sloppy search returns for one."""
        sentence = self.grammar.noise()
        truth = Truth("neutral", "other", "noise", loose="海州银行" if "海银" in sentence.text else "云江银行")
        return Post(
            weibo_mid(int(at.timestamp()), self._next()),
            at,
            sentence.text,
            self.people.anyone(self.rng),
            truth,
            self._reach(1),
        )

    def copy(self, at: datetime, post: Post) -> Post:
        """Somebody else posts the same words: a deliberate duplicate."""
        truth = Truth(
            post.truth.sentiment, post.truth.topic, post.truth.story, post.truth.subject, post.id, pii=post.truth.pii
        )
        return Post(
            weibo_mid(int(at.timestamp()), self._next()),
            at,
            post.text,
            self.people.anyone(self.rng),
            truth,
            self._reach(0.5),
            self.rng.choice(slots.SOURCES),
        )

    def repost(self, at: datetime, post: Post, bank: Bank) -> Post:
        """Somebody forwards a post, sometimes through a chain of earlier forwards."""
        words = self._word(post, bank)
        chain = "".join(
            f"//@{self.people.anyone(self.rng).name}:{self._word(post, bank)}" for _ in range(self.rng.randrange(3))
        )
        root = post.original or post
        sentence = Sentence(words + chain, post.truth.sentiment, post.truth.topic)
        return Post(
            weibo_mid(int(at.timestamp()), self._next()),
            at,
            sentence.text,
            self.people.anyone(self.rng),
            _truth(sentence, post.truth.story, bank),
            self._reach(0.4),
            self.rng.choice(slots.SOURCES),
            root,
        )

    def official_post(self, at: datetime, text: str, bank: Bank, story: str, topic: str) -> Post:
        """The bank itself speaks."""
        truth = Truth("neutral", topic, story, bank.id)
        return Post(
            weibo_mid(int(at.timestamp()), self._next()), at, text, self.officials[bank.id], truth, self._reach(8)
        )

    def video(self, at: datetime, sentence: Sentence, bank: Bank, story: str, heat: float = 1.0) -> Video:
        """A Douyin video, sometimes a picture post."""
        tags = tuple(self.rng.sample((bank.name, "客服", "手机银行", "避坑", "存款"), self.rng.randrange(1, 4)))
        pictures = self.rng.choice((0, 0, 0, 3))
        text = sentence.text + "".join(f" #{tag}" for tag in tags)
        screen = f"{bank.name}：{sentence.text[:12]}" if self.rng.random() < 0.4 else ""
        return Video(
            aweme_id(int(at.timestamp()), self._next()),
            at,
            text,
            self.people.anyone(self.rng),
            _truth(sentence, story, bank),
            self._reach(3 * heat),
            tags,
            self.rng.randrange(8, 180),
            screen,
            pictures,
        )

    def comment(self, at: datetime, video: Video, bank: Bank, parent: Comment | None = None) -> Comment:
        """A comment that mostly shares the mood of its video."""
        mood = (
            video.truth.sentiment if self.rng.random() < 0.7 else self.rng.choice(("negative", "neutral", "positive"))
        )
        words = self.grammar.fill(self.rng.choice(opinions.COMMENT_WORDS[mood]), bank)
        sentence = Sentence(words + self.rng.choice(dress.EMOJI[mood]), mood, video.truth.topic)
        return Comment(
            aweme_id(int(at.timestamp()), self._next()),
            at,
            sentence.text,
            self.people.anyone(self.rng),
            _truth(sentence, video.truth.story, bank),
            video.id,
            parent.id if parent else "",
            self._reach(0.3),
        )

    def article(self, at: datetime, title: str, sentiment: str, bank: Bank, story: str, origin: str = "") -> Article:
        """An article in one of the portal's sections and layouts."""
        body = tuple(self.grammar.fill(line, bank, news.NEWS_SLOTS) for line in news.NEWS_BODY[sentiment])
        lead = f"{self.rng.choice(slots.OUTLETS)}讯 {title}。"
        section = self.rng.choice(("finance", "finance", "local", "gbk"))
        return Article(
            f"{at:%Y%m%d}{self._next() % 100000:05}",
            at,
            title,
            (lead, *body),
            self.rng.choice(slots.OUTLETS),
            section,
            self.rng.choice(LAYOUTS),
            Truth(sentiment, "compliance" if sentiment == "negative" else "governance", story, bank.id),
            origin,
        )

    def syndicated(self, at: datetime, article: Article) -> Article:
        """Another outlet prints the same text under a changed title."""
        title = "【转载】" + article.title if self.rng.random() < 0.5 else article.title + "｜快讯"
        truth = Truth(
            article.truth.sentiment, article.truth.topic, article.truth.story, article.truth.subject, article.id
        )
        return Article(
            f"{at:%Y%m%d}{self._next() % 100000:05}",
            at,
            title,
            article.paragraphs,
            self.rng.choice(slots.OUTLETS),
            self.rng.choice(("finance", "local", "gbk")),
            self.rng.choice(LAYOUTS),
            truth,
            article.outlet,
        )

    def headline(self, bank: Bank, sentiment: str, titles: Sequence[str] = ()) -> str:
        """A news title."""
        return self.grammar.fill(self.rng.choice(titles or news.NEWS_TITLES[sentiment]), bank, news.NEWS_SLOTS)

    def later(self, at: datetime, minutes: float) -> datetime:
        """Some time after `at`, `minutes` on average."""
        return (at + timedelta(minutes=self.rng.expovariate(1 / minutes))).replace(microsecond=0) + timedelta(seconds=1)

    def _word(self, post: Post, bank: Bank) -> str:
        crisis = post.truth.sentiment == "negative" and post.truth.story in ("outage", "rumour")
        mood = post.truth.topic if crisis else post.truth.sentiment
        return self.grammar.fill(self.rng.choice(opinions.REPOST_WORDS[mood]), bank)

    def _reach(self, heat: float) -> Reach:
        viral = 60 if self.rng.random() < 0.015 else 1
        likes = int(self.rng.lognormvariate(1.6, 1.5) * heat * viral)
        return Reach(likes, int(likes * self.rng.uniform(0.05, 0.5)), int(likes * self.rng.uniform(0, 0.4)))

    def _next(self) -> int:
        # A large odd stride keeps ids of one second apart and unlike a counter.
        self._serial += 1
        return self._serial * 2654435


def _truth(sentence: Sentence, story: str, bank: Bank | None) -> Truth:
    return Truth(sentence.sentiment, sentence.topic, story, bank.id if bank else "", pii=sentence.pii)
