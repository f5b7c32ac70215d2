"""A bank with an office of incidents."""

import pytest

from tests.unit.incidents.world import Bank
from yuqing.domain.incident import Incident


@pytest.fixture
def bank() -> Bank:
    """Nothing has happened yet."""
    return Bank()


@pytest.fixture
def opened(bank: Bank) -> Incident:
    """One incident, opened by hand."""
    return bank.office.book.open("手机银行登录异常", "yunjiang", "甲", topic="app")
