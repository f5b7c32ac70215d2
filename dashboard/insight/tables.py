"""Tables of the insight page: pure functions from insights to frames."""

from collections.abc import Mapping, Sequence
from math import ceil
from urllib.parse import urlencode

import pandas as pd

from dashboard import format as fmt
from dashboard.periods import Period
from nlp.demand import DemandSignal
from nlp.events import Event
from nlp.impact import StoryImpact
from nlp.keywords import Keyword
from nlp.voices import Voice
from yuqing import labels
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import StoredMention
from yuqing.events_view import spread_words

_EXCERPT = 60


def keywords(found: Sequence[Keyword], **address: str) -> pd.DataFrame:
    """One row a term; the link searches for it in the list of mentions, under the same filters."""
    return pd.DataFrame(
        {
            "关键词": each.term,
            "相关帖子": each.stories,
            "此前": each.background,
            "显著度": round(each.score, 1),
            "查看": "mentions?" + urlencode({"q": f'"{each.term}"', **address}),
        }
        for each in found
    )


def events(
    found: Sequence[Event], firsts: Mapping[MentionId, StoredMention], period: Period, **address: str
) -> pd.DataFrame:
    """One row an event, drawn over the whole period; the link lists exactly its mentions."""
    return pd.DataFrame(
        {
            "事件": " · ".join(each.label) or "（没有突出的词）",
            "提及": len(each.mention_ids),
            "走势": _timeline(each, period),
            "首发时间": fmt.short_stamp(each.first_at),
            "扩散": spread_words(each),
            "首发内容": _words(firsts.get(each.first)),
            "首发": "mentions?" + urlencode({"mention": each.first}),
            "查看": "mentions?" + urlencode({"event": each.mention_ids[-1], **address}),
        }
        for each in found
    )


def _timeline(event: Event, period: Period) -> list[int]:
    """Mentions by bin of the period, zeros too."""
    counts = [0] * ceil((period.until - period.since) / period.interval)
    for hour, mentions in event.timeline:
        counts[min(max((hour - period.since) // period.interval, 0), len(counts) - 1)] += mentions
    return counts


def _words(item: StoredMention | None) -> str:
    return "" if item is None else (item.mention.title or item.mention.text)[:_EXCERPT]


def voices(found: Sequence[Voice]) -> pd.DataFrame:
    """One row an account; persons under their pseudonyms, of which the beginning tells them apart."""
    return pd.DataFrame(
        {
            "传播者": each.name if each.is_public else f"账号 {each.name[:8]}",
            "平台": labels.PLATFORMS[each.platform],
            "类型": "意见领袖" if each.is_leader else labels.AUTHOR_KINDS[each.kind],
            "粉丝": labels.FOLLOWERS[each.followers],
            "提及": each.mentions,
            "负面": each.negative,
            "估计触达": each.reach,
            "首次": fmt.stamp(each.first_at),
            "查看": "mentions?" + urlencode({"mention": each.mention_ids[0]}),
        }
        for each in found
    )


def demands(found: Sequence[DemandSignal], topics: Mapping[str, str]) -> pd.DataFrame:
    """One row an example: what was asked, in the words of the one who asked."""
    return pd.DataFrame(
        {
            "产品": topics.get(signal.product, signal.product),
            "需求": labels.DEMANDS[signal.kind],
            "例数": signal.stories,
            "原话": demand.sentence,
            "查看": "mentions?" + urlencode({"mention": name}),
        }
        for signal in found
        for name, demand in signal.examples
    )


def stories(found: Sequence[StoryImpact], texts: Mapping[MentionId, StoredMention]) -> pd.DataFrame:
    """One row a story, by its first mention that is still there."""
    rows = []
    for story in found:
        first = next((texts[each].mention for each in story.mention_ids if each in texts), None)
        if first is not None:
            rows.append(
                {
                    "事项": (first.title or first.text)[:_EXCERPT],
                    "压力": round(story.pressure, 1),
                    "估计触达": story.reach,
                    "提及": len(story.mention_ids),
                    "查看": "mentions?" + urlencode({"mention": first.id}),
                }
            )
    return pd.DataFrame(rows)
