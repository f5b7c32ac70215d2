"""The insight page: its figures are those of the store, every row leads to a mention, nothing unseen is a zero."""

from urllib.parse import parse_qs

import pytest

from dashboard import periods
from dashboard.insight import events
from tests.integration.dashboard.conftest import FakeApp, Opener, words
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.ports import MentionQuery
from yuqing.domain.query import parse_query
from yuqing.events_view import EventReader
from yuqing.insight import InsightReader


def test_the_page_shows_what_the_store_says(app: FakeApp, opened: Opener) -> None:
    """The same index, keywords and voices as `yuqing insight` of the same period."""
    page = opened("insight")
    chosen = periods.period("7d", app.clock.now())
    subject = next(each for each in app.subjects if each.id == "yunjiang")
    found = InsightReader(app.mentions, app.subjects).read(subject, chosen.since, chosen.until)
    shown = {each.label: each.value for each in page.metric}
    assert shown["影响指数"] == str(round(found.impact.index)) != "0"
    terms = page.dataframe[0].value
    assert list(terms["关键词"]) == [each.term for each in found.keywords] != []
    voices = next(each.value for each in page.dataframe if "传播者" in each.value)
    assert list(voices["提及"]) == [each.mentions for each in found.voices[:30]]


def test_a_keyword_leads_to_its_mentions(app: FakeApp, opened: Opener) -> None:
    """The link of a term is a search of the mentions page that finds mentions of the same subject."""
    page = opened("insight")
    for _, row in page.dataframe[0].value.iterrows():
        address = parse_qs(row["查看"].removeprefix("mentions?"))
        assert address["scope"] == ["云江银行"]
        assert app.mentions.count(MentionQuery(text=parse_query(address["q"][0]), subjects=("yunjiang",))) > 0


def test_the_link_of_a_complaint_opens_the_filtered_list(app: FakeApp, opened: Opener) -> None:
    """The mentions page understands the address: search, subject, period and stance."""
    row = opened("insight").dataframe[1].value.iloc[0]
    address = {name: values[0] for name, values in parse_qs(row["查看"].removeprefix("mentions?")).items()}
    page = opened("mentions", **address)
    assert page.text_input(key="q").value == f'"{row["关键词"]}"'
    assert page.selectbox(key="scope").value == "yunjiang"
    shown = page.dataframe[0].value
    assert 0 < len(shown) <= row["相关帖子"] + row["此前"]
    assert {label for cell in shown["情感"] for label in cell} == {"负面"}


def test_events_are_those_of_the_store_and_lead_to_their_mentions(app: FakeApp, opened: Opener) -> None:
    """As many mentions as `yuqing events` says, drawn over the period; the link lists exactly those."""
    page = opened("insight")
    chosen = periods.period("7d", app.clock.now())
    subject = next(each for each in app.subjects if each.id == "yunjiang")
    found = EventReader(app.mentions, app.subjects).read(subject, chosen.since, chosen.until)
    assert found.is_whole
    shown = next(each.value for each in page.dataframe if "事件" in each.value)
    assert list(shown["提及"]) == [len(each.mention_ids) for each in found.events[:20]] != []
    assert [sum(each) for each in shown["走势"]] == list(shown["提及"])
    row = shown.iloc[-1]
    address = {name: values[0] for name, values in parse_qs(row["查看"].removeprefix("mentions?")).items()}
    assert address["scope"] == "云江银行"
    listed = opened("mentions", **address)
    assert f"共 {row['提及']} 条" in words(listed)
    assert "只看事件" in words(listed)
    listed.button(key="any_event").click().run()
    assert not listed.exception
    assert "只看事件" not in words(listed)


def test_an_event_that_is_gone_lists_nothing_in_its_place(app: FakeApp, opened: Opener) -> None:
    """Not all mentions, and not a zero: a sentence."""
    page = opened("mentions", event="weibo:post:gone", scope="云江银行")
    assert "没有这个事件" in words(page)
    assert not page.dataframe


def test_a_part_of_the_events_is_called_a_part(app: FakeApp, opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """More negative mentions than a page reads: how many there are and how many were put together."""
    monkeypatch.setattr(events, "MOST", 20)
    chosen = periods.period("7d", app.clock.now())
    negative = MentionQuery(
        subjects=("yunjiang",), since=chosen.since, until=chosen.until, sentiments=(SentimentLabel.NEGATIVE,)
    )
    total = app.mentions.count(negative)
    assert total > 20
    assert f"共 {total:,} 条负面提及，只归并了最新的 20 条" in words(opened("insight"))


def test_an_unseen_period_is_unknown_and_not_zero(empty_app: FakeApp, opened: Opener) -> None:
    """Nothing collected: no 0, and the sentence says why nothing is shown."""
    page = opened("insight")
    assert {each.value for each in page.metric} == {"未知"}
    assert "没有看到不等于没有" in words(page)
