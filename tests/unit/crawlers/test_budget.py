"""How many requests a run may send."""

import pytest

from crawlers.budget import SPENT, Budget
from yuqing.details import told


@pytest.mark.parametrize("most", [1, 3])
def test_a_budget_permits_as_many_requests_as_it_says(most: int) -> None:
    """Then each further one is refused, and asking costs nothing."""
    budget = Budget(most)
    assert [budget.spend() for _ in range(most)] == [None] * most
    assert budget.refusal == SPENT
    assert budget.spend() == SPENT
    assert "max_requests" in told(SPENT.detail)


def test_without_a_number_there_is_no_limit() -> None:
    """As it is shipped."""
    budget = Budget()
    assert {budget.spend() for _ in range(10_000)} == {None}
    assert budget.refusal is None
