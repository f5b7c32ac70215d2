"""Refusals and accidents that a test or demo orders for coming requests."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zlib import crc32

OUTCOMES = frozenset(
    {
        *("401", "403", "404", "410", "412", "414", "418", "429", "432", "461", "471", "5xx", "500", "502", "504"),
        *("302_visitor", "ok_-100", "captcha_json", "captcha_page", "soft_block"),
        *("verify_check", "antispam_check", "status_2483", "status_9", "no_data"),
        *("empty_body", "blocked_body", "html_instead_of_json", "truncated_json", "truncated_html", "truncated_body"),
        *("blank_page", "no_result", "changed"),
        *("slow", "reset", "gzip", "br", "zstd", "gb18030"),
    }
)
ANY_ROUTE = "*"
_WHOLE = 1 << 32


@dataclass(slots=True)
class Fault:
    """One order: which requests, what happens, how often (-1 always), after how many that pass.

    `outcome` may be a list with commas: each strike takes one of them. `nth` strikes the n-th fitting request alone.
    `share` strikes that part of the requests; which ones is decided by `seed` and the address, so that the same
    requests meet the same faults whatever their order, and a request that is repeated draws again. `match` holds query
    parameters that must be equal, `path` a part of the path. `blank_page(4)` means `match={"page": "4"}`.
    """

    route: str
    outcome: str
    times: int = 1
    after: int = 0
    match: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 2.0
    nth: int = 0
    share: float = 1.0
    seed: int = 7
    path: str = ""
    retry_after: str = ""
    _seen: Counter[str] = field(default_factory=Counter, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"share must be from 0 to 1, not {self.share}")
        if self.share < 1 and self.times == 1:
            self.times = -1
        name, _, page = self.outcome.partition("(")
        if page:
            self.outcome, self.match = name, {**self.match, "page": page.rstrip(")")}
        if self.nth:
            self.after, self.times = self.nth - 1, 1

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What it may do."""
        return tuple(self.outcome.split(","))

    def fits(self, routes: frozenset[str], query: Mapping[str, str], path: str = "") -> bool:
        """Whether a request is of the kind that this order is about."""
        here = self.route == ANY_ROUTE or self.route in routes
        return here and self.path in path and all(query.get(name) == value for name, value in self.match.items())

    def draw(self, address: str = "") -> "Fault | None":
        """Count one fitting request; the fault that it suffers, with a single outcome, when it is struck."""
        if self.after > 0:
            self.after -= 1
            return None
        chance = self._chance(address)
        if self.times == 0 or chance >= self.share:
            return None
        self.times -= 1 if self.times > 0 else 0
        names = self.outcomes
        return replace(self, outcome=names[int(chance / self.share * len(names))])

    def _chance(self, address: str) -> float:
        """From 0 to 1, the same for the same seed, address and number of its repetition."""
        self._seen[address] += 1
        return crc32(f"{self.seed}|{self.route}|{address}|{self._seen[address]}".encode()) / _WHOLE


class Faults:
    """The orders in force, oldest first; the first that strikes decides."""

    def __init__(self, outcomes: frozenset[str] = OUTCOMES, routes: frozenset[str] | None = None) -> None:
        self._orders: list[Fault] = []
        self._outcomes = outcomes
        self._routes = routes

    def order(self, fault: Fault) -> None:
        """Put an order in force."""
        for outcome in fault.outcomes:
            if outcome not in self._outcomes:
                raise ValueError(f"unknown outcome {outcome!r}; known: {', '.join(sorted(self._outcomes))}")
        if self._routes is not None and fault.route not in self._routes | {ANY_ROUTE}:
            # A fault that can never strike would make a test pass for nothing.
            raise ValueError(f"unknown route {fault.route!r}; known: {', '.join(sorted(self._routes))}")
        self._orders.append(fault)

    def clear(self, route: str = "") -> None:
        """Drop the orders of a route, or all."""
        self._orders = [order for order in self._orders if route and order.route != route]

    def strike(self, routes: frozenset[str], query: Mapping[str, str], address: str = "") -> Fault | None:
        """The fault that this request suffers, if any; `address` is its path with query."""
        for order in self._orders:
            if order.fits(routes, query, address.partition("?")[0]) and (found := order.draw(address)):
                return found
        return None

    @property
    def orders(self) -> tuple[Fault, ...]:
        """The orders in force."""
        return tuple(self._orders)
