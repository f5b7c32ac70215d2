#!/usr/bin/env python3
"""Refuse files that must not be committed: too large, with a private key, a secret, broken YAML, or named .yaml."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

MAX_BYTES = 2_000_000
MAX_MODEL_BYTES = 30_000_000  # shipped weights, one version
YAML_NAMES = {"compose.yaml", ".pre-commit-config.yaml"}  # the names that their programs look for
KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}")
MACHINE = re.compile(rb"(?<![\w.])/(?:root|home/\w+|Users/\w+)/")


def problems(path: Path) -> Iterator[str]:
    """What is wrong with one file."""
    if path.is_symlink() or not path.is_file():
        return
    data = path.read_bytes()
    limit = MAX_MODEL_BYTES if path.parts[:2] == ("nlp", "models") else MAX_BYTES
    if len(data) > limit:
        yield f"{len(data)} bytes, more than {limit}"
    if KEY.search(data):
        yield "holds a private key"
    if MACHINE.search(data) and path.suffix in {".py", ".md", ".yml", ".toml", ".txt", ".json"}:
        yield "names a folder of one machine"
    if path.suffix == ".yaml" and path.name not in YAML_NAMES:
        yield "YAML files end in .yml here"
    if path.suffix in {".yml", ".yaml"}:
        yield from broken_yaml(data)


def broken_yaml(data: bytes) -> Iterator[str]:
    """What is wrong with YAML text."""
    try:
        list(yaml.safe_load_all(data))
    except yaml.YAMLError as error:
        yield f"is no YAML: {' '.join(str(error).split())}"


def main(names: list[str]) -> int:
    """Print every problem; 1 when there is one."""
    found = [f"{name}: {problem}" for name in names for problem in problems(Path(name))]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
