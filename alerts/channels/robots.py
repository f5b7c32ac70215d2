"""What group robots have in common: a signed POST of JSON, the vendor's own verdict, and limits on length and pace.

A robot answers HTTP 200 and says in the body whether it took the message: only its own success code is a delivery.
None of the three honours a key that marks a repetition (docs/adr/0008), so a message whose answer got lost may be
shown twice; it carries the number of the alert, by which people recognise it.
"""

import json
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import SecretStr

from yuqing.domain.alert import Message
from yuqing.domain.errors import ChannelError, ConfigError

DEADLINE = 20.0  # seconds for a whole answer: a robot that drips must not hold up the messages behind it
LARGEST_ANSWER = 65_536
LONGEST_WAIT = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{8,200}")
# The receiver says that this very request will never be right.
_FINAL = frozenset({400, 401, 403, 404, 405, 410, 413, 414, 415, 422})
_REMARK = "\n\n（消息过长，此处截去 {cut} 字，全文请在看板中打开）"


@dataclass(frozen=True, slots=True)
class Robot:
    """One robot of one group. `token` is the secret part of its address, `secret` signs; neither is ever shown."""

    name: str
    token: SecretStr = field(repr=False)
    secret: SecretStr | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Quota:
    """How fast a robot may be used; robots of the same `id` share it, whoever sends."""

    id: str
    per_minute: int
    per_second: int = 0  # 0: no such limit


@dataclass(frozen=True, slots=True)
class Codes:
    """How a vendor's error numbers are read. A number that is not listed may pass: it is tried again."""

    vendor: str
    words: Mapping[int, str]
    final: frozenset[int] = frozenset()
    waits: Mapping[int, timedelta] = field(default_factory=dict)

    def refuse(self, code: int) -> ChannelError:
        """The error of a refusal. The vendor's own sentence is left out: it may repeat what we sent."""
        word = self.words.get(code, "未知原因")
        told = f"{self.vendor}拒收，错误码 {code}（{word}）"
        return ChannelError(told, permanent=code in self.final, retry_after=self.waits.get(code), refused=True)


def parse_robots(text: str, setting: str) -> Mapping[str, Robot]:
    """`名称 令牌或地址 [加签密钥]`, one robot a line or between semicolons. Raises ConfigError that shows no value."""
    robots: dict[str, Robot] = {}
    for number, line in enumerate(filter(None, (part.strip() for part in re.split(r"[;\n]", text))), start=1):
        words = line.split()
        token = _token(words[1]) if len(words) in (2, 3) else None
        if token is None or words[0] in robots:
            raise ConfigError(f"{setting} 第 {number} 个机器人写法不对：应为“名称 令牌或地址 [加签密钥]”，名称不重复")
        robots[words[0]] = Robot(words[0], SecretStr(token), SecretStr(words[2]) if len(words) == 3 else None)
    return robots


def _token(word: str) -> str | None:
    """The token of an address as the chat programs show it, or the token itself."""
    if "://" in word:
        parts = urlsplit(word)
        query = parse_qs(parts.query)
        found = query.get("key") or query.get("access_token") or [parts.path.rstrip("/").rpartition("/")[2]]
        word = found[0]
    return word if _TOKEN.fullmatch(word) else None


def title_of(message: Message) -> str:
    """The subject on one line."""
    return " ".join(message.subject.split())


def body_of(message: Message) -> str:
    """The Markdown body; of a message without one its text."""
    return (message.markdown or message.text).strip()


def shortened(body: str, room: Callable[[str], int], limit: int) -> str:
    """The body, cut at a line where the whole message (`room` measures it) is over the limit; the cut is told."""
    if room(body) <= limit:
        return body
    low, high = 0, len(body)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if room(_cut(body, middle)) <= limit else (low, middle - 1)
    return _cut(body, low)


def _cut(body: str, length: int) -> str:
    kept = body[:length]
    line = kept.rfind("\n")
    # A whole line where that does not waste much; a long single line is cut inside.
    kept = kept[:line] if line > length // 2 else kept
    return kept.rstrip() + _REMARK.format(cut=len(body) - len(kept))


def encoded(body: Mapping[str, object]) -> bytes:
    """JSON in UTF-8. Half characters, as platforms cut them out of emoji, are replaced: no codec takes them."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def ask(http: httpx.Client, url: str, params: Mapping[str, str], body: Mapping[str, object], vendor: str) -> object:
    """POST, and the JSON of the answer whatever its status. Raises ChannelError, without address or text."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    with (
        _told(vendor),
        http.stream("POST", url, params=params, content=encoded(body), headers=headers) as answer,
    ):
        content = _read(answer, vendor)
    verdict = _json(content)
    # A gateway in between may answer with a refusal of its own that looks like a success.
    refused = answer.is_client_error and code_of(verdict, "errcode", "code") not in (0, None)
    if isinstance(verdict, dict) and (answer.is_success or (refused and answer.status_code != 429)):
        return verdict
    if answer.is_success:
        raise ChannelError(f"{vendor}的答复不是约定的 JSON")
    status = answer.status_code
    raise ChannelError(f"{vendor}返回 HTTP {status}", permanent=status in _FINAL, retry_after=_wait(answer))


@contextmanager
def _told(vendor: str) -> Iterator[None]:
    """Failures of the wire as ChannelError; the library's own text is left out, it may hold the address."""
    try:
        yield
    except httpx.TimeoutException:
        raise ChannelError(f"{vendor}超时（可能已送达）") from None
    except httpx.TransportError as error:
        refused = isinstance(error, httpx.ConnectError)
        raise ChannelError(f"{vendor}无法连接（{_kind(error)}）", refused=refused) from None
    except (httpx.InvalidURL, httpx.DecodingError) as error:
        raise ChannelError(f"{vendor}的地址或答复无法读取（{type(error).__name__}）") from None


def _kind(error: BaseException) -> str:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return "TLS 握手失败"
        seen = seen.__cause__ or seen.__context__
    return type(error).__name__


def _read(answer: httpx.Response, vendor: str) -> bytes:
    until, content = time.monotonic() + DEADLINE, b""
    for chunk in answer.iter_bytes():
        content += chunk
        if time.monotonic() > until:
            raise ChannelError(f"{vendor}答复太慢（可能已送达）")
        if len(content) > LARGEST_ANSWER:
            raise ChannelError(f"{vendor}的答复过长")
    return content


def _json(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _wait(answer: httpx.Response) -> timedelta | None:
    """What Retry-After asks for, within reason; a 429 without it asks for a minute."""
    value = answer.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return min(timedelta(seconds=int(value[:9])), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return MINUTE if answer.status_code == 429 else None
    sent = _date(answer) or moment
    return min(max(moment.replace(tzinfo=moment.tzinfo or UTC) - sent, timedelta(0)), LONGEST_WAIT)


def _date(answer: httpx.Response) -> datetime | None:
    """The far side's own present, against which its Retry-After is meant."""
    try:
        found = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC)


def code_of(verdict: object, *names: str) -> int | None:
    """The number under the first of these names that is there; None where the answer holds no verdict."""
    if not isinstance(verdict, dict):
        return None
    found = next((verdict[name] for name in names if name in verdict), None)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
