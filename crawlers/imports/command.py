"""`yuqing import`: from the words of a command line to imported files."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from crawlers.imports.engine import ImportOptions, ImportSummary, import_file
from crawlers.imports.mapping import FieldMapping, load_mapping, parse_map
from crawlers.imports.presets import preset as built_in
from crawlers.imports.progress import stderr_progress
from nlp.privacy import mask
from yuqing.bootstrap import App
from yuqing.domain.errors import InputError


def run_imports(
    app: App,
    files: Sequence[str],
    *,
    mapping: str | None = None,
    preset: str | None = None,
    platform: str | None = None,
    kind: str | None = None,
    subjects: tuple[str, ...] = (),
    keep_unmatched: bool = False,
) -> Iterator[tuple[str, ImportSummary]]:
    """Import files one after the other and tell of each when it is done. `-` is standard input.

    Raises InputError at the first file that cannot be read; those before it stay imported.
    """
    options = ImportOptions(
        quarantine=app.settings.home / "quarantine",
        mask=mask,
        mapping=choose_mapping(mapping, preset),
        platform=platform,
        kind=kind,
    )
    intake = app.intake(subjects, keep_unmatched=keep_unmatched)
    for name in files:
        path = None if name == "-" else Path(name)
        with stderr_progress(name) as progress:
            summary = import_file(
                path, options, intake, app.clock, progress, sys.stdin.buffer if path is None else None
            )
        app.audit.record("cli", "import", summary.file, {"read": str(summary.read), "new": str(summary.new)})
        yield name, summary


def choose_mapping(mapping: str | None, preset: str | None) -> FieldMapping | None:
    """The mapping of `--map` (a file, or field=column pairs) or `--preset`; None lets the columns decide."""
    if mapping and preset:
        raise InputError("--map 与 --preset 只能给一个")
    if preset:
        return built_in(preset)
    if not mapping:
        return None
    # A name with an equals sign and no such file is a list of pairs.
    return parse_map(mapping) if "=" in mapping and not Path(mapping).is_file() else load_mapping(Path(mapping))
