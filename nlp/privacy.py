"""Personal data is masked, and authors become keyed pseudonyms, before anything is stored.

Detection runs on a shadow of the text that has the same length (full-width and fancy digits as ASCII, all kinds of
blanks and dashes alike), so spans fit the original. Where a number could be a person's or not, the person wins:
what is never touched are amounts, dates, times and the ids of posts, because these fail checksum, prefix or shape.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from nlp.personal_numbers import is_bank_card, is_identity_card, is_identity_card_15

PSEUDONYM_LENGTH = 32
_GAP = r"[ \-.·_*/\u200b]{0,3}"  # what people put between the digits of a number
_SEPARATOR = r"[ \-.·_*/\u200b]{1,3}"


class _Shadow(dict[int, str]):
    """Translation table filled on demand; every character becomes exactly one."""

    def __missing__(self, codepoint: int) -> str:
        plain = self[codepoint] = _plain(chr(codepoint))
        return plain


# Zero width, and what puts a digit into a box (1️⃣).
_ZERO_WIDTH = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f\u20e3")


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Zs" or character in "\t\u3000":
        return " "
    if category == "Pd" or character in "－−":
        return "-"
    if character in _ZERO_WIDTH:
        return "\u200b"
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    normal = unicodedata.normalize("NFKC", character)
    return normal if len(normal) == 1 else character


_SHADOW = _Shadow()

# One look decides for nearly every post that there is nothing to do.
_TRIGGER = re.compile(
    r"[0-9](?:[ \-.·_*/()\u200b]{0,3}[0-9]){4}|[0-9〇零幺一二三四五六七八九oO]{11}"
    r"|@[A-Za-z0-9]|[(\[]at[)\]]|#(?:qq|163|126)\.|wx|vx|[微薇威徽i]信|V信|[微薇威徽V]❤|(?:音|书|手|博|宝|鱼|陌|am|pp)(?:号|ID|账号)|卫星[:号=]|\bV[:=]|绿泡泡"
    r"|[加➕+] ?V|V号|weixin|wechat"
    r"|联系人|姓名|名字|客户经理|理财经理|经办人|收款人|付款人|户名|持卡人|借款人|投诉人|当事人|户主|经办员|业务员|信贷员|催收员|柜员|大堂经理|本人叫|我叫|名叫|[妈爸公婆儿女子妹哥姐弟]叫",
    re.IGNORECASE,
)
# A number told in words: 幺三八…, 138二三… What follows may be a word that begins with a numeral (一起).
_NUMERAL = "0-9〇零幺一二三四五六七八九oO"
_MOBILE_IN_WORDS = re.compile(rf"(?<![{_NUMERAL}])(?![0-9]{{11}})[1一幺][3-9三四五六七八九][{_NUMERAL}]{{9}}")
_MOBILE_BODY = "|".join(
    (
        r"[3-9]\d{9}",
        rf"[3-9]\d{_SEPARATOR}\d{{4}}{_SEPARATOR}\d{{4}}",
        rf"[3-9]\d{_SEPARATOR}\d{{3}}{_SEPARATOR}\d{{5}}",
        rf"[3-9]\d{_SEPARATOR}\d{{8}}",
        rf"[3-9]\d{{2}}{_SEPARATOR}\d{{3}}{_SEPARATOR}\d{{4}}",
        rf"[3-9]\d{{2}}{_SEPARATOR}\d{{4}}{_SEPARATOR}\d{{3}}",
        rf"[3-9]\d{{5}}{_SEPARATOR}\d{{4}}",
        rf"[3-9]\d{{3}}{_SEPARATOR}\d{{6}}",
        rf"{_SEPARATOR}[3-9](?:{_SEPARATOR}\d){{9}}",
        rf"[3-9](?:{_SEPARATOR}\d{{3}}){{3}}",
        rf"[3-9]\d(?:{_SEPARATOR}\d{{2}}){{4}}",
    )
)
_MOBILE_IN_BRACKETS = re.compile(rf"(?:[+]?(?:00)?86{_GAP})?\(1[3-9]\d\){_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)")
_MOBILE = re.compile(rf"(?<!\d)(?:[+(]{{0,2}}(?:00)?86\)?{_GAP}|0)?1(?:{_MOBILE_BODY})\u200b{{0,2}}(?!\d)")
_ROUND_AMOUNT = re.compile(r"1\d{6}0{4}$")
_UNIT = re.compile(r"\s?(?:元|亿|万|块|股|份|美元|港元|人民币|RMB|rmb)")
_CENTS = re.compile(r"\.\d{1,2}\s?(?:元|万|亿|块)")
_LANDLINE = re.compile(
    r"(?<!\d)(?:[+(]{0,2}(?:00)?86\)?[ \-]?)?"
    r"(?:\(0(?:10|2\d|[3-9]\d{2})\) ?|0(?:10|2\d|[3-9]\d{2})[ \-]{1,2})[2-8]\d{2,3}[ \-]?\d{4}(?!\d)"
)
_IDENTITY_18 = re.compile(rf"(?<!\d)(?=([1-9](?:{_GAP}\d){{16}}{_GAP}[\dXx])(?!\d))")
_IDENTITY_15 = re.compile(rf"(?<!\d)(?=([1-9]\d{{5}}{_GAP}\d{{6}}{_GAP}\d{{3}})(?!\d))")
_CARD = re.compile(
    rf"(?<!\d)(?:\d{{15,19}}|(?:\d{{4}}{_SEPARATOR}){{3}}\d{{3,4}}(?:{_SEPARATOR}\d{{1,3}})?"
    rf"|\d{{6}}{_SEPARATOR}\d{{9,13}}|\d{{4}}{_SEPARATOR}\d{{11,15}}|\d{{4}}{_SEPARATOR}\d{{6}}{_SEPARATOR}\d{{5}})(?!\d)"
)
_NUMBER_NAME = re.compile(r"(?:\bid|mid|编号|单号|订单号?|流水号?|帖子|作品|视频)\s*[:=#是为]?\s*$", re.IGNORECASE)
_NAMED_CARD = re.compile(
    r"(?:卡号|银行卡|账号|账户|帐号|尾号)(?:号码?|尾号)?[:=是为 ]{0,3}(\d(?:[ \-]?\d){11,20})(?!\d)"
)
_NAMED_IDENTITY = re.compile(r"身份证(?:号码?)?[:=是为 ]{0,3}(\d(?:[ \-]?\d){13,16}[ \-]?[\dXx])(?![\dA-Za-z])")
_NAMED_LANDLINE = re.compile(
    r"(?:电话|座机|固话|tel)(?:号码?)?[:=是为 ]{0,3}([2-8]\d{2,3}[ \-]?\d{4})(?!\d)", re.IGNORECASE
)
_NAMED_PAPER = re.compile(
    r"(?:军官证|警官证|士兵证|台胞证|回乡证|居住证|居留证|驾驶证|社保卡?|医保卡?|客户号|保单号)(?:号码?)?[:=是为 ]{0,3}"
    r"([A-Za-z\u5b57\u7b2c]{0,3}\d{6,18}X?)(?![\dA-Za-z])"
)
_ACCOUNT = re.compile(
    r"(?:抖音|小红书|快手|微博|淘宝|支付宝|陌陌|闲鱼|telegram|whatsapp)(?:号|ID|账号)[:=是为 ]{0,3}"
    r"([A-Za-z0-9_.\-]{5,30})",
    re.IGNORECASE,
)
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])(?:[EG]\d{8}|E[A-HJ-NP-Z]\d{7}|[DSP]E?\d{7})(?![A-Za-z0-9])")
_NAMED_PASSPORT = re.compile(r"(?:护照|通行证)(?:号码?)?[:=是为 ]{0,3}([A-Za-z]{1,2}\d{7,9})(?![A-Za-z0-9])")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][ ·.\-]?"
    r"(?:[A-HJK][A-HJ-NP-Z0-9]\d{4}|\d{5}[A-HJK]"
    r"|(?=(?:[A-Z]?\d){3}|(?:\d?[A-Z]\d){2}|[A-Z]{2}\d{3}|\d[A-Z]{2}\d{2}|\d{2}[A-Z]{2}\d|\d{3}[A-Z]{2})"
    r"[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳使领])(?![A-Za-z0-9])"
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4}")
_EMAIL_DODGED = re.compile(
    r"[A-Za-z0-9._\-]{3,40} ?(?:[(\[]at[)\]] ?[A-Za-z0-9\-]{2,30}(?:\.[A-Za-z]{2,10}){1,2}|#(?:qq|163|126)\.com)",
    re.IGNORECASE,
)
_WECHAT_WORD = (
    r"(?:[微薇威徽]信|wei信|V信|[微薇威徽V]❤\u200b?|卫星(?=[:号=])|(?<![A-Za-z])V(?=[:=])|绿泡泡|[加➕+] ?V|V号|vx|wx"
    r"|weixin|wechat)"
)
_WECHAT = re.compile(
    rf"(?:{_WECHAT_WORD}(?:号码?|ID)?\s{{0,2}}[:=是为]\s{{0,2}}([A-Za-z][A-Za-z0-9_\-]{{5,19}})"
    rf"|{_WECHAT_WORD}(?:号码?|ID)?\s{{0,2}}((?=[A-Za-z_\-]*\d)[A-Za-z][A-Za-z0-9_\-]{{5,19}})"
    r"|(wxid_[A-Za-z0-9]{6,20}))(?![A-Za-z0-9_\-])",
    re.IGNORECASE,
)
_QQ = re.compile(
    r"(?:QQ群?|扣扣群?|球球|蔻蔻|企鹅号?|[Qq]群|群号|扣(?=[:=])|(?<![A-Za-z])Q(?=[:=]))"
    r"(?:号码?)?[:=是为 ]{0,3}(\d(?:[ \-]?\d){4,10})(?!\d)",
    re.IGNORECASE,
)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范石廖贾夏韦付方白邹孟熊秦邱江"
    "尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍"
    "涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋"
    "商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝高"
)
# As surnames these are rare; as ordinary words after 客户经理 they are common.
_COMMON_WORDS = frozenset("向欧关成包应全和时解农明单管连路华常于项简古车景席")
# Words that begin like a name: the surname, then the characters that make it a word.
_NO_NAMES = (
    "高高傲冷兴度级调层薪 安全慰排抚静装心 白眼痴白天 文明化字件 方便面式案 万一分元能般 温和柔馨 康复"
    " 易怒懂拉 石沉头 钱包都款财 江湖 申请诉报领购 余额款下 任何务性 宁可愿 房产贷屋子东租款价"
    " 费用劲心 商量家户业 查询看账了不一到过完出证实找 麻烦木利 迟到迟缴早 冷漠淡冷脸着 严重格厉肃禁"
    " 顾客虑不及 程序度 付款钱了费出 施压行工 牛逼气皮 焦虑急 左右边手 祝福贺您你愿 尚未且 毕竟业"
    " 季度 师傅父 刁难蛮 毛病利手 何况时必种处等 许多可诺久 董事 杜绝 孙子女 胡说乱来扯闹 郑重"
    " 谢谢绝 曾经说 马上虎路桶 黄金牛了色 陈述列旧 周一二三四五六日末围到边期转 王八炸道 张口嘴贴罗开"
    " 范围 纪检委念 游戏客 凌晨 涂改卡 罗列嗦 齐全 卫生 荣幸 盛气情 岳父母 耿直 钟头 夏天"
)
_NO_NAME = "(?!" + "|".join(f"{word[0]}[{word[1:]}]" for word in _NO_NAMES.split()) + ")"
_COMPOUND = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|端木|司徒"
_ROLE = (
    r"(?:联系人|姓名|名字|客户经理|理财经理|经办人|收款人|付款人|户名|持卡人|借款人|投诉人|当事人|户主|经办员|业务员|信贷员|催收员|柜员"
    r"|大堂经理|本人叫|我叫|名叫|[妈爸公婆儿女子妹哥姐弟]叫)"
)
_SURNAME_STRICT = "".join(sorted(set(_SURNAMES) - _COMMON_WORDS))
_NAME_AFTER_COLON = re.compile(rf"{_ROLE}\s{{0,2}}[:=]\s{{0,2}}((?:{_COMPOUND}|[{_SURNAMES}])[\u4e00-\u9fff]{{1,2}})")
_NAME_PLAIN = re.compile(
    rf"{_ROLE}(?:是|为|叫| )?{_NO_NAME}((?:{_COMPOUND}|[{_SURNAME_STRICT}])[\u4e00-\u9fff]{{1,2}}?)"
    r"(?=先生|女士|小姐|经理|[说让叫给打把推态电告在的跟和与称于向故骗劝不]|[^\u4e00-\u9fff]|$)"
)
_URL = re.compile(r"(?:https?://|www\.)[A-Za-z0-9./?=&%#_~:@+,\-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    token: str


_Detector = Callable[[str], Iterator[_Found]]


def _mobiles(shadow: str) -> Iterator[_Found]:
    for found in _MOBILE.finditer(shadow):
        is_round = _ROUND_AMOUNT.search(found.group()) and _UNIT.match(shadow, found.end())
        is_amount = is_round or _CENTS.match(shadow, found.end())
        if not is_amount:
            yield _Found(found.start(), found.end(), "[手机号]")


def _identities(shadow: str) -> Iterator[_Found]:
    for pattern, is_valid in ((_IDENTITY_18, is_identity_card), (_IDENTITY_15, is_identity_card_15)):
        for found in pattern.finditer(shadow):
            if is_valid(_compact(found.group(1))):
                yield _Found(found.start(1), found.end(1), "[身份证号]")


def _cards(shadow: str) -> Iterator[_Found]:
    urls = [found.span() for found in _URL.finditer(shadow)] if "/" in shadow else []
    for found in _CARD.finditer(shadow):
        in_url = any(start <= found.start() < end for start, end in urls)
        is_post_id = in_url or _NUMBER_NAME.search(shadow, max(0, found.start() - 12), found.start())
        if not is_post_id and is_bank_card(_compact(found.group())):
            yield _Found(found.start(), found.end(), "[银行卡号]")


def _compact(number: str) -> str:
    return "".join(character for character in number.upper() if character.isdigit() or character == "X")


def _pattern(pattern: re.Pattern[str], token: str) -> _Detector:
    def detect(shadow: str) -> Iterator[_Found]:
        for found in pattern.finditer(shadow):
            group = found.lastindex or 0
            yield _Found(found.start(group), found.end(group), token)

    return detect


# Earlier detectors win where two claim the same characters.
_DETECTORS: tuple[_Detector, ...] = (
    _pattern(_EMAIL, "[邮箱]"),
    _pattern(_EMAIL_DODGED, "[邮箱]"),
    _identities,
    _pattern(_NAMED_IDENTITY, "[身份证号]"),
    _mobiles,
    _pattern(_MOBILE_IN_WORDS, "[手机号]"),
    _pattern(_MOBILE_IN_BRACKETS, "[手机号]"),
    _cards,
    _pattern(_NAMED_CARD, "[银行卡号]"),
    _pattern(_LANDLINE, "[固定电话]"),
    _pattern(_NAMED_LANDLINE, "[固定电话]"),
    _pattern(_NAMED_PAPER, "[证件号]"),
    _pattern(_PASSPORT, "[护照号]"),
    _pattern(_NAMED_PASSPORT, "[护照号]"),
    _pattern(_PLATE, "[车牌号]"),
    _pattern(_WECHAT, "[微信号]"),
    _pattern(_QQ, "[QQ号]"),
    _pattern(_ACCOUNT, "[账号]"),
    _pattern(_NAME_AFTER_COLON, "[姓名]"),
    _pattern(_NAME_PLAIN, "[姓名]"),
)
_PLATE_TRIGGER = re.compile(r"[\u4e00-\u9fff][A-HJ-NP-Z][ ·.\-]?[A-Z0-9]{5}")


def mask(text: str, keep: Collection[str] = ()) -> str:
    """The text with personal data replaced by tokens such as [手机号]. Masking twice changes nothing.

    Names in `keep` (watched executives, say) stay readable.
    """
    shadow = text.translate(_SHADOW)
    if not _TRIGGER.search(shadow) and not _PLATE_TRIGGER.search(shadow):
        return text
    taken: list[_Found] = []
    claimed = bytearray(len(text))
    for detector in _DETECTORS:
        for found in detector(shadow):
            if 1 not in claimed[found.start : found.end] and text[found.start : found.end] not in keep:
                claimed[found.start : found.end] = b"\x01" * (found.end - found.start)
                taken.append(found)
    return _replace(text, taken)


def _replace(text: str, found: list[_Found]) -> str:
    pieces, at = [], 0
    for span in sorted(found, key=lambda span: span.start):
        pieces += [text[at : span.start], span.token]
        at = span.end
    return "".join([*pieces, text[at:]])


class Pseudonymiser:
    """Turns author ids into keyed pseudonyms: stable for one key, useless without it."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("the pseudonym key needs at least 16 bytes")
        self._key = key

    def __repr__(self) -> str:
        return "Pseudonymiser(key=***)"

    def pseudonym(self, platform: str, author_id: str) -> str:
        """32 hex digits for one account on one platform."""
        message = f"{platform}:{author_id}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()[:PSEUDONYM_LENGTH]
