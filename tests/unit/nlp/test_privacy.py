"""No personal number survives, and ordinary numbers do."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.personal_numbers import is_bank_card, is_identity_card, is_identity_card_15
from nlp.privacy import Pseudonymiser, mask

_CHECK = "10X98765432"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity(body: str) -> str:
    """The 18-character number that belongs to 17 digits."""
    return body + _CHECK[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def card(body: str) -> str:
    """The card number that belongs to its digits without the check digit."""
    for last in "0123456789":
        if is_bank_card(body + last):
            return body + last
    raise AssertionError(f"no card for {body}")


MOBILES = st.from_regex(r"\A1[3-9][0-9]{9}\Z")
IDENTITIES = st.builds(
    lambda place, year, month, day, order: identity(f"{place}{year}{month:02}{day:02}{order:03}"),
    st.sampled_from(["110101", "310104", "440305", "530102", "650104"]),
    st.integers(1930, 2020),
    st.integers(1, 12),
    st.integers(1, 28),
    st.integers(0, 999),
)
CARDS = st.builds(
    lambda prefix, length, filler: card((prefix + filler)[: length - 1]),
    st.sampled_from(["622202", "621700", "625999", "436742", "552245", "955880"]),
    st.sampled_from([16, 17, 18, 19]),
    st.from_regex(r"\A[0-9]{16}\Z"),
)
# What may stand beside a number: anything but another digit, a URL or the name of a post id.
SURROUNDINGS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=("Nd", "No", "Nl", "Cs", "Mn", "Me", "Cf")), max_size=20
).filter(lambda text: not re.search(r"[/=#:：＝＃／.@+a-zA-Z\d]|元|亿|万|编号|单号|订单|流水|帖子|作品|视频", text))
SEPARATORS = st.sampled_from(["", " ", "-", "—", "·", ".", "\u3000", "\u200b", "－"])


def survives(number: str, masked: str) -> bool:
    """True when the digits can still be read out of the masked text, whatever stands between them."""
    return number in re.sub(r"[^0-9X]", "", masked.upper())


@given(SURROUNDINGS, MOBILES, SURROUNDINGS, SEPARATORS, st.sampled_from(["", "+86", "86 ", "0086-", "(+86)"]))
def test_no_mobile_number_survives(before: str, number: str, after: str, separator: str, prefix: str) -> None:
    """In the groupings people write, with any separator and country code."""
    for groups in ((3, 4, 4), (3, 3, 5), (4, 3, 4), (4, 4, 3), (3, 8), (7, 4)):
        written = separator.join(_grouped(number, groups))
        masked = mask(f"{before} {prefix}{written} {after}")
        assert not survives(number, masked), masked
        assert "[手机号]" in masked


@given(SURROUNDINGS, IDENTITIES, SURROUNDINGS, SEPARATORS)
def test_no_identity_card_survives(before: str, number: str, after: str, separator: str) -> None:
    """18 characters with a right check digit are masked, also in groups and with a small x."""
    written = separator.join(_grouped(number.lower(), (6, 4, 4, 4)))
    masked = mask(f"{before} {written} {after}")
    assert not survives(number, masked)
    assert "[身份证号]" in masked


@given(SURROUNDINGS, CARDS, SURROUNDINGS, SEPARATORS)
def test_no_bank_card_survives(before: str, number: str, after: str, separator: str) -> None:
    """Cards that pass the Luhn check are masked, also in groups of four."""
    written = separator.join(_grouped(number, (4, 4, 4, 4, 4)))
    masked = mask(f"{before} {written} {after}")
    assert not survives(number, masked)


@given(MOBILES)
def test_full_width_digits_hide_nothing(number: str) -> None:
    """１３８… is the same number as 138…"""
    wide = number.translate({ord(digit): ord(digit) - 0x30 + 0xFF10 for digit in "0123456789"})
    assert mask(f"电话{wide}，急") == "电话[手机号]，急"


@given(st.text(max_size=80) | st.builds(lambda a, b, c: a + b + c, SURROUNDINGS, MOBILES, SURROUNDINGS))
def test_masking_twice_changes_nothing(text: str) -> None:
    """Tokens are not personal data."""
    assert mask(mask(text)) == mask(text)


def _grouped(number: str, groups: tuple[int, ...]) -> list[str]:
    pieces, at = [], 0
    for size in groups:
        pieces.append(number[at : at + size])
        at += size
    return [piece for piece in pieces if piece]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("联系人：张晓明，电话010-88886666", "联系人：[姓名]，电话[固定电话]"),
        ("姓名张三 手机13800138000", "姓名[姓名] 手机[手机号]"),
        ("客户经理王晓明让我买理财", "客户经理[姓名]让我买理财"),
        ("收款人: 欧阳明月。", "收款人: [姓名]。"),
        ("加微信abc_12345领米", "加微信[微信号]领米"),
        ("微信号：yunjiangfan", "微信号：[微信号]"),
        ("QQ群：123456789进来", "QQ群：[QQ号]进来"),
        ("邮箱 li.si@example.com.cn 收", "邮箱 [邮箱] 收"),
        ("护照E12345678过期", "护照[护照号]过期"),
        ("车牌云A12345和粤BD12345", "车牌[车牌号]和[车牌号]"),
        ("老证110101800101123能用吗", "老证[身份证号]能用吗"),
        ("我的卡号6222000011112222被冻结", "我的卡号[银行卡号]被冻结"),
        ("身份证110101199001011234没过", "身份证[身份证号]没过"),
        ("13800138000元宝到账", "[手机号]元宝到账"),
        ("1 3 8 0 0 1 3 8 0 0 0打我", "[手机号]打我"),
        ("手机:+86 (138) 0013-8000", "手机:[手机号]"),
        ("打幺三八零零幺三八零零零", "打[手机号]"),
        ("打13800138000一起去", "打[手机号]一起去"),
        ("1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣", "[手机号]"),
        ("尾号是6222000011112222的卡", "尾号是[银行卡号]的卡"),
        ("户主李建国，业务员孙丽丽骗我", "户主[姓名]，业务员[姓名]骗我"),
        ("薇❤：abc8899，QQ 1 2 3 4 5 6", "薇❤：[微信号]，QQ [QQ号]"),
        ("社保号110101199001011234", "社保号[证件号]"),
        ("抖音号：lily123456", "抖音号：[账号]"),
        ("电话：88886666没人接，zhang(at)mail.example", "电话：[固定电话]没人接，[邮箱]"),
    ],
)
def test_every_class_has_its_token(text: str, expected: str) -> None:
    """Numbers without a checksum, or with a wrong one, are masked where a word names them."""
    assert mask(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23 12:30:59 存了5000元，利率1.95%",
        "营收15000000000元，同比增长13.5%",
        "https://weibo.com/1234567890/4467107636950632?id=6222021234567890128",
        "作品7301234567890123456已删除",
        "客服95588和400-800-8888都打不通",
        "客户经理态度很差，我叫不到人",
        "客户经理高高在上",
        "微信支付宝都能用，wechat支付也行",
        "云APP2000万用户，QQ钱包",
        "2025年6月1日至2026年6月1日，10000、20000、30000档",
        "@云江银行客服 你们几点下班",
        "版本9.1.0.3.4闪退，评分1 2 3 4 5都给1",
        "订单号：622202123456789012",
        "",
    ],
)
def test_ordinary_numbers_stay(text: str) -> None:
    """Amounts, dates, versions, hotlines and ids of posts are no personal data."""
    assert mask(text) == text


def test_kept_names_stay_readable() -> None:
    """A watched executive is not masked where the caller says so."""
    assert mask("联系人：林知远，负责全行", keep={"林知远"}) == "联系人：林知远，负责全行"


@pytest.mark.parametrize(
    ("number", "valid"),
    [("11010519491231002X", True), ("110105194912310021", False), ("990105194912310029", False), ("1101", False)],
)
def test_the_check_digit_of_identity_cards_is_checked(number: str, valid: bool) -> None:
    """The example of the standard passes; a changed digit or province does not."""
    assert is_identity_card(number) is valid
    assert is_identity_card_15("110101801301123") is False


def test_pseudonyms_are_stable_keyed_and_silent() -> None:
    """One account has one pseudonym per platform and key; the key is in no repr."""
    key = b"0123456789abcdef-secret"
    pseudonymiser = Pseudonymiser(key)
    first = pseudonymiser.pseudonym("weibo", "123")
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first == Pseudonymiser(key).pseudonym("weibo", "123")
    others = {pseudonymiser.pseudonym("douyin", "123"), Pseudonymiser(key + b"2").pseudonym("weibo", "123")}
    assert first not in others
    assert "secret" not in repr(pseudonymiser)


def test_a_short_key_is_refused() -> None:
    """A key that can be guessed protects nobody."""
    with pytest.raises(ValueError, match="16 bytes"):
        Pseudonymiser(b"short")
