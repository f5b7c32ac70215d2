"""What readers see when something below is broken."""

import pytest

from dashboard import data
from tests.integration.dashboard.conftest import FakeApp, Opener
from yuqing.domain.errors import ConfigError, StoreError, StoreUnavailable


class Broken:
    """A store that refuses every question."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str):
        def refuse(*_: object, **__: object) -> None:
            raise self.error

        return refuse


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (StoreUnavailable("connection refused"), "存储暂时没有应答"),
        (StoreError("the file is damaged"), "存储返回了错误"),
        (ConfigError("subjects.yml:3 缺少 name"), "subjects.yml:3"),
    ],
)
@pytest.mark.parametrize("page", ["overview", "mentions", "alerts", "coverage"])
def test_a_broken_store_is_a_sentence(empty_app: FakeApp, opened: Opener, page: str, error: Exception, sentence: str):
    """No page shows a traceback: it says what is wrong and whom to ask."""
    empty_app.mentions = empty_app.state = Broken(error)  # type: ignore[assignment]
    data.use_app(empty_app)
    assert sentence in opened(page).error[0].value
