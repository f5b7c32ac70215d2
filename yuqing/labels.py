"""Chinese words for the values of the domain: one table for mails, reports, dashboard and command line."""

from collections.abc import Mapping

from yuqing.domain.alert import AlertSeverity
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Outcome
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
}
