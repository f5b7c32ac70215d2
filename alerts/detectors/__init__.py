"""Detectors, one file each. A new rule type is a file, a line in this table, its options in rules.py, an example."""

from collections.abc import Mapping

from alerts.detectors.base import Detector
from alerts.detectors.courses import CountDetector
from alerts.detectors.coverage import CoverageDetector
from alerts.detectors.flatline import FlatlineDetector
from alerts.detectors.frequency import Frequency
from alerts.detectors.hot_list import HotListDetector
from alerts.detectors.influential_post import InfluentialPostDetector
from alerts.detectors.keyword import KeywordDetector
from alerts.detectors.new_term import NewTermDetector
from alerts.detectors.rating_drop import RatingDropDetector
from alerts.detectors.share import Campaign, NegativeShare
from alerts.detectors.slow_burn import SlowBurn
from alerts.detectors.spike import SpikeDetector

DETECTORS: Mapping[str, Detector] = {
    "spike": SpikeDetector(),
    "slow_burn": CountDetector(SlowBurn()),
    "negative_share": CountDetector(NegativeShare()),
    "campaign": CountDetector(Campaign()),
    "frequency": CountDetector(Frequency()),
    "flatline": FlatlineDetector(),
    "influential_post": InfluentialPostDetector(),
    "hot_list": HotListDetector(),
    "rating_drop": RatingDropDetector(),
    "new_term": NewTermDetector(),
    "keyword": KeywordDetector(),
    "coverage": CoverageDetector(),
}
