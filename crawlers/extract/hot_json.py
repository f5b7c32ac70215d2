"""Hot lists that are JSON: Weibo (both), Douyin, Toutiao, Zhihu, Bilibili, Tieba, Tencent News."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from urllib.parse import quote

from crawlers import outcomes
from crawlers.extract.hot_lines import HotLine, HotPage, heat, label, moment, note, page_of, place, rows, words
from crawlers.extract.values import Json, string, table, tables, whole
from crawlers.model import Reply, Verdict
from yuqing.domain.coverage import Outcome

NO_BOARD = Verdict(Outcome.CHANGED, "no_board")
_QUESTION = re.compile(r"/question/(\d+)")
_BILIBILI = {-352: Outcome.CHALLENGE, -412: Outcome.RATE_LIMITED, -101: Outcome.AUTH_REQUIRED}
Lines = Iterable[HotLine] | Verdict
Reader = Callable[[Json, datetime], Lines]


def parse(reply: Reply, board: str, now: datetime, reader: Reader) -> HotPage:
    """Read one JSON board."""
    if refusal := outcomes.by_status(reply):
        return HotPage(refusal)
    document = outcomes.load_json(reply)
    return page_of(board, document if isinstance(document, Verdict) else reader(document, now), now)


def weibo(document: Json, now: datetime) -> Lines:
    """The hot search list beside weibo.com."""
    verdict = outcomes.weibo_json(document)
    if verdict.outcome is not Outcome.OK:
        return _never_empty(verdict)
    data = table(document["data"])
    if not isinstance(data.get("realtime"), list):
        return NO_BOARD
    pinned = table(data.get("hotgov"))
    first = [_weibo_line(pinned, now, is_pinned=True)] if words(pinned.get("word") or pinned.get("name")) else []
    return [*first, *(_weibo_line(line, now) for line in rows(data["realtime"]))]


def weibo_band(document: Json, now: datetime) -> Lines:
    """The band of hot topics."""
    if "ok" in document and (verdict := outcomes.weibo_json(document)).outcome is not Outcome.OK:
        return _never_empty(verdict)
    if string(document.get("http_code", 200)) != "200":
        return Verdict(Outcome.CHANGED, f"http_code_{string(document.get('http_code'))[:5]}")
    band = table(document.get("data")).get("band_list")
    return [_weibo_line(line, now) for line in rows(band)] if isinstance(band, list) else NO_BOARD


def _weibo_line(line: Json, now: datetime, is_pinned: bool = False) -> HotLine:
    word = words(line.get("word") or line.get("name"))
    scheme = string(line.get("word_scheme")) or f"#{word}#"
    return HotLine(
        word=word,
        rank=place(line.get("realpos")),
        heat=heat(line.get("num")) or heat(line.get("raw_hot")),
        label=label(line.get("label_name")) or label(line.get("icon_desc")),
        url=f"https://s.weibo.com/weibo?q={quote(scheme)}" if word else "",
        note="" if words(line.get("note")) == word else note(line.get("note")),
        pinned=is_pinned,
        since=moment(line.get("onboard_time"), now),
        is_ad=bool(whole(line.get("is_ad")) or whole(line.get("ad_channel")) or string(line.get("ad_type"))),
    )


def douyin(document: Json, now: datetime) -> Lines:
    """The hot board; `trending_list` is a list of newcomers without places."""
    if refusal := outcomes.douyin(document):
        return refusal
    board = table(document.get("data")).get("word_list")
    if not isinstance(board, list):
        return NO_BOARD
    return [
        HotLine(
            word=words(line.get("word")),
            key=string(line.get("sentence_id")),
            rank=place(line.get("position")),
            heat=heat(line.get("hot_value")),
            label=label(line.get("label")),
            url=f"https://www.douyin.com/hot/{quote(string(line.get('sentence_id')))}",
            since=moment(line.get("event_time"), now),
        )
        for line in rows(board)
    ]


def toutiao(document: Json, now: datetime) -> Lines:
    """The hot board of Toutiao."""
    if not isinstance(document.get("data"), list):
        return NO_BOARD
    pinned = [_toutiao_line(line, is_pinned=True) for line in tables(document.get("fixed_top_data"))]
    return [*pinned, *(_toutiao_line(line) for line in rows(document["data"]))]


def _toutiao_line(line: Json, is_pinned: bool = False) -> HotLine:
    cluster = string(line.get("ClusterIdStr")) or string(line.get("ClusterId")) or string(line.get("Id"))
    return HotLine(
        word=words(line.get("Title")),
        key=cluster,
        heat=heat(line.get("HotValue")),
        label=label(line.get("LabelDesc")) or label(line.get("Label")),
        url=f"https://www.toutiao.com/trending/{quote(cluster)}/" if cluster else "",
        pinned=is_pinned,
    )


def zhihu(document: Json, now: datetime) -> Lines:
    """The hot list of Zhihu, in the shape of its page or of its API."""
    data = document.get("data")
    if not isinstance(data, list):
        error = table(document.get("error"))
        return Verdict(Outcome.BLOCKED, "error_in_json") if error else NO_BOARD
    return [_zhihu_line(line, now) for line in rows(data)]


def _zhihu_line(line: Json, now: datetime) -> HotLine:
    target = table(line.get("target"))
    url = string(table(target.get("link")).get("url")) or string(target.get("url"))
    question = _QUESTION.search(url)
    number = question.group(1) if question else string(target.get("id"))
    return HotLine(
        word=words(table(target.get("title_area")).get("text") or target.get("title")),
        key=number,
        heat=heat(table(target.get("metrics_area")).get("text") or line.get("detail_text")),
        url=f"https://www.zhihu.com/question/{number}" if number.isdigit() else "",
        note=note(table(target.get("excerpt_area")).get("text") or target.get("excerpt")),
        since=moment(target.get("created"), now),
        is_ad=bool(line.get("ad")) or string(line.get("type")) == "hot_list_ad",
    )


def bilibili(document: Json, now: datetime) -> Lines:
    """Hot words of Bilibili's search."""
    code = document.get("code", 0)
    if isinstance(code, int) and code != 0:
        return Verdict(_BILIBILI.get(code, Outcome.CHANGED), f"code_{code}")
    if not isinstance(document.get("list"), list):
        return NO_BOARD
    return [
        HotLine(
            word=words(line.get("show_name") or line.get("keyword")),
            key=string(line.get("keyword")),
            rank=place(line.get("pos")),
            heat=heat(line.get("heat_score")),
            url=f"https://search.bilibili.com/all?keyword={quote(string(line.get('keyword')))}",
            is_ad=bool(whole(table(line.get("stat_datas")).get("is_commercial"))),
        )
        for line in rows(document["list"])
    ]


def tieba(document: Json, now: datetime) -> Lines:
    """Hot topics of Tieba."""
    topics = table(table(document.get("data")).get("bang_topic")).get("topic_list")
    if not isinstance(topics, list):
        return NO_BOARD
    return [
        HotLine(
            word=words(line.get("topic_name")),
            key=string(line.get("topic_id")),
            rank=place(line.get("idx_num")),
            heat=heat(line.get("discuss_num")),
            url=_https(string(line.get("topic_url"))),
            note=note(line.get("topic_desc")),
            since=moment(line.get("create_time"), now),
        )
        for line in rows(topics)
    ]


def tencent(document: Json, now: datetime) -> Lines:
    """The hot ranking of Tencent News; its first entry is the heading of the list."""
    boards = tables(document.get("idlist"))
    if not boards or not isinstance(boards[0].get("newslist"), list):
        return NO_BOARD
    return [
        HotLine(
            word=words(line.get("title")),
            key=string(line.get("id")),
            heat=heat(table(line.get("hotEvent")).get("hotScore")),
            url=_https(string(line.get("url")) or string(line.get("surl"))),
            note=note(line.get("abstract")),
            since=moment(line.get("timestamp"), now),
        )
        for line in rows(boards[0]["newslist"])[1:]
    ]


def _never_empty(verdict: Verdict) -> Verdict:
    """A board that says it has nothing is not believed."""
    return Verdict(Outcome.SUSPECT_EMPTY, verdict.detail) if verdict.outcome is Outcome.OK_EMPTY else verdict


def _https(url: str) -> str:
    """An address that a person may follow; anything else is left out."""
    return url if url.startswith(("https://", "http://")) else ""
