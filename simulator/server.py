"""The server: all doubles in one aiohttp application, in the foreground or in a thread for tests."""

import asyncio
import socket
import threading
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from simulator import control, rate, robots, sites
from simulator.clock import SimulatedClock
from simulator.corpus import Corpus
from simulator.faults import OUTCOMES, Fault, Faults
from simulator.formats import parse_moment
from simulator.guard import guard
from simulator.inbox import view
from simulator.inbox.folder import MailFolder
from simulator.inbox.smtp import MailDoor
from simulator.inject import Injector
from simulator.ledger import LedgerLine
from simulator.scenario.build import build
from simulator.site import Stage
from simulator.world import WORLD, World

DEFAULT_NOW = "2026-03-14T09:30:00+08:00"


def make_app(world: World) -> web.Application:
    """The application of a world."""
    app = web.Application(middlewares=[guard])
    app[WORLD] = world
    for routes in (sites.routes, control.routes, robots.routes, view.routes):
        app.add_routes(routes())
    return app


class Simulator(Injector):
    """The doubles, running in a thread while the context is entered; also gives direct access to the world."""

    def __init__(
        self,
        *,
        seed: int = 7,
        now: str | datetime = DEFAULT_NOW,
        scenario: str = "demo",
        t0: str | datetime | None = None,
        days: int | None = None,
        rate: float = 1.0,
        talk: float = 1.0,
        speed: float = 0.0,
        port: int = 0,
        base: str = "",
        inbox: Path | None = None,
        smtp_port: int = 0,
    ) -> None:
        start = _moment(now)
        self.clock = SimulatedClock(start, speed)
        stage = _moment(t0) if t0 else start
        self.corpus: Corpus = build(scenario, seed, stage, days, rate, talk)
        super().__init__(_world(self.clock, Stage(scenario, seed, stage, self.corpus), base))
        if inbox is not None:
            self.world.mail = MailDoor(MailFolder(inbox), lambda: self.clock.now().isoformat())
        self._port = port
        self._smtp_port = smtp_port
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._serve, name="simulator", daemon=True)
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        """The origin, e.g. `http://127.0.0.1:40123`."""
        if self._socket is None:
            raise RuntimeError("the simulator is not running: use it as a context manager")
        host, port = self._socket.getsockname()[:2]
        return f"http://{host}:{port}"

    @property
    def smtp_port(self) -> int:
        """Where the inbox takes mail; 0 without an inbox."""
        return self.world.mail.port if self.world.mail else 0

    @property
    def inbox_url(self) -> str:
        """Where the mails can be read."""
        return f"{self.url}/inbox"

    @property
    def mails(self) -> list[dict[str, object]]:
        """Every accepted delivery in order: `name message_id subject sender recipients time`."""
        return self.world.mail.folder.deliveries() if self.world.mail else []

    @property
    def requests(self) -> tuple[LedgerLine, ...]:
        """The ledger so far."""
        return self.world.ledger.lines

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", self._port))
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the simulator did not start within 10 seconds")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def fault(
        self,
        route: str,
        outcome: str,
        *,
        times: int = 1,
        after: int = 0,
        seconds: float = 2.0,
        nth: int = 0,
        share: float = 1.0,
        seed: int = 7,
        path: str = "",
        retry_after: str = "",
        **match: str,
    ) -> None:
        """Order a fault, see `Fault`; keywords beyond the named ones must equal query parameters."""
        self.world.faults.order(
            Fault(route, outcome, times, after, match, seconds, nth, share, seed, path, retry_after)
        )

    def rate_limit(
        self,
        route: str,
        per_minute: float,
        *,
        burst: int = 5,
        by: tuple[str, ...] = rate.BY,
        outcome: str = "",
        deepest: float = 3.0,
    ) -> None:
        """Switch the rate guard of a route on (real time); `outcome` replaces the platform's own refusal."""
        if route not in sites.ROUTE_NAMES:
            raise ValueError(f"unknown route {route!r}; known: {', '.join(sorted(sites.ROUTE_NAMES))}")
        self.world.rate.set(rate.Limit(route, per_minute, burst, by, outcome, deepest))

    def robots(self, variant: str, prefix: str = "") -> None:
        """Serve a variant of robots.txt under a prefix ("": everywhere)."""
        robots.order(self.world, variant, prefix)

    def clear_faults(self) -> None:
        """Drop all orders."""
        self.world.faults.clear()

    def truth(self, **query: str) -> list[dict[str, object]]:
        """What `/__control/truth` answers."""
        return control.truth(self.world, query)

    def _serve(self) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            site = web.AppRunner(make_app(self.world), access_log=None, shutdown_timeout=0.2)
            smtp = runner.run(self._start(site))
            self._ready.set()
            self._loop.run_forever()
            if smtp is not None:
                smtp.close()
            runner.run(site.cleanup())

    async def _start(self, runner: web.AppRunner) -> asyncio.Server | None:
        await runner.setup()
        if self._socket is not None:
            await web.SockSite(runner, self._socket).start()
        return await self.world.mail.open(self._smtp_port) if self.world.mail else None


def _world(clock: SimulatedClock, stage: Stage, base: str) -> World:
    faults = Faults(OUTCOMES | sites.SITE_OUTCOMES, sites.ROUTE_NAMES)
    return World(clock, stage.corpus, base, faults, content=sites.contents(stage))


def _moment(value: str | datetime) -> datetime:
    return parse_moment(value) if isinstance(value, str) else value
