"""Chinese for the details of an outcome: the fixed words that the crawlers write, told to a person."""

import re
from collections.abc import Mapping

DETAILS: Mapping[str, str] = {
    # The source is left in peace, or we do not ask.
    "paused": "被拒绝之后暂停中，到时自动再试",
    "interrupted": "采集中断，没有读完",
    "nothing_fetched": "一页也没有读到",
    "robots": "网站的 robots.txt 不许读",
    "inner_address": "地址指向内网，不访问",
    "cooling_down": "桥接正在等待访客凭证冷却",
    "leads_in_circles": "跳转没有尽头",
    # A zero that is not believed.
    "canary_silent": "连必有结果的探测词也搜不到：平台可能在隐瞒结果",
    "silent": "平时有内容，近几轮一条也没有",
    "newest_too_old": "最新的一条也太旧：来源停更，或给的是旧页面",
    "fields_missing": "一半以上的内容缺少应有的字段，页面可能已改版",
    "still_empty": "再看一次仍是空白页",
    "blank_page": "空白页，没有“无结果”的标志",
    "empty_with_more": "页面为空，却说后面还有",
    "cursor_stands_still": "翻页不前进",
    "repeats_earlier_pages": "翻页总是重复前面的内容",
    "comments_missing": "声称有评论，却读不到",
    "posts_missing": "少了应有的帖子",
    "entries_missing": "少了应有的条目",
    "feed_ran_dry": "订阅源变空了",
    "board_cut": "榜单只给了一小部分",
    "board_empty": "榜单为空：热榜从不为空，不当真",
    "blank_after_more": "上一页说后面还有，这一页却是空白",
    "nothing_told": "空白页，平台没有写明没有结果",
    "unknown_reason": "平台给出的原因不认识",
    "page_without_works": "页面上没有作品",
    "only_other_cards": "页面上只有别的内容",
    "roll_without_items": "列表里没有条目",
    "no_end_marker": "没有读到结尾的标志",
    "no_total": "没有总数，无法证实",
    "no_posts": "没有帖子，也没有“无结果”的标志",
    "no_replies": "没有回复，无法证实",
    "no_detail": "没有作品的详情",
    "no_reviews_on_page": "这一页没有评论，无法证实",
    # Login.
    "redirect_to_login": "跳转到登录页",
    "visitor_page": "跳转到访客验证页",
    "ok_-100": "接口要求登录",
    "not_logged_in": "登录已失效",
    "missing": "没有会话（Cookie）",
    "not_configured": "桥接没有配置该平台的账号",
    "cookies_expired": "桥接的 Cookie 已失效",
    "access_key": "桥接的访问密钥不对",
    # Checks and refusals.
    "captcha": "要求验证码",
    "captcha_page": "验证码页面",
    "captcha_url": "要求验证码",
    "redirect_to_captcha": "跳转到验证码页面",
    "js_verify": "要求脚本验证",
    "is_spider": "被判定为爬虫",
    "filtered_for_us": "结果被平台过滤",
    "verify_check": "要求验证码",
    "check_of_new_name": "要求验证（没见过的方式）",
    "soft_block": "正常页面里没有数据：软封锁",
    "empty_body": "空的响应",
    "blocked_body": "响应写明被封禁",
    "html_instead_of_json": "应为数据，却返回了网页",
    "error_in_json": "响应里写明出错",
    "result_2": "请求过于频繁",
    "instance_down": "桥接服务没有运行",
    # Gone.
    "deleted": "已删除",
    "deleted_message": "已删除",
    "work_gone": "作品已不在",
    "error_20101": "微博不存在",
    "error_type_2": "帖子不存在或已删除",
    "redirect_to_404": "跳转到“页面不存在”",
    "redirect_to_front": "跳转到首页",
    "soft_404": "页面写着“不存在”",
    # Proved to be empty, or nothing new.
    "no_result": "平台写明没有结果",
    "no_result_text": "平台写明没有结果",
    "no_result_card": "平台写明没有结果",
    "no_content_message": "平台写明没有内容",
    "search_without_hits": "没有命中",
    "total_0": "总数为 0",
    "total_zero": "总数为 0",
    "count_0": "总数为 0",
    "empty_list": "列表为空",
    "no_reviews": "没有评论",
    "no_more": "没有更多",
    "no_more_shown": "没有更多",
    "end_of_list": "已到结尾",
    "end_of_reviews": "已到结尾",
    "depth_reached": "已到平台给看的最深处",
    "past_last_page": "已过最后一页",
    "older_posts": "只有更早的内容",
    "not_modified": "没有变化",
    "feed_without_entries": "订阅源里没有条目",
    "sitemap_without_urls": "网站地图里没有网址",
    "index_without_sitemaps": "索引里没有网站地图",
    # The line.
    "truncated_json": "响应不完整",
    "TimeoutError": "超时",
    "DownloadTimeoutError": "超时",
    "CannotResolveHostError": "域名解析失败",
    "DownloadConnectionRefusedError": "连接被拒绝",
    "DownloadFailedError": "下载失败",
    "ResponseDataLossError": "响应不完整",
    "TCPTimedOutError": "连接超时",
    "DNSLookupError": "域名解析失败",
    "ConnectionRefusedError": "连接被拒绝",
    "ResponseNeverReceived": "没有收到响应",
    "ConnectionLost": "连接中断",
    "ConnectionDone": "连接中断",
    "ResponseFailed": "响应中断",
}
_PATTERNS = (
    (re.compile(r"http_(\d{3})"), "HTTP {}"),
    (re.compile(r"upstream_(\d{3})"), "上游 HTTP {}"),
    (re.compile(r"(?:status|err|error|code|ok|http_code)_(-?\w+)"), "平台错误码 {}"),
    (re.compile(r"parser_(\w+)"), "解析出错（{}）"),
    (re.compile(r"(?:no|malformed|another)_(\w+)|not_html|not_json|\w+_unreadable"), "页面结构读不懂"),
    (re.compile(r"\w+_(?:not_an_object|is_no_list|status)"), "页面结构读不懂"),
)


def told(detail: str) -> str:
    """What a detail means; one that we have no words for stands as it is."""
    if detail in DETAILS:
        return DETAILS[detail]
    for pattern, words in _PATTERNS:
        if found := pattern.fullmatch(detail):
            return words.format(*(group or "" for group in found.groups()))
    return detail
