"""The report as one HTML file: no script, nothing loaded from elsewhere, printable on A4."""

from base64 import b64encode

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.charts import describe, to_svg
from reports.labels import NO_DATA, local, minute, period, show, stamp, title
from reports.week import find
from reports.wording import trend, with_unit
from yuqing.domain.mention import Platform
from yuqing.domain.report import Chart, Figure, Report, Section
from yuqing.labels import PLATFORMS

# A card shows a figure, and below it what it is compared with.
CARDS = (
    ("本周声量", "声量环比", "较上周"),
    ("负面提及", "负面环比", "较上周"),
    ("负面占比", "负面占比变化", "较上周"),
    ("声量份额", "声量相对常态", "声量为常态的"),
    ("预警事件", "已确认预警", "已确认"),
    ("采集完整度", None, "未采集的时段不计为零"),
)


def render_html(report: Report) -> str:
    """The whole report. The same report gives the same text."""
    return _environment().get_template("report.html.j2").render(report=report, cards=cards(report))


def cards(report: Report) -> list[dict[str, str]]:
    """The key figures: label, value, unit, remark."""
    summary = next((section for section in report.sections if section.id == "summary"), None)
    if summary is None:
        return []
    return [_card(summary, *card) for card in CARDS]


def _card(summary: Section, name: str, compared: str | None, remark: str) -> dict[str, str]:
    figure = find(summary, name)
    unit = "" if figure.value is None or figure.unit.endswith("%") else figure.unit
    below = remark if compared is None else _remark(find(summary, compared), remark)
    return {"label": name, "value": show(figure), "unit": unit, "remark": below}


def _remark(figure: Figure, remark: str) -> str:
    if figure.value is None:
        return f"{remark}：{NO_DATA}"
    return f"{remark}{trend(figure)}" if figure.unit in ("环比%", "百分点") else f"{remark} {with_unit(figure)}"


def picture(chart: Chart) -> str:
    """The chart as a data URI; inside an <img> its ids cannot clash with those of another chart."""
    return f"data:image/svg+xml;base64,{b64encode(to_svg(chart)).decode()}"


def platform_name(value: str) -> str:
    """The Chinese name of a platform."""
    return PLATFORMS[Platform(value)]


def _is_figure(value: object) -> bool:
    return isinstance(value, Figure)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        show=show, minute=minute, stamp=stamp, picture=picture, describe=describe, platform=platform_name, local=local
    )
    environment.tests["figure"] = _is_figure
    environment.globals.update(title=title, period=period, no_data=NO_DATA)
    return environment
