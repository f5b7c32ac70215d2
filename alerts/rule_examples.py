"""What an `example` and a `near_miss` of a rule file say: an invented past at which the rule must, or must not, fire.

Times are hours before the present. Nothing here is read by the product: the suite plays every shipped example.
"""

from pydantic import Field, model_validator

from alerts.rule_options import Strict, Text
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Outcome
from yuqing.domain.mention import AuthorKind, FollowerBand, MentionKind, Platform


class ExamplePosts(Strict):
    """So many posts, spread evenly from `from_hours` to `to_hours` before the present."""

    count: int = Field(default=1, ge=1)
    from_hours: float = Field(ge=0)
    to_hours: float = Field(default=0.02, ge=0)
    text: Text | None = None
    sentiment: SentimentLabel = SentimentLabel.NEGATIVE
    severity: int = Field(default=2, ge=0, le=3)
    author: AuthorKind = AuthorKind.PERSON
    followers: FollowerBand = FollowerBand.UNDER_10K
    platform: Platform = Platform.WEIBO
    kind: MentionKind = MentionKind.POST
    subject: Text = "yunjiang"
    topic: Text = "app"
    shares: int | None = Field(default=None, ge=0)
    rating: int | None = Field(default=None, ge=1, le=5)

    @model_validator(mode="after")
    def _goes_forward(self) -> "ExamplePosts":
        if self.from_hours < self.to_hours:
            raise ValueError("from_hours 须不小于 to_hours（都是距现在的小时数）")
        return self


class ExampleRank(Strict):
    """A topic of a hot list at one time; `rank` None: not on the board."""

    hours: float = Field(ge=0)
    rank: int | None = Field(default=None, ge=1)
    word: Text = "云江银行 手机银行崩了"


class Example(Strict):
    """Something at which a rule must fire, or must not."""

    posts_in_half_an_hour: int | None = None  # after quiet weeks
    texts: tuple[Text, ...] = ()  # each of them alone
    refusals: tuple[Outcome, ...] = ()  # in a row
    quiet_days: int = Field(default=0, ge=0, le=42)  # ordinary days before: a tenth of the posts is negative
    quiet_per_day: int = Field(default=20, ge=1, le=500)
    quiet_until_hours: float = Field(default=0.0, ge=0)
    quiet_subject: Text = "yunjiang"
    posts: tuple[ExamplePosts, ...] = ()
    hot: tuple[ExampleRank, ...] = ()
    polled: bool = False  # the source was read every five minutes; else its past is an import
    blocked_hours: float | None = Field(default=None, gt=0)  # with `polled`: refused for so long, up to the present
