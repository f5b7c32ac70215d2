"""Pictures of the tables in `frames`: pure functions from a table and a palette to an Altair chart."""

from typing import Any

import altair as alt
import pandas as pd

from dashboard import labels
from dashboard.frames import stance
from dashboard.theme import FONT, Palette
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Outcome

Chart = alt.Chart | alt.LayerChart | alt.FacetChart
_STACK = (SentimentLabel.NEGATIVE, SentimentLabel.NEUTRAL, SentimentLabel.POSITIVE, "")
_ORDER = [stance(label) for label in _STACK]
_PHONE = 420  # a plot that is narrower than this is on a phone
_ROW, _BAR = 36, 12  # the timeline of coverage


def _columns(wide: int, narrow: int) -> Any:
    """Columns of a legend, on a desk and on a phone."""
    return alt.ExprRef(f"width < {_PHONE} ? {narrow} : {wide}")


def _finish(chart: Chart, height: int) -> Chart:
    # One call: each call of Altair copies the whole chart.
    words: dict[str, Any] = {"labelFont": FONT, "titleFont": FONT, "labelFontSize": 12, "titleFontSize": 12}
    finished: Chart = chart.properties(
        height=height,
        padding={"left": 4, "right": 8, "top": 6, "bottom": 2},
        config=alt.Config(
            font=FONT,
            axis=alt.AxisConfig(domain=False, tickSize=0, **words),
            axisX=alt.AxisConfig(grid=False, labelPadding=6),
            legend=alt.LegendConfig(orient="top", title=None, offset=6, padding=0, **words),
            view=alt.ViewConfig(stroke=None),
        ),
    )
    return finished


def _stances(long: pd.DataFrame, palette: Palette) -> alt.Color:
    """Fixed colours; the legend leaves out what does not occur."""
    occurring = set(long[long["条数"] > 0]["情感"])
    shown = [(name, palette.sentiment[label]) for name, label in zip(_ORDER, _STACK, strict=True) if name in occurring]
    scale = alt.Scale(domain=[name for name, _ in shown], range=[color for _, color in shown])
    return alt.Color("情感:N", scale=scale, title=None)


def _long(frame: pd.DataFrame, keep: list[str]) -> pd.DataFrame:
    long = frame.melt(id_vars=keep, value_vars=_ORDER, var_name="情感", value_name="条数").dropna(subset=["条数"])
    return long.assign(序=long["情感"].map(_ORDER.index), 条数=long["条数"].astype(int))


def _time_axis(*, with_days: bool) -> alt.Axis:
    return alt.Axis(format="%m-%d" if with_days else "%H:%M", labelOverlap=True, tickCount=8, title=None)


def _shaded(bands: pd.DataFrame, palette: Palette) -> Chart:
    """Grey stretches with dashed edges, labelled 采集中断."""
    base = alt.Chart(bands)
    tooltip = [alt.Tooltip("时段:N", title="采集中断"), alt.Tooltip("来源:N")]
    area = base.mark_rect(color=palette.gap, opacity=0.22).encode(x="开始:T", x2="结束:T", tooltip=tooltip)
    edges = base.mark_rule(color=palette.gap, strokeDash=[3, 3])
    name = base.mark_text(align="left", baseline="top", dx=5, dy=5, font=FONT, fontSize=11, color=palette.text)
    return alt.layer(
        area, edges.encode(x="开始:T"), edges.encode(x="结束:T"), name.encode(x="开始:T", y=alt.value(0), text="标签:N")
    )


def volume(frame: pd.DataFrame, bands: pd.DataFrame, palette: Palette, height: int = 300) -> Chart:
    """Mentions over time stacked by stance; stretches that were not seen are shaded, unknown bins have no bar."""
    long = _long(frame, ["开始", "结束", "采集"]).sort_values(["开始", "序"])
    # Stacked here: between two times Vega-Lite would not know which way a bar grows.
    long["顶"] = long.groupby("开始")["条数"].cumsum()
    long["底"] = long["顶"] - long["条数"]
    bars = (
        alt.Chart(long)
        .mark_bar(binSpacing=1, clip=True)
        .encode(
            x=alt.X("开始:T", axis=_time_axis(with_days=len(frame) > 26)),
            x2="结束:T",
            y=alt.Y("底:Q", title=None, axis=alt.Axis(format=",d", tickCount=5), scale=alt.Scale(domainMin=0)),
            y2="顶:Q",
            color=_stances(long, palette),
            tooltip=[
                alt.Tooltip("开始:T", title="时间", format="%m-%d %H:%M"),
                "情感:N",
                alt.Tooltip("条数:Q", format=",d"),
                "采集:N",
            ],
        )
    )
    layers = bars if bands.empty else alt.layer(_shaded(bands, palette), bars)
    return _finish(layers, height)


def groups(frame: pd.DataFrame, title: str, palette: Palette) -> Chart:
    """Horizontal bars by platform, topic or bank, stacked by stance, largest first; unknown groups have no bar."""
    known = frame.dropna(subset=["合计"])
    order = known.sort_values("合计", ascending=False)[title].tolist()
    long = _long(known, [title])
    base = alt.Chart(long).encode(
        y=alt.Y(f"{title}:N", sort=order, title=None, axis=alt.Axis(labelLimit=120, labelPadding=8))
    )
    bars = base.mark_bar(size=16).encode(
        x=alt.X("条数:Q", title=None, stack="zero", axis=alt.Axis(format=",d", tickCount=4, grid=True)),
        color=_stances(long, palette),
        order=alt.Order("序:Q"),
        tooltip=[f"{title}:N", "情感:N", alt.Tooltip("条数:Q", format=",d")],
    )
    return _finish(bars, 60 + 30 * max(1, len(order)))


def negatives(frame: pd.DataFrame, title: str, palette: Palette) -> Chart:
    """Topics by their negative mentions, the negative share written at the end of each bar."""
    red = palette.sentiment[SentimentLabel.NEGATIVE]
    shown = frame.assign(占比=frame["负面占比"].astype(float))
    base = alt.Chart(shown.rename(columns={"合计": "全部"})).encode(
        y=alt.Y(f"{title}:N", sort=alt.SortField("负面", order="descending"), title=None, axis=alt.Axis(labelPadding=8))
    )
    tooltip = [f"{title}:N", "全部:Q", "负面:Q", alt.Tooltip("占比:Q", title="负面占比", format=".1%")]
    every = base.mark_bar(size=16, color=palette.quiet, opacity=0.55).encode(
        x=alt.X("全部:Q", title=None, axis=alt.Axis(format=",d", tickCount=4, grid=True)), tooltip=tooltip
    )
    red_part = base.mark_bar(size=16, color=red).encode(x="负面:Q", tooltip=tooltip)
    words = base.mark_text(align="left", dx=6, font=FONT, fontSize=11, color=palette.text).encode(
        x="全部:Q", text=alt.Text("占比:Q", format=".0%")
    )
    return _finish(alt.layer(every, red_part, words), 44 + 30 * max(1, len(frame)))


def share_of_voice(frame: pd.DataFrame, title: str, own: str, palette: Palette) -> Chart:
    """Each bank's part of all mentions in per cent, our own in the accent colour."""
    known = frame.dropna(subset=["合计"])
    shares = known.assign(份额=known["合计"].astype(float) / max(1, int(known["合计"].sum())))
    base = alt.Chart(shares).encode(y=alt.Y(f"{title}:N", sort="-x", title=None, axis=alt.Axis(labelPadding=8)))
    bars = base.mark_bar(size=20).encode(
        x=alt.X("份额:Q", title=None, axis=alt.Axis(format="%", tickCount=4, grid=True)),
        color=alt.condition(alt.datum[title] == own, alt.value(palette.accent), alt.value(palette.quiet)),
        tooltip=[f"{title}:N", alt.Tooltip("份额:Q", format=".1%"), "合计:Q", alt.Tooltip("负面占比:Q", format=".1%")],
    )
    words = base.mark_text(align="left", dx=6, font=FONT, fontSize=12, color=palette.text).encode(
        x="份额:Q", text=alt.Text("份额:Q", format=".0%")
    )
    return _finish(alt.layer(bars, words), 40 + 40 * max(1, len(known)))


def alert_window(frame: pd.DataFrame, bands: pd.DataFrame, window: tuple[str, str], palette: Palette) -> Chart:
    """Negative mentions around an alert; the time in which it fired is marked."""
    red = palette.sentiment[SentimentLabel.NEGATIVE]
    fired = alt.Chart(pd.DataFrame([{"开始": window[0], "结束": window[1]}]))
    mark = fired.mark_rect(color=red, opacity=0.10).encode(x="开始:T", x2="结束:T")
    edge = fired.mark_rule(color=red, strokeDash=[4, 2]).encode(x="开始:T")
    line = (
        alt.Chart(frame)
        .mark_area(interpolate="step-after", color=red, opacity=0.35, line={"color": red, "strokeWidth": 1.5})
        .encode(
            x=alt.X("开始:T", axis=_time_axis(with_days=False)),
            y=alt.Y("负面:Q", title=None, axis=alt.Axis(tickCount=4, format="d")),
            tooltip=[alt.Tooltip("开始:T", title="时间", format="%m-%d %H:%M"), "负面:Q", "合计:Q", "采集:N"],
        )
    )
    layers = [mark, edge, line] if bands.empty else [_shaded(bands, palette), mark, edge, line]
    return _finish(alt.layer(*layers), 220)


def outcomes(frame: pd.DataFrame, palette: Palette) -> Chart:
    """How each slice of each source and query ended, over time.

    The name of a row stands above its bars: beside them, on a phone, it would leave them a quarter of the width.
    """
    present = set(frame["结果"])
    shown = [(labels.outcome(each), palette.outcomes[each]) for each in Outcome if labels.outcome(each) in present]
    rows = frame.assign(行=frame["来源"] + " · " + frame["查询"])
    names = alt.Axis(labelAlign="left", labelBaseline="bottom", labelPadding=0, labelOffset=-2, labelLimit=0, zindex=1)
    chart = (
        alt.Chart(rows)
        .mark_bar(height=_BAR, yOffset=_BAR / 2)
        .encode(
            x=alt.X("开始:T", title=None, axis=alt.Axis(format="%m-%d %H:%M", labelOverlap=True, tickCount=6)),
            x2="结束:T",
            y=alt.Y("行:N", title=None, axis=names, scale=alt.Scale(padding=0)),
            color=alt.Color(
                "结果:N",
                scale=alt.Scale(domain=[name for name, _ in shown], range=[color for _, color in shown]),
                legend=alt.Legend(columns=_columns(5, 2), symbolType="square"),
            ),
            tooltip=["来源:N", "查询:N", alt.Tooltip("开始:T", format="%m-%d %H:%M"), "结果:N", "新内容:Q", "说明:N"],
        )
    )
    return _finish(chart, 80 + _ROW * max(1, rows["行"].nunique()))


def engagement(frame: pd.DataFrame, palette: Palette) -> Chart:
    """Reactions to one mention from reading to reading."""
    long = frame.melt(id_vars=["时间"], var_name="类型", value_name="数量").dropna(subset=["数量"])
    colors = (palette.accent, palette.sentiment[SentimentLabel.POSITIVE], "#E9A03B", palette.quiet)
    told = set(long["类型"])  # what a platform never tells has no line, and no name
    shown = [pair for pair in zip(labels.ENGAGEMENT.values(), colors, strict=True) if pair[0] in told]
    chart = (
        alt.Chart(long.assign(数量=long["数量"].astype(int)))
        .mark_line(point=True)
        .encode(
            x=alt.X("时间:T", title=None, axis=alt.Axis(format="%m-%d %H:%M", labelOverlap=True, tickCount=4)),
            y=alt.Y("数量:Q", title=None, axis=alt.Axis(format=",d", tickCount=4)),
            color=alt.Color(
                "类型:N",
                scale=alt.Scale(domain=[name for name, _ in shown], range=[color for _, color in shown]),
                title=None,
            ),
            tooltip=[alt.Tooltip("时间:T", format="%m-%d %H:%M"), "类型:N", alt.Tooltip("数量:Q", format=",d")],
        )
    )
    return _finish(chart, 180)


def rank_legend(frame: pd.DataFrame, palette: Palette) -> list[tuple[str, str]]:
    """Every line of `ranks` with its colour."""
    names = list(dict.fromkeys(frame["线"]))
    return list(zip(map(str, names), palette.lines(len(names)), strict=True))


def ranks(frame: pd.DataFrame, palette: Palette) -> Chart:
    """Places of topics over time, the first place on top; a line breaks where nothing was seen.

    Names of topics are long: their legend is text of the page, which wraps where a chart would cut.
    """
    shown = rank_legend(frame, palette)
    lowest = max(10, int(frame["名次"].max()))
    chart = (
        alt.Chart(frame)
        .mark_line(interpolate="step-after", point=alt.OverlayMarkDef(size=22), strokeWidth=2)
        .encode(
            x=alt.X("时间:T", title=None, axis=alt.Axis(format="%m-%d %H:%M", labelOverlap=True, tickCount=6)),
            y=alt.Y(
                "名次:Q",
                title=None,
                scale=alt.Scale(domain=[1, lowest], reverse=True, nice=False),
                axis=alt.Axis(format="d", values=[1, *range(10, lowest + 1, 10)], grid=True),
            ),
            color=alt.Color(
                "线:N",
                scale=alt.Scale(domain=[name for name, _ in shown], range=[color for _, color in shown]),
                legend=None,
            ),
            detail="段:N",
            tooltip=[
                alt.Tooltip("时间:T", format="%m-%d %H:%M"),
                "榜单:N",
                "话题:N",
                "名次:Q",
                alt.Tooltip("热度:Q", format=",d"),
            ],
        )
    )
    return _finish(chart, 260)
