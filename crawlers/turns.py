"""A limited number of turns: who wants one waits until another is given back."""

import asyncio


class Turns:
    """Keeps a long list of requests out of the queue: only so many wait for their answer at a time."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._given_back = asyncio.Event()

    async def take(self) -> None:
        """Wait for a turn."""
        while self._free <= 0:
            self._given_back.clear()
            await self._given_back.wait()
        self._free -= 1

    def give_back(self) -> None:
        """A turn is over."""
        self._free += 1
        self._given_back.set()
