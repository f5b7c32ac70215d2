"""Retention with the days and folders of the settings."""

from datetime import timedelta

from yuqing.bootstrap import App
from yuqing.hot_book import forget
from yuqing.jobs.forget import Forget
from yuqing.jobs.refresh import GRACE, LookBook
from yuqing.jobs.retention import RetentionSummary, apply_retention


def clean_up(app: App) -> RetentionSummary:
    """Delete what is older than the settings allow. Safe to repeat and to kill."""
    settings = app.settings
    # What waited for an alert that is closed by now, and what came in by another door since it was forgotten.
    app.vanishing.bury_released()
    # Judgements that were written down when the process died before the mentions were changed.
    app.corrections.finish()
    Forget(app.mentions, app.state, app.clock, app.audit.record).finish()
    LookBook(app.state, app.clock).forget(app.clock.now() - max(app.settings.refresh_ages) - GRACE)
    forget(app.state, app.clock.now() - timedelta(days=settings.retention_days))
    return apply_retention(
        app.mentions,
        app.state,
        app.clock.now(),
        mention_days=settings.retention_days,
        raw_folder=settings.home / "raw",
        raw_days=settings.evidence_days,
        quarantine_folder=settings.home / "quarantine",
        pace_folder=settings.home / "pace",
    )
