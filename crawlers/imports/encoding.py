"""Which of the encodings of Chinese files this one is in. Decided strictly over the whole file, never guessed."""

import codecs
from dataclasses import dataclass
from typing import IO

from yuqing.domain.errors import InputError

_CHUNK = 1 << 20
# So many characters outside ASCII never decode as UTF-8 by chance: the file is UTF-8, and damaged where it fails.
_SURE_CHARACTERS = 20


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec name; `is_cut` when the file ends in the middle of a character (an interrupted download)."""

    codec: str
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class _Trial:
    bad_at: int | None  # offset of the first byte that does not decode
    is_cut: bool
    wide: int  # characters outside ASCII before the failure


def detect_encoding(name: str, file: IO[bytes]) -> Encoding:
    """UTF-8 (with or without BOM) or GB18030; anything else is an InputError that names the byte offset."""
    file.seek(0)
    head = file.read(4096)
    if b"\x00" in head:
        raise InputError(f"{name}：第 {head.index(0)} 字节是 NUL，不是文本（UTF-16 或二进制文件请另存为 UTF-8）")
    utf8 = _try(file, "utf-8")
    if utf8.bad_at is None:
        return Encoding("utf-8-sig", utf8.is_cut)
    if utf8.wide >= _SURE_CHARACTERS:
        raise InputError(f"{name}：UTF-8 文本在第 {utf8.bad_at} 字节处损坏")
    gb18030 = _try(file, "gb18030")
    if gb18030.bad_at is None:
        return Encoding("gb18030", gb18030.is_cut)
    raise InputError(
        f"{name}：既不是 UTF-8（第 {utf8.bad_at} 字节出错）也不是 GB18030（第 {gb18030.bad_at} 字节出错），"
        "请另存为 UTF-8"
    )


def _try(file: IO[bytes], codec: str) -> _Trial:
    decoder = codecs.getincrementaldecoder(codec)()
    file.seek(0)
    done = wide = 0
    while chunk := file.read(_CHUNK):
        done += len(chunk)
        try:
            wide += _wide(decoder.decode(chunk))
        except UnicodeDecodeError as error:
            return _Trial(done - len(error.object) + error.start, False, wide + _wide_before(error, codec))
    pending, _ = decoder.getstate()
    return _Trial(None, bool(pending), wide)


def _wide(text: str) -> int:
    # Byte-order marks aside; enough is enough, so only the first characters are counted.
    return 0 if text.isascii() else sum(character > "\x7f" for character in text[:4096])


def _wide_before(error: UnicodeDecodeError, codec: str) -> int:
    return _wide(error.object[: error.start].decode(codec, "ignore")[-4096:])
