"""Which requests came in, for assertions on pace, referer and overlap; never with secrets."""

from dataclasses import asdict, dataclass
from typing import Any

_SECRET_FIELDS = frozenset({"msToken", "a_bogus", "access_token", "token", "key"})


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One request: cookies by name only."""

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


class Ledger:
    """All requests in order."""

    def __init__(self) -> None:
        self._lines: list[LedgerLine] = []

    def add(self, line: LedgerLine) -> None:
        """Write one more line."""
        self._lines.append(line)

    def clear(self) -> None:
        """Forget everything."""
        self._lines.clear()

    @property
    def lines(self) -> tuple[LedgerLine, ...]:
        """What was asked so far."""
        return tuple(self._lines)

    def as_json(self, route: str = "", limit: int = 0) -> list[dict[str, Any]]:
        """The lines of a route (all when empty), the newest `limit` of them (all when 0)."""
        chosen = [line for line in self._lines if not route or route in line.route.split()]
        return [asdict(line) for line in chosen[-limit:]]


def harmless(query: dict[str, str]) -> dict[str, str]:
    """The query without the values of secret parameters."""
    return {name: "***" if name in _SECRET_FIELDS else value for name, value in query.items()}
