"""What people read: complete, Chinese, escaped, and without anything that must not leave."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from io import BytesIO

import pytest
from PIL import Image

from alerts.links import Links
from alerts.sparkline import UNKNOWN, blocks
from tests.fakes import InMemoryMentionStore, RecordingChannel
from tests.unit.alerts.bank import MINUTE, NOW, Bank
from yuqing.domain.alert import Message, SeriesPoint
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.errors import InputError, StoreUnavailable
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import StoredMention

LINKS = Links("https://yuqing.bank.example/", b"secret-key-of-the-links-32-bytes")


def _sent(bank: Bank) -> Message:
    engine = bank.engine()
    engine.detect()
    engine.notify()
    assert isinstance(bank.channel, RecordingChannel)
    (message,) = bank.channel.sent
    return message


def test_text_from_the_web_is_escaped() -> None:
    """A post that is markup stays text in the HTML part."""
    bank = Bank.empty()
    bank.post(NOW - 2 * MINUTE, '云江银行挤兑<script>alert("x")</script><img src=x onerror=y>')
    html = _sent(bank).html
    assert html is not None
    assert "<script>" not in html
    assert "&lt;script&gt;" in html

    class Tags(HTMLParser):
        names: list[str] = []  # noqa: RUF012  (one parser)

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.names.append(tag)
            assert not any(name.startswith("on") for name, _ in attrs)

    Tags().feed(html)
    assert "script" not in Tags.names


def test_words_of_a_post_have_no_power_in_a_chat_group() -> None:
    """No link, mention, formatting or heading of a stranger; nobody breaks out of the link to the post."""
    bank = Bank.empty()
    mention = bank.post(
        NOW - 2 * MINUTE, "# 云江银行挤兑 [领补偿](http://evil.example/) <@all> @所有人 **急** `x` ~~y~~ \\"
    )
    bank.mentions.add([replace(mention, url="https://weibo.example/1)[x](http://evil.example", collected_at=NOW)])
    markdown = str(_sent(bank).markdown)
    posted = markdown.partition("代表内容")[2]
    assert (
        "＃ 云江银行挤兑 ［领补偿］(http：//evil.example/) ＜＠all＞ ＠所有人 ＊＊急＊＊ ｀x｀ ～～y～～ ＼" in posted
    )
    assert posted.count("](") <= 1
    assert "](http://evil" not in posted


def test_a_chat_message_has_its_links_beside_it() -> None:
    """The signed links are buttons, not words of the body: nothing that is cut can cut them."""
    bank = Bank.empty()
    bank.post(NOW - 2 * MINUTE, "听说云江银行有挤兑")
    message = _sent(bank)
    assert [link.label for link in message.links] == ["在看板中打开", "我来处理", "静默 2 小时"]
    assert "sig=" not in str(message.markdown)
    assert "sig=" not in repr(message.links)
    assert "预警编号" in str(message.markdown)


def test_a_link_that_is_no_web_address_is_left_out() -> None:
    """javascript: and the like never become something to press."""
    bank = Bank.empty()
    mention = bank.post(NOW - 2 * MINUTE, "云江银行挤兑了")
    later = replace(mention, url="javascript:alert(1)", text="云江银行挤兑了吗", collected_at=NOW)
    bank.mentions.add([later])
    stored = bank.mentions.get([mention.id])[mention.id]
    assert stored.annotation is None  # a changed text is scored again
    bank.post(NOW - MINUTE, "云江银行要倒闭")
    message = _sent(bank)
    assert "javascript:" not in f"{message.html}{message.text}{message.payload}"


def test_pseudonyms_stay_inside() -> None:
    """Neither the pseudonym of an author nor the key of the links is in any part of the message."""
    bank = Bank.empty()
    mention = bank.post(NOW - 2 * MINUTE, "云江银行挤兑了")
    message = _sent(bank)
    everything = f"{message.subject}{message.text}{message.html}{message.payload}"
    assert mention.author.pseudonym is not None
    assert f'"{mention.author.pseudonym}"' not in everything
    assert "pseudonym" not in everything
    assert "k" * 32 not in everything


def test_the_keyword_message_says_what_was_found() -> None:
    """Subject line, rule, post, place and links are there; figures that do not exist are not invented."""
    bank = Bank.empty()
    bank.post(NOW - 2 * MINUTE, "听说云江银行有挤兑")
    message = _sent(bank)
    assert message.subject == "[预警·高] 云江银行：出现“挤兑” 1 条（挤兑与流动性传言）"
    assert "听说云江银行有挤兑" in message.text
    assert "https://weibo.example/1" in message.text
    assert "纯属偶然" not in message.text
    assert "平时同一时段" not in message.text
    assert message.payload["event"] == "firing"
    assert message.payload["notification"] == message.dedup_key


class _Deaf(InMemoryMentionStore):
    """A store that stops answering."""

    def get(self, ids: Sequence[MentionId]) -> Mapping[MentionId, StoredMention]:
        """Nobody answers."""
        raise StoreUnavailable("down")


def test_the_message_leaves_even_when_the_store_is_down() -> None:
    """Without the store people still get the line that matters, and are told what is missing."""
    bank = Bank.empty()
    bank.post(NOW - 2 * MINUTE, "听说云江银行有挤兑")
    bank.engine().detect()
    bank.mentions = _Deaf(bank.clock)
    bank.engine().notify()
    assert isinstance(bank.channel, RecordingChannel)
    (message,) = bank.channel.sent
    assert "出现“挤兑” 1 条" in message.subject
    assert "存储暂时无法读取" in message.text
    assert "存储暂时无法读取" in str(message.html)


def test_links_are_signed_and_expire() -> None:
    """A genuine link is granted; a changed, foreign or old one is refused."""
    url = LINKS.url("acknowledge", "a-1", NOW)
    assert url.startswith("https://yuqing.bank.example/alerts?")
    grant = LINKS.check(url, NOW + timedelta(days=2))
    assert (grant.action, grant.alert_id) == ("acknowledge", "a-1")
    for bad in (
        url.replace("acknowledge", "silence"),
        url.replace("a-1", "a-2"),
        url.replace("exp=1", "exp=2"),
        url.split("&sig")[0],
        Links("https://yuqing.bank.example", b"another key").url("acknowledge", "a-1", NOW),
    ):
        with pytest.raises(InputError):
            LINKS.check(bad, NOW)
    with pytest.raises(InputError, match="过期"):
        LINKS.check(url, NOW + timedelta(days=4))


def test_the_key_of_the_links_never_shows() -> None:
    """Neither repr nor an error has it."""
    with pytest.raises(InputError) as caught:
        LINKS.check("do=open", NOW)
    assert b"secret-key-of-the-links-32-bytes".decode() not in f"{LINKS!r}{caught.value!r}"


def test_block_characters_show_gaps() -> None:
    """Heights follow the counts; what nobody saw is a dot, not the lowest bar."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    counts = (0, 1, 8, None, 4)
    points = [SeriesPoint(start + i * 5 * MINUTE, count, count) for i, count in enumerate(counts)]
    drawn = blocks(points)
    assert drawn[3] == UNKNOWN
    assert drawn[0] < drawn[1] < drawn[4] < drawn[2]
    assert blocks([]) == ""


@pytest.mark.parametrize(
    ("status", "detail", "why", "what_to_do"),
    [
        (Outcome.SUSPECT_EMPTY, "canary_silent", "连必有结果的探测词也搜不到", "用浏览器打开同一搜索核对"),
        (Outcome.CHANGED, "fields_missing", "一半以上的内容缺少应有的字段", "yuqing evidence list"),
        (Outcome.AUTH_REQUIRED, "redirect_to_login", "登录态失效", "YQ_*_COOKIE_FILE"),
    ],
)
def test_an_operator_is_told_why_and_what_to_do(status: Outcome, detail: str, why: str, what_to_do: str) -> None:
    """A source that is not believed, has changed or lost its login: the reason in the subject, the remedy below."""
    bank = Bank.empty()
    for minutes in range(60, 0, -5):
        row = Coverage(
            "weibo", "云江银行", NOW - timedelta(hours=2), NOW, status, NOW - minutes * MINUTE, detail=detail
        )
        bank.state.save("coverage", f"{row.key}|{minutes}", to_json(row))
    message = _sent(bank)
    assert message.html is not None
    assert f"微博搜索：{why}" in message.subject
    assert all("怎么办" in part and what_to_do in part for part in (message.text, message.html))
    assert "数字可能偏低" not in message.text


def test_the_mail_is_dressed_for_the_night_and_for_a_thumb() -> None:
    """Every class of the dark sheet is worn, the picture has no background, the buttons come before the posts."""
    bank = Bank.empty()
    bank.quiet()
    bank.outage()
    message = _sent(bank)
    head, _, body = str(message.html).partition("</head>")
    dark = head.partition("prefers-color-scheme: dark")[2]
    worn = {name for part in body.split('class="')[1:] for name in part.partition('"')[0].split()}
    named = {part.partition(" ")[0] for part in dark.split(".")[1:] if part[:1].isalpha()}
    assert {"page", "card", "ink", "soft", "link", "first", "other"} <= named & worn
    assert ".button { display: block" in head
    assert body.index("button first") < body.index("代表内容")
    with Image.open(BytesIO(message.attachments[0].content)) as picture:
        assert picture.convert("RGBA").getpixel((2, 2))[3] == 0  # type: ignore[index]
