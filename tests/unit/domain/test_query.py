"""The boolean query language: parsing, matching, errors with positions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuqing.domain.errors import QuerySyntaxError
from yuqing.domain.query import And, FieldFilter, Near, Node, Not, Or, Term, matches, parse_query, render_query


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("崩了", "手机银行又崩了", True),
        ("崩了 闪退", "手机银行崩了", False),
        ("崩了 OR 闪退", "一打开就闪退", True),
        ("云江 AND NOT 招聘", "云江银行招聘柜员", False),
        ("云江 NOT 招聘", "云江银行排队", True),
        ("(崩了 OR 闪退) 云江", "云江闪退", True),
        ("崩了 OR 闪退 云江", "崩了", True),  # AND binds closer than OR
        ('"转账 失败"', "转账 失败", True),
        ('"转账 失败"', "转账又失败", False),
        ("转账 NEAR/3 失败", "转账总是失败", True),
        ("转账 NEAR/1 失败", "转账总是失败", False),
        ("失败 NEAR/3 转账", "转账总是失败", True),
        ("ａｐｐ", "云江APP", True),
        ("NOT NOT 崩了", "崩了", True),
    ],
)
def test_matching(query: str, text: str, expected: bool) -> None:
    """Every operator does what the documentation says."""
    assert matches(parse_query(query), text) is expected


@pytest.mark.parametrize(
    ("query", "fields", "expected"),
    [
        ("severity:>=2", {"severity": ("2",)}, True),
        ("severity:<2", {"severity": ("2",)}, False),
        ("severity:3", {}, False),
        ("platform:weibo", {"platform": ("weibo",)}, True),
        ("NOT platform:weibo", {"platform": ("news",)}, True),
        ("platform:Weibo", {"platform": ("weibo",)}, True),
        ('author:"云江 晚报"', {"author": ("云江 晚报",)}, True),
        ("(author:“云江（晚报）” OR text) region:浙江", {"author": ("云江（晚报）",), "region": ("浙江",)}, True),
        ('severity:"2"', {"severity": ("2",)}, True),
    ],
)
def test_fields(query: str, fields: dict[str, tuple[str, ...]], expected: bool) -> None:
    """Field filters look at the fields, and a missing field matches nothing."""
    assert matches(parse_query(query), "text", fields) is expected


@pytest.mark.parametrize(
    ("query", "position", "reason"),
    [
        ("", 0, "查询语句是空的"),
        ("   ", 0, "查询语句是空的"),
        ("(崩了", 0, "括号没有闭合"),
        ("崩了)", 2, "多了一个右括号"),
        ("崩了 OR", 5, "这里缺少一个词"),
        ("AND 崩了", 0, "AND 的两边都要有词"),
        ('崩了 "闪退', 2, "引号没有配对"),
        ("severity:7", 0, "severity 只能是 0 到 3"),
        ("platform:>3", 0, "platform 后面直接写值，只有 severity 可以比较大小"),
        (
            "NOT platform:weibbo",
            4,
            "platform 没有“weibbo”这个值，可用：weibo、douyin、news、wechat、xiaohongshu、zhihu、bilibili、"
            "kuaishou、tieba、guba、heimao、appstore、feedback、other",
        ),
        ("sentiment:bad", 0, "sentiment 没有“bad”这个值，可用：negative、neutral、positive"),
        ('author:""', 0, "author 后面缺少值"),
        ("platform:", 0, "platform 后面缺少值"),
        ("a NEAR/3 (b OR c)", 2, "NEAR 的两边必须是词或短语"),
        ('""', 0, "短语是空的"),
        ("(" * 100 + "a" + ")" * 100, 60, "括号嵌套太深"),
    ],
)
def test_errors_carry_the_position_and_the_reason_in_chinese(query: str, position: int, reason: str) -> None:
    """A query that does not parse says where, counting from 1 for people, and why."""
    with pytest.raises(QuerySyntaxError) as caught:
        parse_query(query)
    assert (caught.value.position, caught.value.reason) == (position, reason)
    assert str(caught.value) == f"查询语句第 {position + 1} 个字符处：{reason}"


def test_words_with_a_colon_are_words() -> None:
    """Only the known fields are fields: a time is a word, and a quoted phrase behind a word is a phrase of its own."""
    assert parse_query("09:30") == Term("09:30")
    assert parse_query('网址:"云江 银行"') == And((Term("网址:"), Term("云江 银行")))


words = (
    st.text(alphabet='云江银行崩了app09:"', min_size=1, max_size=6).map(str.strip).filter(lambda w: w and '"' not in w)
)
terms = words.map(Term)
leaves: st.SearchStrategy[Node] = st.one_of(
    terms,
    st.builds(Near, terms, terms, st.integers(0, 99)),
    st.builds(
        FieldFilter, st.just("author"), st.just("="), st.text('云江 ()a:<>="', min_size=1).map(str.strip).filter(bool)
    ),
    st.builds(FieldFilter, st.just("severity"), st.sampled_from(["=", ">=", "<"]), st.sampled_from("0123")),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=8,
)


@given(trees)
def test_rendering_parses_back(tree: Node) -> None:
    """What is rendered parses into the same tree."""
    assert parse_query(render_query(tree)) == tree


@given(st.text(max_size=40))
def test_any_text_parses_or_is_refused(text: str) -> None:
    """No input breaks the parser: it is a tree or a QuerySyntaxError."""
    position, tree = 0, None
    try:
        tree = parse_query(text)
    except QuerySyntaxError as error:
        position = error.position
    assert 0 <= position <= len(text)
    assert tree is None or parse_query(render_query(tree)) == tree
