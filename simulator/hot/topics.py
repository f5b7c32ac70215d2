"""What is hot when: a crowd of invented topics that come and go, and the stories of the scenario that climb."""

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from zlib import crc32

from simulator.corpus import Corpus
from simulator.site import Stage

SIZE = 50
_HOUR = timedelta(hours=1)
_PER_HOUR = 9  # topics born on a board
_OLDEST = 11  # hours that a topic lives at most
_HEAT_OF_A_POST = 9000
_PLACES = ("云州", "江城", "临溪", "新川", "南浦", "青岭", "东湾", "白河", "石桥", "望山")
_THINGS = (
    "灯会", "地铁新线", "大桥通车", "音乐节", "初雪", "马拉松", "菜市场改造", "花海", "龙舟赛", "图书馆夜场",
    "古城墙", "夜市", "观鸟季", "滑雪场", "公交改线", "早餐店", "流星雨", "书展", "海鲜市场", "樱花大道",
)  # fmt: skip
_TURNS = ("有多美", "正式开放", "排起长队", "为何走红", "票价公布", "现场图", "延期了", "值得一去吗")
_STORIES = {
    ("outage", "yunjiang"): "云江手机银行崩了",
    ("rumour", "yunjiang"): "云江银行取不出钱",
    ("campaign", "yunjiang"): "金秋开户礼",
    ("storm", "yunjiang"): "云江银行App登不上",
    ("storm", "haizhou"): "海州银行App登不上",
    ("storm", "beiyuan"): "北原银行App登不上",
}
# Minutes by which a board is behind the talk, and how strongly it takes it up.
ECHO = {
    "weibo": (0, 1.0),
    "weibo_band": (10, 0.8),
    "douyin": (15, 0.9),
    "toutiao": (25, 0.7),
    "baidu": (30, 0.7),
    "zhihu": (45, 0.5),
    "bilibili": (60, 0.15),
    "tieba": (40, 0.5),
    "tencent": (35, 0.6),
    "kuaishou": (30, 0.6),
}


@dataclass(frozen=True, slots=True)
class Topic:
    """A line of a board at a time."""

    word: str
    key: str
    heat: int
    since: datetime
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Birth:
    word: str
    at: datetime
    life: timedelta
    peak: int


@dataclass(frozen=True)
class HotWorld:
    """All boards at all times; the same seed and corpus give the same boards."""

    seed: int
    talk: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)

    @classmethod
    def of(cls, stage: Stage) -> "HotWorld":
        """The boards of a stage."""
        return cls(stage.seed, _talk(stage.corpus))

    def board(self, name: str, now: datetime) -> list[Topic]:
        """The topics of a board, hottest first."""
        found = [_topic(name, birth, now) for birth in self._alive(name, now)]
        found += [topic for story in _STORIES if (topic := self._story(name, story, now)) is not None]
        unique = {topic.word: topic for topic in sorted(found, key=lambda topic: topic.heat)}
        return sorted(unique.values(), key=lambda topic: (-topic.heat, topic.word))[:SIZE]

    def _alive(self, name: str, now: datetime) -> list[_Birth]:
        hour = int(now.timestamp() // 3600)
        born = [birth for age in range(_OLDEST + 1) for birth in _births(self.seed, name, hour - age)]
        return [birth for birth in born if birth.at <= now < birth.at + birth.life]

    def _story(self, name: str, story: tuple[str, str], now: datetime) -> Topic | None:
        """A story is as hot as the posts of the last hour make it."""
        delay, strength = ECHO[name]
        moment, times = now - timedelta(minutes=delay), self.talk.get(story, [])
        count = bisect_left(times, moment) - bisect_left(times, moment - _HOUR)
        if count < 5:
            return None
        first = times[bisect_left(times, moment - 12 * _HOUR)] + timedelta(minutes=delay)
        heat = int(count * _HEAT_OF_A_POST * strength) + count % 97
        word = _STORIES[story]
        return Topic(word, key_of(name, word), heat, first, _label(heat, now - first), "示例银行的用户都在谈")


def key_of(board: str, word: str) -> str:
    """The id that a board gives a topic; Weibo has none but the word."""
    if board in ("weibo", "weibo_band", "bilibili", "baidu", "kuaishou"):
        return word
    return str(7_600_000_000_000_000_000 + crc32(f"{board}/{word}".encode()))


@lru_cache(4096)
def _births(seed: int, board: str, hour: int) -> tuple[_Birth, ...]:
    rng = Random(f"{seed}/{board}/{hour}")  # noqa: S311
    start = datetime.fromtimestamp(hour * 3600, UTC)
    return tuple(
        _Birth(
            rng.choice(_PLACES) + rng.choice(_THINGS) + rng.choice(_TURNS),
            start + timedelta(seconds=rng.randrange(3600)),
            timedelta(minutes=rng.randrange(240, _OLDEST * 60)),
            int(rng.lognormvariate(13.0, 0.7)) + 90_000,
        )
        for _ in range(_PER_HOUR)
    )


def _topic(board: str, birth: _Birth, now: datetime) -> Topic:
    """Quick rise, slow fall."""
    part = (now - birth.at) / birth.life
    shape = part / 0.2 if part < 0.2 else (1 - part) / 0.8
    heat = int(birth.peak * shape) + 1
    return Topic(birth.word, key_of(board, birth.word), heat, birth.at, _label(heat, now - birth.at))


def _label(heat: int, age: timedelta) -> str:
    if heat > 2_200_000:
        return "爆"
    if heat > 1_200_000:
        return "沸"
    if heat > 500_000:
        return "热"
    return "新" if age < timedelta(minutes=45) else ""


def _talk(corpus: Corpus) -> dict[tuple[str, str], list[datetime]]:
    found: dict[tuple[str, str], list[datetime]] = {}
    for post in corpus.posts:
        if (story := (post.truth.story, post.truth.subject)) in _STORIES:
            found.setdefault(story, []).append(post.created)
    return found
