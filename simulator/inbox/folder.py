"""Received mails as .eml files, one per Message-ID, and a log of every delivery."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

_LOG = "deliveries.jsonl"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One accepted transmission; two of them with one `name` are one mail that came twice."""

    time: str
    name: str
    message_id: str
    subject: str
    sender: str
    recipients: tuple[str, ...]


class MailFolder:
    """A directory of mails."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def keep(self, content: bytes, sender: str, recipients: tuple[str, ...], time: str) -> Delivery:
        """Save a mail; the same Message-ID replaces the earlier file."""
        mail = _parse(content)
        message_id = str(mail.get("Message-ID", "")).strip() or hashlib.sha256(content).hexdigest()
        delivery = Delivery(time, file_name(message_id), message_id, str(mail.get("Subject", "")), sender, recipients)
        draft = self.path / f"{delivery.name}.part"
        draft.write_bytes(content)
        draft.replace(self.path / f"{delivery.name}.eml")
        with (self.path / _LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(asdict(delivery), ensure_ascii=False) + "\n")
        return delivery

    def deliveries(self) -> list[dict[str, Any]]:
        """Every accepted transmission in order."""
        log = self.path / _LOG
        return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []

    def names(self) -> list[str]:
        """The mails, newest first."""
        ordered = dict.fromkeys(line["name"] for line in reversed(self.deliveries()))
        return [name for name in ordered if (self.path / f"{name}.eml").exists()]

    def read(self, name: str) -> EmailMessage | None:
        """A mail by its file name without ending."""
        if name not in self.names():
            return None
        return _parse((self.path / f"{name}.eml").read_bytes())


def file_name(message_id: str) -> str:
    """A readable name that is safe in a path and as unique as the Message-ID."""
    readable = re.sub(r"[^A-Za-z0-9.@_-]+", "_", message_id.strip("<> "))[:80].strip("._")
    return f"{readable or 'mail'}-{hashlib.sha256(message_id.encode()).hexdigest()[:8]}"


def _parse(content: bytes) -> EmailMessage:
    mail = message_from_bytes(content, policy=policy.default)
    if not isinstance(mail, EmailMessage):
        raise TypeError("the default policy makes EmailMessage")
    return mail
