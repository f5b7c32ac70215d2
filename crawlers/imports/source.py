"""Opening what is imported: a file or standard input, checked once, then read as a stream."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, BinaryIO

from yuqing.domain.errors import InputError

_CHUNK = 1 << 20
_MEMORY = 8 << 20  # standard input larger than this goes through a temporary file


@dataclass(frozen=True, slots=True)
class Source:
    """An opened, seekable file with its name for messages, its size and the first 8 hex digits of its SHA-256."""

    name: str
    file: IO[bytes]
    size: int
    digest: str

    @property
    def suffix(self) -> str:
        """Lower-case ending of the name, with its dot."""
        return Path(self.name).suffix.lower()

    def head(self, size: int = 4096) -> bytes:
        """The first bytes; the position afterwards is the start."""
        self.file.seek(0)
        data = self.file.read(size)
        self.file.seek(0)
        return data


@contextmanager
def open_source(path: Path | None, stdin: BinaryIO | None = None) -> Iterator[Source]:
    """A source of a path, or of standard input where the path is None or `-`. Raises InputError in user's words."""
    if path is None or str(path) == "-":
        if stdin is None:
            raise InputError("标准输入不可用")
        with tempfile.SpooledTemporaryFile(max_size=_MEMORY) as spool:
            shutil.copyfileobj(stdin, spool, _CHUNK)
            yield _checked("stdin", spool)
        return
    with _open(path) as file:
        yield _checked(path.name, file)


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise InputError(f"{path}：没有这个文件") from None
    except IsADirectoryError:
        raise InputError(f"{path}：这是一个文件夹，请给出文件") from None
    except OSError as error:
        raise InputError(f"{path}：无法读取（{error.strerror}）") from None


def _checked(name: str, file: IO[bytes]) -> Source:
    file.seek(0)
    digest, size = sha256(), 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    file.seek(0)
    if size == 0:
        raise InputError(f"{name}：文件是空的（0 字节）")
    return Source(name, file, size, digest.hexdigest()[:8])
