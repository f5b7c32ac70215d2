"""What happens in the simulated world: everyday life, a campaign, an outage, a rumour."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from simulator.corpus import Article, Comment, Post, Video
from simulator.scenario import rhythm
from simulator.scenario.grammar import BANKS, YUNJIANG, Bank, Sentence
from simulator.scenario.phrases import events, news, opinions
from simulator.scenario.writers import Writers

Story = Iterator[Post | Video | Comment | Article]
_PER_DAY = {"yunjiang": 72.0, "haizhou": 46.0, "beiyuan": 38.0}
_VIDEOS_PER_DAY = {"yunjiang": 3.6, "haizhou": 2.0, "beiyuan": 1.6}
_NEWS_PER_DAY = {"yunjiang": 2.4, "haizhou": 1.6, "beiyuan": 1.4}
_MOODS = ("negative", "positive", "neutral")
_MOOD_WEIGHTS = (10, 28, 62)


def everyday(writers: Writers, since: datetime, until: datetime, rate: float = 1.0) -> Story:
    """Ordinary weeks of the three banks, and texts that only look like them."""
    for bank in BANKS:
        yield from _everyday_weibo(writers, bank, since, until, rate)
        yield from _everyday_douyin(writers, bank, since, until, rate)
        yield from _everyday_news(writers, bank, since, until, rate)
    for at in rhythm.everyday(writers.rng, since, until, 2.5 * rate):
        yield writers.outsider(at)


def campaign(writers: Writers, peak: datetime) -> Story:
    """The opening gift 金秋开户礼: two and a half days of mostly friendly talk."""
    bank = YUNJIANG
    cores = {
        "positive": events.CAMPAIGN_POSITIVE,
        "neutral": events.CAMPAIGN_NEUTRAL,
        "negative": events.CAMPAIGN_NEGATIVE,
    }
    text = f"#金秋开户礼# {bank.name}金秋开户礼开始啦，新户可领好礼，详情请见各网点公告。"
    yield writers.official_post(peak - timedelta(days=1, hours=6), text, bank, "campaign", "marketing")
    for at in rhythm.bump(writers.rng, peak, timedelta(hours=16), 520):
        mood = writers.rng.choices(("positive", "neutral", "negative"), (50, 44, 6))[0]
        post = writers.post(at, writers.grammar.about(bank, mood, "marketing", cores[mood]), bank, "campaign", 1.5)
        yield post
        if writers.rng.random() < 0.12:
            yield writers.repost(writers.later(at, 90), post, bank)
    for _ in range(6):
        at = rhythm.whole_second(peak + timedelta(hours=writers.rng.uniform(-20, 30)))
        yield writers.article(at, f"{bank.name}推出金秋开户礼，新客户可领取好礼", "neutral", bank, "campaign")


def outage(writers: Writers, start: datetime) -> Story:
    """The App is down: a sudden ramp, hours of anger, media, a video, a late statement."""
    yield from _outage_weibo(writers, start)
    yield from _outage_news(writers, start)
    yield from _outage_douyin(writers, start)
    text = f"{YUNJIANG.name}：因系统原因，手机银行部分功能暂时无法使用，我们正在全力恢复，给您带来不便深表歉意。"
    yield writers.official_post(start + timedelta(minutes=95), text, YUNJIANG, "outage", "app")


def rumour(writers: Writers, start: datetime) -> Story:
    """Talk of a bank run: a few posts first, then a slow growth."""
    for at in rhythm.crisis(writers.rng, start, timedelta(minutes=75), 20, timedelta(hours=3), timedelta(hours=7)):
        post = writers.post(at, _about(writers, "liquidity", events.RUMOUR), YUNJIANG, "rumour", 2)
        yield post
        if writers.rng.random() < 0.2:
            yield writers.repost(writers.later(at, 25), post, YUNJIANG)


def _everyday_weibo(writers: Writers, bank: Bank, since: datetime, until: datetime, rate: float) -> Story:
    welcome = f"{bank.name}欢迎您，业务咨询请拨打客服热线或前往就近网点。"
    notice = writers.official_post(rhythm.whole_second(since), welcome, bank, "baseline", "service")
    yield replace(notice, pinned=True)
    for at in rhythm.everyday(writers.rng, since, until, _PER_DAY[bank.id] * 0.93 * rate):
        post = writers.post(at, _everyday_sentence(writers, bank), bank, "baseline")
        chance = writers.rng.random()
        if chance > 0.993:
            # The author takes the post back; what remains of it is somebody's repost.
            yield writers.repost(writers.later(at, 40), replace(post, deleted=True), bank)
            continue
        yield post
        if chance < 0.05:
            yield writers.repost(writers.later(at, 120), post, bank)
        elif chance < 0.07:
            yield writers.copy(writers.later(at, 60), post)


def _everyday_douyin(writers: Writers, bank: Bank, since: datetime, until: datetime, rate: float) -> Story:
    for at in rhythm.everyday(writers.rng, since, until, _VIDEOS_PER_DAY[bank.id] * rate):
        mood = writers.rng.choices(_MOODS, _MOOD_WEIGHTS)[0]
        video = writers.video(
            at, writers.grammar.about(bank, mood, "service", opinions.VIDEO_WORDS[mood]), bank, "baseline"
        )
        yield video
        yield from _comments(writers, video, bank, writers.rng.choice((0, 0, 1, 2, 3, 6)), 300)


def _everyday_news(writers: Writers, bank: Bank, since: datetime, until: datetime, rate: float) -> Story:
    for at in rhythm.everyday(writers.rng, since, until, _NEWS_PER_DAY[bank.id] * rate):
        mood = writers.rng.choices(_MOODS, (10, 25, 65))[0]
        article = writers.article(at, writers.headline(bank, mood), mood, bank, "baseline")
        yield article
        for _ in range(writers.rng.choice((0, 0, 0, 1, 1, 2))):
            yield writers.syndicated(writers.later(at, 45), article)


def _outage_weibo(writers: Writers, start: datetime) -> Story:
    recent: list[Post] = []
    for at in sorted(
        rhythm.crisis(writers.rng, start, timedelta(minutes=15), 82, timedelta(hours=4), timedelta(hours=9))
    ):
        chance = writers.rng.random()
        if recent and chance < 0.14:
            yield writers.repost(at, writers.rng.choice(recent[-40:]), YUNJIANG)
        elif recent and chance < 0.18:
            yield writers.copy(at, writers.rng.choice(recent[-20:]))
        else:
            recent.append(writers.post(at, _outage_sentence(writers), YUNJIANG, "outage", 4))
            yield recent[-1]


def _outage_news(writers: Writers, start: datetime) -> Story:
    for minutes in (32, 48, 66, 90, 130, 180, 260):
        at = start + timedelta(minutes=minutes)
        article = writers.article(
            at, writers.headline(YUNJIANG, "negative", news.OUTAGE_NEWS), "negative", YUNJIANG, "outage"
        )
        yield article
        for _ in range(2):
            yield writers.syndicated(writers.later(at, 20), article)


def _outage_douyin(writers: Writers, start: datetime) -> Story:
    for number, at in enumerate(
        rhythm.crisis(writers.rng, start, timedelta(minutes=25), 9, timedelta(hours=4), timedelta(hours=8))
    ):
        video = writers.video(at, _about(writers, "app", events.OUTAGE), YUNJIANG, "outage", 20 if number == 0 else 5)
        yield video
        yield from _comments(writers, video, YUNJIANG, 60 if number == 0 else writers.rng.randrange(2, 9), 90)


def _comments(writers: Writers, video: Video, bank: Bank, count: int, minutes: float) -> Iterator[Comment]:
    for _ in range(count):
        comment = writers.comment(writers.later(video.created, minutes), video, bank)
        yield comment
        if writers.rng.random() < 0.15:
            yield writers.comment(writers.later(comment.created, 30), video, bank, comment)


def _everyday_sentence(writers: Writers, bank: Bank) -> Sentence:
    return writers.grammar.everyday(bank, writers.rng.choices(_MOODS, _MOOD_WEIGHTS)[0])


def _outage_sentence(writers: Writers) -> Sentence:
    if writers.rng.random() < 0.1:
        return writers.grammar.about(
            YUNJIANG, "neutral", "app", ("{app}现在能登上吗", "{app}恢复了吗", "{bank}的系统在维护吗")
        )
    return _about(writers, "app", events.OUTAGE)


def _about(writers: Writers, topic: str, cores: tuple[str, ...]) -> Sentence:
    return writers.grammar.about(YUNJIANG, "negative", topic, cores)
