"""Text out of HTML, bytes out of unknown encodings, one address per article, and secrets out of the log."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.extract import urls
from crawlers.extract.encoding import decode
from crawlers.extract.text import clean, hashtags, own_words, strip_tags
from crawlers.masking import SecretFilter

SENTENCE = "云江银行镕堃喆：手机银行转账失败，客服说请稍后再试。"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("declared", ["right", "none"])
def test_pages_are_read_with_and_without_a_declared_charset(encoding: str, declared: str) -> None:
    """UTF-8, GBK and byte order marks."""
    meta = f'<meta charset="{encoding}">' if declared == "right" else ""
    page = f"<html><head>{meta}</head><body>{SENTENCE * 3}</body></html>".encode(encoding)
    assert SENTENCE in decode(page)


@pytest.mark.parametrize(
    ("header", "meta", "real"),
    [("gb2312", "", "gb18030"), ("utf-8", "", "gb18030"), ("gbk", "", "utf-8"), ("", "iso-8859-1", "gb18030")],
    ids=["narrow-name", "wrong-header", "wrong-gbk", "wrong-meta"],
)
def test_a_wrong_declaration_is_seen_through(header: str, meta: str, real: str) -> None:
    """gb2312 means the larger set; a declaration that damages the text is not believed."""
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={meta}">' if meta else ""
    page = f"<html><head>{head}</head><body>{SENTENCE * 5}</body></html>".encode(real)
    headers = {"content-type": f"text/html; charset={header}"} if header else {}
    assert SENTENCE in decode(page, headers)


@given(st.binary(max_size=300))
def test_no_bytes_make_decoding_raise(body: bytes) -> None:
    """Any bytes give some text."""
    assert isinstance(decode(body, {"content-type": "text/html; charset=nonsense"}), str)


@given(st.text(max_size=200))
def test_no_fragment_makes_stripping_raise(fragment: str) -> None:
    """Any fragment gives text without tags' remains."""
    assert isinstance(strip_tags(f"<p>{fragment}</p>"), str)
    assert strip_tags("a<br/>b<!-- c -->") == "a\nb"


def test_deep_nesting_is_no_danger() -> None:
    """A page of ten thousand nested elements is read without recursion."""
    assert "底" in strip_tags("<b>" * 200 + "底" + "</b>" * 200)


def test_visible_text_keeps_emojis_and_drops_furniture() -> None:
    """Emoji pictures speak by their name; other pictures, scripts and zero-width characters do not."""
    fragment = '转账<img alt="[怒]">失败<img alt="风景照片"><script>x</script>\u200b了\ue627 <i>吗</i>'
    assert strip_tags(fragment) == "转账[怒]失败了 吗"
    assert clean(" a \u3000 b \n\n c ") == "a b\nc"


def test_hashtags_and_own_words() -> None:
    """Topics once each; of a repost the part before the chain."""
    assert hashtags("#甲# 一 #乙乙#二 #甲# # #") == ("甲", "乙乙")
    assert own_words("同意//@某人:原话//@另一人:更早") == ("同意", "某人:原话//@另一人:更早")
    assert own_words("//@某人:原话")[0] == "转发微博"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://News.Example.com/a/1.html?utm_source=x&b=2&a=1#top", "https://news.example.com/a/1.html?a=1&b=2"),
        ("https://m.example.com/a?from=app&spm=1", "https://www.example.com/a"),
        ("http://127.0.0.1:8080/news/1.html", "http://127.0.0.1:8080/news/1.html"),
        ("https://example.com", "https://example.com/"),
    ],
    ids=["tracking", "mobile", "port", "front"],
)
def test_canonical_addresses(url: str, expected: str) -> None:
    """One spelling, stable when applied again."""
    assert urls.canonicalise(url) == expected
    assert urls.canonicalise(expected) == expected


def test_a_declared_address_counts_only_on_its_own_site_and_not_as_the_front_page() -> None:
    """Templates that name another site or their home page are not believed."""
    page = "https://news.example.com/a/1.html"
    assert urls.canonical_of(page, "/a/one.html") == "https://news.example.com/a/one.html"
    assert urls.canonical_of(page, "https://evil.test/a") == page
    assert urls.canonical_of(page, "https://news.example.com/") == page
    assert urls.date_in("https://x.cn/finance/20260314/9.html") == "2026-03-14"
    assert urls.date_in("https://x.cn/finance/99999999.html") is None


def _logged(message: str, *args: object, error: BaseException | None = None) -> str:
    record = logging.LogRecord("x", logging.ERROR, "f", 1, message, args, (type(error), error, None) if error else None)
    SecretFilter(["SUB=_2Avalue123; SUBP=0033value456", "tokenvalue789"]).filter(record)
    return logging.Formatter().format(record)


def test_secrets_never_reach_a_log_line() -> None:
    """Known values, cookie headers and token parameters, in the message, its arguments and the traceback."""
    lines = [
        _logged("request with %s", "SUB=_2Avalue123; SUBP=0033value456"),
        _logged("headers {'Cookie': b'a=unknownvalue'}"),
        _logged("GET https://x/?a_bogus=unknownvalue&msToken=unknownvalue&q=1"),
        _logged("failed", error=ValueError("tokenvalue789")),
        _logged("only 0033value456 here"),
        _logged("verifyFp=unknownvalue; X-Bogus=unknownvalue&webid=unknownvalue sec_user_id=unknownvalue"),
    ]
    assert not any(word in line for line in lines for word in ("value123", "value456", "unknownvalue", "value789"))


def test_addresses_in_the_log_end_behind_their_path() -> None:
    """What a signer adds has a new name every month, and a search names people."""
    signed = (
        "https://keeper:unknownvalue@www.example.test/aweme/v1/web?X-Bogus=unknownvalue&sec_user_id=MS4wunknownvalue#f"
    )
    assert _logged("Gave up retrying <GET %s> (failed 3 times): 503", signed) == (
        "Gave up retrying <GET https://www.example.test/aweme/v1/web> (failed 3 times): 503"
    )
    told = _logged("failed", error=ValueError(f"no reply from '{signed}', again"))
    assert "unknownvalue" not in told
    assert "'https://www.example.test/aweme/v1/web', again" in told


def test_halves_of_characters_are_left_out() -> None:
    """JSON can hold half a character, which no store and no mail can encode."""
    assert clean("云江\ud83d银行\udc00") == "云江银行"
    assert strip_tags("<p>云江&#xD83D;银行</p>").encode()
