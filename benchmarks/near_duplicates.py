"""Copies and events on invented texts with a known truth, and a look at real reposts.

    python -m benchmarks.near_duplicates [--seeds N] [--crises N] [--tuning] [--real FILE]

Copies: invented posts and articles and what other people make of them (head and tail added, sentences left out, put in,
reworded or swapped, cut, other punctuation and script) among texts of the same patterns about other things. Events:
posts of eight stories about one bank that run at the same time, single grumbles between them, after usual talk; a post
is made of one to three clauses of its story. Crisis: the outage and the rumour of the simulated world, whose authors
use set phrases with nothing in common, among its everyday complaints; a crisis of hundreds of posts may come out as
several events, so its floor is a guard and no target. Pairwise F1 over all pairs.

The constants of nlp/events.py were chosen on other stories (`--tuning`) and on the crisis of seed 7, which is not
judged. `--real` groups reposts of CED (as JSON lines) and tells how many fall to their original.
"""

import argparse
import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from statistics import mean

from benchmarks import story_texts
from nlp.events import EventFinder, EventSettings, GramVectors
from nlp.near_duplicates import clusters
from nlp.registry import load_topics
from simulator.scenario.build import build
from yuqing.domain.mention import Mention, MentionKind, Platform

OUTPUT = Path(__file__).parent / "out" / "near_duplicates.json"
START = datetime(2026, 1, 5, tzinfo=UTC)
FLOORS = {"copies": 0.95, "events": 0.85, "crisis": 0.6}
HOUR = timedelta(hours=1)
_WHO = (
    "云江银行",
    "该行零售部",
    "一位客户",
    "城东支行",
    "多名储户",
    "业内人士",
    "监管部门",
    "家住附近的居民",
    "客服人员",
    "行长办公室",
)
_DID = ("表示", "介绍说", "昨日宣布", "接受采访时称", "在公告中写道", "反映", "提醒", "透露", "回应称", "强调")
_WHAT = (
    "转账到账时间",
    "信用卡年费",
    "手机银行登录",
    "大额取现预约",
    "房贷利率转换",
    "理财赎回",
    "网点营业时间",
    "社保卡激活",
    "开户礼领取",
    "短信提醒服务",
)
_HOW = (
    "将从下月{n}日起调整",
    "已影响约{n}名客户",
    "比去年同期下降{n}%",
    "需要等候{n}个工作日",
    "额度提高到{n}元",
    "在{n}个网点试行",
    "收到投诉{n}件",
    "预计{n}点前恢复",
)
_WHY = (
    "原因是系统扩容",
    "与新规有关",
    "因为人手不足",
    "出于安全考虑",
    "由于供应商延期",
    "为了配合核查",
    "缘于线路故障",
    "受节假日影响",
)
_END = (
    "，具体以公告为准",
    "，目前仍在处理",
    "，相关费用将退回",
    "，客户可以拨打热线查询",
    "，暂无更多消息",
    "，有关部门已经介入",
    "",
    "",
)
_EXTRA = ("截至发稿时尚未收到进一步回应。", "记者将继续关注。", "转给身边需要的人看看。", "评论区说说你的经历。")
_HEADS = ("【转】", "云州日报讯：", "刚看到，", "快讯｜", "转发：")
_TRADITIONAL = str.maketrans("银行云网户时间办业务转账额费个点联", "銀行雲網戶時間辦業務轉賬額費個點聯")


@dataclass(frozen=True, slots=True)
class Scores:
    """Pairwise figures of one way of grouping against the truth."""

    texts: int
    precision: float
    recall: float
    f1: float


def pairwise(truth: Sequence[Hashable], found: Sequence[Hashable]) -> Scores:
    """Of the pairs put together how many belong together, and of those that do how many were put together."""
    both, said, true = (_pairs(Counter(labels)) for labels in (zip(truth, found, strict=True), found, truth))
    precision, recall = both / said if said else 1.0, both / true if true else 1.0
    return Scores(len(truth), precision, recall, 2 * precision * recall / max(precision + recall, 1e-9))


def _pairs(counts: Mapping[Hashable, int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())


def sentence(draw: random.Random) -> str:
    """One of many thousands of one pattern."""
    how = draw.choice(_HOW).format(n=draw.randrange(2, 900))
    return (
        f"{draw.choice(_WHO)}{draw.choice(_DID)}，{draw.choice(_WHAT)}{how}，{draw.choice(_WHY)}{draw.choice(_END)}。"
    )


def edited(lines: Sequence[str], draw: random.Random) -> list[str]:
    """What somebody else makes of a text: one to three edits, fewer for a short one."""
    made = list(lines)
    for _ in range(draw.randint(1, 3 if len(lines) > 5 else 2 if len(lines) > 3 else 1)):
        made = draw.choice(_EDITS if len(lines) > 3 else _LIGHT_EDITS)(made, draw)
    return made


def _head_and_tail(lines: list[str], draw: random.Random) -> list[str]:
    return (
        [draw.choice(_HEADS) + lines[0], *lines[1:], draw.choice(_EXTRA)]
        if len(lines) > 3
        else ["【转】" + lines[0], *lines[1:]]
    )


def _without_one(lines: list[str], draw: random.Random) -> list[str]:
    gone = draw.randrange(len(lines))
    return lines[:gone] + lines[gone + 1 :] if len(lines) > 5 else lines


def _one_more(lines: list[str], draw: random.Random) -> list[str]:
    at = draw.randrange(len(lines))
    return [*lines[:at], draw.choice(_EXTRA), *lines[at:]]


def _reworded(lines: list[str], draw: random.Random) -> list[str]:
    at = draw.randrange(len(lines))
    words = lines[at].replace("，", "。对此，", 1) if draw.random() < 0.5 else f"据悉，{lines[at]}"
    return [*lines[:at], words, *lines[at + 1 :]]


def _swapped(lines: list[str], draw: random.Random) -> list[str]:
    at = draw.randrange(len(lines) - 1)
    return [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]


def _other_script(lines: list[str], draw: random.Random) -> list[str]:
    return [line.translate(_TRADITIONAL).replace("，", ", ") for line in lines]


def _spaced(lines: list[str], draw: random.Random) -> list[str]:
    return [f"　　{line}\n" for line in lines]


def _repost(lines: list[str], draw: random.Random) -> list[str]:
    return [*lines, "//@路人甲：看看", draw.choice(("[怒]", "😡", "……"))]


_LIGHT_EDITS = (_head_and_tail, _other_script, _spaced, _repost)
_EDITS = (*_LIGHT_EDITS, _without_one, _one_more, _reworded, _swapped)


def copies(seed: int, originals: int = 300) -> Scores:
    """Texts with none to five copies each, mixed: how well copies are told from others."""
    draw = random.Random(seed)
    texts: list[tuple[int, str]] = []
    for number in range(originals):
        lines = [sentence(draw) for _ in range(draw.choice((2, 3, 4, 6, 8, 10)))]
        texts.append((number, "".join(lines)))
        texts += [(number, "".join(edited(lines, draw))) for _ in range(draw.choice((0, 0, 1, 2, 3, 5)))]
    draw.shuffle(texts)
    mentions = [post(str(index), text, START) for index, (_, text) in enumerate(texts)]
    found = clusters(mentions)
    return pairwise([truth for truth, _ in texts], [found.get(each.id, each.id) for each in mentions])


def post(native_id: str, text: str, at: datetime) -> Mention:
    """One invented post."""
    return Mention(Platform.WEIBO, MentionKind.POST, native_id, "", text, at, at, subjects=("yunjiang",))


def said(clauses: Sequence[str], draw: random.Random) -> str:
    """A post of a story."""
    chosen = draw.sample(list(clauses), draw.choice((1, 1, 2, 2, 3)))
    return draw.choice(story_texts.OPENINGS) + "，".join(chosen) + draw.choice(story_texts.CLOSINGS)


def intertwined(stories: Mapping[str, Sequence[str]], seed: int) -> list[tuple[str, Mention]]:
    """Posts of stories that begin within two days of one another, and single grumbles, in the order of time."""
    draw = random.Random(seed)
    made: list[tuple[str, datetime, str]] = []
    for name, clauses in stories.items():
        begin = START + draw.uniform(0, 48) * HOUR
        size = draw.randrange(15, 90)
        made += [(name, begin + draw.expovariate(1 / 10) * HOUR, said(clauses, draw)) for _ in range(size)]
    for number, text in enumerate(story_texts.GRUMBLES):
        made.append((f"grumble {number}", START + draw.uniform(0, 96) * HOUR, text))
    made.sort(key=lambda each: each[1])
    return [(name, post(str(number), text, at)) for number, (name, at, text) in enumerate(made)]


def events(stories: Mapping[str, Sequence[str]], seed: int, settings: EventSettings | None = None) -> Scores:
    """How well posts are put into their stories as they come."""
    vectors = GramVectors(("云江银行", "云银"))
    for text in (*usual_talk(), *story_texts.USUAL):
        vectors.learn(text)
    finder = EventFinder(vectors, settings)
    return _judged(finder, intertwined(stories, seed))


@cache
def usual_talk() -> tuple[str, ...]:
    """Two ordinary weeks of the simulated world: what a bank is usually spoken of with."""
    return tuple(each.text for each in build("quiet", 3, START, days=14).posts if "云江" in each.text)


def crisis(seed: int) -> Scores:
    """The simulated world's own outage and rumour among everyday complaints about one bank: other authors' grammar."""
    now = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
    about = [each for each in build("demo", seed, now).posts if "云江" in each.text and each.original is None]
    recent = now - timedelta(days=2)
    vectors = GramVectors(("云江银行", "云银", "云江手机银行"))
    for each in about:
        if recent - timedelta(days=14) < each.created < recent:
            vectors.learn(each.text)
    chosen = [each for each in about if each.created >= recent and each.truth.sentiment == "negative"]
    chosen.sort(key=lambda each: each.created)
    posts = [
        (each.truth.story if each.truth.story != "baseline" else f"single {n}", post(str(n), each.text, each.created))
        for n, each in enumerate(chosen)
    ]
    return _judged(EventFinder(vectors), posts)


def _judged(finder: EventFinder, posts: Sequence[tuple[str, Mention]]) -> Scores:
    """Place posts as they come, with the topics that the shipped model gives them, and compare with the truth."""
    labelled = load_topics().predict([mention.text for _, mention in posts])
    for (_, mention), (topics, _) in zip(posts, labelled, strict=True):
        finder.place(mention, None, [topic.id for topic in topics if topic.id != "other"])
    found = {mention.id: number for number, members in enumerate(finder.stories()) for mention in members}
    return pairwise([name for name, _ in posts], [found[mention.id] for _, mention in posts])


def average(found: Iterable[Scores]) -> Scores:
    """The mean of several runs."""
    runs = list(found)
    means = (mean(getattr(run, name) for run in runs) for name in ("precision", "recall", "f1"))
    return Scores(sum(run.texts for run in runs), *means)


def real(path: Path, most: int = 20_000) -> dict[str, float]:
    """Real reposts by their original: the share of copies that are about one post. No texts are kept."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in islice(file, most)]
    own = [(str(row["root"]), str(row.get("text") or "")) for row in rows]
    mentions = [post(str(index), text, START) for index, (_, text) in enumerate(own)]
    found = clusters(mentions)
    groups: dict[str, list[str]] = defaultdict(list)
    for (original, _), mention in zip(own, mentions, strict=True):
        if mention.id in found:
            groups[found[mention.id]].append(original)
    together = sum(max(Counter(members).values()) for members in groups.values())
    total = sum(map(len, groups.values()))
    return {
        "reposts": len(own),
        "in_clusters": total,
        "clusters": len(groups),
        "of_one_original": together / max(total, 1),
    }


def main() -> int:
    """Measure, print a table, write JSON; 1 when a floor is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--crises", type=int, default=2, help="simulated crises; seed 7 was looked at, 8 and on are judged"
    )
    parser.add_argument("--tuning", action="store_true", help="judge the stories of the tuning instead")
    parser.add_argument("--real", type=Path, default=None, help="reposts.jsonl.gz of CED")
    options = parser.parse_args()
    stories = story_texts.TUNING if options.tuning else story_texts.JUDGING
    seeds = range(1, options.seeds + 1)
    found = {
        "copies": average(copies(seed) for seed in seeds),
        "events": average(events(stories, seed) for seed in seeds),
        "crisis": average(crisis(seed) for seed in range(8, 8 + options.crises)),
    }
    print(f"{'what':10}{'texts':>8}{'precision':>11}{'recall':>9}{'F1':>8}{'floor':>8}")
    for name, each in found.items():
        print(f"{name:10}{each.texts:8,}{each.precision:11.3f}{each.recall:9.3f}{each.f1:8.3f}{FLOORS[name]:8.2f}")
    body: dict[str, object] = {name: asdict(each) for name, each in found.items()}
    if options.real is not None:
        body["real"] = real(options.real)
        print("real reposts:", body["real"])
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    return 0 if all(each.f1 >= FLOORS[name] for name, each in found.items()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
