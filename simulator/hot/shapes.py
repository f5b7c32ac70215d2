"""Each board as its platform prints it: with advertisements and pinned lines where the real one has them."""

import html
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from simulator.hot.topics import Topic

Json = dict[str, Any]
_AD = "示例商城春季大促"
_PINNED = "江城举办市民读书节"
_ADS_AFTER = (3, 7)


def weibo(topics: Sequence[Topic], now: datetime) -> Json:
    """weibo.com/ajax/side/hotSearch."""
    lines: list[Json] = []
    for number, topic in enumerate(topics, 1):
        lines.append(
            {
                "word": topic.word,
                "word_scheme": f"#{topic.word}#",
                "note": topic.note or topic.word,
                "num": topic.heat,
                "raw_hot": topic.heat,
                "rank": number - 1,
                "realpos": number,
                "label_name": topic.label,
                "icon_desc": topic.label,
                "category": "社会",
                "onboard_time": int(topic.since.timestamp()),
                "mid": "5140000000000001",
                "flag": 1 if topic.label else 0,
                "emoticon": "",
            }
        )
        if number in _ADS_AFTER:
            lines.append({"word": _AD, "note": _AD, "is_ad": 1, "ad_channel": 1, "icon_desc": "商", "num": 0})
    pinned = {"word": f"#{_PINNED}#", "name": f"#{_PINNED}#", "note": _PINNED, "icon_desc": "置顶", "mid": "1"}
    return {"ok": 1, "data": {"realtime": lines, "hotgov": pinned, "hotgovs": [pinned]}}


def weibo_band(topics: Sequence[Topic], now: datetime) -> Json:
    """weibo.com/ajax/statuses/hot_band."""
    lines: list[Json] = [
        {
            "word": topic.word,
            "note": topic.note or topic.word,
            "num": topic.heat,
            "raw_hot": topic.heat,
            "realpos": number,
            "category": "社会",
            "label_name": topic.label,
            "onboard_time": int(topic.since.timestamp()),
            "mid": "5140000000000001",
            "word_scheme": f"#{topic.word}#",
            "subject_label": "",
        }
        for number, topic in enumerate(topics, 1)
    ]
    lines.insert(_ADS_AFTER[0], {"word": _AD, "note": _AD, "ad_type": "热搜推广", "num": 12345, "label_name": "商"})
    return {"ok": 1, "http_code": 200, "data": {"band_list": lines, "hotgov": {"word": f"#{_PINNED}#"}}}


def weibo_summary(topics: Sequence[Topic], now: datetime) -> str:
    """s.weibo.com/top/summary."""
    rows = [_row("", _PINNED, "", "", '<i class="icon-top"></i>')]
    for number, topic in enumerate(topics, 1):
        kind = "剧集 " if number % 9 == 0 else ""
        rows.append(_row(str(number), topic.word, f"{kind}{topic.heat}", topic.label))
        if number in _ADS_AFTER:
            rows.append(
                '<tr class=""><td class="td-01 ranktop">•</td><td class="td-02"><a href="javascript:void(0);" '
                f'target="_blank">{_AD}</a></td><td class="td-03"><i class="icon-txt">商</i></td></tr>'
            )
    head = '<thead><tr class="thead_tr"><th class="th-01">序号</th><th class="th-02">关键词</th></tr></thead>'
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><title>微博热搜榜</title></head><body><div id="plc_main">'
        f'<div class="data" id="pl_top_realtimehot"><table>{head}<tbody>{"".join(rows)}</tbody></table></div>'
        "</div></body></html>"
    )


def _row(number: str, word: str, heat: str, label: str, icon: str = "") -> str:
    query = quote(f"#{word}#")
    mark = f'<i class="icon-txt icon-txt-new">{label}</i>' if label else ""
    span = f" <span>{heat}</span>" if heat else ""
    return (
        f'<tr class=""><td class="td-01 ranktop">{number}{icon}</td><td class="td-02"><a href="/weibo?q={query}'
        f'&amp;t=31&amp;band_rank={number}" target="_blank">{html.escape(word)}</a>{span}</td>'
        f'<td class="td-03">{mark}</td></tr>'
    )


def douyin(topics: Sequence[Topic], now: datetime) -> Json:
    """www.douyin.com/aweme/v1/web/hot/search/list/."""
    lines = [
        {
            "word": topic.word,
            "sentence_id": topic.key,
            "group_id": topic.key,
            "hot_value": topic.heat * 6,
            "event_time": int(topic.since.timestamp()),
            "position": number,
            "view_count": topic.heat * 30,
            "video_count": 3,
            "label": 3 if topic.label else 0,
        }
        for number, topic in enumerate(topics, 1)
    ]
    rising = [{"word": "示例上升热点", "sentence_id": "1", "event_time": int(now.timestamp())}]
    data = {"word_list": lines, "trending_list": rising, "active_time": f"{now:%Y-%m-%d %H:%M:%S}"}
    return {"status_code": 0, "data": data, "log_pb": {"impr_id": "INVENTED"}}


def toutiao(topics: Sequence[Topic], now: datetime) -> Json:
    """www.toutiao.com/hot-event/hot-board/."""
    lines = [
        {
            "ClusterId": int(topic.key),
            "ClusterIdStr": topic.key,
            "Title": topic.word,
            "HotValue": str(topic.heat * 4),
            "Image": {"url": "https://p3-sign.toutiaoimg.com/invented.png"},
            "LabelUri": {},
            "Label": "hot" if topic.label else "",
            "LabelDesc": "热门事件" if topic.label else "",
        }
        for topic in topics
    ]
    pinned = [{"Id": 1, "Title": _PINNED, "Url": "https://www.toutiao.com/"}]
    return {"data": lines, "fixed_top_data": pinned, "fixed_top_style": "1", "status": "success"}


def baidu(topics: Sequence[Topic], now: datetime) -> Json:
    """The JSON of top.baidu.com/board."""
    lines: list[Json] = [
        {
            "index": number,
            "word": topic.word,
            "query": topic.word,
            "desc": topic.note,
            "hotScore": str(topic.heat * 3),
            "hotTag": "3" if topic.label else "0",
            "hotTagImg": "",
            "img": "https://fyb-1.cdn.bcebos.com/invented.png",
            "rawUrl": f"https://www.baidu.com/s?wd={quote(topic.word)}",
            "url": f"https://www.baidu.com/s?wd={quote(topic.word)}",
            "isTop": False,
        }
        for number, topic in enumerate(topics)
    ]
    pinned = {"index": 0, "word": _PINNED, "query": _PINNED, "hotScore": "0", "isTop": True, "url": ""}
    lines.insert(0, pinned)
    # Every other quarter of an hour the lines lie one level deeper, as on the real page.
    content = [{"content": lines}] if now.minute // 15 % 2 else lines
    return {"success": True, "data": {"cards": [{"component": "hotList", "content": content}], "curBoardName": "热搜"}}


def baidu_page(topics: Sequence[Topic], now: datetime) -> str:
    """top.baidu.com/board."""
    data = json.dumps({"data": baidu(topics, now)["data"]}, ensure_ascii=False)
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><title>百度热搜</title></head><body>'
        f'<div id="sanRoot"><!--s-data:{data}--></div></body></html>'
    )


def zhihu(topics: Sequence[Topic], now: datetime) -> Json:
    """www.zhihu.com/api/v3/feed/topstory/hot-list-web."""
    lines = [
        {
            "type": "hot_list_feed",
            "id": f"0_{topic.key}",
            "feed_specific": {"answer_count": 12},
            "target": {
                "title_area": {"text": f"如何看待{topic.word}？"},
                "excerpt_area": {"text": topic.note},
                "metrics_area": {"text": f"{max(1, topic.heat // 10_000)} 万热度"},
                "link": {"url": f"https://www.zhihu.com/question/{topic.key[-9:]}"},
            },
        }
        for topic in topics[:30]
    ]
    return {"data": lines, "fresh_text": "热榜已更新", "paging": {"is_end": True}}


def bilibili(topics: Sequence[Topic], now: datetime) -> Json:
    """s.search.bilibili.com/main/hotword."""
    lines: list[Json] = [
        {
            "hot_id": 100_000 + number,
            "keyword": topic.word,
            "show_name": topic.word,
            "heat_score": topic.heat,
            "pos": number,
            "icon": "",
            "word_type": 8,
            "stat_datas": {"is_commercial": "0", "mtime": str(int(topic.since.timestamp()))},
        }
        for number, topic in enumerate(topics[:30], 1)
    ]
    lines.insert(5, {"keyword": _AD, "show_name": _AD, "pos": 6, "stat_datas": {"is_commercial": "1"}})
    return {"code": 0, "message": "success", "list": lines, "timestamp": int(now.timestamp())}


def tieba(topics: Sequence[Topic], now: datetime) -> Json:
    """tieba.baidu.com/hottopic/browse/topicList."""
    lines = [
        {
            "topic_id": int(topic.key),
            "topic_name": topic.word,
            "topic_desc": topic.note,
            "topic_url": f"https://tieba.baidu.com/hottopic/browse/hottopic?topic_id={topic.key}",
            "discuss_num": topic.heat,
            "create_time": int(topic.since.timestamp()),
            "idx_num": number,
        }
        for number, topic in enumerate(topics[:30], 1)
    ]
    return {
        "errno": 0,
        "errmsg": "success",
        "data": {"bang_topic": {"module_title": "贴吧热议榜", "topic_list": lines}},
    }


def tencent(topics: Sequence[Topic], now: datetime) -> Json:
    """r.inews.qq.com/gw/event/hot_ranking_list."""
    lines: list[Json] = [{"id": "TOP0", "title": "热点榜", "articletype": "560"}]
    lines += [
        {
            "id": f"20260314A0{topic.key[-4:]}00",
            "title": topic.word,
            "abstract": topic.note,
            "source": "示例新闻",
            "timestamp": int(topic.since.timestamp()),
            "url": f"https://view.inews.qq.com/a/{topic.key[-6:]}",
            "hotEvent": {"title": topic.word, "hotScore": topic.heat},
        }
        for topic in topics
    ]
    return {"ret": 0, "idlist": [{"ids_hash": "invented", "newslist": lines}]}


def kuaishou(topics: Sequence[Topic], now: datetime) -> str:
    """www.kuaishou.com with its state."""
    names = [f"VisionHotRankItem:{topic.word}" for topic in topics]
    items: Json = {
        name: {
            "rank": number,
            "id": topic.word,
            "name": topic.word,
            "viewCount": "0",
            "hotValue": f"{topic.heat / 10_000:.1f}万",
            "iconUrl": "",
            "tagType": topic.label or None,
            "__typename": "VisionHotRankItem",
        }
        for number, (name, topic) in enumerate(zip(names, topics, strict=True))
    }
    pinned = "VisionHotRankItem:pinned"
    items[pinned] = {"rank": None, "name": _PINNED, "hotValue": None, "tagType": "置顶"}
    root = {"items": [{"type": "id", "id": name} for name in (pinned, *names)], "result": 1}
    state = {"defaultClient": {'$ROOT_QUERY.visionHotRank({"page":"home"})': root, **items}, "clients": {}}
    text = json.dumps(state, ensure_ascii=False).replace("</", "<\\/")
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><title>快手</title></head><body><div id="app"></div>'
        f"<script>window.__APOLLO_STATE__={text};(function(){{}}());</script></body></html>"
    )


JSON_BOARDS: dict[str, Callable[[Sequence[Topic], datetime], Json]] = {
    "weibo": weibo,
    "weibo_band": weibo_band,
    "douyin": douyin,
    "toutiao": toutiao,
    "zhihu": zhihu,
    "bilibili": bilibili,
    "tieba": tieba,
    "tencent": tencent,
}
