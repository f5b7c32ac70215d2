"""How each vendor's gateway judges a request: body in, its own JSON answer out; HTTP 200 whatever it thinks."""

import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from simulator.chat.rooms import Room

Answer = dict[str, Any]
NO_TIME = timedelta(0)
HOUR_SECONDS = 3600
_HINT = "hint: [1700000000000000000000001], from ip: 192.0.2.1, more info at https://open.work.weixin.qq.com/devtool"


def wecom(room: Room | None, raw: bytes, _query: Mapping[str, str], now: datetime) -> Answer:
    """企业微信: errcode and errmsg; the length of Markdown is counted in bytes."""
    if room is None or room.state != "well":
        return _wecom(93000, "invalid webhook url")
    body = _object(raw)
    kind = body.get("msgtype")
    limit = {"text": 2048, "markdown": 4096}.get(str(kind))
    if limit is None:
        return _wecom(40008, "invalid message type")
    text = _text(body, str(kind), "content")
    if not text:
        return _wecom(44004, "empty content")
    if len(text.encode()) > limit:
        return _wecom(40058, f"{kind}.content exceed max length {limit}. invalid Request Parameter")
    if room.is_too_fast(now, 20, NO_TIME):
        return _wecom(45009, "api freq out of limit")
    room.keep(text, body, now)
    return {"errcode": 0, "errmsg": "ok"}


def _wecom(code: int, words: str) -> Answer:
    return {"errcode": code, "errmsg": f"{words}, {_HINT}"}


def dingtalk(room: Room | None, raw: bytes, query: Mapping[str, str], now: datetime) -> Answer:
    """钉钉: the signature stands in the address, in milliseconds; too fast closes the robot for ten minutes."""
    if room is None or room.state != "well":
        return {"errcode": 300005, "errmsg": "token is not exist"}
    if len(raw) > 20_000:
        return {"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"}
    body = _object(raw)
    kind = str(body.get("msgtype"))
    if kind not in ("text", "markdown"):
        return {"errcode": 400105, "errmsg": "unsupported msgtype"}
    text = _text(body, kind, "content" if kind == "text" else "text")
    if room.secret and (fault := _dingtalk_signature(room.secret, query, now)):
        return {"errcode": 310000, "errmsg": f"description:{fault};solution:check the security settings"}
    if room.keyword not in text + _text(body, kind, "title"):
        return {"errcode": 310000, "errmsg": "description:keywords not in content"}
    if room.is_too_fast(now, 20, timedelta(minutes=10)):
        return {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
    room.keep(text, body, now)
    return {"errcode": 0, "errmsg": "ok"}


def _dingtalk_signature(secret: str, query: Mapping[str, str], now: datetime) -> str:
    stamp = query.get("timestamp", "")
    if not stamp.isdigit() or abs(int(stamp) / 1000 - now.timestamp()) > HOUR_SECONDS:
        return "invalid timestamp"
    wanted = b64encode(hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), sha256).digest()).decode()
    return "" if hmac.compare_digest(query.get("sign", ""), wanted) else "sign not match"


def feishu(room: Room | None, raw: bytes, _query: Mapping[str, str], now: datetime) -> Answer:
    """飞书: the signature stands in the body, in seconds; the success carries the old names too."""
    if room is None or room.state != "well":
        return _feishu(19001, "param invalid: incoming webhook access token invalid")
    body = _object(raw)
    if len(raw) > 20_480 or not body:
        return _feishu(9499, "Bad Request")
    if room.secret and not _is_signed_feishu(room.secret, body, now):
        return _feishu(19021, "sign match fail or timestamp is not within one hour from current time")
    text = _feishu_text(body)
    if not text:
        return _feishu(19002, "params error, msg_type need")
    if room.keyword not in text:
        return _feishu(19024, "Key Words Not Found")
    if room.is_too_fast(now, 100, NO_TIME):
        return _feishu(11232, "frequency limited psm[lark.oapi.app_platform_runtime]")
    room.keep(text, body, now)
    return {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}


def _feishu(code: int, words: str) -> Answer:
    return {"code": code, "data": {}, "msg": words}


def _is_signed_feishu(secret: str, body: Mapping[str, Any], now: datetime) -> bool:
    stamp = str(body.get("timestamp", ""))
    if not stamp.isdigit() or abs(int(stamp) - now.timestamp()) > HOUR_SECONDS:
        return False
    wanted = b64encode(hmac.new(f"{stamp}\n{secret}".encode(), b"", sha256).digest()).decode()
    return hmac.compare_digest(str(body.get("sign", "")), wanted)


def _feishu_text(body: Mapping[str, Any]) -> str:
    """What the group reads: the title and every piece of text of a card, or the plain text."""
    if body.get("msg_type") == "text":
        return _text(body, "content", "text")
    card = body.get("card")
    if body.get("msg_type") != "interactive" or not isinstance(card, dict):
        return ""
    title = card.get("header", {}).get("title", {}).get("content", "")
    return "\n".join([title, *(str(each["content"]) for each in card.get("elements", []) if "content" in each)])


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _text(body: Mapping[str, Any], part: str, name: str) -> str:
    found = body.get(part)
    return str(found.get(name, "")) if isinstance(found, dict) else ""
