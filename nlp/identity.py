"""Names of models that tell two models apart: kind, version, and a digest of whatever decides what the model says.

Versions are for people and stay the same when a model is trained again; stored scores must not. Scores of before the
digest was there carry kind and version alone (`linear-1`): another name, so rescoring finds them.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DIGITS = 8


def model_name(kind: str, metadata: Mapping[str, Any], *lexicons: Path) -> str:
    """linear-1-3fa09c1d: `metadata` holds the SHA-256 of the weights and every threshold; lexicons have their say too.

    The files are digested as data, so that line ends and order of keys do not make another model.
    """
    parts = [metadata, *(json.loads(path.read_text(encoding="utf-8")) for path in lexicons)]
    plain = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return f"{kind}-{metadata['version']}-{hashlib.sha256(plain.encode()).hexdigest()[:DIGITS]}"


def folder_digest(folder: Path) -> str:
    """Of the files of a checkpoint, by name and content."""
    digest = hashlib.sha256()
    for path in sorted(each for each in folder.iterdir() if each.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.name} {content}\n".encode())
    return digest.hexdigest()[:DIGITS]
