"""Chinese words for the values of the domain, as messages show them."""

from collections.abc import Mapping

from yuqing.domain.alert import AlertSeverity
from yuqing.domain.mention import AuthorKind, FollowerBand, Platform

GRADES: Mapping[AlertSeverity, str] = {
    AlertSeverity.CRITICAL: "高",
    AlertSeverity.WARNING: "中",
    AlertSeverity.INFO: "低",
    AlertSeverity.OPERATOR: "运维",
}
COLOURS: Mapping[AlertSeverity, str] = {
    AlertSeverity.CRITICAL: "#c62828",
    AlertSeverity.WARNING: "#d9730d",
    AlertSeverity.INFO: "#2563a8",
    AlertSeverity.OPERATOR: "#5b6470",
}
PLATFORMS: Mapping[str, str] = {
    Platform.WEIBO: "微博",
    Platform.DOUYIN: "抖音",
    Platform.NEWS: "新闻",
    Platform.WECHAT: "公众号",
    Platform.XIAOHONGSHU: "小红书",
    Platform.ZHIHU: "知乎",
    Platform.BILIBILI: "B站",
    Platform.KUAISHOU: "快手",
    Platform.TIEBA: "贴吧",
    Platform.GUBA: "股吧",
    Platform.HEIMAO: "黑猫投诉",
    Platform.APPSTORE: "应用商店",
    Platform.FEEDBACK: "客户反馈",
    Platform.OTHER: "其他",
}
AUTHORS: Mapping[AuthorKind, str] = {
    AuthorKind.PERSON: "个人",
    AuthorKind.VERIFIED_PERSON: "认证个人",
    AuthorKind.ORGANISATION: "机构",
    AuthorKind.MEDIA: "媒体",
    AuthorKind.GOVERNMENT: "政务",
    AuthorKind.UNKNOWN: "未知账号",
}
FOLLOWERS: Mapping[FollowerBand, str] = {
    FollowerBand.UNKNOWN: "",
    FollowerBand.UNDER_1K: "粉丝不到 1 千",
    FollowerBand.UNDER_10K: "粉丝 1 千至 1 万",
    FollowerBand.UNDER_100K: "粉丝 1 万至 10 万",
    FollowerBand.UNDER_1M: "粉丝 10 万至 100 万",
    FollowerBand.OVER_1M: "粉丝超过 100 万",
}
