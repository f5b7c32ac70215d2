"""Chinese words for the values of the domain: one table for mails, reports, dashboard and command line."""

from collections.abc import Mapping

from yuqing.domain.alert import AlertSeverity
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Outcome
from yuqing.domain.incident import ContactKind, EntryKind, IncidentStatus, LessonState, StepState
from yuqing.domain.mention import AuthorKind, FollowerBand, Platform
from yuqing.domain.subject import Backend

PLATFORMS: Mapping[str, str] = {
    Platform.WEIBO: "微博",
    Platform.DOUYIN: "抖音",
    Platform.NEWS: "新闻",
    Platform.WECHAT: "微信公众号",
    Platform.XIAOHONGSHU: "小红书",
    Platform.ZHIHU: "知乎",
    Platform.BILIBILI: "哔哩哔哩",
    Platform.KUAISHOU: "快手",
    Platform.TIEBA: "百度贴吧",
    Platform.GUBA: "股吧",
    Platform.HEIMAO: "黑猫投诉",
    Platform.APPSTORE: "应用商店",
    Platform.FEEDBACK: "客户反馈",
    Platform.OTHER: "其他",
}
SENTIMENTS: Mapping[SentimentLabel, str] = {
    SentimentLabel.NEGATIVE: "负面",
    SentimentLabel.NEUTRAL: "中性",
    SentimentLabel.POSITIVE: "正面",
}
GRADES: Mapping[AlertSeverity, str] = {
    AlertSeverity.CRITICAL: "高",
    AlertSeverity.WARNING: "中",
    AlertSeverity.INFO: "低",
    AlertSeverity.OPERATOR: "运维",
}
SEVERITIES = ("无风险", "轻微", "较重", "严重")  # of a mention, by its level
# What a message is about (the first word of its badge), and its buttons in their order.
KINDS: Mapping[str, str] = {
    "firing": "预警",
    "repeat": "未确认",
    "escalation": "升级",
    "surge": "再次放大",
    "resolved": "解除",
}
CHANNELS: Mapping[str, str] = {
    "email": "邮件",
    "webhook": "Webhook",
    "wecom": "企业微信",
    "dingtalk": "钉钉",
    "feishu": "飞书",
}
BUTTONS: Mapping[str, str] = {
    "open": "在看板中打开",
    "acknowledge": "我来处理",
    "assign": "指派",
    "silence": "静默 2 小时",
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.OK: "正常",
    Outcome.OK_EMPTY: "确认无结果",
    Outcome.SUSPECT_EMPTY: "空白页，未证实",
    Outcome.AUTH_REQUIRED: "需要登录",
    Outcome.CHALLENGE: "要求验证码",
    Outcome.RATE_LIMITED: "被限流",
    Outcome.BLOCKED: "被封禁",
    Outcome.NOT_FOUND: "已删除",
    Outcome.CHANGED: "页面结构变化",
    Outcome.TRANSPORT: "网络故障",
}
# What the person who is told about it can do; the last ones are troubles of the rule `coverage` without an outcome.
ADVICE: Mapping[str, str] = {
    Outcome.OK: "无需处理。",
    Outcome.OK_EMPTY: "平台明确答复没有结果，“0 条”可信。",
    Outcome.SUSPECT_EMPTY: (
        "页面为空但没有可信的“无结果”，不当作 0。系统会重试；持续出现时用浏览器打开同一搜索核对，"
        "留样见 yuqing evidence list。"
    ),
    Outcome.AUTH_REQUIRED: (
        "会话失效或未配置。由账号负责人用本行自有账号重新登录，更新对应的 YQ_*_COOKIE_FILE，再运行 yuqing doctor；"
        "缺口会自动补采。"
    ),
    Outcome.CHALLENGE: "平台要求验证。不绕过验证：请人工在浏览器中完成一次，或降低频率后等待自动恢复。",
    Outcome.RATE_LIMITED: "请求过快。系统已自动退避；经常出现时调大 sources.yml 的 interval_seconds。",
    Outcome.BLOCKED: "平台拒绝访问。停用该来源并改用官方接口、供应商数据或文件导入。",
    Outcome.NOT_FOUND: "地址已失效。检查 sources.yml 中的地址是否改版或下线。",
    Outcome.CHANGED: "页面已改版，解析器读不懂（留样见 yuqing evidence list）。请升级版本；升级前可用文件导入补数据。",
    Outcome.TRANSPORT: "连接失败或超时。检查网络、代理与 DNS；系统会自动重试。",
    "silent": "确认 yuqing run 在运行，查看它的日志；再手工运行 yuqing crawl 来源编号，看它停在哪里。",
    "unscored": "查看 yuqing run 的日志；手工运行 yuqing score。积压较多时用 yuqing score --shard 分摊。",
    "drift": (
        "运行 yuqing drift 看哪几周、哪一项偏离；抽查近期提及并更正，再看 yuqing corrections report；"
        "见 docs/howto/drift.md。"
    ),
    "slow": (
        "在看板的预警页看各环节用时，先查最慢的一环：采集看来源的 interval_seconds 与拒绝，打分看积压，发送看渠道。"
    ),
    "delayed": "用 yuqing doctor 检查本机时钟；时钟没有问题就是平台收录变慢，预警会相应推迟。",
}
HOT_BOARDS: Mapping[str, str] = {
    "weibo": "微博热搜",
    "weibo_band": "微博话题榜",
    "douyin": "抖音热榜",
    "toutiao": "头条热榜",
    "baidu": "百度热搜",
    "zhihu": "知乎热榜",
    "bilibili": "哔哩哔哩热搜",
    "tieba": "贴吧热议",
    "tencent": "腾讯新闻热点",
    "kuaishou": "快手热榜",
}
AUTHOR_KINDS: Mapping[AuthorKind, str] = {
    AuthorKind.PERSON: "个人",
    AuthorKind.VERIFIED_PERSON: "认证个人",
    AuthorKind.ORGANISATION: "机构",
    AuthorKind.MEDIA: "媒体",
    AuthorKind.GOVERNMENT: "政务",
    AuthorKind.UNKNOWN: "未知账号",
}
FOLLOWERS: Mapping[FollowerBand, str] = {
    FollowerBand.UNKNOWN: "粉丝数未知",
    FollowerBand.UNDER_1K: "粉丝不足 1 千",
    FollowerBand.UNDER_10K: "粉丝 1 千至 1 万",
    FollowerBand.UNDER_100K: "粉丝 1 万至 10 万",
    FollowerBand.UNDER_1M: "粉丝 10 万至 100 万",
    FollowerBand.OVER_1M: "粉丝超过 100 万",
}
DEMANDS: Mapping[str, str] = {"wish": "愿望", "question": "提问"}
# How a source is (`yuqing.source_health.Condition`), whether its host is asked, and what a session is good for.
CONDITIONS: Mapping[str, str] = {
    "well": "正常",
    "late": "落后",
    "refused": "受阻",
    "never": "从未采集",
    "fed": "由导入提供",
    "off": "未启用",
}
CIRCUITS: Mapping[str, str] = {"closed": "未熔断", "open": "已熔断", "half_open": "待试探"}
SESSIONS: Mapping[str, str] = {"fresh": "可用", "cooling": "冷却中", "dead": "已失效", "unknown": "未知"}
BACKENDS: Mapping[Backend, str] = {
    Backend.OFFICIAL: "官方接口",
    Backend.WEB: "网页",
    Backend.RSS: "订阅",
    Backend.VENDOR: "供应商",
    Backend.IMPORT: "导入",
}
# Which assertion a crawl broke (`crawlers.assertions`).
VIOLATIONS: Mapping[str, str] = {
    "silent": "反常地没有内容",
    "fields_missing": "页面缺少应有的字段",
    "newest_too_old": "最新内容过旧",
    "some_unreadable": "部分条目读不出来",
}
# Incidents.
INCIDENT_STATUSES: Mapping[IncidentStatus, str] = {
    IncidentStatus.OPEN: "待接手",
    IncidentStatus.ACKNOWLEDGED: "已接手",
    IncidentStatus.HANDLING: "处置中",
    IncidentStatus.RESOLVED: "已处置",
    IncidentStatus.CLOSED: "已结案",
}
STEP_STATES: Mapping[StepState, str] = {StepState.TODO: "未做", StepState.DONE: "完成", StepState.SKIPPED: "不做"}
ENTRY_KINDS: Mapping[EntryKind, str] = {
    EntryKind.POST: "内容",
    EntryKind.ALERT: "预警",
    EntryKind.NOTICE: "通知",
    EntryKind.ACTION: "处置",
    EntryKind.NOTE: "记录",
    EntryKind.STATEMENT: "声明",
    EntryKind.CONTACT: "沟通",
    EntryKind.SYSTEM: "系统",
}
CONTACT_KINDS: Mapping[ContactKind, str] = {
    ContactKind.MEDIA: "媒体",
    ContactKind.OPINION_LEADER: "意见领袖",
    ContactKind.REGULATOR: "监管",
    ContactKind.PARTNER: "合作方",
}
LESSON_STATES: Mapping[LessonState, str] = {
    LessonState.PROPOSED: "待采纳",
    LessonState.TAKEN: "已采纳",
    LessonState.DECLINED: "未采纳",
}
DEADLINES: Mapping[str, str] = {"respond": "响应", "resolve": "办结"}
