"""Rate guard: a leaky bucket per caller, and a refusal that lasts while the caller keeps hammering."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

BY = ("ip", "cookie")
_SESSION_COOKIES = ("SUB", "sessionid", "sid_tt", "msToken")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests a minute for each address and each session; a burst beyond it fills the bucket.

    `deepest` bounds the bucket (in bursts): who hammers on a refusal waits longer, but not for ever.
    """

    route: str
    per_minute: float
    burst: int = 5
    by: tuple[str, ...] = BY
    outcome: str = ""
    deepest: float = 3.0

    def __post_init__(self) -> None:
        if self.per_minute <= 0 or self.burst < 1 or self.deepest < 1:
            raise ValueError("per_minute must be above 0, burst and deepest at least 1")
        if not self.by or set(self.by) - set(BY):
            raise ValueError(f"by must be some of {BY}")


@dataclass(slots=True)
class _Bucket:
    level: float = 0.0
    at: float = 0.0


@dataclass(slots=True)
class RateGuard:
    """The limits in force; off until one is set. Time runs as `now` says, in seconds."""

    now: Callable[[], float] = time.monotonic
    limits: dict[str, Limit] = field(default_factory=dict)
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)

    def set(self, limit: Limit) -> None:
        """Put a limit in force, or replace the one of its route."""
        self.clear(limit.route)
        self.limits[limit.route] = limit

    def clear(self, route: str = "") -> None:
        """Drop the limit of a route, or all; full buckets are forgotten with it."""
        for name in [name for name in self.limits if not route or name == route]:
            del self.limits[name]
            self._buckets = {key: bucket for key, bucket in self._buckets.items() if key[0] != name}

    def over(self, routes: tuple[str, ...], callers: Mapping[str, str]) -> tuple[Limit, float] | None:
        """Count one request; the limit that it breaks and the seconds until the bucket has room, or None."""
        limit = next((self.limits[name] for name in routes if name in self.limits), None)
        if limit is None:
            return None
        waits = [self._pour(limit, callers[by]) for by in limit.by if callers.get(by)]
        longest = max(waits, default=0.0)
        return (limit, longest) if longest > 0 else None

    def _pour(self, limit: Limit, caller: str) -> float:
        """Seconds to wait, 0 when there was room. A refused request counts too: that is what hammering costs."""
        bucket, now = self._buckets.setdefault((limit.route, caller), _Bucket(0.0, self.now())), self.now()
        leak = limit.per_minute / 60
        bucket.level = max(0.0, bucket.level - (now - bucket.at) * leak)
        bucket.at = now
        is_full = bucket.level + 1 > limit.burst
        bucket.level = min(bucket.level + 1, limit.burst * limit.deepest)
        return (bucket.level + 1 - limit.burst) / leak if is_full else 0.0


def callers(request: web.Request) -> dict[str, str]:
    """Who asks: by address and by session. Session values are kept as digests only."""
    held = next((request.cookies[name] for name in _SESSION_COOKIES if name in request.cookies), "")
    session = hashlib.sha256(held.encode()).hexdigest()[:16] if held else ""
    return {"ip": f"ip {request.remote}", "cookie": f"cookie {session}" if session else ""}
