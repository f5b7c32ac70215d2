"""The real files of the shared data, twice: the second time nothing is new."""

import json

import pytest

from yuqing.domain.mention import Platform
from yuqing.domain.ports import MentionQuery

pytestmark = pytest.mark.data


@pytest.mark.parametrize(
    ("name", "mapping", "read", "new"),
    [
        ("weibo_mediacrawler_2026/contents.jsonl", "mediacrawler-weibo-contents", 369, 369),
        ("weibo_mediacrawler_2026/comments.jsonl", "mediacrawler-weibo-comments", 163, 144),
        ("douyin_comments/comments.csv", "douyin-comments-csv", 10_002, 9_879),
    ],
    ids=["contents", "comments", "douyin"],
)
def test_real_files_twice(desk, shared, name, mapping, read, new):
    """Rows without text (pictures only) are quarantined; every other row is a mention, once."""
    first, second = desk.load(shared / "data" / name), desk.load(shared / "data" / name)
    assert (first.mapping, first.read, first.new, first.updated) == (mapping, read, new, 0)
    assert first.reasons == ({} if read == new else {"正文为空": read - new})
    assert (second.read, second.new, second.updated, second.unchanged) == (read, 0, 0, new)
    assert desk.store.count(MentionQuery()) == new


def test_times_of_the_real_posts_agree_with_their_ids(desk, shared):
    """The file's epoch column is eight hours late in every row; its text column and the ids are right."""
    path = shared / "data" / "weibo_mediacrawler_2026" / "contents.jsonl"
    desk.load(path)
    by_id = {one.mention.native_id: one.mention for one in desk.store.scan(MentionQuery(platforms=(Platform.WEIBO,)))}
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        inside = (int(row["note_id"]) >> 22) + 515483463
        assert abs(by_id[row["note_id"]].published_at.timestamp() - inside) <= 60
