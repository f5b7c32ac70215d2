"""The turns that all sources take at one host: together they are no faster than one of them may be."""

import logging
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

_log = logging.getLogger(__name__)
_Turn = tuple[float, float]  # when, and the gap of its source
_FARTHEST = 300.0  # a turn that is farther ahead was taken before the machine was started anew
_GONE = 60.0  # a source whose last turn is over for so long has ended, or asks elsewhere


class HostPace:
    """One for all sources of a run. A turn is a moment on the monotonic clock, given before the request is sent.

    A source that has a host for itself is paced by its own delay alone. Where several ask the same host, each of their
    requests keeps the longer gap of the two sources to the request before it.

    `folder`: where the crawls of this installation that run beside this one, as refreshes do, leave their turns; the
    monotonic clock is one for all processes of a machine.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._turns: dict[str, dict[str, _Turn]] = defaultdict(dict)  # by host and source

    def turn(self, host: str, source: str, start: float, gap: float) -> float:
        """When the next request of a source may start, from `start` on."""
        known = self._turns[host]
        others = [theirs for name, theirs in known.items() if name != source]
        if gap:
            others += self._of_other_processes(host, start)
        if not others:
            return start
        mine = [known[source]] if source in known else []
        return max(start, *(last + max(gap, theirs) for last, theirs in (*others, *mine)))

    def take(self, host: str, source: str, turn: float, gap: float) -> None:
        """The turn is taken: others come after it."""
        self._turns[host][source] = (turn, gap)
        if self._folder is None or not gap:
            return
        path = self._folder / _name(host) / _name(source)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".new").write_text(f"{turn} {gap}", encoding="ascii")
            path.with_suffix(".new").replace(path)
        except OSError as error:  # without it a host is asked by two at once, which is no reason not to ask
            _log.warning("turn not kept source=%s error=%s", source, type(error).__name__)

    def _of_other_processes(self, host: str, start: float) -> list[_Turn]:
        if self._folder is None:
            return []
        ours = {_name(source) for source in self._turns[host]}
        found = (each for name, each in _turns_in(self._folder / _name(host)) if name not in ours)
        return [(last, gap) for last, gap in found if start - gap - _GONE <= last <= start + _FARTHEST]


def _name(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:20]


def _turns_in(folder: Path) -> Iterator[tuple[str, _Turn]]:
    """The turns that lie in a folder, without those that cannot be read."""
    for path in folder.glob("*"):
        if path.suffix:  # about to take the place of another
            continue
        try:
            last, _, gap = path.read_text(encoding="ascii").partition(" ")
            yield path.name, (float(last), float(gap))
        except (OSError, ValueError) as error:
            _log.warning("turn not read error=%s", type(error).__name__)
