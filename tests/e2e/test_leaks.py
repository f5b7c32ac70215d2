"""Crawl and import texts full of personal data, then look for each piece in every byte that was written or said."""

import csv
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from config.models import SHIPPED
from tests.warm import Warm

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

SECOND = 1_773_451_200  # 2026-03-14 09:20 in Shanghai, ten minutes before the clock of the test
NOW = "2026-03-14T09:30:00+08:00"
SHOWN = "Sat Mar 14 09:20:00 +0800 2026"
MID = str((SECOND - 515483463) << 22)
AWEME, CID, RID = (str((SECOND << 32) + number) for number in (1, 2, 3))
SECRETS = {
    "phone": "13812345678",
    "identity card": "11010519491231002X",
    "bank card": "6222021234567890128",
    "mail": "lisi.private@mail.example.com",
    "own nickname": "江边散步的人",
    "other nickname": "李四爱吃瓜",
    "third nickname": "王小明1990",
    "number of the account": "7654321098",
    "id of the account": "MS4wLjABAAAAsecretSecUid",
    "picture": "avatar-7f3a9c.jpg",
    "cookie": "SUB=_2A25VerySecretCookieValue",
    "key of a bridge": "BridgeKeyThatOpens42",
    "token of a bridge": "RssHubAccessKey4242",
    "token of the paid search": "2.00PaidSearchToken7",
    "token of our own account": "2.00OwnAccountToken9",
}
PHONE, IDENTITY, CARD, MAIL, NAME, OTHER, THIRD, UID, SEC, AVATAR, COOKIE, KEY, HUB, PAID, OWN = SECRETS.values()
WEIBO: dict[str, dict[str, bool]] = {
    "mobile": {"comments": True, "reposts": True},
    "commercial_api": {},
    "open_api_mentions": {},
}
GOLDEN = Path(__file__).parents[1] / "golden"
TEXT = f"回复@{OTHER}:云江银行又崩了 电话{PHONE} 身份证{IDENTITY} 卡号{CARD} 邮箱 {MAIL} —— {NAME}//@{THIRD}:转发微博"
DIRTY = f"{PHONE} {IDENTITY} {CARD} {MAIL} @{OTHER} "
SURFACES = ("douyin", "apple", "guba", "heimao", "hot", "weibo_api", "weibo_open")
_SAME = ("platform", "url", "title", "text", "published_at", "author_id", "author_name", "region", "source", "query")
MAP = ",".join(("native_id=id", *(f"{name}={name}" for name in (*_SAME, "hashtags", "subjects", "likes"))))
PROFILE = f"https://weibo.com/{UID}?uid={UID}&tel={PHONE}"


def status(number: int, **more: Any) -> dict[str, Any]:
    """A post of a person on Weibo, or what was said below it, as every surface shows it."""
    user = {"id": int(UID), "screen_name": NAME, "profile_url": PROFILE, "avatar_hd": f"https://x/{AVATAR}"}
    mid = int(MID) + number
    return {
        **{"id": mid, "idstr": str(mid), "mid": str(mid)},
        "created_at": SHOWN,
        "text": f"<a href='/n/{OTHER}'>@{OTHER}</a> {TEXT} #{DIRTY}#",
        "user": user,
        "region_name": f"发布于 浙江{PHONE}",
        "source": DIRTY,
        **more,
    }


def weibo() -> dict[str, Any]:
    """A page of mobile search with a post, of which people speak, and a repost."""
    blogs = [status(0, comments_count=2, reposts_count=1), status(1, retweeted_status=status(2))]
    return {"ok": 1, "data": {"cards": [{"card_type": 9, "mblog": blog} for blog in blogs]}}


def below(number: int, *replies: dict[str, Any]) -> dict[str, Any]:
    """The page below a post: one entry, and what was answered to it."""
    entry = status(number, raw_text=TEXT, rootid=int(MID) + number, comments=[*replies], total_number=len(replies))
    return {"ok": 1, "data": {"data": [entry], "total_number": 1 + len(replies), "max": 1, "max_id": 0}}


def interfaces(path: str) -> dict[str, Any] | None:
    """What is said below posts, and Weibo's official routes."""
    answers: dict[str, dict[str, Any]] = {
        "/weibo-m/comments/hotflow": below(3, status(4, rootid=int(MID) + 3)),
        "/weibo-m/api/statuses/repostTimeline": below(5),
        "/weibo_api/2/search/statuses/limited.json": {"statuses": [status(6)], "total_number": 1},
        "/weibo_open/2/statuses/mentions.json": {"statuses": [status(7)], "total_number": 1},
        "/weibo_open/2/comments/to_me.json": {"comments": [status(8, status=status(9))], "total_number": 1},
    }
    return answers.get(path)


def author() -> dict[str, Any]:
    """A person on Douyin."""
    return {
        "uid": UID,
        "sec_uid": SEC,
        "nickname": f"{NAME[:2]}\u200b{NAME[2:]}",
        "avatar_thumb": {"url_list": [AVATAR]},
    }


def douyin_search() -> dict[str, Any]:
    """A work."""
    tags = [{"hashtag_name": DIRTY}]
    work = {"aweme_id": AWEME, "desc": TEXT, "caption": f"{TEXT} 图", "create_time": SECOND, "author": author()}
    work |= {"text_extra": tags, "statistics": {"comment_count": 2}}
    return {"status_code": 0, "has_more": 0, "data": [{"type": 1, "aweme_info": work}]}


def douyin_comments() -> dict[str, Any]:
    """A comment with an answer."""
    answer = {"cid": RID, "text": TEXT, "create_time": SECOND, "user": author(), "ip_label": f"浙江{PHONE}"}
    comment = {**answer, "cid": CID, "reply_comment": [answer], "reply_comment_total": 1}
    return {"status_code": 0, "has_more": 0, "total": 2, "comments": [comment]}


def rss(base: str) -> str:
    """A feed."""
    link = f"<link>{base}/news/1.html?tel={PHONE}</link><pubDate>Sat, 14 Mar 2026 09:20:00 +0800</pubDate>"
    return f'<rss version="2.0"><channel><item><title>云江银行 {DIRTY}</title>{link}</item></channel></rss>'


def article() -> str:
    """An article."""
    words = f"<p>网友{TEXT.partition(' —— ')[0]}。</p><p>{'云江银行今天调整了柜台的营业时间。' * 20}</p>"
    return f"<html><head><title>云江银行公告</title></head><body><h1>云江银行公告</h1>{words}</body></html>"


def planted(name: str, *texts: str) -> str:
    """A golden page with the people of this test in the places of its own, and their data in these texts."""
    page = (GOLDEN / name).read_text("utf-8")
    for person in ("三更灯火", "一碗热干面", "不爱排队", "云下听雨"):
        page = page.replace(person, NAME)
    for number in ("1234567890123456", "9876543210987654", "1999999998"):
        page = page.replace(number, UID)
    for text in texts:
        assert text in page
        page = page.replace(text, f"{text} {TEXT}", 1)
    return page


def hot_list() -> str:
    """Fifty topics; the first one is about us, and about people."""
    words = [f"云江银行员工电话{PHONE} @{OTHER} ", *(f"话题第{number}号 {PHONE}" for number in range(2, 51))]
    lines = [
        {
            "word": word,
            "word_scheme": f"#{word}#",
            "note": word,
            "num": 9000 - place,
            "rank": place,
            "realpos": place + 1,
        }
        for place, word in enumerate(words)
    ]
    return json.dumps({"ok": 1, "data": {"realtime": lines}}, ensure_ascii=False)


def channels(path: str) -> str | None:
    """App reviews, bars, complaints, hot lists, and a bridge that wants a key and is asked for an account."""
    pages = {
        f"/weibo/user/{UID}": ("rsshub/many_platforms.xml", ()),
        "/bridge/feed.xml": ("rsshub/many_platforms.xml", ()),
        "/guba/news,601999,1500000002.html": ("guba/post_page.html", ("早上开始登录一直转圈。",)),
        "/guba/interface/GetData.aspx": ("guba/replies_thread.json", ("不行呀", "等等看")),
        "/heimao/api/index/s": ("heimao/search_page.json", ("信用卡乱收年费", "客服让等")),
    }
    if path.startswith("/guba/list,601999"):
        return planted("guba/list_page.html", "分红")
    if path.startswith("/apple/") and "/page=1/" in path:
        return planted("appstore/page_one_with_the_app.json", "更新后闪退", "登录就闪退")
    if path.startswith("/apple/"):
        return planted("appstore/only_the_app.json")
    if path == "/hot/ajax/side/hotSearch":
        return hot_list()
    name, texts = pages.get(path, ("", ()))
    return planted(name, *texts) if name else None


class Platforms(BaseHTTPRequestHandler):
    """All platforms on one port."""

    def do_GET(self) -> None:
        """Answer."""
        path, base = urlsplit(self.path).path, f"http://{self.headers['Host']}"
        is_first = "page=1" in self.path.split("?")[-1].split("&")
        answers: dict[str, Any] = {
            "/weibo-m/api/container/getIndex": weibo() if is_first else {"ok": 0, "msg": "这里还没有内容", "data": {}},
            "/douyin/aweme/v1/web/general/search/single/": douyin_search(),
            "/douyin/aweme/v1/web/comment/list/": douyin_comments(),
            "/news/rss.xml": rss(base),
            "/news/1.html": article(),
            "/robots.txt": "User-agent: *\nAllow: /\n",
        }
        found = answers.get(path) or interfaces(path) or channels(path)
        body = (found if isinstance(found, str) else json.dumps(found or {})).encode()
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8" if isinstance(found, str) else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Answer as well."""
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@contextmanager
def platforms() -> Iterator[str]:
    """The platforms' address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Platforms)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def settings(folder: Path, base: str) -> Path:
    """The shipped settings with the test's sources."""
    (folder / "rules").mkdir(parents=True)
    for path in (*SHIPPED.glob("*.yml"), *SHIPPED.glob("rules/*.yml")):
        (folder / path.relative_to(SHIPPED)).write_bytes(path.read_bytes())
    common = {"backend": "web", "legal_basis": "test", "enabled": True, "accepted_terms_by": "测试"}
    common |= {"interval_seconds": 300, "name": "来源"}
    fast = {"delay_seconds": 0, "pause_minutes": 0}
    sources = [
        *(
            {**common, "id": f"weibo_{surface}", "kind": "weibo", "options": {**fast, "surface": surface, **more}}
            for surface, more in WEIBO.items()
        ),
        {**common, "id": "douyin_search", "kind": "douyin", "options": fast},
        {**common, "id": "news_portal", "kind": "news", "options": {**fast, "feeds": [f"{base}/news/rss.xml"]}},
    ]
    bridge = f"{base}/bridge/feed.xml?k={KEY}"
    own = {
        "appstore": {"apps": ["1000000001"]},
        "guba": {"bars": ["601999"], "max_pages": 1},
        "heimao": {"max_pages": 1},
    }
    own |= {
        "rsshub": {"routes": [f"/weibo/user/{UID}", bridge], "base": base, "articles": False},
        "hot": {"boards": ["weibo"]},
    }
    sources += [{**common, "id": f"{kind}_source", "kind": kind, "options": {**fast, **own[kind]}} for kind in own]
    (folder / "sources.yml").write_text(yaml.safe_dump({"sources": sources}, allow_unicode=True), encoding="utf-8")
    return folder


def posts(path: Path) -> Path:
    """MediaCrawler posts: good, with an odd count, cut off."""
    row = {
        "note_id": str(int(MID) + 9),
        "content": TEXT,
        "create_time": SECOND,
        "create_date_time": "2026-03-14 09:20:00+08:00",
        "liked_count": "1",
        "user_id": UID,
        "nickname": NAME,
        "note_url": PROFILE,
        "avatar": AVATAR,
        "ip_location": f"浙江{PHONE}",
        "source_keyword": f"云江银行 {DIRTY}",
    }
    lines = [row, {**row, "liked_count": "多", "note_url": f"HTTPS://weibo.com/p/100505{UID}/home"}]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text(f"{text}\n{json.dumps(row, ensure_ascii=False)[:-9]}\n", encoding="utf-8")
    return path


def tickets(path: Path) -> Path:
    """The bank's own tickets, with people in every column."""
    titles = ["工单号", "反馈内容", "标题", "受理时间", "类型", "评分", "地区", "渠道", "客户号", "客户姓名", "备注"]
    titles.append(PHONE)
    row = [f"T-{PHONE}", TEXT, DIRTY, "2026-03-14 09:20", "投诉", "1", DIRTY, DIRTY, UID, NAME, DIRTY, IDENTITY]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([titles, row, [*row[:4], PHONE, *row[5:]]])
    return path


def anything(path: Path) -> Path:
    """Rows of any platform, with people in every field that we know."""
    row = {
        "id": "1", "platform": "other", "url": f"https://{UID}:x@example.com/{PHONE}?uid={UID}&card={CARD}#{MAIL}",
        "title": TEXT, "text": TEXT, "published_at": "2026-03-14 09:20:00", "author_id": UID, "author_name": NAME,
        "region": DIRTY, "source": DIRTY, "query": TEXT, "hashtags": [DIRTY, f"@{THIRD}"],
        "subjects": [PHONE, IDENTITY],
    }  # fmt: skip
    rows = [row, {**row, "id": PHONE}, {**row, "id": "3", "likes": PHONE}]
    path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in rows) + "\n", encoding="utf-8")
    return path


def headerless(path: Path) -> Path:
    """A file whose first row is no header."""
    path.write_text(f"{NAME},{PHONE},{TEXT},2026-03-14 09:20\n{OTHER},{PHONE},云江银行,2026-03-14 09:20\n", "utf-8")
    return path


def found_in(name: str, data: bytes) -> list[str]:
    """Which secrets the bytes hold, by kind."""
    return [f"{name}: {kind}" for kind, secret in SECRETS.items() if secret.encode() in data]


def written(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, and what is packed inside workbooks."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path.name, path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                yield from ((f"{path.name}/{name}", book.read(name)) for name in book.namelist())


def test_no_personal_data_in_store_log_export_or_quarantine(tmp_path: Path, warm: Warm) -> None:
    """Phones, cards, names, nicknames, account ids, pictures and cookies of people stay outside."""
    home, out, inbox = (tmp_path / name for name in ("home", "out", "inbox"))
    for folder in (out, inbox):
        folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("YQ_")}
    with platforms() as base:
        environment |= {
            "YQ_HOME": str(home),
            "YQ_CONFIG": str(settings(tmp_path / "config", base)),
            "YQ_NOW": NOW,
            "YQ_LOG_LEVEL": "DEBUG",
            "YQ_WEIBO_COOKIE": COOKIE,
            "YQ_DOUYIN_COOKIE": COOKIE,
            "YQ_RSSHUB_KEY": HUB,
            "YQ_WEIBO_API_TOKEN": PAID,
            "YQ_WEIBO_OPEN_TOKEN": OWN,
            "YQ_WEIBO_M_BASE": f"{base}/weibo-m",
            **{f"YQ_{name.upper()}_BASE": f"{base}/{name}" for name in SURFACES},
        }

        def yuqing(*arguments: str, code: int = 0) -> str:
            done = warm.run(arguments, environment)
            said = done.stdout + done.stderr
            (out / f"said-{arguments[0]}-{len(list(out.iterdir()))}.txt").write_text(said, "utf-8")
            assert done.returncode == code, said[-3000:]
            return done.stdout

        crawled = yuqing("crawl", "--json")
    yuqing("import", str(posts(inbox / "search_contents.jsonl")), code=1)
    yuqing("import", str(tickets(inbox / "tickets.csv")), code=1)
    yuqing("import", str(anything(inbox / "rows.jsonl")), "--map", MAP, code=1)
    yuqing("import", str(headerless(inbox / "headerless.csv")), "--platform", "weibo", code=2)
    yuqing("score")
    for kind in ("mentions", "coverage", "audit"):
        for form in ("jsonl", "csv", "xlsx"):
            yuqing("export", kind, "--format", form, "--output", str(out / f"{kind}.{form}"))
    yuqing("search", "云江银行", "--json")
    yuqing("coverage", "--json")
    yuqing("metrics", "--once")
    yuqing("hot", "--json")

    stored = [json.loads(line) for line in (out / "mentions.jsonl").read_text("utf-8").splitlines()]
    kinds = {(row["platform"], row["kind"]) for row in stored}
    assert kinds >= {("weibo", "post"), ("douyin", "video"), ("douyin", "comment"), ("news", "article")}, crawled
    assert kinds >= {("feedback", "complaint"), ("other", "post")}
    assert kinds >= {
        ("appstore", "review"),
        ("guba", "post"),
        ("guba", "comment"),
        ("heimao", "complaint"),
        ("zhihu", "post"),
    }, crawled
    weibo_kinds = {int(row["native_id"]) - int(MID): row["kind"] for row in stored if row["platform"] == "weibo"}
    assert {number: weibo_kinds.get(number) for number in (0, 1, *range(3, 9))} == {
        **{0: "post", 1: "repost", 3: "comment", 4: "comment", 5: "repost"},
        **{6: "post", 7: "post", 8: "comment"},
    }, crawled
    first = [row for row in stored if row["platform"] in ("weibo", "douyin", "feedback", "other")]
    assert all("云江银行" in row["text"] for row in first)
    assert all("[手机号]" in row["text"] for row in first if "身份证" in row["text"])
    assert sum("[手机号]" in row["text"] for row in stored) >= 10
    assert len(list((home / "quarantine").glob("*.jsonl"))) == 3
    scanned = [*written(home), *written(out)]
    assert {"yuqing.db", "mentions.xlsx", "mentions.csv"} <= {name for name, _ in scanned}
    assert [leak for name, data in scanned for leak in found_in(name, data)] == []
