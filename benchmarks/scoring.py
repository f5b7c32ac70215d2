"""Documents per CPU second of everything that touches a mention's text, beside SnowNLP: one run, one core.

    python benchmarks/scoring.py [--documents N] [--repeats R]

The comments are invented by grammar, 25 characters on average as bank comments are. The runs of all candidates are
interleaved and the best of each counts. CPU time is measured, so that other work on the machine counts for little.
"""

import argparse
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import prod
from pathlib import Path

from nlp.match import SubjectMatcher
from nlp.privacy import mask
from nlp.registry import default_scorer, load_sentiment, load_topics, shared_encoder
from yuqing.domain.mention import Mention, MentionKind, Platform
from yuqing.domain.subject import Subject, SubjectKind

OUTPUT = Path(__file__).parent / "out" / "scoring.json"
NOW = datetime(2026, 1, 5, tzinfo=UTC)
SUBJECTS = (
    Subject("yunjiang", "云江银行", SubjectKind.BRAND, ("云江银行", "云江手机银行", "云银"), ("云银河", "云银幕")),
    Subject("haizhou", "海州银行", SubjectKind.COMPETITOR, ("海州银行", "海银"), ("上海银行", "海银滩")),
)
_OPENINGS = ("今天去", "刚刚在", "听同事说", "想问一下", "气死了，", "还不错，", "昨晚用", "第一次办")
_NAMES = ("云江银行", "海州银行", "云江手机银行", "海银", "楼下那家网点", "你们行")
_THINGS = ("的信用卡额度", "的定期存款", "转账到账", "的客服电话", "App登录", "的提前还贷", "的积分活动", "的柜台排队")
_VERDICTS = (
    "等了两个小时",
    "又闪退了",
    "挺方便的",
    "要怎么弄",
    "被降到3000",
    "终于批下来了",
    "没人管",
    "说要下周",
    "利率1.95%",
)
_CLOSINGS = ("", "。", "，有人知道吗？", "！", "[怒]", "，再也不用了", "，谢谢", " 😂")


def comments(count: int, seed: int = 13) -> list[str]:
    """Invented comments, the same for the same seed, all different: who scores a text once must not gain by that."""
    draw = random.Random(seed)
    parts = (_OPENINGS, _NAMES, _THINGS, _VERDICTS, _CLOSINGS)
    drawn: dict[str, None] = {}
    while len(drawn) < min(count, prod(map(len, parts))):
        drawn["".join(draw.choice(part) for part in parts)] = None
    return list(drawn)


def _candidates(texts: Sequence[str]) -> dict[str, tuple[int, Callable[[int], object]]]:
    """Name -> (documents a run, run over so many)."""
    linear, topics, snownlp = load_sentiment(), load_topics(), load_sentiment("snownlp")
    scorer, matcher = default_scorer(SUBJECTS), SubjectMatcher(SUBJECTS)
    encoder, cascade = load_sentiment("encoder"), default_scorer(SUBJECTS, "cascade")
    mentions = [
        Mention(
            Platform.WEIBO, MentionKind.POST, str(number), "", text, NOW, NOW, subjects=matcher.match(text).subjects
        )
        for number, text in enumerate(texts)
    ]
    size, cascaded = len(texts), "cascade scorer (stance per subject, topics, severity)"
    return {
        "SnowNLP stance": (max(size // 40, 100), lambda n: snownlp.predict(texts[:n])),
        "linear stance": (size, lambda n: linear.predict(texts[:n])),
        "linear topics + severity": (size, lambda n: topics.predict(texts[:n])),
        "default scorer (stance per subject, topics, severity)": (size, lambda n: scorer.score(mentions[:n], NOW)),
        "encoder stance": (max(size // 40, 100), lambda n: encoder.predict(texts[:n])),
        cascaded: (size // 8, lambda n: cascade.score(mentions[:n], NOW)),
        "masking": (size, lambda n: [mask(text) for text in texts[:n]]),
        "subject matching": (size, lambda n: [matcher.match(text) for text in texts[:n]]),
    }


def measure(documents: int, repeats: int) -> dict[str, float]:
    """Best documents per CPU second of each candidate over interleaved repeats."""
    texts = comments(documents)
    candidates = _candidates(texts)
    best = dict.fromkeys(candidates, 0.0)
    for run in candidates.values():
        run[1](50)  # imports, caches
    for _ in range(repeats):
        for name, (size, run) in candidates.items():
            shared_encoder().forget()  # a text that was read in the last repeat
            started = time.process_time()
            run(size)
            best[name] = max(best[name], size / (time.process_time() - started))
    return best


def main() -> int:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    speeds = measure(options.documents, options.repeats)
    base = speeds["SnowNLP stance"]
    characters = sum(map(len, comments(options.documents))) / options.documents
    print(f"one core, {options.documents:,} invented comments, {characters:.0f} characters on average")
    print(f"{'what':56}{'documents/CPU s':>16}{'x SnowNLP':>12}")
    for name, speed in speeds.items():
        print(f"{name:56}{speed:16,.0f}{speed / base:12.1f}")
    OUTPUT.parent.mkdir(exist_ok=True)
    body = {"documents_per_second": speeds, "times_snownlp": {name: speed / base for name, speed in speeds.items()}}
    OUTPUT.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
