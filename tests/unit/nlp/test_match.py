"""Subjects are found by alias, never by a look-alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.match import Match, SubjectMatcher
from yuqing.domain.query import parse_query
from yuqing.domain.subject import Subject, SubjectKind

YUNJIANG = Subject(
    "yunjiang", "云江银行", SubjectKind.BRAND, ("云江银行", "云江手机银行", "云银"), ("云银河", "云银幕")
)
HAIZHOU = Subject("haizhou", "海州银行", SubjectKind.COMPETITOR, ("海州银行", "海银"), ("上海银行", "海银滩"))
APP = Subject("yunjiang_app", "云江手机银行", SubjectKind.PRODUCT, ("云江手机银行", "云江APP"))
MATCHER = SubjectMatcher([YUNJIANG, HAIZHOU, APP])


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("云江银行又崩了", ("yunjiang",)),
        ("今晚的云银河真美", ()),
        ("云银河下想起云银的卡", ("yunjiang",)),
        ("上海银行排队两小时", ()),
        ("从上海银行转到海银要多久", ("haizhou",)),
        ("云江手机银行闪退", ("yunjiang", "yunjiang_app")),
        ("雲江銀行的客服", ("yunjiang",)),
        ("云江ＡＰＰ打不开", ("yunjiang_app",)),
        ("云江app打不开", ("yunjiang_app",)),
        ("云江apple店", ()),
        ("云\u200b江银行又崩了", ("yunjiang",)),
        ("", ()),
    ],
)
def test_aliases_count_outside_negative_aliases(text: str, subjects: tuple[str, ...]) -> None:
    """Width, case, script and zero-width characters do not matter; negative aliases do."""
    assert MATCHER.match(text).subjects == subjects


def test_spans_point_into_the_original_text() -> None:
    """A span cuts the alias out of the text as it was written, also after characters that folding drops or widens."""
    text = "㍿\u200b听说 雲江銀行 和海\u200b银"
    found = MATCHER.match(text)
    assert [text[span.start : span.end] for span in found.spans] == ["雲江銀行", "海\u200b银"]
    assert found.keywords == ("云江银行", "海银")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("云 江 银 行 又崩了", ["云 江 银 行"]),
        ("海/州/银/行骗人", ["海/州/银/行"]),
        ("雲-江-銀-行", ["雲-江-銀-行"]),
        ("云江🔴银行，别去", ["云江🔴银行"]),
        ("看白云 银行就在旁边", []),
        ("去了云江。银行没开门", []),
        ("上 海 银 行", []),
    ],
)
def test_aliases_broken_up_by_symbols_are_found_as_written(text: str, written: list[str]) -> None:
    """Dodging a filter does not hide a bank; short aliases are not put together from strangers."""
    assert [text[span.start : span.end] for span in MATCHER.match(text).spans] == written


def test_a_query_restricts_a_subject_and_field_filters_are_answered() -> None:
    """The alias alone is not enough when the subject has a query."""
    query = parse_query("(贷款 OR 利率) NOT 招聘 platform:weibo")
    matcher = SubjectMatcher([Subject("x", "云银", SubjectKind.PRODUCT, ("云银",), query=query)])
    weibo = {"platform": ("weibo",)}
    assert matcher.match("云银贷款批了", weibo).subjects == ("x",)
    assert matcher.match("云银貸款批了", weibo).subjects == ("x",)
    assert matcher.match("云银贷款招聘", weibo) == Match()
    assert matcher.match("云银贷款批了", {"platform": ("news",)}) == Match()
    assert matcher.match("贷款批了", weibo) == Match()


def test_a_subject_without_aliases_is_found_by_its_query() -> None:
    """Topics may be watched by a query alone; such a find has no span."""
    matcher = SubjectMatcher([Subject("run", "挤兑", SubjectKind.BRAND, (), query=parse_query("银行 NEAR/5 挤兑"))])
    assert matcher.match("听说有银行被挤兑") == Match(("run",))
    assert matcher.match("天气真好") == Match()


def test_nothing_watched_matches_nothing() -> None:
    """An empty list of subjects is a valid setting."""
    assert SubjectMatcher([]).match("云江银行") == Match()


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30), st.text(max_size=30))
def test_an_alias_is_found_wherever_it_stands(before: str, after: str) -> None:
    """Random surroundings neither hide a Han alias nor move its span."""
    text = f"{before}。云江银行。{after}"
    spans = [span for span in MATCHER.match(text).spans if span.alias == "云江银行"]
    assert any(text[span.start : span.end] == "云江银行" for span in spans)
