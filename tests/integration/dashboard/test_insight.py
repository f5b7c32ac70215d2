"""The insight page: its figures are those of the store, every row leads to a mention, nothing unseen is a zero."""

from urllib.parse import parse_qs

from dashboard import periods
from tests.integration.dashboard.conftest import FakeApp, Opener, words
from yuqing.domain.ports import MentionQuery
from yuqing.domain.query import parse_query
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


def test_an_unseen_period_is_unknown_and_not_zero(empty_app: FakeApp, opened: Opener) -> None:
    """Nothing collected: no 0, and the sentence says why nothing is shown."""
    page = opened("insight")
    assert {each.value for each in page.metric} == {"未知"}
    assert "没有看到不等于没有" in words(page)
