"""Which requests came in, for assertions on pace, referer and overlap; never with secrets."""

import re
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

_SECRET_FIELDS = frozenset(
    {
        *("msToken", "a_bogus", "X-Bogus", "access_token", "access-token", "token", "key", "verifyFp", "fp", "s", "sp"),
        *("sign", "signature", "w_rid", "client_secret", "password", "xsec_token"),
    }
)
_IN_URL = re.compile(rf"([?&](?:{'|'.join(map(re.escape, sorted(_SECRET_FIELDS)))})=)[^&#]*")
_HEADERS = ("Accept", "Accept-Encoding", "X-Requested-With", "If-None-Match", "If-Modified-Since", "Content-Type")


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One request: cookies by name only. `why` is `fault` or `rate` when the refusal was not the route's own."""

    time: str
    real: float
    method: str
    path: str
    query: dict[str, str]
    cookies: tuple[str, ...]
    referer: str
    user_agent: str
    route: str
    outcome: str
    status: int
    why: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Ledger:
    """All requests in order."""

    def __init__(self) -> None:
        self._lines: list[LedgerLine] = []
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, line: LedgerLine) -> None:
        """Write one more line."""
        self._lines.append(line)
        self._counts[line.path.split("/", 2)[1]][f"{line.why}:{line.outcome}" if line.why else line.outcome] += 1

    def clear(self) -> None:
        """Forget everything."""
        self._lines.clear()
        self._counts.clear()

    @property
    def lines(self) -> tuple[LedgerLine, ...]:
        """What was asked so far."""
        return tuple(self._lines)

    def forget_lines(self) -> None:
        """Keep the counts alone: a month of requests fills the memory."""
        self._lines.clear()

    def counts(self) -> dict[str, dict[str, int]]:
        """First segment of the path -> outcome (`fault:418` where the refusal was ordered) -> requests so far."""
        return {name: dict(found) for name, found in sorted(self._counts.items())}

    def as_json(self, route: str = "", limit: int = 0) -> list[dict[str, Any]]:
        """The lines of a route (all when empty), the newest `limit` of them (all when 0)."""
        chosen = [line for line in self._lines if not route or route in line.route.split()]
        return [asdict(line) for line in chosen[-limit:]]


def line_of(
    request: web.Request, moment: datetime, real: float, names: tuple[str, ...], outcome: str, status: int, why: str
) -> LedgerLine:
    """The line of a request that came at `moment` (simulated) and `real` (monotonic seconds)."""
    return LedgerLine(
        moment.isoformat(),
        real,
        request.method,
        request.path,
        harmless(dict(request.query)),
        tuple(sorted(request.cookies)),
        harmless_url(request.headers.get("Referer", "")),
        request.headers.get("User-Agent", ""),
        " ".join(names),
        outcome,
        status,
        why,
        {name: request.headers[name] for name in _HEADERS if name in request.headers},
    )


def harmless(query: dict[str, str]) -> dict[str, str]:
    """The query without the values of secret parameters."""
    return {name: "***" if name in _SECRET_FIELDS else value for name, value in query.items()}


def harmless_url(url: str) -> str:
    """An address without the values of secret parameters."""
    return _IN_URL.sub(r"\1***", url)
