"""Colours that mean something. They differ in hue and in lightness, so colour-blind readers can tell them apart."""

from collections.abc import Mapping
from dataclasses import dataclass

from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Outcome

FONT = '"Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif'


@dataclass(frozen=True, slots=True)
class Palette:
    """Data colours of one appearance; surfaces and text come from .streamlit/config.toml."""

    sentiment: Mapping[str, str]  # SentimentLabel value, "" = not scored yet
    accent: str
    quiet: str
    gap: str
    text: str
    outcomes: Mapping[Outcome, str]

    def lines(self, count: int) -> list[str]:
        """Colours for so many lines side by side, the accent first."""
        cycle = (self.accent, *_LINES)
        return [cycle[number % len(cycle)] for number in range(count)]


_LINES = ("#D9822B", "#2A9D8F", "#B3427A", "#7B5EA7", "#8C6D31", "#4C9BD6", "#C8372D", "#6B8E23", "#5E6C7B")
_OUTCOMES = {
    Outcome.OK: "#2A9D8F",
    Outcome.OK_EMPTY: "#A8D5CD",
    Outcome.SUSPECT_EMPTY: "#E9C46A",
    Outcome.AUTH_REQUIRED: "#9B2C5E",
    Outcome.CHALLENGE: "#E0532F",
    Outcome.RATE_LIMITED: "#F4A259",
    Outcome.BLOCKED: "#B3201F",
    Outcome.NOT_FOUND: "#8D99A6",
    Outcome.CHANGED: "#7B5EA7",
    Outcome.TRANSPORT: "#C08552",
}
LIGHT = Palette(
    {
        SentimentLabel.NEGATIVE: "#C8372D",
        SentimentLabel.NEUTRAL: "#A9B8C6",
        SentimentLabel.POSITIVE: "#2A9D8F",
        "": "#E3E8ED",
    },
    accent="#1F5FA8",
    quiet="#C3CEDA",
    gap="#8D99A6",
    text="#3A4652",
    outcomes=_OUTCOMES,
)
DARK = Palette(
    {
        SentimentLabel.NEGATIVE: "#E86A5E",
        SentimentLabel.NEUTRAL: "#75869A",
        SentimentLabel.POSITIVE: "#45BDAE",
        "": "#3B4652",
    },
    accent="#6AA9F0",
    quiet="#4A5968",
    gap="#9AA7B4",
    text="#C9D3DC",
    outcomes=_OUTCOMES,
)
