"""Secret keys that the product makes for itself, one file each in the data folder, readable by the owner only."""

import os
import secrets
from pathlib import Path

from yuqing.domain.errors import ConfigError

# What is lost with a key, by the name of its file.
_LOST = {
    "pseudonym": "换新密钥会使作者假名改变，同一作者不再认得",
    "crawl": "没有备份就删除它：会做出新密钥，只是加密保存的原始响应与访客凭证读不出了",
    "links": "没有备份就删除它：会做出新密钥，只是已发出的预警链接失效",
}


def load_or_create_key(path: Path) -> bytes:
    """The key in `path` (32 random bytes as hex); made on first use. Raises ConfigError, naming the file.

    Two processes that start together agree: only one of them can create the file, the other reads it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
        return _read(path)
    except OSError as error:
        raise ConfigError(f"{path}：无法读写密钥文件（{error.strerror}）。请检查数据文件夹 YQ_HOME 的权限") from None


def _create(path: Path) -> None:
    # Written whole under another name and then linked: a crash never leaves half a key, a race has one winner.
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (ValueError, UnicodeDecodeError):
        raise ConfigError(f"{path}：密钥文件损坏（应为十六进制）；请从备份恢复{_advice(path)}") from None
    if len(key) < 16:
        raise ConfigError(f"{path}：密钥太短（至少 16 字节）；请从备份恢复{_advice(path)}")
    return key


def _advice(path: Path) -> str:
    return f"。{_LOST[path.stem]}" if path.stem in _LOST else ""
