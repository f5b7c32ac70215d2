"""Clocks: the present, a frozen moment, or the clock of a simulated platform."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from yuqing.domain.errors import YuqingError


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present, UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FrozenClock:
    """Always the same moment: replays and tests."""

    moment: datetime

    def now(self) -> datetime:
        """The frozen moment, UTC."""
        return self.moment.astimezone(UTC)


@dataclass(frozen=True)
class RemoteClock:
    """The clock of a simulated platform: `url` answers {"now": ISO 8601 with offset}."""

    url: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=5.0, trust_env=False), repr=False)

    def now(self) -> datetime:
        """The platform's present, UTC. Raises YuqingError when the clock does not answer properly."""
        try:
            answer = self.http.get(self.url)
            answer.raise_for_status()
            moment = datetime.fromisoformat(str(answer.json()["now"]))
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise YuqingError(f"时钟 {self.url} 没有正确应答（{type(error).__name__}）") from None
        if moment.tzinfo is None:
            raise YuqingError(f"时钟 {self.url} 的时间缺少时区")
        return moment.astimezone(UTC)
