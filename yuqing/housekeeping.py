"""Retention with the days and folders of the settings."""

from yuqing.bootstrap import App
from yuqing.jobs.retention import RetentionSummary, apply_retention


def clean_up(app: App) -> RetentionSummary:
    """Delete what is older than the settings allow. Safe to repeat and to kill."""
    settings = app.settings
    return apply_retention(
        app.mentions,
        app.state,
        app.clock.now(),
        mention_days=settings.retention_days,
        raw_folder=settings.home / "raw",
        raw_days=settings.evidence_days,
        quarantine_folder=settings.home / "quarantine",
    )
