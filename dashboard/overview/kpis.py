"""The row of key figures."""

import math
from typing import Literal

import streamlit as st

from dashboard import data
from dashboard.frames import tally
from dashboard.overview import figures
from dashboard.overview.figures import Figure
from dashboard.periods import Period
from yuqing.domain.ports import MentionQuery
from yuqing.gaps import Assessment

_COLOUR: dict[str, Literal["normal", "inverse", "off"]] = {"up": "inverse", "down": "normal", "never": "off"}
HIGH_RISK = 2


def row(subject: str, period: Period, seen: Assessment) -> None:
    """Five figures with their change and their course."""
    shown = _figures(subject, period, seen)
    with st.grid(len(shown), min_column_width=130):
        for figure in shown:
            _metric(figure)


def _metric(figure: Figure) -> None:
    known = [value for value in figure.trend if value is not None]
    st.metric(
        figure.label,
        figure.value,
        figure.delta,
        delta_color="off" if figure.caution else _COLOUR[figure.worse_when],
        help=f"与前一个等长时段比较。{figure.caution}",
        chart_data=[math.nan if value is None else value for value in figure.trend] if len(known) > 1 else None,
        chart_type="area",
        border=True,
        height="stretch",
    )


def _figures(subject: str, period: Period, seen: Assessment) -> tuple[Figure, ...]:
    previous = period.previous
    both = (seen, data.assess(subject, previous))
    now = MentionQuery(subjects=(subject,), since=period.since, until=period.until)
    before = MentionQuery(subjects=(subject,), since=previous.since, until=previous.until)
    bins = data.volume(now, period.interval, "sentiment")
    tallies = (tally("now", bins), data.stances("before", before))
    risky = MentionQuery(subjects=(subject,), since=period.since, until=period.until, min_severity=HIGH_RISK)
    risky_before = MentionQuery(subjects=(subject,), since=previous.since, until=previous.until, min_severity=HIGH_RISK)
    risky_bins = data.volume(risky, period.interval)
    totals = (sum(each.total for each in bins), tallies[1].total or 0)
    risk_totals = (sum(each.total for each in risky_bins), data.count(risky_before))
    alerts = data.alerts_of(subject, data.alerts())
    return (
        figures.volume("声量", totals, bins, period.interval, both),
        figures.negative_share(tallies, bins, both),
        figures.net_sentiment(tallies, bins, both),
        figures.volume("高风险", risk_totals, risky_bins, period.interval, both, "up"),
        figures.active_alerts(alerts, period, len(bins), both[1]),
    )
