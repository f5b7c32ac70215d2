"""Masking of personal data: recall per class, false positives on ordinary posts, and posts per second.

    python -m benchmarks.masking             table, JSON in benchmarks/out/
    python -m benchmarks.masking --show      also print what was masked in the ordinary posts (look, do not keep)

The personal data are generated: numbers with right check digits, in the groupings and with the separators that people
write, inside invented sentences, about half of them without any word that names the number. A class leaks where the
digits (or the name, the address) can still be read. The ordinary posts are the shared evaluation data, read where
they lie; some hold real numbers of real people, so their count is an upper bound of what is masked without need.
"""

import argparse
import csv
import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.robustness import wilson
from nlp.personal_numbers import is_bank_card
from nlp.privacy import mask

HERE = Path(__file__).parent
OUTPUT = HERE / "out" / "masking.json"
PER_CLASS = 120
ORDINARY = 10_000
LEAST_POSTS_PER_SECOND = 20_000
MOST_FALSE_POSITIVES = 0.002  # of ordinary posts
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PLACES = ("110101", "310104", "440305", "330106", "510107", "610113", "230102", "650104", "530102", "710000", "810000")
_CARD_PREFIXES = ("622202", "621700", "625999", "436742", "552245", "955880", "620058", "621226", "601382", "370246")
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英晓雨佳宇思远志欣怡梓涵"
_SURNAMES = (
    *"王李张刘陈杨黄赵吴周徐孙马朱胡高郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁方石钱白江万安康温文",
    "欧阳",
    "司马",
    "诸葛",
)
_LETTERS = "abcdefghijkmnpqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Secret:
    """A generated sentence, its class, and what must not be readable after masking."""

    kind: str
    text: str
    secret: str


def _identity(draw: random.Random) -> str:
    body = f"{draw.choice(_PLACES)}{draw.randint(1935, 2012)}{_day(draw)}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def _old_identity(draw: random.Random) -> str:
    return f"{draw.choice(_PLACES[:9])}{draw.randint(30, 84)}{_day(draw)}"


def _day(draw: random.Random) -> str:
    return f"{draw.randint(1, 12):02}{draw.randint(1, 28):02}{draw.randint(1, 999):03}"


def _card(draw: random.Random) -> str:
    prefix = draw.choice(_CARD_PREFIXES)
    length = 15 if prefix.startswith("37") else draw.choice((16, 19, 19))
    body = prefix + "".join(str(draw.randrange(10)) for _ in range(length - 1 - len(prefix)))
    return next(body + last for last in "0123456789" if is_bank_card(body + last))


def _mobile(draw: random.Random) -> str:
    return f"1{draw.randint(3, 9)}{draw.randrange(10**9):09}"


def _landline(draw: random.Random) -> str:
    return f"{draw.choice(('010', '021', '0571', '0755', '027'))}-{draw.randint(2, 8)}{draw.randrange(10**7):07}"


def _passport(draw: random.Random) -> str:
    return draw.choice(
        (
            f"E{draw.randrange(10**8):08}",
            f"G{draw.randrange(10**8):08}",
            f"E{draw.choice('ABCDF')}{draw.randrange(10**7):07}",
        )
    )


def _paper(draw: random.Random) -> str:
    return f"{draw.choice(('', '字第', 'H', ''))}{draw.randrange(10**7, 10**10)}"


def _plate(draw: random.Random) -> str:
    place = draw.choice("京津沪冀豫云辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤川") + draw.choice("ABCDEFGH")
    return place + draw.choice(
        (
            f"{draw.randrange(10**5):05}",
            f"{draw.choice('ABCD')}{draw.randrange(10**4):04}",
            f"D{draw.randrange(10**5):05}",
            f"{draw.randrange(100):02}{draw.choice('KLMN')}{draw.randrange(100):02}",
        )
    )


def _email(draw: random.Random) -> str:
    name = "".join(draw.choice(_LETTERS) for _ in range(draw.randint(3, 9)))
    host = draw.choice(("example.com", "mail.example.cn", "qq.example.com"))
    sign = draw.choice(("@", "@", "@", "(at)", " [at] "))
    return f"{name}{draw.choice(('', '_88', '.w', '2019'))}{sign}{host}"


def _wechat(draw: random.Random) -> str:
    return (
        "".join(draw.choice(_LETTERS) for _ in range(draw.randint(3, 8)))
        + f"{draw.choice(('', '_'))}{draw.randrange(1000, 99999)}"
    )


def _qq(draw: random.Random) -> str:
    return str(draw.randint(10**5, 10**10 - 1))


def _name(draw: random.Random) -> str:
    return draw.choice(_SURNAMES) + "".join(draw.choice(_GIVEN) for _ in range(draw.randint(1, 2)))


_GROUPS = {
    "手机号": ((3, 4, 4), (3, 3, 5), (3, 8), (7, 4)),
    "身份证号": ((6, 8, 4), (6, 4, 4, 4)),
    "银行卡号": ((4, 4, 4, 4, 3), (6, 13)),
}
_PLAIN: dict[str, list[str]] = json.loads((HERE / "masking_sentences.json").read_text(encoding="utf-8"))
_MAKERS: dict[str, Callable[[random.Random], str]] = {
    "手机号": _mobile,
    "写散的手机号": _mobile,
    "身份证号": _identity,
    "老身份证号": _old_identity,
    "银行卡号": _card,
    "固定电话": _landline,
    "护照号": _passport,
    "证件号": _paper,
    "车牌号": _plate,
    "邮箱": _email,
    "微信号": _wechat,
    "QQ号": _qq,
    "姓名": _name,
}
_AROUND = ("", "云江银行太气人了，", "求助：", "在海州银行柜台办的，", "已经第三次了！", "（", "麻烦小编打码，")
_AFTER = ("", "。", "，谢谢", "！！", "，等了一周", "）", " 😡", "，有截图")


def secrets(per_class: int = PER_CLASS, seed: int = 29) -> list[Secret]:
    """Generated sentences, the same for the same seed."""
    draw = random.Random(seed)
    return [_sentence(kind, draw) for kind in _MAKERS for _ in range(per_class)]


def _sentence(kind: str, draw: random.Random) -> Secret:
    secret = _MAKERS[kind](draw)
    text = draw.choice(_AROUND) + draw.choice(_PLAIN[kind]).format(_written(kind, secret, draw)) + draw.choice(_AFTER)
    return Secret(kind, text, secret)


def _written(kind: str, secret: str, draw: random.Random) -> str:
    """As people type it: whole, in groups, in full-width digits, with a country code or small x."""
    way = draw.random()
    if kind == "写散的手机号":
        return draw.choice((_in_words, _in_boxes, _half_in_words, _with_letters))(secret)
    if kind in _GROUPS and way < 0.4:
        secret = draw.choice(" -·.—\u3000").join(_cut(secret, draw.choice(_GROUPS[kind])))
    elif kind in ("手机号", "身份证号", "银行卡号", "QQ号") and way < 0.5:
        secret = secret.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    if kind == "手机号" and draw.random() < 0.15:
        secret = draw.choice(("+86", "86-", "0086 ")) + secret
    return secret.lower() if kind == "身份证号" and draw.random() < 0.3 else secret


def _in_words(number: str) -> str:
    return number.translate(str.maketrans("0123456789", "零幺二三四五六七八九"))


def _half_in_words(number: str) -> str:
    return number[:3] + number[3:].translate(str.maketrans("0123456789", "〇一二三四五六七八九"))


def _with_letters(number: str) -> str:
    return number.replace("0", "o") if "0" in number else _half_in_words(number)


def _in_boxes(number: str) -> str:
    return "".join(f"{digit}\ufe0f\u20e3" for digit in number)


def _cut(number: str, groups: Sequence[int]) -> Iterator[str]:
    at = 0
    for size in groups:
        if piece := number[at : at + size]:
            yield piece
        at += size
    if number[at:]:
        yield number[at:]


def leaks(secret: Secret) -> bool:
    """True when what must not be readable can still be read, whatever stands between its characters."""
    masked = mask(secret.text)
    if secret.kind in ("姓名", "邮箱", "微信号"):
        return secret.secret in masked
    shown = re.sub(r"[^0-9A-Z\u4e00-\u9fff]", "", _narrow(masked).upper())
    digits = re.sub(r"\D", "", secret.secret)
    return digits in re.sub(r"\D", "", shown)


def _narrow(text: str) -> str:
    narrow = text.translate({code: code - 0xFEE0 for code in range(0xFF10, 0xFF1A)})
    return narrow.translate(str.maketrans("零〇幺一二三四五六七八九o", "0011234567890"))


def recall(per_class: int = PER_CLASS) -> dict[str, list[float]]:
    """For each class the share that does not leak, with its interval."""
    made = secrets(per_class)
    hidden = Counter(secret.kind for secret in made if not leaks(secret))
    return {kind: wilson(hidden[kind], per_class) for kind in _MAKERS}


def ordinary_posts(data: Path, count: int = ORDINARY) -> list[str]:
    """Posts, comments and reviews of the shared data, one kind after the other."""
    comments = [row["text"] for row in _csv(data / "ccf_bdci2021_bank" / "train.csv")]
    lines = (data / "weibo2018" / "train.txt").read_text(encoding="utf-8-sig").splitlines()
    weibo = [line.split(",", 2)[2] for line in lines if line.count(",") >= 2]
    mixed = [text for pair in zip(comments, weibo, strict=False) for text in pair] + weibo[len(comments) :]
    return mixed[:count]


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def speed(posts: Sequence[str], repeats: int = 3) -> float:
    """Posts per CPU-second of one core, the best of some runs over all posts."""
    best = 0.0
    for _ in range(repeats):
        started = time.process_time()
        for post in posts:
            mask(post)
        best = max(best, len(posts) / (time.process_time() - started))
    return best


def masked_posts(posts: Sequence[str]) -> list[tuple[str, str]]:
    """The ordinary posts in which something is masked, with the result."""
    return [(post, masked) for post in posts if (masked := mask(post)) != post]


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, write; exit 1 where something leaks or a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args(arguments)
    found = recall()
    body: dict[str, object] = {"recall": found, "sentences": PER_CLASS * len(found)}
    for kind, (share, low, high) in found.items():
        print(f"{kind:12}{share:8.4f} [{low:.3f}, {high:.3f}]  of {PER_CLASS}")
    if options.show:
        print(*(f"LEAK {secret.text} => {mask(secret.text)}" for secret in secrets() if leaks(secret)), sep="\n")
    is_good = all(share == 1 for share, _, _ in found.values())
    data = Path(os.environ.get("YQ_SHARED") or HERE.parents[1] / "shared") / "data"
    if data.is_dir():
        is_good &= _ordinary(data, body, show=options.show)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0 if is_good else 1


def _ordinary(data: Path, body: dict[str, object], *, show: bool) -> bool:
    posts = ordinary_posts(data)
    touched, rate = masked_posts(posts), speed(posts)
    kinds = Counter(token for _, masked in touched for token in set(re.findall(r"\[[^\[\]]{2,5}\]", masked)))
    share = wilson(len(touched), len(posts))
    body |= {"ordinary_posts": len(posts), "masked": share, "posts_per_second": rate}
    mean = sum(map(len, posts)) / len(posts)
    print(f"ordinary posts: {len(touched)} of {len(posts):,} masked; {rate:,.0f} posts/s, {mean:.0f} characters each")
    if show:
        print(kinds.most_common(20))
        for post, masked in touched:
            print(
                "-",
                post[:160].replace("\n", " "),
                "=>",
                re.findall(r"\[(?:手机|身份|银行卡|固定|护照|车牌|邮箱|微信|QQ|姓名)[^\]]*\]", masked),
            )
    return share[0] <= MOST_FALSE_POSITIVES and rate >= LEAST_POSTS_PER_SECOND


if __name__ == "__main__":
    raise SystemExit(main())
