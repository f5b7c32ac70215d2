"""Colours of the grades in messages."""

from collections.abc import Mapping

from yuqing.domain.alert import AlertSeverity

COLOURS: Mapping[AlertSeverity, str] = {
    AlertSeverity.CRITICAL: "#c62828",
    AlertSeverity.WARNING: "#d9730d",
    AlertSeverity.INFO: "#2563a8",
    AlertSeverity.OPERATOR: "#5b6470",
}
