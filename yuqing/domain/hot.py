"""Hot lists: what a platform says the whole country talks about, and how it climbs."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class HotRank:
    """One line of a hot list at one time. `key` names the topic on its board, over readings; `rank` 1 is the top.

    `heat` is the board's own number (None: not told), `label` its own word (新, 热, 沸, 爆 …), `pinned` a line that
    the platform put there itself. `note` is the board's description of the topic.
    """

    board: str
    key: str
    word: str = field(repr=False)
    rank: int
    at: datetime
    heat: int | None = None
    label: str = ""
    url: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    pinned: bool = False
    since: datetime | None = None  # when the topic came onto the board, as the board tells it
