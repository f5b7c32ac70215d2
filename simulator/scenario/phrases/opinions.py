"""What people say about a bank on any day. Each core names its subject, so that a search for the bank finds it."""

NEGATIVE: dict[str, tuple[str, ...]] = {
    "app": (
        "{app}登不上去，{error}",
        "{app}一打开就闪退",
        "{app}更新以后更难用了",
        "{app}{feature}的时候{error}",
        "{app}验证码收不到，试了{count}",
        "{app}卡得要死，{feature}等了{wait}",
        "{app}在{device}上根本打不开",
        "{app}人脸识别总是失败",
        "{app}广告太多，{feature}都找不到入口",
        "{app}老是让重新登录，{error}",
    ),
    "payment": (
        "{bank}转账失败，{money}没到账，钱却扣了",
        "{app}转{money}{error}",
        "{bank}跨行转账{wait}还没到账",
        "用{bank}的卡付款总是失败，试了{count}",
        "{bank}的ATM吞了我的{card}",
        "{app}重复扣款，{money}扣了两笔",
        "{bank}限额低得离谱，连{money}都转不出去",
    ),
    "service": (
        "{bank}{place}排队{wait}，窗口只开一个",
        "{bank}客服打不通，打了{count}",
        "{bank}{staff}态度恶劣，爱理不理",
        "{bank}客服全是机器人，转人工转了{wait}",
        "{bank}办个{card}让{person}跑了{count}",
        "投诉{bank}{count}没有人回复",
        "{bank}{place}中午不办业务，白跑一趟",
    ),
    "fee": (
        "{bank}莫名其妙扣了我{fee}",
        "{bank}的{fee}说涨就涨，没有通知",
        "{bank}{card}的{fee}退不回来，客服互相推",
        "{bank}乱收费，{fee}扣了{count}才发现",
    ),
    "card": (
        "{bank}信用卡突然降额，没有任何理由",
        "{bank}信用卡申请被拒{count}，也不说原因",
        "{bank}信用卡注销不了，{error}",
        "{bank}{card}激活失败，{error}",
    ),
    "deposit": (
        "{bank}把我的{card}冻结了，{money}取不出来还要跑网点",
        "{bank}销户要填一堆表，折腾了{wait}",
        "{bank}取自己的{money}还要被盘问半天",
        "{bank}非柜面限额只有几百，{money}都付不了",
    ),
    "loan": (
        "{bank}房贷提前还款要排队预约几个月",
        "{bank}贷款审批拖了{wait}又说资料不全",
        "{bank}的消费贷利率和宣传的不一样",
    ),
    "wealth": (
        "{bank}{staff}推荐的{product}亏了，当初说稳赚",
        "{bank}{product}赎回不了，{error}",
        "{bank}理财收益越来越低还亏本金",
    ),
    "privacy": ("{bank}的推销电话一天打{count}，信息是不是被泄露了", "刚在{bank}留了号码就接到骚扰电话"),
    "collection": ("{bank}催收电话打到{person}那里去了", "{bank}逾期一天就打电话催，态度很凶"),
    "marketing": (
        "{bank}活动说送{gift}，去了说没有了",
        "{bank}积分兑换的{gift}一直不发货",
        "{bank}的优惠券根本抢不到，虚假宣传",
    ),
}

POSITIVE: dict[str, tuple[str, ...]] = {
    "app": (
        "{app}新版很好用，{feature}两步就搞定",
        "{app}界面清爽，{feature}很快",
        "{app}的老年版字大，{person}自己会用了",
    ),
    "service": (
        "{bank}{place}的{staff}很耐心，帮{person}办好了业务",
        "{bank}客服态度很好，几分钟就解决了问题",
        "{bank}{place}不用排队，{staff}全程指导",
        "{bank}{staff}拦下了{person}给骗子的转账，太感谢了",
        "{bank}上门给行动不便的老人办业务，暖心",
    ),
    "payment": ("{bank}转账秒到，还不收手续费", "用{bank}的卡坐地铁一分钱，很划算"),
    "loan": ("{bank}的贷款放款真快，利率也低", "{bank}小微贷款帮了我们店大忙"),
    "deposit": ("{bank}{product}利率比别家高一点，{staff}讲得很清楚", "{bank}开户很快，十分钟就办好"),
    "marketing": ("{bank}送的{gift}收到了，很实用", "{bank}活动领到{gift}，开心"),
    "card": ("{bank}信用卡提额成功，权益很好用", "{bank}{card}的卡面太好看了"),
}

QUESTIONS: dict[str, tuple[str, ...]] = {
    "app": ("{app}怎么修改预留手机号", "{app}在哪里可以{feature}", "{app}换手机要重新绑定设备吗"),
    "deposit": (
        "{bank}{product}现在利率是{rate}吗",
        "{bank}的{product}多少钱起存",
        "{bank}异地可以销户吗",
        "{bank}开户要带什么证件",
    ),
    "loan": ("{bank}公积金贷款要多久放款", "{bank}房贷利率什么时候重定价", "{bank}车贷需要什么条件"),
    "card": ("{bank}信用卡年费怎么免", "{bank}{card}丢了去哪里补办", "{bank}信用卡账单日可以改吗"),
    "service": ("{bank}{place}周末上班吗", "{bank}{place}几点关门", "{bank}的客服电话是多少"),
    "wealth": ("{bank}{product}靠谱吗", "{bank}的{product}和定期哪个合适"),
    "marketing": ("{bank}积分能换{gift}", "{bank}的新户活动还有{gift}吗"),
}

STATEMENTS: dict[str, tuple[str, ...]] = {
    "governance": (
        "{bank}发布公告，董事会将于下月召开",
        "{bank}在{region}新设一家网点",
        "{bank}与{region}签署合作协议",
        "{bank}秋季校园招聘开始报名",
        "{bank}公布半年度经营数据",
        "{bank}行长{leader}出席{region}金融论坛",
    ),
    "deposit": ("{bank}调整{product}利率至{rate}", "{bank}发行新一期{product}"),
    "marketing": ("{bank}推出{card}新户活动", "{bank}周末有理财讲座"),
    "app": ("{app}发布新版本，增加{feature}入口", "{bank}公告本周日凌晨系统升级"),
    "other": (
        "路过{bank}{place}，门口在修路",
        "约了朋友在{bank}{place}对面吃饭",
        "公交车改道，{bank}{place}那一站不停",
    ),
}

NOISE = (
    "昨晚的云银河太美了，拍了一夜",
    "云银幕今天上映新片，票已经买好",
    "林知远航的新书签售会在周六",
    "云银河摄影小组招新",
    "上海银行大厦附近的早餐推荐",
    "周末去海银滩看日出",
    "海银滩的海鲜大排档便宜又好吃",
    "云银幕影院爆米花买一送一",
    "小说《林知远航》更新到第{rate}卷",
    "上海银行门口的梧桐真好看",
)

REPOST_WORDS = {
    "negative": (
        "我也遇到过",
        "{bank}出来走两步",
        "太离谱了",
        "果然不止我一个",
        "转起来让大家看看",
        "转发微博",
        "{bank}这也太差了",
        "投诉他",
    ),
    "positive": ("{bank}可以的", "沾沾喜气", "转发微博", "为{bank}点赞", "想要同款"),
    "neutral": ("{bank}的朋友看看", "转发微博", "码住", "关注一下{bank}", "吃瓜"),
    "app": (
        "同样登不上",
        "我也是，{app}{error}",
        "{bank}快修",
        "{app}崩了{while}了",
        "果然不止我一个",
        "转发微博",
        "{bank}给个说法",
    ),
    "liquidity": (
        "真的假的，{bank}取不出钱了？",
        "{bank}出来辟谣啊",
        "赶紧去{bank}取钱",
        "吓得我赶紧查{bank}余额",
        "转发微博",
        "存{bank}的注意",
    ),
}

VIDEO_WORDS = {
    "negative": (
        "实拍{bank}{place}排队{wait}",
        "{app}又登不上，现场教你们看什么叫{error}",
        "曝光一下{bank}的{fee}",
        "{bank}客服打不通，我录下来了",
        "在{bank}取{money}被盘问",
    ),
    "positive": (
        "{bank}{place}探店，服务真不错",
        "{bank}{staff}帮{person}追回了被骗的钱",
        "手把手教你用{app}{feature}",
        "{bank}送的{gift}开箱",
    ),
    "neutral": (
        "{bank}{product}利率一览",
        "一分钟看懂{bank}的{card}",
        "{bank}{place}今天开业",
        "{app}怎么{feature}，看这个",
    ),
}

COMMENT_WORDS = {
    "negative": (
        "我的也登不上",
        "{bank}客服打不通",
        "{feature}还是{error}",
        "早就销户了",
        "柜台只开一个窗口",
        "气死了，{money}还没到账",
        "{app}一直闪退",
        "太差了",
        "别存他家",
        "等了{wait}",
        "投诉了没人理",
        "每次都这样",
        "钱扣了没到账",
    ),
    "positive": ("服务确实好", "我也领到{gift}了", "{staff}真的很耐心", "支持{bank}", "用了很多年，放心", "办得很快"),
    "neutral": ("这是哪个网点", "利率多少", "要带身份证吗", "几点下班", "在哪里领", "路过看看", "第一"),
}
