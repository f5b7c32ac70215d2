"""代表性提及: what people said, in their own words."""

from dataclasses import dataclass, replace
from itertools import islice

from reports.quoting import distinct, gravity
from reports.week import Week
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.ports import Page, SortKey
from yuqing.domain.report import Report, Section

LOOKED_AT = 200  # candidates; copies of one story among them are folded


@dataclass(frozen=True, slots=True)
class Voices:
    """A section of quotes of one stance."""

    ID: str
    TITLE: str
    label: SentimentLabel
    sort: SortKey
    most: int
    order: str

    def build(self, week: Week) -> Section:
        """The gravest and loudest mentions of this stance, one per story."""
        query = replace(week.all, sentiments=(self.label,), include_deleted=False)
        found = week.evidence.mentions.search(query, Page(LOOKED_AT, sort=self.sort)).items
        quotes = islice(distinct(sorted(found, key=gravity)), self.most)
        return Section(self.ID, self.TITLE, quotes=tuple(quotes))

    def sentences(self, section: Section, report: Report) -> tuple[str, ...]:
        """How they were chosen."""
        if not section.quotes:
            return ("本周没有可引用的提及。",)
        return (
            f"按{self.order}选取 {len(section.quotes)} 条，同一内容的转发与复制只列一条；"
            "均为已脱敏原文的节选，未作改写。",
        )


NEGATIVE = Voices("voices_negative", "代表性负面提及", SentimentLabel.NEGATIVE, "severity_desc", 8, "风险等级与互动量")
POSITIVE = Voices("voices_positive", "代表性正面提及", SentimentLabel.POSITIVE, "engagement_desc", 4, "互动量")
