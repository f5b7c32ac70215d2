"""How many requests one run may send for one source: an operator's own measure of how much a platform is asked."""

from crawlers.model import Verdict
from yuqing.domain.coverage import Outcome

SPENT = Verdict(Outcome.TRANSPORT, "request_limit")


class Budget:
    """Counts what is sent; 0 is no limit. What is left when it is spent was not seen, and the next run reads it."""

    def __init__(self, most: int = 0) -> None:
        self._most = most
        self._sent = 0

    @property
    def refusal(self) -> Verdict | None:
        """Why nothing more is sent, None while something may be."""
        return SPENT if self._most and self._sent >= self._most else None

    def spend(self) -> Verdict | None:
        """One request is about to be sent, unless there is a reason not to."""
        if refusal := self.refusal:
            return refusal
        self._sent += 1
        return None
