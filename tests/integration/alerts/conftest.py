"""A mail server on loopback and what it took."""

from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from tests.integration.alerts.smtp_server import Inbox, start


@pytest.fixture
def inbox() -> Inbox:
    """An empty inbox."""
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Iterator[Controller]:
    """A mail server without login; what it takes lies in the inbox."""
    controller = start(inbox)
    yield controller
    controller.stop()
