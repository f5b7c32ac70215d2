"""`classify_file` on the files that people have: order kept, bad rows named, nothing personal in the output."""

import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from nlp.classify import classify_file
from nlp.registry import load_sentiment
from yuqing.domain.errors import InputError, ModelError


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def classified(tmp_path: Path, name: str, content: bytes) -> list[dict[str, Any]]:
    """The answers to a file with this content; nothing may be quarantined."""
    source, output = tmp_path / name, tmp_path / "out.jsonl"
    source.write_bytes(content)
    result = classify_file(source, output)
    assert result.quarantined == ()
    answers = lines(output)
    assert result.rows == len(answers)
    return answers


def test_jsonl_rows_come_back_in_order_with_every_field(tmp_path: Path) -> None:
    """The documented shape, probabilities that sum to 1, the phone masked."""
    rows = [{"id": "a", "text": "手机银行闪退，打13800138000没人接"}, {"text": "利率多少", "platform": "weibo"}]
    content = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    first, second = classified(tmp_path, "in.jsonl", content)
    assert (first["id"], second["id"]) == ("a", "2")
    assert first["masked_text"] == "手机银行闪退，打[手机号]没人接"
    assert set(first) == {"id", "sentiment", "topics", "severity", "masked_text", "model"}
    assert set(first["sentiment"]) == {"label", "negative", "neutral", "positive"}
    assert sum(first["sentiment"][key] for key in ("negative", "neutral", "positive")) == pytest.approx(1, abs=1e-4)
    assert sum(first["severity"]["probabilities"]) == pytest.approx(1, abs=1e-4)
    assert first["severity"]["level"] in range(4)
    assert {"id", "probability"} == set(first["topics"][0])
    assert first["model"] == load_sentiment().name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_every_usual_encoding_with_crlf_and_line_breaks_in_cells(tmp_path: Path, encoding: str) -> None:
    """What Excel writes in China, quoted cells with line breaks included."""
    content = 'id,title,text\r\n7,标题,"排队两小时，\r\n态度差"\r\n8,,很满意\r\n'.encode(encoding)
    first, second = classified(tmp_path, "in.csv", content)
    assert (first["id"], second["id"]) == ("7", "8")
    assert first["masked_text"] == "排队两小时，\r\n态度差"
    assert second["sentiment"]["label"] == "positive"


def test_xlsx_rows_are_read_with_their_numbers_as_text(tmp_path: Path) -> None:
    """Blank sheet rows are skipped; a number in a text cell is text."""
    book = Workbook()
    for row in (["id", "text"], [1, "客服态度差"], [None, None], ["b", 12345]):
        book.active.append(row)
    book.save(tmp_path / "in.xlsx")
    result = classify_file(tmp_path / "in.xlsx", tmp_path / "out.jsonl")
    assert result.rows == 2
    assert [answer["id"] for answer in lines(tmp_path / "out.jsonl")] == ["1", "b"]
    assert lines(tmp_path / "out.jsonl")[1]["masked_text"] == "12345"


@pytest.mark.parametrize(
    ("content", "bad", "kept"),
    [
        ('id,text\n1,好\n2,"没有闭合\n3,很满意\n4,排队\n', [3], ["1", "3", "4"]),
        ('id,text\n1,"好"吗\n2,很满意\n', [2], ["2"]),
        ("id,text\n1,先是排队,后来没人理\n2,很满意,,\n\n3\n", [2, 5], ["2"]),
    ],
    ids=["a quote left open", "text after a quote", "a comma without quotes"],
)
def test_a_broken_csv_line_costs_itself_and_nothing_below_it(
    tmp_path: Path, content: str, bad: list[int], kept: list[str]
) -> None:
    """No row is swallowed and no half of a text is classified: both would go unnoticed."""
    source, output = tmp_path / "in.csv", tmp_path / "out.jsonl"
    source.write_text(content, encoding="utf-8")
    result = classify_file(source, output)
    assert [each.line for each in result.quarantined] == bad
    assert [answer["id"] for answer in lines(output) if "error" not in answer] == kept


def test_bad_rows_are_named_and_keep_their_place(tmp_path: Path) -> None:
    """Line n of the output answers row n of the input, also when row n is rubbish."""
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    bad_rows = [b'{"id": "1", "text": "\xe5\xa5\xbd"}', b"not json", b"[1]", b'{"id": 4}', b'{"text": {"a": 1}}']
    source.write_bytes(b"\n".join([*bad_rows, b'{"id": "6", "text": ""}', b'{"id": "7", "text": "cut', b""]))
    result = classify_file(source, output)
    assert [bad.line for bad in result.quarantined] == [2, 3, 4, 5, 7]
    answers = lines(output)
    assert ["error" in answer for answer in answers] == [False, True, True, True, True, False, True]
    assert answers[3] == {"id": "4", "error": "第 4 行：缺少 text"}
    assert answers[5]["sentiment"]["label"] == "neutral"
    assert answers[5]["topics"][0]["id"] == "other"


def test_half_a_surrogate_pair_spoils_nothing(tmp_path: Path) -> None:
    """JSON may hold what UTF-8 cannot; the row is answered all the same."""
    [answer] = classified(tmp_path, "in.jsonl", b'\xef\xbb\xbf{"text": "\\ud83d\xe5\xa5\xbd"}\r\n\r\n')
    assert answer["masked_text"] == "?好"


def test_standard_streams_are_used_where_no_file_is_given(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """`-` on both sides: UTF-8 in, UTF-8 out, whatever the console says."""
    result = classify_file(None, None, stdin=io.BytesIO('{"text": "服务太差"}'.encode()))
    answer = json.loads(capfdbinary.readouterr().out.decode())
    assert result.rows == 1
    assert answer["sentiment"]["label"] == "negative"


def test_a_very_long_text_is_read_in_bounded_time(tmp_path: Path) -> None:
    """A million characters of digits and Han neither hang the masking nor the model."""
    text = "云江银行转账失败 6222 0000 " * 50_000
    [answer] = classified(tmp_path, "in.jsonl", json.dumps({"text": text}).encode())
    assert answer["masked_text"].startswith("云江银行转账失败")


@pytest.mark.parametrize(
    ("name", "content"),
    [("in.csv", b"id,body\n1,x\n"), ("in.csv", b"text\n\xff\xff\x80\n"), ("in.xlsx", b"no zip"), ("absent.csv", None)],
)
def test_unusable_files_are_refused_and_leave_no_output(tmp_path: Path, name: str, content: bytes | None) -> None:
    """No text column, no known encoding, no workbook, no file: one clear error, and nothing half-written."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError):
        classify_file(tmp_path / name, tmp_path / "out.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ([name] if content is not None else [])


def test_an_output_that_cannot_be_written_is_an_input_error(tmp_path: Path) -> None:
    """The folder does not exist: said so, not a traceback."""
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "好"}', encoding="utf-8")
    with pytest.raises(InputError, match="写不到"):
        classify_file(source, tmp_path / "nowhere" / "out.jsonl")


def test_an_unknown_model_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    """A wrong --model costs nothing."""
    with pytest.raises(ModelError, match="linear"):
        classify_file(tmp_path / "absent", tmp_path / "out.jsonl", "nonsense")


def test_an_output_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    """The umask decides, not a temporary file's 0600."""
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"text": "好"}', encoding="utf-8")
    old = os.umask(0o022)
    try:
        classify_file(source, output)
    finally:
        os.umask(old)
    assert stat.S_IMODE(output.stat().st_mode) == 0o644


def test_the_start_imports_nothing_heavy() -> None:
    """Loading and using the default model needs neither scikit-learn nor scipy, transformers, torch or SnowNLP."""
    script = (
        "import sys, io; from nlp.classify import classify_file\n"
        'classify_file(None, None, stdin=io.BytesIO(b\'{"text": "abc"}\'))\n'
        "heavy = {'sklearn', 'scipy', 'transformers', 'torch', 'snownlp', 'openpyxl'}\n"
        "sys.exit(','.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
