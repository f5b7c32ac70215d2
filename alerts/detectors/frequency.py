"""Rule type `frequency`: a plain limit, so many posts in so long, where a house rule or a contract names one.

Nothing is compared with the past. Bins that nobody saw count for nothing: what was seen is the least there was. An
event ends when a whole window has stayed under three quarters of the limit.
"""

from datetime import datetime

import numpy as np

from alerts.coverage_bins import BIN
from alerts.detectors.courses import Course, Holding, Ours, Told, hours_of, period, rolling
from alerts.detectors.scs import Floats
from alerts.detectors.wording import length_words, stamp
from alerts.rule_options import FrequencyOptions
from alerts.series import Series
from yuqing.domain.alert import Rule
from yuqing.domain.ports import MentionQuery
from yuqing.domain.subject import Subject

ENDS = 0.75
DAY = 288


class Frequency(Ours):
    """Implements CountRule. Series hold negative and all posts, so a limit is about one of these two."""

    def course(self, rule: Rule, series: Series) -> Course:
        """What it says about every bin."""
        options = FrequencyOptions.model_validate(dict(rule.options))
        length = _bins(options)
        seen = rolling(_counted(series, options), length)
        return Holding(seen >= options.count, seen >= ENDS * options.count, series.known, length).course()

    def told(self, rule: Rule, name: str, series: Series, index: int) -> Told:
        """The count of the window that ends here."""
        options = FrequencyOptions.model_validate(dict(rule.options))
        length = _bins(options)
        counted = _counted(series, options)
        seen = float(rolling(counted, length)[index])
        since, until = period(series, index, length)
        what, window = ("负面" if options.negative else "内容"), length_words(hours_of(length))
        before = float(rolling(counted, DAY, length)[index]) * length / DAY
        rows = (
            ("观察到", f"{stamp(since)} 起 {window}内{what} {seen:.0f} 条"),
            ("平时", f"此前一天平均每 {window} {before:.1f} 条"),
            ("规则的界限", f"{window}内 {options.count} 条"),
        )
        sentence = f"{name}：{window}内{what} {seen:.0f} 条，达到设定的 {options.count} 条"
        return Told(sentence, (since, until), seen, round(before, 2), rows)

    def query(self, rule: Rule, subject: Subject, since: datetime, until: datetime) -> MentionQuery:
        """The posts that were counted."""
        if FrequencyOptions.model_validate(dict(rule.options)).negative:
            return super().query(rule, subject, since, until)
        return MentionQuery(subjects=(subject.id,), since=since, until=until)


def _bins(options: FrequencyOptions) -> int:
    return max(round(options.window_minutes * 60 / BIN.total_seconds()), 1)


def _counted(series: Series, options: FrequencyOptions) -> Floats:
    return np.where(series.known, series.negative if options.negative else series.total, 0.0)
