"""竞品对比: shares of voice, and each bank against its own usual volume: is it us, or the whole industry?"""

from statistics import median

from reports import proofs
from reports.charting import Curve, charted
from reports.week import Cell, Week, cell, judged, negative, negative_share
from reports.wording import with_unit
from yuqing.domain.ports import MentionQuery
from yuqing.domain.report import Chart, Report, Section, Table
from yuqing.domain.subject import Subject

ID, TITLE = "competitors", "竞品对比"
RAISED = 1.5  # negative volume at or above so many times the usual counts as raised


def build(week: Week) -> Section:
    """The subject and its peers in one table."""
    parties = (week.subject, *week.competitors)
    if not week.competitors:
        return Section(ID, TITLE)
    columns = ("银行", "声量（条）", "声量份额", "环比", "负面占比", "前四周周均", "声量/常态", "负面/常态")
    rows = tuple(_row(week, party, [week.about(each) for each in parties]) for party in parties)
    return Section(
        ID, TITLE, tables=(Table("与同业比较（常态为前四周可比周均值）", columns, rows),), charts=_charts(week, parties)
    )


def _row(week: Week, party: Subject, wholes: list[MentionQuery]) -> tuple[Cell, ...]:
    name, query = party.name, week.about(party)
    bad = negative(query)
    return (
        name,
        week.counted(f"{name}·声量", query, 1.0),
        week.figure(f"{name}·份额", "%", proofs.share_of_sum(query, wholes)),
        week.changed(f"{name}·环比", query),
        negative_share(week, f"{name}·负面占比", query),
        week.figure(f"{name}·周均", "条/周", proofs.usual(query, week.earlier(query), week.source_ids)),
        week.figure(f"{name}·相对常态", "倍", proofs.relative(query, week.earlier(query), week.source_ids)),
        week.figure(f"{name}·负面相对常态", "倍", proofs.relative(bad, week.earlier(bad), week.source_ids)),
    )


def _charts(week: Week, parties: tuple[Subject, ...]) -> tuple[Chart, ...]:
    names = [party.name for party in parties]
    queries = [week.about(party) for party in parties]
    voice = Curve("声量份额", [proofs.share_of_sum(query, queries) for query in queries])
    bad = Curve("负面占比", [proofs.share(negative(query), judged(query)) for query in queries])
    return (charted(week, "peers", "声量份额与负面占比", "bar", names, [voice, bad], "单位：%。"),)


def sentences(section: Section, report: Report) -> tuple[str, ...]:
    """Our place among the peers, and whether a rise of negatives is ours alone."""
    if not section.tables:
        return ("未设置同业对比对象。",)
    own, *peers = section.tables[0].rows
    return _on_share(own, peers), _on_rise(own, peers)


def _on_share(own: tuple[Cell, ...], peers: list[tuple[Cell, ...]]) -> str:
    if cell(own, 2).value is None:
        return "本行与同业均无提及数据，声量份额无数据。"
    place = 1 + sum((cell(peer, 2).value or 0) > (cell(own, 2).value or 0) for peer in peers)
    share = f"{own[0]}声量份额 {with_unit(cell(own, 2))}，在 {len(peers) + 1} 家银行中列第 {place} 位"
    return f"{share}；负面占比 {with_unit(cell(own, 4))}，{_peer_shares(peers)}。"


def _peer_shares(peers: list[tuple[Cell, ...]]) -> str:
    return "，".join(f"{peer[0]} {with_unit(cell(peer, 4))}" for peer in peers)


def _on_rise(own: tuple[Cell, ...], peers: list[tuple[Cell, ...]]) -> str:
    known = [value for peer in peers if (value := cell(peer, 7).value) is not None]
    mine = cell(own, 7)
    if mine.value is None or not known:
        return "此前可比的周次不足，不能判断负面变化是本行独有还是全行业共有。"
    text = f"本行负面声量为常态的 {with_unit(mine)}，同业中位数为 {median(known):,.1f} 倍"
    return f"{text}：{_verdict(mine.value >= RAISED, median(known) >= RAISED)}。"


def _verdict(own: bool, others: bool) -> str:
    if own and others:
        return "本行与同业同时高于常态"
    if own:
        return "高于常态的是本行，同业未见同样变化"
    return "同业高于常态，本行未见同样变化" if others else "本行与同业均未明显高于常态"
