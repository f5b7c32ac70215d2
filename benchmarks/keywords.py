"""Keywords on invented posts: how many of the terms that are told are whole words or phrases, and how fast.

    python -m benchmarks.keywords [--show]

Three kinds of posts: `talk`, posts of people who say one thing in their own words (written for this); `clauses`, posts
put together from the set clauses of benchmarks/story_texts.py, where much goes on alike; `world`, the crises of the
simulated world against its month of everyday life. The first ten terms of each list are looked up in keywords.json,
where a person has judged each: whole, or the piece of something. A term that nobody has judged is an error.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import story_texts
from nlp.keywords import Document, KeywordFinder
from simulator.scenario.build import build
from yuqing.domain.mention import MentionId

JUDGED = Path(__file__).with_name("keywords.json")
NAMES = ("云江银行", "云银", "云江手机银行")
TOLD = 10
FLOOR = 0.85
Pair = tuple[Sequence[str], Sequence[str]]

_TALK: Mapping[str, Sequence[str]] = {
    "登录": (
        "手机银行打开一直转圈，{w}也进不去", "登录页面转圈转到天荒地老", "{w}登录就提示系统繁忙",
        "提示系统繁忙，请稍后再试",
        "转圈半小时还是登录不上", "换了手机也登录不上去", "验证码收不到，登录不上",
        "客服电话也打不通，{w}没人管",
        "打客服，客服电话打不通", "客服电话打不通，只好跑网点", "系统又崩了{e}",
        "App崩了，工资都查不了{e}", "{w}崩了吧",
        "刚更新完就闪退{e}", "一点转账就闪退", "闪退了三次，卸载重装也没用", "重装也没用，还是闪退",
        "全行系统繁忙，柜台也办不了",
    ),
    "到账": (
        "昨天转的钱对方没收到{e}", "转账显示成功，对方没收到", "对方没收到，我这边钱扣了",
        "钱扣了，{w}对方还没到账",
        "工资到现在没到账", "{w}没到账，急死人", "跨行转账一直处理中", "状态显示处理中，{w}处理中",
        "处理中三个小时了{e}",
        "客服说让我等通知", "问客服，客服也不清楚", "要等两个工作日才到账", "实时到账是骗人的吧",
        "房租没到账被房东骂",
    ),
    "冻结": (
        "银行卡突然被冻结{e}", "工资卡被冻结，吃饭都成问题", "卡被冻结，{w}也不通知", "去网点解冻要开证明",
        "解冻要提供半年流水", "让我提供流水，{w}还要社保", "限额降到一千，{w}不够用", "限额说降就降{e}",
        "非柜面交易全停了", "被限制非柜面交易，{w}怎么办", "风控误判，凭什么冻结我的卡",
        "风控也太不靠谱了", "真的不靠谱{e}",
        "银行这么不靠谱", "我真的会谢，解冻跑了三趟",
    ),
    "理财": (
        "稳健理财亏了本金{e}", "说好的稳健，{w}亏了本金", "理财经理当初说保本", "理财经理只会让我长期持有",
        "赎回要排队，{w}赎不回来", "到期不给赎回{e}", "产品又延期兑付", "延期兑付的公告写得看不懂",
        "延期兑付了{w}",
        "净值天天跌，心累", "心累，再也不买理财了", "净值跌破一了{e}", "血汗钱就这么没了", "我爸妈的血汗钱啊",
    ),
    "费用": (
        "短信费每月扣两块，{w}没通知", "莫名其妙扣短信费", "小额管理费也收{e}", "收小额管理费，{w}太黑了",
        "年费说好免，{w}又扣年费", "信用卡年费退不了", "提前还款收违约金{e}", "提前还款还要预约",
        "违约金比利息还高",
        "乱收费，{w}我要投诉", "投诉乱收费没人理", "没人理，只好找监管", "短信费、年费，乱收费太多",
    ),
    "服务": (
        "柜员态度差{e}", "大堂经理态度差，爱答不理", "排队两小时，{w}窗口只开一个",
        "窗口只开一个，{w}叫号叫不到",
        "五个窗口只开一个", "老人不会用自助机{e}", "自助机又坏了", "自助机吞卡，{w}没人帮",
        "让老人站着等，太寒心",
        "太寒心了，存了十年的老客户", "老客户都寒心", "叫号叫到我就下班", "还没到点就下班{e}",
        "周末网点不开门",
    ),
}  # fmt: skip
_WORDS = ("今天", "我妈", "同事", "怎么", "又", "现在", "真是", "反正", "结果", "大半天", "居然", "家里人")
_ENDS = ("", "", "了", "！", "，无语", "[怒]", "，求助", "吗", "啊", "，有人管吗", "，一样的吗")
_OPENINGS = ("", "", "", "云江银行，", "云银", "吐槽：", "救命，", "谁懂啊，", "@云江银行 ", "气死，")


@dataclass(frozen=True, slots=True)
class Scores:
    """Of the terms told how many are whole, which are pieces and which nobody has judged; texts in a CPU second."""

    told: int
    pieces: tuple[str, ...]
    unjudged: tuple[str, ...]
    speed: float

    @property
    def whole(self) -> float:
        """The share of whole terms."""
        return 1 - (len(self.pieces) + len(self.unjudged)) / self.told if self.told else 0.0


def talk(draw: random.Random) -> Iterator[Pair]:
    """Posts of each story among those of the others and single grumbles."""
    posts = {name: [_post(frames, draw) for _ in range(70)] for name, frames in _TALK.items()}
    grumbles = [draw.choice(_OPENINGS) + grumble for grumble in story_texts.GRUMBLES for _ in range(8)]
    for name, own in posts.items():
        yield own, [*grumbles, *(text for other, texts in posts.items() if other != name for text in texts)]


def _post(frames: Sequence[str], draw: random.Random) -> str:
    said = [frame.format(w=draw.choice(_WORDS), e=draw.choice(_ENDS)) for frame in draw.sample(frames, 2)]
    return draw.choice(_OPENINGS) + draw.choice("，。 ").join(said[: draw.randint(1, 2)])


def clauses(draw: random.Random) -> Iterator[Pair]:
    """Posts of one to three set clauses of a story."""
    stories = {**story_texts.TUNING, **story_texts.JUDGING}
    posts = {name: [_clauses(parts, draw) for _ in range(80)] for name, parts in stories.items()}
    grumbles = [draw.choice(story_texts.OPENINGS) + grumble for grumble in story_texts.GRUMBLES for _ in range(6)]
    for name, own in posts.items():
        yield own, [*grumbles, *(text for other, texts in posts.items() if other != name for text in texts)]


def _clauses(parts: Sequence[str], draw: random.Random) -> str:
    said = "，".join(draw.sample(parts, draw.randint(1, 3)))
    return draw.choice(story_texts.OPENINGS) + said + draw.choice(story_texts.CLOSINGS)


def world(draw: random.Random) -> Iterator[Pair]:
    """Two days of the simulated world against four weeks: everything, and what is negative."""
    now = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
    for _ in range(2):
        posts = [
            each for each in build("demo", draw.randrange(100), now).posts if "云江" in each.text and not each.original
        ]
        recent = [each for each in posts if each.created >= now - timedelta(days=2)]
        before = [each.text for each in posts if each.created < now - timedelta(days=2)]
        negative = [each.text for each in recent if each.truth.sentiment == "negative"]
        yield [each.text for each in recent], before
        yield negative, [*before, *(each.text for each in recent if each.truth.sentiment != "negative")]


def judge(pairs: Iterator[Pair], judged: Mapping[str, Sequence[str]], *, show: bool = False) -> Scores:
    """The first terms of each list against what a person said of them."""
    whole, pieces = set(judged["whole"]), set(judged["pieces"])
    told: list[str] = []
    texts, spent = 0, 0.0
    for own, others in pairs:
        finder = KeywordFinder(ignored=NAMES)
        begun = time.process_time()
        found = finder.find(_documents(own, "own"), _documents(others, "other"), TOLD)
        spent += time.process_time() - begun
        texts += len(own) + len(others)
        told += [each.term for each in found]
        if show:
            print(" ".join(each.term for each in found))
    unjudged = tuple(term for term in told if term not in whole | pieces)
    return Scores(len(told), tuple(term for term in told if term in pieces), unjudged, texts / spent)


def _documents(texts: Sequence[str], name: str) -> list[Document]:
    """Equal texts are one story."""
    return [Document(MentionId(f"{name}-{n}"), text, text) for n, text in enumerate(texts)]


def main() -> int:
    """Print a line for each kind of posts; fails below the floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", action="store_true", help="print the terms of each list")
    show = parser.parse_args().show
    KeywordFinder().find(_documents(story_texts.GRUMBLES, "warm"), [])  # the dictionary is read once in a process
    judged = json.loads(JUDGED.read_text(encoding="utf-8"))
    kinds = {"talk": talk, "clauses": clauses, "world": world}
    found = {name: judge(make(random.Random(20260314)), judged, show=show) for name, make in kinds.items()}
    for name, each in found.items():
        print(f"{name:8}{each.told:5} terms  whole {each.whole:.3f}  {each.speed:8,.0f} texts/s  ", *each.pieces)
    unjudged = sorted({term for each in found.values() for term in each.unjudged})
    if unjudged:
        print("not judged:", *unjudged)
    return 0 if not unjudged and all(each.whole >= FLOOR for each in found.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
