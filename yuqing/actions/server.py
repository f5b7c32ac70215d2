"""Serves the pages from a thread of `yuqing run`."""

import socket
import threading
from collections.abc import Callable

import uvicorn

from yuqing.actions.site import ActionSite
from yuqing.bootstrap import App
from yuqing.domain.errors import ConfigError

STOP_SECONDS = 10


def serve(app: App, port: int, host: str) -> Callable[[], None]:
    """Serve until the returned function is called. Raises ConfigError for a taken port."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigError(f"处置页面端口 {host}:{port} 无法监听（{error.strerror or type(error).__name__}）") from None
    config = uvicorn.Config(
        ActionSite(app).asgi(),
        log_config=None,
        access_log=False,  # addresses hold signatures
        lifespan="off",
        server_header=False,
        limit_concurrency=64,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=3,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="actions", daemon=True)
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join(STOP_SECONDS)
        listener.close()

    return stop
