"""No field of a mention holds personal data, whatever field of the draft it came in."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.match import SubjectMatcher
from nlp.privacy import Pseudonymiser, mask
from tests.fakes import FakeClock, InMemoryMentionStore
from yuqing.domain.codec import to_json
from yuqing.domain.draft import Draft
from yuqing.domain.mention import AuthorKind, Mention, MentionId, MentionKind, Platform
from yuqing.domain.subject import Subject, SubjectKind
from yuqing.jobs.handles import mask_handles
from yuqing.jobs.ingest import Intake

NOW = datetime(2026, 3, 14, 1, 0, tzinfo=UTC)
OURS = Subject("yunjiang", "云江银行", SubjectKind.BRAND, ("云江银行", "云银"), ("云银河",))
MATCHER = SubjectMatcher([OURS])
PHONE, IDENTITY, CARD = "13812345678", "11010519491231002X", "6222021234567890128"
NAME, OTHER, UID = "江边散步的人", "李四爱吃瓜", "7654321098"
MID = "5275000000000001"


def admitted(draft: Draft) -> Mention:
    """The mention of a draft, through the real masks."""
    clock = FakeClock(NOW)
    intake = Intake(InMemoryMentionStore(clock), MATCHER, mask, Pseudonymiser(b"k" * 32), clock, keep_unmatched=True)
    mention = intake.mention(draft)
    assert mention is not None
    return mention


def post(text: str = "云江银行又排队", **changes: object) -> Draft:
    """A post by a person."""
    draft = Draft(Platform.WEIBO, MentionKind.POST, MID, f"https://m.weibo.cn/detail/{MID}", text, NOW)
    person = replace(draft, author_id=UID, author_name=NAME, author_kind=AuthorKind.PERSON)
    return replace(person, **changes)


@pytest.mark.parametrize(
    "field",
    ["text", "title", "region", "query_id", "source_id", "url", "hashtags", "subjects", "context", "author_name"],
)
@pytest.mark.parametrize("secret", [PHONE, IDENTITY, "reader@mail.example.com"])
def test_numbers_of_people_are_masked_in_every_field(field: str, secret: str) -> None:
    """A column that was mapped to the wrong field leaks no more than the right one."""
    values = {"hashtags": (secret,), "subjects": (secret,), "url": f"https://example.com/?tel={secret}"}
    found = admitted(replace(post(), **{field: values.get(field, f"云江银行 {secret}")}))
    assert secret not in str(to_json(found))


def test_an_outlet_is_masked_too() -> None:
    """A shop that calls itself by its telephone number."""
    draft = replace(post(), author_kind=AuthorKind.ORGANISATION, author_name=f"某某铺子 {PHONE}")
    assert admitted(draft).author.outlet == "某某铺子 [手机号]"


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        (f"https://m.weibo.cn/detail/{MID}", f"https://m.weibo.cn/detail/{MID}"),
        (f"https://example.com/a?b=1&tel={PHONE}&c=2#x", "https://example.com/a?b=1&c=2#x"),
        ("https://example.com/a?tel=138%2D1234%2D5678", "https://example.com/a"),
        (f"https://example.com/a?b=1#{PHONE}", "https://example.com/a?b=1"),
        (f"https://example.com/of/{PHONE}/a?b=1", "https://example.com/"),
        (f"https://{PHONE}.example.com/", ""),
        (f"https://{NAME}:secret@example.com/a", "https://example.com/a"),
        (f"https://example.com/a?card={CARD}", "https://example.com/a"),
        ("https://[half/a?b=1", ""),
        (f"javascript:{PHONE}", "javascript:[手机号]"),
    ],
)
def test_addresses_lose_what_is_personal(url: str, stored: str) -> None:
    """The rest of the address still leads to the publication."""
    assert admitted(post(url=url)).url == stored


def test_ids_of_publications_in_addresses_stay() -> None:
    """A complaint whose number looks like a telephone number is found again."""
    url = "https://tousu.example.com/complaint/view/17361234567/"
    assert admitted(post(platform=Platform.HEIMAO, native_id="17361234567", url=url)).url == url
    assert admitted(post(url=f"https://m.weibo.cn/detail/{PHONE}", native_id=PHONE)).url.endswith(PHONE)


def test_ids_that_people_made_up_are_pseudonymised() -> None:
    """A ticket numbered by the caller's telephone is the same ticket every time, and answers find it."""
    ticket = post(platform=Platform.FEEDBACK, kind=MentionKind.COMPLAINT, native_id=f"T-{PHONE}", url="")
    answer = replace(ticket, native_id="T-2", parent_id=MentionId(f"feedback:complaint:T-{PHONE}"))
    assert admitted(ticket).native_id == admitted(ticket).native_id
    assert admitted(answer).parent_id == admitted(ticket).id
    assert PHONE not in str(to_json(admitted(answer)))
    assert admitted(answer).native_id == "T-2"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (f"回复@{OTHER}:云江银行就这样", "回复@[用户]:云江银行就这样"),
        ("转发//@王五-1990:云江银行//@爱吃 瓜:哈哈", "转发//@[用户]:云江银行//@[用户] 瓜:哈哈"),
        ("＠王小明1990：云江银行崩了", "＠[用户]：云江银行崩了"),
        ("@云江银行 你们管不管", "@云江银行 你们管不管"),
        ("@云江银行客服 你们管不管", "@云江银行客服 你们管不管"),
        (f"@{OTHER}云江银行又崩了", "@[用户]云江银行又崩了"),
        ("@云银河的小王 云江银行又崩了", "@[用户] 云江银行又崩了"),
        ("云江银行@🌸小花🌸，你看", "云江银行@[用户]，你看"),
        ("云江银行 @ 3点开会", "云江银行 @ 3点开会"),
        (f"云江银行 —— {NAME}", "云江银行 —— [用户]"),
    ],
)
def test_nicknames_of_others_are_masked_and_organisations_stay(text: str, stored: str) -> None:
    """In answers, repost chains and calls; the watched names stay readable."""
    assert admitted(post(text)).text == stored
    assert admitted(post("云江银行", title=text)).title == stored
    assert admitted(post("云江银行", hashtags=(text,))).hashtags == (stored,)
    assert OTHER not in str(to_json(admitted(post(region=text, source_id=text, query_id=text))))
    assert admitted(post(stored)).text == stored


def test_an_author_called_like_the_bank_does_not_take_it_out_of_the_text() -> None:
    """Imports do not say that an account is an official one."""
    draft = replace(post("云江银行提醒您"), author_name="云江银行", author_kind=AuthorKind.UNKNOWN)
    assert admitted(draft).text == "云江银行提醒您"


def test_an_author_called_like_a_label_does_not_break_the_labels() -> None:
    """`用户` is no name."""
    assert admitted(replace(post(f"云江银行 {PHONE} @{OTHER}"), author_name="用户")).text == "云江银行 [手机号] @[用户]"


@pytest.mark.parametrize("field", ["text", "title", "region", "query_id", "source_id", "url", "author_name", "context"])
def test_halves_of_characters_do_not_get_in(field: str) -> None:
    """What no file, mail or index can encode is left out by the door, whichever parser let it through."""
    draft = post(**{field: "https://example.com/云江\ud83d银行"}) if field != "author_name" else post()
    draft = replace(draft, author_name="小\udc00江", author_id="1\ud800", hashtags=("崩\ud83d了",))
    found = str(to_json(admitted(draft)))
    assert found.encode().decode() == found
    assert "崩了" in found


@given(st.text(max_size=60), st.text(min_size=1, max_size=20))
def test_masking_handles_twice_changes_nothing(before: str, name: str) -> None:
    """And never raises."""
    once = mask_handles(f"{before}@{name}", lambda word: MATCHER.match(word).keywords)
    assert mask_handles(once, lambda word: MATCHER.match(word).keywords) == once
