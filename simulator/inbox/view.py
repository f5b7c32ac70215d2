"""The inbox as web pages, so that a mail can be read in a browser."""

import html
import re
from dataclasses import asdict
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from aiohttp import web

from simulator.formats import china
from simulator.inbox.smtp import MailDoor, Refusal
from simulator.world import WORLD

_STYLE = """
body{margin:0;font:15px/1.6 "PingFang SC","Microsoft YaHei","Noto Sans SC",sans-serif;color:#1f2937;background:#f3f4f6}
header{background:#0f3d5e;color:#fff;padding:14px 24px;font-size:17px}
header small{opacity:.75;margin-left:10px;font-size:13px}
main{max-width:980px;margin:24px auto;padding:0 16px}
.card{background:#fff;border:1px solid #e5e7eb;border-radius:10px;overflow:hidden}
a{color:#0f5c8c;text-decoration:none}
.row{display:flex;gap:16px;padding:14px 20px;border-top:1px solid #eef0f3;color:inherit}
.row:first-child{border-top:0}
.row:hover{background:#f8fafc}
.row .what{flex:1;min-width:0}
.row b{display:block}
.muted{color:#6b7280;font-size:13px}
.head{padding:16px 20px;border-bottom:1px solid #eef0f3}
.head h1{font-size:19px;margin:0 0 6px}
iframe{width:100%;height:78vh;border:0;background:#fff}
.badge{background:#fef3c7;color:#92400e;border-radius:9px;padding:1px 8px;font-size:12px}
.empty{padding:48px;text-align:center;color:#6b7280}
.files{padding:10px 20px;border-top:1px solid #eef0f3}
"""


# A mail has no business to run scripts, whichever way its parts are opened.
_HARMLESS = {"Content-Security-Policy": "sandbox allow-popups; script-src 'none'", "X-Content-Type-Options": "nosniff"}


def routes() -> list[web.RouteDef]:
    """The pages of the inbox and the control of its SMTP server."""
    return [
        web.get("/inbox", _list),
        web.get("/inbox/{name}", _mail),
        web.get("/inbox/{name}/html", _html),
        web.get("/inbox/{name}/text", _text),
        web.get("/inbox/{name}/part/{number}", _part),
        web.get("/inbox/{name}/raw", _raw),
        web.get("/__control/mails", _mails),
        web.get("/__control/smtp", _get_smtp),
        web.post("/__control/smtp", _refuse),
        web.delete("/__control/smtp", _accept),
    ]


def _door(request: web.Request) -> MailDoor:
    door = request.app[WORLD].mail
    if door is None:
        raise web.HTTPNotFound(text="没有启动邮箱：请用 --inbox DIR --smtp-port 0 运行模拟器")
    return door


def _message(request: web.Request) -> EmailMessage:
    mail = _door(request).folder.read(request.match_info["name"])
    if mail is None:
        raise web.HTTPNotFound(text="没有这封邮件")
    return mail


def _page(title: str, body: str, refresh: str = "") -> web.Response:
    text = (
        f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{html.escape(title)}</title>{refresh}'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><header>本地邮箱<small>演示用，只在本机，不会真正发出</small></header><main>{body}</main></body></html>"
    )
    return web.Response(text=text, content_type="text/html")


async def _list(request: web.Request) -> web.Response:
    folder = _door(request).folder
    times: dict[str, int] = {}
    for line in folder.deliveries():
        times[line["name"]] = times.get(line["name"], 0) + 1
    rows = "".join(_row(name, folder.read(name), times[name]) for name in folder.names())
    body = rows or '<div class="empty">还没有收到邮件，页面会自动刷新。</div>'
    return _page(
        f"收件箱（{len(times)}）", f'<div class="card">{body}</div>', '<meta http-equiv="refresh" content="5">'
    )


def _row(name: str, mail: EmailMessage | None, deliveries: int) -> str:
    if mail is None:
        return ""
    again = f' <span class="badge">收到 {deliveries} 次</span>' if deliveries > 1 else ""
    return (
        f'<a class="row" href="/inbox/{name}"><div class="what"><b>'
        f"{html.escape(_header(mail, 'Subject') or '（无主题）')}{again}</b>"
        f'<span class="muted">{html.escape(_header(mail, "From"))} → {html.escape(_header(mail, "To"))}</span></div>'
        f'<div class="muted">{_date(mail)}</div></a>'
    )


async def _mail(request: web.Request) -> web.Response:
    mail, name = _message(request), request.match_info["name"]
    subject = html.escape(_header(mail, "Subject"))
    shown = "html" if mail.get_body(("html",)) else "text"
    frame = f'<iframe sandbox="allow-popups" src="/inbox/{name}/{shown}" title="正文"></iframe>'
    other = (
        f'<a href="/inbox/{name}/text">纯文本</a> · <a href="/inbox/{name}/raw">原文</a> · <a href="/inbox">'
        f"返回收件箱</a>"
    )
    body = (
        f'<div class="card"><div class="head"><h1>{subject}</h1><div class="muted">发件人 '
        f"{html.escape(_header(mail, 'From'))}　"
        f"收件人 {html.escape(_header(mail, 'To'))}　{_date(mail)}</div><div>{other}</div></div>"
        f"{frame}{_files(mail, name)}</div>"
    )
    return _page(_header(mail, "Subject"), body)


def _files(mail: EmailMessage, name: str) -> str:
    links = [
        f'<a href="/inbox/{name}/part/{number}">{html.escape(part.get_filename() or part.get_content_type())}</a>'
        for number, part in enumerate(mail.walk())
        if part.get_content_disposition() == "attachment"
    ]
    return f'<div class="files">附件：{" · ".join(links)}</div>' if links else ""


async def _html(request: web.Request) -> web.Response:
    mail, name = _message(request), request.match_info["name"]
    part = mail.get_body(("html",))
    if part is None:
        raise web.HTTPNotFound(text="这封邮件没有网页正文")
    numbers = {_content_id(part): number for number, part in enumerate(mail.walk())}
    text = re.sub(r"cid:([^\"'\s)>]+)", lambda match: _part_link(match, name, numbers), str(part.get_content()))
    return web.Response(text=text, content_type="text/html", headers=_HARMLESS)


def _part_link(match: re.Match[str], name: str, numbers: dict[str, int]) -> str:
    number = numbers.get(match.group(1))
    return match.group() if number is None else f"/inbox/{name}/part/{number}"


async def _text(request: web.Request) -> web.Response:
    part = _message(request).get_body(("plain",))
    return web.Response(text=str(part.get_content()) if part else "（没有纯文本正文）")


async def _part(request: web.Request) -> web.Response:
    parts = list(_message(request).walk())
    number = int(request.match_info["number"]) if request.match_info["number"].isdigit() else len(parts)
    if number >= len(parts) or parts[number].is_multipart():
        raise web.HTTPNotFound(text="没有这个附件")
    content = parts[number].get_payload(decode=True)
    body = content if isinstance(content, bytes) else b""
    return web.Response(body=body, content_type=parts[number].get_content_type(), headers=_HARMLESS)


async def _raw(request: web.Request) -> web.Response:
    return web.Response(text=_message(request).as_string(), content_type="text/plain")


async def _mails(request: web.Request) -> web.Response:
    return web.json_response(_door(request).folder.deliveries())


async def _get_smtp(request: web.Request) -> web.Response:
    door = _door(request)
    return web.json_response(
        {"port": door.port, "refusal": asdict(door.refusal) if door.refusal else None, "refused": door.refused}
    )


async def _refuse(request: web.Request) -> web.Response:
    try:
        _door(request).refuse(Refusal(**await request.json()))
    except (TypeError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=400)
    return await _get_smtp(request)


async def _accept(request: web.Request) -> web.Response:
    _door(request).refusal = None
    return await _get_smtp(request)


def _header(mail: EmailMessage, name: str) -> str:
    return str(mail.get(name, ""))


def _date(mail: EmailMessage) -> str:
    text = _header(mail, "Date")
    return f"{china(parsedate_to_datetime(text)):%Y-%m-%d %H:%M}" if text else ""


def _content_id(part: EmailMessage | object) -> str:
    return str(part.get("Content-ID", "")).strip("<> ") if isinstance(part, EmailMessage) else ""
