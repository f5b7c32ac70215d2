"""A server that costs next to nothing: answers from memory, so that a client is what is measured.

    python benchmarks/page_server.py PAGES.json

PAGES.json maps a path with its query to [status, content type, body as latin-1]. Prints its port. The path
`/page/N` answers the page named "*" for every N.
"""

import asyncio
import json
import sys
from pathlib import Path

_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\nnone"


class Pages(asyncio.Protocol):
    """One connection: whole requests without a body, kept alive."""

    answers: dict[bytes, bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._rest = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        *requests, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for request in requests:
            path = request.split(b" ", 2)[1]
            known = self.answers.get(path) or (self.answers.get(b"*") if path.startswith(b"/page/") else None)
            self._transport.write(known or _NOT_FOUND)


def rendered(status: int, kind: str, body: bytes) -> bytes:
    """The whole answer."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def serve(path: Path) -> None:
    """Until killed."""
    pages = json.loads(path.read_text(encoding="utf-8"))
    Pages.answers = {
        name.encode(): rendered(status, kind, body.encode("latin-1")) for name, (status, kind, body) in pages.items()
    }
    server = await asyncio.get_running_loop().create_server(Pages, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
