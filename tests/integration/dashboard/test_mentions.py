"""Mentions: search, errors in the search, paging, detail, export."""

from dashboard.mentions import results
from dashboard.mentions.filters import MentionQuery
from tests.integration.dashboard.conftest import FakeApp, Opener, words
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.mention import Mention, Platform
from yuqing.domain.ports import Page
from yuqing.domain.query import parse_query


def test_a_search_shows_what_the_store_finds(app: FakeApp, opened: Opener):
    """The boolean search of the address is what the store is asked; the count is exact."""
    page = opened("mentions", q="闪退 OR 崩溃", within="近 28 天")
    total = app.mentions.count(MentionQuery(text=parse_query("闪退 OR 崩溃")))
    assert f"共 {total:,} 条" in words(page)
    shown = page.dataframe[0].value
    assert len(shown) == results.SIZE
    assert shown["内容"].str.contains("闪退|崩溃").all()


def test_a_wrong_search_is_explained_where_it_is_wrong(app: FakeApp, opened: Opener):
    """An open parenthesis is named in Chinese with its position, and nothing is searched."""
    page = opened("mentions", q="崩溃 OR (闪退")
    [error] = page.error
    assert "第 7 个字符处：括号没有闭合" in error.value
    assert not page.dataframe


def test_filters_narrow_the_list(app: FakeApp, opened: Opener):
    """Sentiment and platform of the address reach the store."""
    page = opened("mentions", sentiment="负面", platform="新闻", within="近 28 天")
    shown = page.dataframe[0].value
    assert set(shown["平台"]) == {"新闻"}
    assert {each[0] for each in shown["情感"]} == {"负面"}


def test_the_next_page_goes_on_where_the_first_ended(app: FakeApp, opened: Opener):
    """Paging follows the cursor of the store and comes back."""
    page = opened("mentions", within="近 28 天")
    first = list(page.dataframe[0].value["内容"])
    page.button(key="page_next").click().run()
    assert not page.exception
    second = list(page.dataframe[0].value["内容"])
    expected = app.mentions.search(MentionQuery(), Page(size=results.SIZE * 2)).items[results.SIZE :]
    assert len(second) == len(expected)
    page.button(key="page_back").click().run()
    assert list(page.dataframe[0].value["内容"]) == first


def test_a_link_opens_one_mention_in_full(app: FakeApp, opened: Opener):
    """The deep link shows the text as written, scores, engagement and origin."""
    item = app.mentions.search(MentionQuery(min_severity=2), Page(size=1)).items[0]
    page = opened("mentions", mention=item.mention.id)
    assert item.mention.text in [each.value for each in page.text]
    assert item.annotation is not None
    assert f"负面 {item.annotation.sentiment.negative:.0%}" in str(page.table[0].value).replace("\\", "")
    assert page.button[0].label == "返回列表"


def test_counts_without_a_second_look_are_called_old(app: FakeApp, opened: Opener):
    """Where the platform has no page of the mention, nobody takes its counts for those of now."""
    item = app.mentions.search(MentionQuery(min_severity=2), Page(size=1)).items[0]
    assert "不再更新" not in words(opened("mentions", mention=item.mention.id))
    app.state.save("look", item.mention.id, {"source": item.mention.source_id, "outcome": "no_route"})
    assert "采集时的数：平台没有单条页面，不再更新" in words(opened("mentions", mention=item.mention.id))


def test_no_page_shows_who_wrote_a_post(app: FakeApp, opened: Opener):
    """Not even the pseudonym: what sort of account it was, and how many follow it."""
    item = app.mentions.search(MentionQuery(platforms=(Platform.WEIBO,)), Page(size=1)).items[0]
    pseudonym = item.mention.author.pseudonym
    assert pseudonym
    for page in (opened("mentions", mention=item.mention.id), opened("mentions"), opened("overview")):
        tables = [str(each.value.to_dict()) for each in (*page.dataframe, *page.table)]
        assert pseudonym not in words(page) + "".join(tables)


def test_an_unknown_mention_is_a_sentence(app: FakeApp, opened: Opener):
    """A link to something purged does not break the page."""
    assert "没有这条提及" in opened("mentions", mention="weibo:post:gone").info[0].value


def test_markup_in_a_post_stays_text(app: FakeApp, opened: Opener):
    """What strangers write can neither format nor link nor script."""
    hostile = "[点我](javascript:alert(1)) <script>x</script> **粗** $x$ :red[红] 云江银行"
    old = app.mentions.search(MentionQuery(), Page(size=1)).items[0].mention
    app.mentions.add([_like(old, hostile)])
    page = opened("mentions", mention="weibo:post:hostile")
    assert hostile in [each.value for each in page.text]
    assert all("javascript" not in each.value for each in page.markdown)
    assert not page.link_button


def _like(old: Mention, text: str) -> Mention:
    return Mention(
        platform=old.platform,
        kind=old.kind,
        native_id="hostile",
        url="javascript:alert(1)",
        text=text,
        published_at=old.published_at,
        collected_at=old.collected_at,
        subjects=old.subjects,
    )


def test_the_export_holds_all_that_matches_and_is_written_down(app: FakeApp):
    """The download has one row per match, opens in Excel, and leaves an audit record."""
    wanted = MentionQuery(text=parse_query("闪退"))
    content = results.exporter(wanted, "excel-csv")()
    lines = content.decode("utf-8-sig").splitlines()
    assert len(lines) == app.mentions.count(wanted) + 1
    assert any(each.body["action"] == "export" for each in app.state.find("audit"))


def test_an_empty_result_claims_nothing_where_coverage_is_bad(app: FakeApp, opened: Opener):
    """With a gap in the period, no match is not called none."""
    page = opened("mentions", q="绝不会出现的词语")
    assert "未知" in words(page)
    assert "不能判断为没有" in page.info[0].value


def test_an_analyst_corrects_a_mention_on_its_page(app: FakeApp, opened: Opener):
    """What is saved counts at once, is marked as a person's word with the model's beside it, and can be taken back."""
    wanted = MentionQuery(sentiments=(SentimentLabel.NEGATIVE,), platforms=(Platform.WEIBO,))
    item = app.mentions.search(wanted, Page(size=1)).items[0]
    negatives = app.mentions.count(wanted)
    page = opened("mentions", mention=item.mention.id)
    page.text_input(key="corrector").set_value("林知远")
    key = f"correction_{item.mention.id}"
    page.segmented_control(key=f"{key}_stance").set_value(SentimentLabel.POSITIVE)
    page.segmented_control(key=f"{key}_level").set_value(0)
    next(each for each in page.button if each.label == "保存").click().run()
    assert not page.exception
    stored = app.mentions.get([item.mention.id])[item.mention.id]
    assert stored.annotation is not None
    assert (stored.annotation.sentiment.label, stored.annotation.severity.level) == (SentimentLabel.POSITIVE, 0)
    assert app.mentions.count(wanted) == negatives - 1
    assert "已更正" in words(page)
    assert "林知远" in str(page.table[0].value)
    assert "负面" in str(page.table[0].value)
    page.button(key="correct_back").click().run()
    assert app.mentions.count(wanted) == negatives
    actions = [found.body["action"] for found in app.state.find("audit")]
    assert actions[-2:] == ["correct", "correct.take_back"]


def test_a_correction_without_a_name_is_refused(app: FakeApp, opened: Opener):
    """Nobody's word counts for nothing."""
    item = app.mentions.search(MentionQuery(min_severity=2), Page(size=1)).items[0]
    page = opened("mentions", mention=item.mention.id)
    next(each for each in page.button if each.label == "保存").click().run()
    assert "请写明是谁" in page.error[0].value
    assert app.mentions.get([item.mention.id])[item.mention.id].correction is None
