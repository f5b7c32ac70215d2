"""声量与情感: this week beside the last one, day by day."""

from dataclasses import replace
from datetime import datetime

from reports import proofs
from reports.charting import Curve, charted
from reports.labels import day, local
from reports.week import Cell, Week, cell, judged, negative, negative_share
from reports.wording import trend, with_unit
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.ports import MentionQuery
from yuqing.domain.report import Chart, Report, Section, Table
from yuqing.labels import SENTIMENTS

ID, TITLE = "volume", "声量与情感"
HALF = 0.5  # a day of which more was blocked is a gap in the curve
ORDER = (SentimentLabel.POSITIVE, SentimentLabel.NEUTRAL, SentimentLabel.NEGATIVE)


def build(week: Week) -> Section:
    """Tables by stance and by day, and the two curves."""
    return Section(
        ID, TITLE, tables=(_by_stance(week), _by_day(week)), charts=(_against_last_week(week), _stance_by_day(week))
    )


def _by_stance(week: Week) -> Table:
    own = week.all
    rows: list[tuple[Cell, ...]] = [_stance_row(week, "全部", own, own, 1.0)]
    rows.extend(_stance_row(week, SENTIMENTS[label], replace(own, sentiments=(label,)), judged(own)) for label in ORDER)
    rows.append(_stance_row(week, "未评分", replace(own, scored=False), own))
    return Table("情感构成：本周与上周", ("情感", "本周（条）", "占比", "上周（条）", "环比"), tuple(rows))


def _stance_row(
    week: Week, name: str, query: MentionQuery, whole: MentionQuery, completeness: float = 0.9
) -> tuple[Cell, ...]:
    return (
        name,
        week.counted(f"{name}·本周", query, completeness),
        week.figure(f"{name}·占比", "%", proofs.share(query, whole)),
        week.counted(f"{name}·上周", week.before(query), completeness),
        week.changed(f"{name}·环比", query),
    )


def _by_day(week: Week) -> Table:
    rows = tuple(_day_row(week, since, until) for since, until in week.days())
    return Table("逐日声量", ("日期", "提及（条）", "负面（条）", "负面占比", "采集完整度"), rows)


def _day_row(week: Week, since: datetime, until: datetime) -> tuple[Cell, ...]:
    name, query = day(since), replace(week.all, since=since, until=until)
    seen = proofs.coverage("completeness", week.source_ids, since, until)
    return (
        name,
        week.counted(f"{name}·提及", query, 1.0),
        week.counted(f"{name}·负面", negative(query)),
        negative_share(week, f"{name}·负面占比", query),
        week.figure(f"{name}·采集完整度", "%", seen),
    )


def _against_last_week(week: Week) -> Chart:
    curves = [
        Curve(name, [_day_proof(week, since - back, until - back) for since, until in week.days()])
        for name, back in (("本周", 0 * week.length), ("上周", week.length))
    ]
    return charted(
        week, "daily", "每日声量：本周与上周", "line", _labels(week), curves, "单位：条。灰色为采集中断，无数据。"
    )


def _stance_by_day(week: Week) -> Chart:
    curves = [
        Curve(SENTIMENTS[label], [_day_proof(week, since, until, label) for since, until in week.days()])
        for label in ORDER
    ]
    return charted(week, "stance", "每日情感构成", "stacked_bar", _labels(week), curves, "单位：条，只含已评分的提及。")


def _day_proof(week: Week, since: datetime, until: datetime, label: SentimentLabel | None = None) -> proofs.Proof:
    sentiments = () if label is None else (label,)
    query = replace(week.all, since=since, until=until, sentiments=sentiments)
    return proofs.point(query, week.source_ids, HALF)


def _labels(week: Week) -> tuple[str, ...]:
    return tuple(f"{local(since):%m-%d}\n周{'一二三四五六日'[local(since).weekday()]}" for since, _ in week.days())


def sentences(section: Section, report: Report) -> tuple[str, ...]:
    """The loudest day, the worst day, and what is not scored yet."""
    stances, days = section.tables
    said = [_loudest(days), _worst(days), _negatives(stances), _unscored(stances)]
    return tuple(sentence for sentence in said if sentence)


def _loudest(days: Table) -> str:
    known = [row for row in days.rows if cell(row, 1).value]
    if not known:
        return "本周各日均无可用的声量数据。"
    top = max(known, key=lambda row: cell(row, 1).value or 0)
    return f"声量最高的一天是 {top[0]}，共 {with_unit(cell(top, 1))}。"


def _worst(days: Table) -> str:
    known = [row for row in days.rows if cell(row, 2).value]
    if not known:
        return ""
    top = max(known, key=lambda row: cell(row, 2).value or 0)
    share = cell(top, 3)
    return f"负面最多的一天是 {top[0]}，负面 {with_unit(cell(top, 2))}，占当日已评分提及的 {with_unit(share)}。"


def _negatives(stances: Table) -> str:
    row = next(row for row in stances.rows if row[0] == "负面")
    if cell(row, 4).value is None:
        return "负面声量没有可比的上周数据。"
    return f"负面声量较上周{trend(cell(row, 4))}（上周 {with_unit(cell(row, 3))}）。"


def _unscored(stances: Table) -> str:
    row = next(row for row in stances.rows if row[0] == "未评分")
    return f"另有 {with_unit(cell(row, 1))}尚未评分，未计入情感分布。" if cell(row, 1).value else ""
