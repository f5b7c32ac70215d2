"""Detectors, one file each. A new rule type is a file, a line in this table, its options in rules.py, an example."""

from collections.abc import Mapping

from alerts.detectors.base import Detector
from alerts.detectors.coverage import CoverageDetector
from alerts.detectors.keyword import KeywordDetector
from alerts.detectors.spike import SpikeDetector

DETECTORS: Mapping[str, Detector] = {
    "spike": SpikeDetector(),
    "keyword": KeywordDetector(),
    "coverage": CoverageDetector(),
}
