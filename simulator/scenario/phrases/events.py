"""What people say when something happens."""

OUTAGE = (
    "{app}崩了，{error}",
    "{app}登不上去，试了{count}",
    "{app}打不开，{error}",
    "{app}一打开就闪退，重装也没用",
    "{bank}转账失败，{money}还等着付",
    "{app}{feature}用不了，{error}",
    "{bank}客服打不通，等了{while}",
    "{bank}系统瘫痪了吗，付款付不了",
    "在{region}也登不上{app}",
    "{app}查不到余额，吓死我了",
    "用{bank}的卡扫码付款一直失败，{money}付不出去",
    "{app}显示系统维护，为什么不提前通知",
    "{bank}{place}柜台也说系统故障办不了",
    "{person}在超市结账，{bank}的卡刷不出来，太尴尬了",
    "{bank}扣了{money}但是对方没收到",
    "{app}崩了{while}了还没修好",
    "交{fee}的最后一天{app}登录失败",
    "{bank}到现在没有一个说法，{app}还是用不了",
    "发工资的日子{app}崩了，{money}转不出来",
    "{device}登{app}也是{error}",
)

RUMOUR = (
    "听说{bank}取不出钱了，大家快去{place}看看",
    "{bank}是不是要倒闭了，{person}说取不出钱",
    "{bank}{place}门口好多人排队取钱，挤兑了？",
    "网传{bank}资金链断裂，取不了现",
    "{person}的{product}在{bank}取不出来，说要预约",
    "{bank}不会跑路吧，存款还安全吗",
    "群里都在说{bank}挤兑，赶紧把{money}取出来",
    "{bank}ATM没钱了，是不是出大事了",
)

CAMPAIGN_POSITIVE = (
    "金秋开户礼领到{gift}，{bank}这次大方",
    "参加{bank}金秋开户礼，{staff}帮忙办的，十分钟搞定",
    "{bank}开户送米，{person}也去办了一张",
    "金秋开户礼的{gift}到手，{bank}有诚意",
    "{bank}金秋开户礼排队的人不少，但是很快",
    "薅到{bank}金秋开户礼的羊毛，{gift}真香",
)

CAMPAIGN_NEUTRAL = (
    "{bank}金秋开户礼到几号结束",
    "{bank}金秋开户礼老客户能参加吗",
    "{bank}推出金秋开户礼，新户可领{gift}",
    "{bank}金秋开户礼在{place}可以办",
    "{bank}开户送米是哪些网点",
)

CAMPAIGN_NEGATIVE = ("{bank}金秋开户礼的{gift}说没货了，白跑一趟", "{bank}金秋开户礼还要存{money}才送，套路")
