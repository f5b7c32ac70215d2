"""Invented sentences about invented banks, by topic and stance. No sentence is taken from anywhere."""

from random import Random

from yuqing.domain.annotation import SentimentLabel

TOPIC_NAMES = {
    "app": "手机银行",
    "card": "信用卡",
    "loan": "贷款",
    "deposit": "存款与账户",
    "wealth": "理财与投资",
    "fee": "收费与计息",
    "payment": "支付与转账",
    "service": "网点与客服",
    "collection": "催收与征信",
    "fraud": "盗刷与诈骗",
    "privacy": "信息泄露与骚扰",
    "marketing": "营销活动",
    "compliance": "监管与合规",
    "governance": "经营与公司",
    "liquidity": "挤兑与流动性",
    "other": "其他",
}
KEYWORD_ALIASES = {
    "yunjiang": "云江银行",
    "haizhou": "海州银行",
    "beiyuan": "北原银行",
    "goldenautumn": "金秋开户礼",
    "linzhiyuan": "林知远",
    "yunjiang_app": "云江手机银行",
}
_NEGATIVE = {
    "app": (
        "{name}又登录不了，转圈转到天荒地老",
        "{name}一打开就闪退，今天房租都交不出去",
        "{name}系统崩溃，客服电话也打不进去",
    ),
    "card": ("{name}信用卡无缘无故降额，问就是综合评分", "注销{name}信用卡跑了三趟还没办完"),
    "loan": ("{name}提前还款要排两个月队", "{name}房贷审批拖了四十天，卖家都急了"),
    "deposit": ("{name}把我的卡限额到五百，取点钱要证明半天", "{name}账户突然冻结，工资都动不了"),
    "wealth": ("{name}说稳健的理财又亏了，当初经理可不是这么讲的", "在{name}买的产品到期了还赎不回来"),
    "fee": ("{name}短信费悄悄扣了一年，没人告诉过我", "{name}小额账户管理费凭什么又收"),
    "payment": ("{name}转账显示成功，对方两天没收到", "{name}扣了两次款，退款还要等七个工作日"),
    "service": ("{name}网点只开一个窗口，排了一上午", "{name}客服转来转去，最后让我自己想办法"),
    "marketing": ("{name}的礼品说好的大米，领的时候说没货了", "参加{name}活动填了一堆资料，返现没影"),
    "governance": ("{name}这季度不良又上去了，股价难看", "听说{name}又在裁网点，员工人心惶惶"),
}
_NEUTRAL = {
    "app": ("请问{name}怎么改登录手机号", "{name}新版界面换了位置，转账在第二个菜单"),
    "card": ("{name}信用卡账单日可以改吗", "想办一张{name}的卡，有推荐的卡种吗"),
    "loan": ("{name}首套利率现在是多少", "{name}公积金组合贷需要哪些材料"),
    "deposit": ("{name}三年期存款利率有人知道吗", "去{name}开户要带什么证件"),
    "wealth": ("{name}周末能买理财吗", "{name}新发了一只债券型产品"),
    "fee": ("{name}跨行转账收不收手续费", "{name}年费刷满几次可以免"),
    "payment": ("{name}单日转账上限怎么调", "{name}支持数字人民币吗"),
    "service": ("{name}周六哪个网点开门", "{name}的人工客服按几号键"),
    "marketing": ("{name}的活动到几号结束", "{name}积分商城换了新礼品"),
    "governance": ("{name}公布三季度经营数据", "{name}召开年度投资者交流会"),
}
_POSITIVE = {
    "app": ("{name}更新之后流畅多了，点赞", "{name}的搜索很好用，一搜就到"),
    "card": ("{name}信用卡提额秒批，舒服", "{name}的机场权益真香"),
    "loan": ("{name}三天就放款，经理很专业", "{name}经营贷利率降了，省了不少"),
    "deposit": ("{name}开户十分钟搞定，柜员很耐心", "{name}的工资卡一直用得放心"),
    "wealth": ("{name}的理财经理讲得很清楚，不乱推荐", "在{name}买的产品按时兑付"),
    "fee": ("{name}主动退了多收的手续费，好评", "{name}取消了转账费，良心"),
    "payment": ("{name}转账秒到账，比别家快", "{name}扫码立减又省了十块"),
    "service": ("{name}大堂给老人搬椅子倒水，很暖心", "{name}客服半夜也有人接，解决得快"),
    "marketing": ("{name}的大米收到了，分量足", "{name}活动很实在，推荐给爸妈了"),
    "governance": ("{name}拿了普惠金融奖，实至名归", "{name}利润稳步增长，分红不错"),
}
_TEXTS = {
    SentimentLabel.NEGATIVE: _NEGATIVE,
    SentimentLabel.NEUTRAL: _NEUTRAL,
    SentimentLabel.POSITIVE: _POSITIVE,
}
_TAILS = {
    SentimentLabel.NEGATIVE: (
        "。有没有人管管？",
        "，气死了。",
        "……真的服了。",
        "。已经打了投诉电话，留的是[手机号]。",
        "！",
    ),
    SentimentLabel.NEUTRAL: ("？", "，有人知道吗？", "。", "，先记一下。"),
    SentimentLabel.POSITIVE: ("。", "！", "，会继续用。", "，推荐。"),
}
_OPENINGS = ("", "", "早上", "刚刚", "朋友说", "同事反映，", "昨天", "我妈的")


def sentence(random: Random, subject: str, topic: str, label: SentimentLabel) -> str:
    """One post about the subject."""
    body = random.choice(_TEXTS[label][topic]).format(name=KEYWORD_ALIASES[subject])
    return f"{random.choice(_OPENINGS)}{body}{random.choice(_TAILS[label])}"


def headline(random: Random, subject: str, topic: str, label: SentimentLabel) -> str:
    """The title of one news article about the subject."""
    verdict = {
        SentimentLabel.NEGATIVE: ("引发用户不满", "遭集中投诉", "被指处理迟缓"),
        SentimentLabel.NEUTRAL: ("有新安排", "最新说明", "一文看懂"),
        SentimentLabel.POSITIVE: ("获好评", "再升级", "受到欢迎"),
    }[label]
    return f"{KEYWORD_ALIASES[subject]}{TOPIC_NAMES[topic]}{random.choice(verdict)}"
