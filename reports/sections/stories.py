"""负面事件与上升词: what the negative mentions tell of, and what is suddenly spoken of.

Which mentions tell one story is the models' word; how many they are, when and where it began, and whether its words
stand in the texts is counted here, and again when the report is verified.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice, pairwise

from reports import proofs
from reports.charting import Curve, charted
from reports.evidence import Evidence
from reports.labels import day, minute
from reports.quoting import distinct
from reports.sections.volume import HALF
from reports.stories import Story
from reports.week import Cell, Week, cell, find, negative, negative_share
from reports.wording import listed, with_unit
from yuqing.domain.codec import from_json
from yuqing.domain.errors import StoreError
from yuqing.domain.mention import Platform
from yuqing.domain.ports import MentionQuery, StoredMention
from yuqing.domain.query import Node, Or, Term, normalise
from yuqing.domain.report import Chart, Figure, Quote, Report, Section, Table
from yuqing.labels import PLATFORMS

ID, TITLE = "stories", "负面事件与上升词"
MOST = 5_000  # negative mentions that are put into events
LARGEST = 8
CURVES = 4
WORDS = 10
NAMED = 3  # words in the sentence
LEAST = 3  # mentions of the week in which a word stands
LEAST_TEXTS = 2  # of an event, in which a word of its name stands
BEFORE = timedelta(days=28)
NAMELESS = "（没有突出的词）"
_BROKEN = "依据不完整"
EVENT_COLUMNS = ("序", "事件", "条数", "本周首见", "最近", "扩散（按先后，条）")
WORD_COLUMNS = ("词", "本周（条）", "前四周（条）", "占本周提及", "其中负面占比")
EVENTS_CAPTION = "负面事件（内容相近、时间相连的负面提及归为一件，三条以上列出）"
WORDS_CAPTION = "上升词（出现得比前四周明显频繁的词；按字面出现计）"
_TOTAL, _WAITING, _EARLIER = "负面提及", "待评分", "前四周提及"


def build(week: Week) -> Section:
    """The largest events with their course and first words, and the rising words with their counts."""
    if week.stories is None:
        raise ValueError("nobody to tell stories")
    told = week.stories.events(week.subject, week.since, week.until, MOST)
    found = [story for story in told if len(story.mention_ids) >= LEAST][:LARGEST]
    rising = week.stories.rising(week.subject, week.since, week.until)
    words = [row for row in (_word_row(week, word) for word in rising) if (cell(row, 1).value or 0) >= LEAST]
    tables = (
        Table(EVENTS_CAPTION, EVENT_COLUMNS, tuple(_event_row(week, *each) for each in enumerate(found, start=1))),
        Table(WORDS_CAPTION, WORD_COLUMNS, tuple(words[:WORDS])),
    )
    return Section(
        ID,
        TITLE,
        figures=(
            week.counted(_TOTAL, negative(week.all)),
            week.counted(_WAITING, replace(week.all, scored=False)),
            week.counted(_EARLIER, replace(week.all, since=week.since - BEFORE, until=week.since)),
        ),
        tables=tuple(table for table in tables if table.rows),
        charts=(_course(week, found[:CURVES]),) if found else (),
        quotes=_quotes(week, found),
    )


def _event_row(week: Week, number: int, story: Story) -> tuple[Cell, ...]:
    query = replace(negative(week.all), ids=story.mention_ids)
    members = _members(query, week.evidence)
    return str(number), *_facts(story.words, members, week.counted(f"{number}·负面", query))


def _facts(wanted: Sequence[str], members: Sequence[StoredMention], size: Figure) -> tuple[Cell, ...]:
    if not members:
        return listed(list(wanted)) or NAMELESS, size, "—", "—", "—"
    times = [item.mention.published_at for item in members]
    return _name(wanted, members), size, minute(min(times)), minute(max(times)), _spread(members)


def _members(query: MentionQuery, evidence: Evidence) -> list[StoredMention]:
    """The mentions of an event as they are stored, in the order of publication."""
    found = evidence.mentions.get(query.ids)
    return sorted(found.values(), key=lambda item: (item.mention.published_at, item.mention.id))


def _name(wanted: Sequence[str], members: Sequence[StoredMention]) -> str:
    """Those of the words that really stand in several of the texts."""
    texts = [_plain(f"{item.mention.title or ''}\n{item.mention.text}") for item in members]
    kept = [word for word in wanted if sum(_plain(word) in text for text in texts) >= LEAST_TEXTS]
    return listed(kept) or NAMELESS


def _plain(text: str) -> str:
    """Without blanks: words are named without those that stand between Latin and Han letters."""
    return normalise(text).replace(" ", "")


def _spread(members: Sequence[StoredMention]) -> str:
    """微博 12 → 抖音 3, in the order in which it came to them."""
    counts: dict[Platform, int] = {}
    for item in members:
        counts[item.mention.platform] = counts.get(item.mention.platform, 0) + 1
    return " → ".join(f"{PLATFORMS[platform]} {count}" for platform, count in counts.items())


def _word_row(week: Week, word: str) -> tuple[Cell, ...]:
    query = replace(week.all, text=spellings(word))
    before = replace(query, since=week.since - BEFORE, until=week.since)
    return (
        word,
        week.counted(f"{word}·本周", query),
        week.counted(f"{word}·前四周", before),
        week.figure(f"{word}·占比", "%", proofs.share(query, week.all)),
        negative_share(week, f"{word}·负面占比", query),
    )


def spellings(word: str) -> Node:
    """The query for a word: as it is, and with the blank that some leave between Latin and Han letters."""
    apart = word[0] + "".join(f"{_blank(one, other)}{other}" for one, other in pairwise(word))
    terms = dict.fromkeys(Term(normalise(each)) for each in (word, apart))
    return Or(tuple(terms)) if len(terms) > 1 else next(iter(terms))


def _blank(one: str, other: str) -> str:
    return " " if one.isalnum() and other.isalnum() and one.isascii() is not other.isascii() else ""


def _course(week: Week, stories: Sequence[Story]) -> Chart:
    days = list(week.days())
    curves = [Curve(f"第 {number} 件", _daily(week, story, days)) for number, story in enumerate(stories, start=1)]
    note = "单位：条，曲线序号同上表。灰色为当日采集中断，无数据。"
    return charted(week, "event_lines", "主要负面事件走势", "line", [day(start) for start, _ in days], curves, note)


def _daily(week: Week, story: Story, days: Sequence[tuple[datetime, datetime]]) -> list[proofs.Proof]:
    query = negative(week.all)
    members = _members(replace(query, ids=story.mention_ids), week.evidence)
    made = []
    for start, end in days:
        ids = tuple(item.mention.id for item in members if start <= item.mention.published_at < end)
        # No ids would ask for everybody's; any one of another day is asked for and not found.
        asked = replace(query, ids=ids or story.mention_ids[:1], since=start, until=end)
        made.append(proofs.point(asked, week.source_ids, HALF))
    return made


def _quotes(week: Week, stories: Sequence[Story]) -> tuple[Quote, ...]:
    """The earliest words of each event that may be quoted."""
    return tuple(quote for story in stories for quote in islice(distinct(_told(week, story)), 1))


def _told(week: Week, story: Story) -> Iterator[StoredMention]:
    query = replace(negative(week.all), ids=story.mention_ids)
    yield from (item for item in _members(query, week.evidence) if item.deleted_at is None)


def words(row: Sequence[Cell], evidence: Evidence) -> tuple[str, ...]:
    """The cells of a row that are words, from the stores: what an event is called, its beginning, end and way."""
    figure = next((value for value in row if isinstance(value, Figure)), None)
    query = _query(figure)
    if figure is None or query is None:
        return (_BROKEN,)
    if query.text is not None:
        term = str(row[0])
        return (term if term and query.text == spellings(term) else "依据是另一个词",)
    told = str(row[1])
    wanted = () if told == NAMELESS else told.split("、")
    cells = _facts(wanted, _members(query, evidence), figure)
    return str(row[0]), *(value for value in cells if isinstance(value, str))


def _query(figure: Figure | None) -> MentionQuery | None:
    """The query of a row; None where somebody has damaged it."""
    body = figure.proof.get("query") if figure else None
    try:
        return from_json(MentionQuery, body) if isinstance(body, Mapping) else None
    except StoreError:
        return None


def sentences(section: Section, report: Report) -> tuple[str, ...]:
    """How many negative mentions there are, the largest event, the surest words; and what was left out."""
    tables = {table.title: table.rows for table in section.tables}
    events, rising = tables.get(EVENTS_CAPTION, ()), tables.get(WORDS_CAPTION, ())
    said = (_events(section, events), *_left_out(section), _quoted(section, events), _rising(section, rising))
    return tuple(sentence for sentence in said if sentence)


def _events(section: Section, rows: Sequence[tuple[Cell, ...]]) -> str:
    total = find(section, _TOTAL)
    if not rows:
        if total.value is None:
            return "负面提及无数据，不能据此认为没有事件。"
        return f"本周负面提及 {with_unit(total)}，没有 {LEAST} 条以上说同一件事的。"
    known = "负面提及总数无数据" if total.value is None else f"本周负面提及 {with_unit(total)}"
    top = rows[0]
    return (
        f"{known}，其中规模最大的 {len(rows)} 件事列于下表；居首的是“{top[1]}”，{with_unit(cell(top, 2))}，"
        f"本周首见于 {top[3]}，扩散次序 {top[5]}。"
    )


def _left_out(section: Section) -> Iterator[str]:
    total, waiting = find(section, _TOTAL).value, find(section, _WAITING)
    if total is not None and total > MOST:
        yield f"只归并了最新的 {MOST:,} 条负面提及，事件规模为下限。"
    if waiting.value:
        yield f"另有 {with_unit(waiting)}提及尚未评分，未参加归并。"


def _quoted(section: Section, rows: Sequence[tuple[Cell, ...]]) -> str:
    if not rows or not section.quotes:
        return ""
    return "文末引文为各事件最早的可引用原文，依事件次序，已脱敏；归并由模型作出，个别提及可能归错。"


def _rising(section: Section, rows: Sequence[tuple[Cell, ...]]) -> str:
    if not find(section, _EARLIER).value:
        return "前四周没有可比的数据，不判断上升词。"
    if not rows:
        return "没有明显上升的词。"
    # Words of one story come with the same counts; the table has them all, the sentence needs one of them.
    told: dict[tuple[float | None, float | None], Sequence[Cell]] = {}
    for row in rows:
        told.setdefault((cell(row, 1).value, cell(row, 2).value), row)
    named = islice(told.values(), NAMED)
    parts = [f"“{row[0]}”（{with_unit(cell(row, 1))}，前四周 {with_unit(cell(row, 2))}）" for row in named]
    return f"上升最明显的词：{listed(parts)}。"
