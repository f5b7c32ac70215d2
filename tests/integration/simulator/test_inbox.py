"""The local mail inbox: SMTP in, files and pages out."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from parsel import Selector

from simulator.inbox.folder import file_name
from simulator.server import Simulator
from tests.integration.simulator.conftest import Browser

pytestmark = pytest.mark.integration
PICTURE = b"\x89PNG\r\n\x1a\ninvented"


@pytest.fixture
def post_office(tmp_path: Path) -> Iterator[Simulator]:
    """A simulator with an inbox."""
    with Simulator(scenario="empty", inbox=tmp_path / "mail") as simulator:
        yield simulator


@pytest.fixture
def reader(post_office: Simulator) -> Iterator[Browser]:
    """A browser on it."""
    browser = Browser(post_office)
    yield browser
    browser.close()


def mail(message_id: str = "<alert-1@yuqing>", subject: str = "【预警】云江手机银行 <登录失败>") -> EmailMessage:
    """An alert mail with text, HTML, an inline picture and an attachment."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "舆情 <yuqing@localhost>", "duty@localhost"
    message["Message-ID"], message["Date"] = message_id, "Sat, 14 Mar 2026 01:45:00 +0000"
    message.set_content("纯文本正文")
    message.add_alternative('<h1>网页正文</h1><img src="cid:spark-1"><a href="#">证据</a>', subtype="html")
    message.get_payload()[1].add_related(PICTURE, "image", "png", cid="<spark-1>")  # type: ignore[index, union-attr]
    message.add_attachment("时间,条数\n", subtype="csv", filename="evidence.csv")
    return message


def send(simulator: Simulator, message: EmailMessage) -> None:
    """Deliver by SMTP."""
    with smtplib.SMTP("127.0.0.1", simulator.smtp_port, timeout=10) as connection:
        connection.send_message(message)


def test_a_mail_is_kept_as_it_came(post_office: Simulator, tmp_path: Path) -> None:
    """One .eml file, and one line in the log."""
    send(post_office, mail())
    (delivery,) = post_office.mails
    assert delivery["message_id"] == "<alert-1@yuqing>"
    assert delivery["subject"] == "【预警】云江手机银行 <登录失败>"
    assert delivery["recipients"] == ["duty@localhost"]
    assert delivery["time"] == "2026-03-14T09:30:00+08:00"
    assert [path.stem for path in (tmp_path / "mail").glob("*.eml")] == [delivery["name"]]


def test_a_repeated_message_id_is_one_mail_delivered_twice(
    post_office: Simulator, reader: Browser, tmp_path: Path
) -> None:
    """Visible in the list and countable in the log."""
    send(post_office, mail())
    send(post_office, mail())
    send(post_office, mail("<alert-2@yuqing>"))
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 2
    assert len(reader.get("/__control/mails").json()) == 3
    rows = Selector(reader.get("/inbox").text).css("a.row")
    assert len(rows) == 2
    assert rows.css(".badge::text").getall() == ["收到 2 次"]


def test_a_mail_can_be_read_in_a_browser(post_office: Simulator, reader: Browser) -> None:
    """List, frame, HTML with inline picture, text, attachment, source."""
    send(post_office, mail())
    link = Selector(reader.get("/inbox").text).css("a.row::attr(href)").get("")
    page = Selector(reader.get(link).text)
    assert page.css("h1::text").get() == "【预警】云江手机银行 <登录失败>"
    assert "2026-03-14 09:45" in page.css(".muted::text").get("")
    frame = page.css("iframe::attr(src)").get("")
    assert "allow-scripts" not in page.css("iframe::attr(sandbox)").get("allow-scripts")
    assert reader.get(frame).headers["content-security-policy"].startswith("sandbox ")
    body = Selector(reader.get(frame).text)
    assert body.css("h1::text").get() == "网页正文"
    assert reader.get(body.css("img::attr(src)").get("")).content == PICTURE
    assert reader.get(f"{link}/text").text.strip() == "纯文本正文"
    attachment = reader.get(page.css(".files a::attr(href)").get(""))
    assert attachment.content.decode().strip() == "时间,条数"
    assert "Message-ID: <alert-1@yuqing>" in reader.get(f"{link}/raw").text


def test_an_unknown_mail_is_404(reader: Browser) -> None:
    """Also when the name tries to leave the folder."""
    for name in ("nothing", "..%2F..%2Fetc%2Fpasswd", "nothing/part/0"):
        assert reader.get(f"/inbox/{name}").status_code == 404


@pytest.mark.parametrize(("code", "stage"), [(451, "data"), (421, "mail"), (550, "rcpt"), (554, "data")])
def test_the_server_refuses_as_often_as_told(post_office: Simulator, reader: Browser, code: int, stage: str) -> None:
    """Twice, then it takes the mail; nothing refused is kept."""
    reader.post("/__control/smtp", json={"code": code, "times": 2, "stage": stage})
    for _ in range(2):
        with pytest.raises(smtplib.SMTPException) as refused:
            send(post_office, mail())
        assert str(code) in str(refused.value)
    assert post_office.mails == []
    send(post_office, mail())
    assert len(post_office.mails) == 1
    assert reader.get("/__control/smtp").json()["refused"] == 2


def test_a_standing_refusal_ends_when_deleted(post_office: Simulator, reader: Browser) -> None:
    """Minus one refuses for ever."""
    assert reader.post("/__control/smtp", json={"code": 99}).status_code == 400
    reader.post("/__control/smtp", json={"code": 451, "times": -1})
    for _ in range(3):
        with pytest.raises(smtplib.SMTPDataError):
            send(post_office, mail())
    reader.delete("/__control/smtp")
    send(post_office, mail())
    assert len(post_office.mails) == 1


def test_a_client_may_log_in(post_office: Simulator) -> None:
    """Credentials are accepted and not kept."""
    with smtplib.SMTP("127.0.0.1", post_office.smtp_port, timeout=10) as connection:
        connection.login("yuqing", "s3cret")
        connection.send_message(mail())
    assert len(post_office.mails) == 1
    assert "s3cret" not in repr(post_office.mails)


def test_without_an_inbox_the_page_says_how_to_get_one(blank: Browser) -> None:
    """404 with the option to use."""
    response = blank.get("/inbox")
    assert response.status_code == 404
    assert "--inbox" in response.text


def test_names_of_files_are_safe_and_unique() -> None:
    """Whatever a Message-ID contains."""
    assert "/" not in file_name("<../../etc/passwd@x>")
    assert file_name("<a/b@x>") != file_name("<a_b@x>")
    assert file_name("<>").startswith("mail-")
