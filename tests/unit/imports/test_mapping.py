"""Mappings: written by hand, from a file, or recognised."""

import pytest

from crawlers.imports.mapping import FIELDS, load_mapping, parse_map
from crawlers.imports.presets import PRESETS, detect, preset
from yuqing.domain.errors import InputError


def test_the_command_line_names_fields_and_columns():
    """Alternatives are joined by a bar."""
    mapping = parse_map("text=评论内容, published_at=time|date")
    assert mapping.columns == {"text": ("评论内容",), "published_at": ("time", "date")}


@pytest.mark.parametrize("text", ["", "text", "text=", "texte=内容"])
def test_a_wrong_command_line_is_told(text):
    """Also a field that does not exist, with the list of those that do."""
    with pytest.raises(InputError, match="--map"):
        parse_map(text)


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ("note_id content create_time create_date_time liked_count comments_count", "mediacrawler-weibo-contents"),
        ("comment_id note_id content create_time comment_like_count sub_comment_count", "mediacrawler-weibo-comments"),
        ("aweme_id aweme_type title desc create_time liked_count", "mediacrawler-douyin-contents"),
        ("comment_id aweme_id content create_time like_count", "mediacrawler-douyin-comments"),
        ("author digg_count create_time text", "douyin-comments-csv"),
        ("工单号 诉求内容 受理时间", "feedback"),
        ("id platform kind native_id url title text published_at collected_at likes", "yuqing"),
        ("标题 内容 发布时间", "auto"),
        ("foo bar", "auto"),
    ],
)
def test_layouts_are_recognised_by_their_columns(columns, name):
    """The most specific signature wins."""
    assert detect(columns.split()).name == name


def test_usual_names_are_found_whatever_their_case():
    """Only columns that are there are claimed."""
    mapping = detect(["Text", "Published_At", "other"])
    assert mapping.columns == {"text": ("Text",), "published_at": ("Published_At",)}


def test_built_in_layouts_use_known_fields_only():
    """And each has a text and a time."""
    for mapping in PRESETS.values():
        assert set(mapping.columns) <= FIELDS
        assert {"text", "published_at"} <= set(mapping.columns)
        assert preset(mapping.name) is mapping


def test_an_unknown_layout_is_told():
    """With the names of those that exist."""
    with pytest.raises(InputError, match="feedback"):
        preset("nope")


def test_a_mapping_file(tmp_path):
    """YAML and JSON say the same."""
    yml, json = tmp_path / "m.yml", tmp_path / "m.json"
    yml.write_text(
        "platform: zhihu\nkind: article\nurl: https://zhihu.invalid/{native_id}\n"
        "fields:\n  text: 内容\n  published_at: [时间, 日期]\nvalues:\n  kind:\n    问: post\n",
        encoding="utf-8",
    )
    json.write_text(
        '{"platform": "zhihu", "kind": "article", "url": "https://zhihu.invalid/{native_id}",'
        '"fields": {"text": "内容", "published_at": ["时间", "日期"]}, "values": {"kind": {"问": "post"}}}',
        encoding="utf-8",
    )
    one, other = load_mapping(yml), load_mapping(json)
    assert one.columns == other.columns == {"text": ("内容",), "published_at": ("时间", "日期")}
    assert (one.platform, one.kind, one.values) == ("zhihu", "article", {"kind": {"问": "post"}})
    assert one.url_template == other.url_template == "https://zhihu.invalid/{native_id}"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("m.yml", "fields:\n  text: [a\nx: 1\n", r"m\.yml:\d"),
        ("m.yml", "fields:\n\ttext: a\n", r"m\.yml:2"),
        ("m.json", '{"fields":\n {"text": }}', r"m\.json:2"),
        ("m.yml", "- a\n", "fields"),
        ("m.yml", "fields: {text: a}\nplat_form: weibo\n", "plat_form"),
        ("m.yml", "fields: {texte: a}\n", "texte"),
        ("m.yml", "fields: {text: 3}\n", r"fields\.text"),
        ("m.yml", "fields: {text: a}\nvalues: [1]\n", "values"),
        ("m.yml", "fields: {text: a}\nurl: 'https://x/{secret}'\n", "url"),
    ],
)
def test_a_broken_mapping_file_is_told_with_file_and_line(tmp_path, name, text, told):
    """Syntax, unknown keys, unknown fields, wrong types."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told) as caught:
        load_mapping(path)
    assert name in str(caught.value)


def test_a_missing_or_foreign_mapping_file_is_told(tmp_path):
    """Not there, not UTF-8."""
    with pytest.raises(InputError, match="无法读取"):
        load_mapping(tmp_path / "none.yml")
    path = tmp_path / "gb.yml"
    path.write_bytes("fields: {text: 评论内容}".encode("gb18030"))
    with pytest.raises(InputError, match="UTF-8"):
        load_mapping(path)


def test_a_file_without_text_column_is_told_with_its_columns():
    """The message says what to type."""
    with pytest.raises(InputError, match="--map text=列名") as caught:
        detect(["标题", "时间"]).check("a.csv", ["标题", "时间"])
    assert "a.csv" in str(caught.value)
    assert "标题" in str(caught.value)
