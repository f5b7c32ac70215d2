"""Refusals and accidents that a test or demo orders for coming requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

OUTCOMES = frozenset(
    {
        "418",
        "432",
        "403",
        "404",
        "429",
        "302_visitor",
        "ok_-100",
        "verify_check",
        "antispam_check",
        "status_2483",
        "status_9",
        "no_data",
        "empty_body",
        "blocked_body",
        "html_instead_of_json",
        "captcha_page",
        "truncated_json",
        "blank_page",
        "no_result",
        "5xx",
        "slow",
        "reset",
        "changed",
    }
)


@dataclass(slots=True)
class Fault:
    """One order: which requests, what happens, how often (-1 always), after how many that pass."""

    route: str
    outcome: str
    times: int = 1
    after: int = 0
    match: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 2.0

    def fits(self, routes: frozenset[str], query: Mapping[str, str]) -> bool:
        """Whether a request is of the kind that this order is about."""
        return self.route in routes and all(query.get(name) == value for name, value in self.match.items())

    def draw(self) -> bool:
        """Count one fitting request and say whether the fault strikes it."""
        if self.after > 0:
            self.after -= 1
            return False
        if self.times == 0:
            return False
        self.times -= 1 if self.times > 0 else 0
        return True


class Faults:
    """The orders in force, oldest first; the first that strikes decides."""

    def __init__(self, outcomes: frozenset[str] = OUTCOMES, routes: frozenset[str] | None = None) -> None:
        self._orders: list[Fault] = []
        self._outcomes = outcomes
        self._routes = routes

    def order(self, fault: Fault) -> None:
        """Put an order in force."""
        if fault.outcome not in self._outcomes:
            raise ValueError(f"unknown outcome {fault.outcome!r}; known: {', '.join(sorted(self._outcomes))}")
        if self._routes is not None and fault.route not in self._routes:
            # A fault that can never strike would make a test pass for nothing.
            raise ValueError(f"unknown route {fault.route!r}; known: {', '.join(sorted(self._routes))}")
        self._orders.append(fault)

    def clear(self, route: str = "") -> None:
        """Drop the orders of a route, or all."""
        self._orders = [order for order in self._orders if route and order.route != route]

    def strike(self, routes: frozenset[str], query: Mapping[str, str]) -> Fault | None:
        """The fault that this request suffers, if any."""
        for order in self._orders:
            if order.fits(routes, query) and order.draw():
                return order
        return None

    @property
    def orders(self) -> tuple[Fault, ...]:
        """The orders in force."""
        return tuple(self._orders)
