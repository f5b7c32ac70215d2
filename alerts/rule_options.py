"""What may be set for each rule type. A new type: its options here, its detector, an example beside its file."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from yuqing.domain.alert import AlertSeverity
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Outcome

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Text = Annotated[str, Field(min_length=1)]


class Strict(BaseModel):
    """A key that is not known is a typing error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


_BINS_PER_HOUR = 12


class Watching(Strict):
    """What a rule that reads counts looks at: each subject as a whole, or each of its topics by itself."""

    by: Literal["subject", "topic"] = "subject"
    topics: tuple[Identifier, ...] = ()  # with `by: topic`; empty: every topic of topics.yml

    @model_validator(mode="after")
    def _topics_need_by(self) -> Self:
        if self.topics and self.by != "topic":
            raise ValueError("写了 topics，须同时写 by: topic")
        return self

    @property
    def fewest(self) -> tuple[int, int]:
        """No event begins without so many posts (negative ones, if the rule counts these) in so many bins."""
        return 1, 1

    @property
    def counts_all(self) -> bool:
        """Whether posts of every stance count."""
        return False


class SpikeOptions(Watching):
    """SCS measures each subject by its own past; the one thing to choose is for how few posts nobody is woken.

    An event opens only with so many in half an hour; one that grows slowly is told when it has grown.
    """

    min_posts: int = Field(default=4, ge=1)

    @property
    def fewest(self) -> tuple[int, int]:
        """In half an hour."""
        return self.min_posts, _BINS_PER_HOUR // 2


class SlowBurnOptions(Watching):
    """Like the spike it measures each subject by its own past; nobody is told for fewer posts in its window."""

    min_posts: int = Field(default=4, ge=1)

    @property
    def fewest(self) -> tuple[int, int]:
        """In the longer of its windows."""
        return self.min_posts, 6 * _BINS_PER_HOUR


class ShareOptions(Watching):
    """`negative_share`, `campaign`: the negative share of the last hours, against the subject's past and a floor.

    It fires where the share is at least `min_share` and the odds are `times` those of the past; an event ends when
    it has been below three quarters of that for `window_hours`.
    """

    window_hours: float = Field(default=6.0, ge=0.5, le=48)
    min_posts: int = Field(default=20, ge=1)  # of every stance: a share of less means nothing
    min_negative: int = Field(default=8, ge=1)
    min_share: float = Field(default=0.3, gt=0, le=1)
    times: float = Field(default=2.0, ge=1)

    @property
    def fewest(self) -> tuple[int, int]:
        """In the window."""
        return self.min_negative, max(round(self.window_hours * _BINS_PER_HOUR), 1)


class CampaignOptions(ShareOptions):
    """A campaign is new and small: fewer posts are enough, and it need not have a past to be compared with."""

    window_hours: float = Field(default=12.0, ge=0.5, le=48)
    min_posts: int = Field(default=10, ge=1)
    min_negative: int = Field(default=4, ge=1)
    min_share: float = Field(default=0.25, gt=0, le=1)
    times: float = Field(default=1.5, ge=1)


class FrequencyOptions(Watching):
    """A plain limit: so many posts in so long, negative ones or all."""

    count: int = Field(ge=1)
    window_minutes: int = Field(default=60, ge=5, le=2_880)
    negative: bool = True

    @property
    def fewest(self) -> tuple[int, int]:
        """In the window."""
        return self.count, max(round(self.window_minutes * _BINS_PER_HOUR / 60), 1)

    @property
    def counts_all(self) -> bool:
        """As the rule says."""
        return not self.negative


class FlatlineOptions(Strict):
    """A silence: no post for so long although so many were to be expected, while nearly all of it was seen."""

    hours: float = Field(default=6.0, ge=1, le=72)
    expected: float = Field(default=15.0, ge=3)
    seen_share: float = Field(default=0.9, ge=0.5, le=1)
    sources: bool = True  # single sources, too


class InfluentialPostOptions(Strict):
    """A single post that weighs: estimated reach × probability that it is negative × (1 + severity) / 4."""

    weight: float = Field(default=30_000, gt=0)
    min_severity: int = Field(default=1, ge=0, le=3)
    hours: float = Field(default=6.0, gt=0, le=72)  # so long it counts as news


class HotLevel(Strict):
    """So far up a list, so loud."""

    rank: int = Field(ge=1)
    severity: AlertSeverity


class HotListOptions(Strict):
    """A topic about us on a hot list: told when it enters, and again at each level that it climbs to."""

    levels: tuple[HotLevel, ...] = (
        HotLevel(rank=50, severity=AlertSeverity.WARNING),
        HotLevel(rank=10, severity=AlertSeverity.CRITICAL),
    )
    boards: tuple[Text, ...] = ()  # empty: all

    @field_validator("levels")
    @classmethod
    def _each_once(cls, levels: tuple[HotLevel, ...]) -> tuple[HotLevel, ...]:
        ranks = [level.rank for level in levels]
        if not ranks or len(set(ranks)) < len(ranks):
            raise ValueError("levels 至少一级，每级的 rank 各不相同")
        return tuple(sorted(levels, key=lambda level: -level.rank))


class RatingDropOptions(Strict):
    """The mean stars of the last hours against the weeks before: so much lower, and not by chance."""

    window_hours: float = Field(default=24.0, ge=1, le=168)
    days: int = Field(default=28, ge=3, le=90)
    min_reviews: int = Field(default=8, ge=3)
    drop: float = Field(default=0.8, gt=0, le=4)


class NewTermOptions(Strict):
    """A term in so many different posts of the last hours that nobody used about the subject in so many days."""

    hours: float = Field(default=6.0, gt=0, le=48)
    days: int = Field(default=14, ge=1, le=90)
    min_posts: int = Field(default=5, ge=2)
    negative: bool = True  # only what negative posts say


class KeywordGroup(Strict):
    """Words that mean the same danger."""

    id: Identifier
    name: Text
    words: tuple[Text, ...] = Field(min_length=1)
    exceptions: tuple[Text, ...] = ()
    min_count: int = Field(default=1, ge=1)
    severity: AlertSeverity | None = None


class KeywordOptions(Strict):
    """Groups of risk words. Only posts with one of these stances towards the subject count."""

    groups: tuple[KeywordGroup, ...] = Field(min_length=1)
    quiet_hours: float = Field(default=6.0, gt=0, le=168)
    sentiments: tuple[SentimentLabel, ...] = (SentimentLabel.NEGATIVE, SentimentLabel.NEUTRAL)


class CoverageOptions(Strict):
    """What is worth the operator's attention: how many refusals or faults in a row, how long a silence or a backlog."""

    outcomes: tuple[Outcome, ...] = (Outcome.BLOCKED, Outcome.AUTH_REQUIRED, Outcome.CHALLENGE)
    min_checks: int = Field(default=3, ge=1)
    # What often passes by itself: only when it lasts.
    faults: tuple[Outcome, ...] = (Outcome.TRANSPORT, Outcome.CHANGED, Outcome.SUSPECT_EMPTY, Outcome.RATE_LIMITED)
    fault_checks: int = Field(default=6, ge=1)
    silent_minutes: float = Field(default=30.0, gt=0)  # at least; slower sources get three intervals
    unscored_minutes: float = Field(default=20.0, gt=0)
    forget_hours: float = Field(default=24.0, gt=0)
    # From publication to the first accepted message, for a source that is asked every minute; 95 of 100 alerts.
    promise_minutes: float = Field(default=5.0, gt=0)
    promise_days: float = Field(default=3.0, gt=0, le=30)
    promise_alerts: int = Field(default=3, ge=1)


OPTIONS: Mapping[str, type[BaseModel]] = {
    "spike": SpikeOptions,
    "slow_burn": SlowBurnOptions,
    "negative_share": ShareOptions,
    "campaign": CampaignOptions,
    "frequency": FrequencyOptions,
    "flatline": FlatlineOptions,
    "influential_post": InfluentialPostOptions,
    "hot_list": HotListOptions,
    "rating_drop": RatingDropOptions,
    "new_term": NewTermOptions,
    "keyword": KeywordOptions,
    "coverage": CoverageOptions,
}
