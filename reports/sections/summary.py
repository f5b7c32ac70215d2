"""摘要: the figures that management reads first, and what they say in words."""

from dataclasses import replace

from reports import proofs
from reports.labels import period, stamp
from reports.week import Week, find, judged, negative, negative_share
from reports.wording import trend, with_unit
from yuqing.domain.report import Figure, Report, Section

ID, TITLE = "summary", "摘要"
SEVERE = 2  # severity levels 2 and 3: could spread, or a crisis


def build(week: Week) -> Section:
    """The key figures of the week."""
    return Section(ID, TITLE, figures=(*_volume(week), *_against_peers(week), *_events(week), _coverage(week)))


def _volume(week: Week) -> tuple[Figure, ...]:
    own, before = week.all, week.before(week.all)
    shares = (negative(own), judged(own)), (negative(before), judged(before))
    return (
        week.counted("本周声量", own, 1.0),
        week.counted("上周声量", before, 1.0),
        week.changed("声量环比", own),
        week.counted("负面提及", negative(own)),
        week.changed("负面环比", negative(own)),
        negative_share(week, "负面占比", own),
        week.figure("负面占比变化", "百分点", proofs.share_change(*shares, week.source_ids)),
        week.counted("高风险提及", replace(own, min_severity=SEVERE)),
    )


def _against_peers(week: Week) -> tuple[Figure, ...]:
    own = week.all
    parties = [own, *(week.about(peer) for peer in week.competitors)]
    return (
        week.figure("声量份额", "%", proofs.share_of_sum(own, parties)),
        week.figure("声量相对常态", "倍", proofs.relative(own, week.earlier(own), week.source_ids)),
    )


def _events(week: Week) -> tuple[Figure, ...]:
    ids = [week.subject.id, *(subject.id for subject in week.related)]
    until = min(week.until, week.now)
    return (
        week.figure("预警事件", "件", proofs.alerts("total", ids, week.since, until)),
        week.figure("已确认预警", "件", proofs.alerts("acknowledged", ids, week.since, until)),
    )


def _coverage(week: Week) -> Figure:
    proof = proofs.coverage("completeness", week.source_ids, week.since, week.until)
    return week.figure("采集完整度", "%", proof)


def sentences(section: Section, report: Report) -> tuple[str, ...]:
    """What the key figures say."""
    unfinished = "；本期尚未结束，以下为截至该时刻的情况" if report.compiled_at < report.until else ""
    head = f"本期周报覆盖 {period(report.since, report.until)}，数据截至 {stamp(report.compiled_at)}{unfinished}。"
    return (
        head,
        _on_volume(section, report),
        _on_tone(section),
        _on_peers(section),
        _on_events(section),
        _on_seen(section),
    )


def _on_volume(section: Section, report: Report) -> str:
    total, change = find(section, "本周声量"), find(section, "声量环比")
    if total.value is None:
        return f"本周未采集到与{report.subject_name}相关的公开提及；采集不完整，不能据此认为无人提及（无数据）。"
    if not total.value:
        return f"本周采集完整，没有与{report.subject_name}相关的公开提及。"
    compared = "上周数据不足或两周采集情况不同，不作环比" if change.value is None else f"较上周{trend(change)}"
    return f"本周共采集到与{report.subject_name}相关的公开提及 {with_unit(total)}，{compared}。"


def _on_tone(section: Section) -> str:
    share, moved = find(section, "负面占比"), find(section, "负面占比变化")
    if share.value is None:
        return "没有已评分的提及，情感分布无数据。"
    compared = "" if moved.value is None else f"（较上周{trend(moved, '上升', '下降')}）"
    count, severe = with_unit(find(section, "负面提及")), with_unit(find(section, "高风险提及"))
    return f"其中负面 {count}，占已评分提及的 {with_unit(share)}{compared}；风险等级二级及以上 {severe}。"


def _on_peers(section: Section) -> str:
    share, usual = find(section, "声量份额"), find(section, "声量相对常态")
    parts = ["同业声量份额无数据" if share.value is None else f"在所监测的同业中声量份额为 {with_unit(share)}"]
    if usual.value is None:
        parts.append("此前可比的周次不足，未计算相对常态的水平")
    else:
        parts.append(f"声量为前四周可比周均值的 {with_unit(usual)}")
    return "；".join(parts) + "。"


def _on_events(section: Section) -> str:
    total, known = find(section, "预警事件"), find(section, "已确认预警")
    if not total.value:
        return "本周没有预警事件。"
    return f"本周共有预警事件 {with_unit(total)}，其中 {with_unit(known)}已有人确认。"


def _on_seen(section: Section) -> str:
    seen = find(section, "采集完整度")
    if seen.value is None:
        return "本期没有启用的采集来源，数据全部来自导入。"
    rest = "" if seen.value >= 100 else "，未采集到的时段见“采集覆盖”一节，其间的提及未计入本报告"
    return f"采集完整度为 {with_unit(seen)}{rest}。"
