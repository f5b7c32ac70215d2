"""No person leaves the store through a report: not in the files, the archive, the mail or a repr."""

import json
from dataclasses import replace
from datetime import timedelta

from reports.archive import docx_lines, write_files
from reports.delivery import report_message
from tests.unit.reports.small import NEGATIVE, SINCE, Small, all_seen, annotation, section
from yuqing.domain.codec import to_json
from yuqing.domain.mention import Author, AuthorKind, FollowerBand

PSEUDONYM, ACKNOWLEDGER, RAW = "deadbeefcafe4242", "张三丰", "raw/weibo/page-7.html"


def test_no_author_acknowledger_or_raw_reply_is_named(tmp_path):
    """The pseudonym of a quoted author, who acknowledged an alert, and where raw replies lie stay inside."""
    small = all_seen(Small())
    told_id = small.say(SINCE + timedelta(hours=5), NEGATIVE, severity=3, text="云江银行一直转不出钱，留的是[手机号]")
    (stored,) = small.mentions.get([told_id]).values()
    author = Author(PSEUDONYM, AuthorKind.PERSON, FollowerBand.OVER_1M)
    seen_again = stored.mention.collected_at + timedelta(minutes=1)
    known = replace(stored.mention, author=author, raw_ref=RAW, collected_at=seen_again, title="求助")
    small.mentions.add([known])
    small.mentions.annotate([annotation(known, NEGATIVE, "app", 3)])
    when = SINCE + timedelta(hours=6)
    small.alarm(when, evidence=(told_id,), acknowledged_at=when, acknowledged_by=ACKNOWLEDGER)
    report = small.report()
    assert section(report, "voices_negative").quotes[0].mention_id == told_id
    assert small.mentions.get([told_id])[told_id].mention.author.pseudonym == PSEUDONYM
    files, message = write_files(report, tmp_path), report_message(report)
    told = (
        files.json.read_text(), files.html.read_text(), "\n".join(docx_lines(files.docx.read_bytes())),
        json.dumps(to_json(report), ensure_ascii=False), message.text, str(message.html), repr(message), repr(report),
        json.dumps(message.payload, ensure_ascii=False),
    )  # fmt: skip
    for secret in (PSEUDONYM, ACKNOWLEDGER, RAW, FollowerBand.OVER_1M.value):
        assert [text for text in told if secret in text] == []
