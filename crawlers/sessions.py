"""The sessions of one source: cookies of the operator's own accounts, or a visitor's ticket. Never logged or stored."""


class SessionPool:
    """Hands out the cookie that the next request is sent with."""

    def __init__(self, cookies: tuple[str, ...] = ()) -> None:
        self._cookies = list(cookies)

    def add(self, cookie: str) -> None:
        """A ticket was handed out."""
        self._cookies.append(cookie)

    def cookie(self) -> str:
        """The cookie header to send, "" where there is no session."""
        return self._cookies[-1] if self._cookies else ""
