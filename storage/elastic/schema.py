"""Indices of the Elasticsearch store: names, mappings, settings.

<prefix>-mentions-YYYY.MM   mentions by the month in which they were first said to be published, behind the alias
                            <prefix>-mentions; retention drops whole months
<prefix>-places             mention id -> month: one id lives in one month only, and is found there in real time
<prefix>-readings           engagement readings
<prefix>-state, <prefix>-log   documents and logs of the StateStore

Only mapping types and features of every distribution are used: no scripts, no ingest, no *_by_query, no plug-in.
"""

from typing import Any

Body = dict[str, Any]

_KEYWORD: Body = {"type": "keyword", "ignore_above": 8191}  # the longest term that Lucene takes, in any script
_LONG: Body = {"type": "long"}
_OPAQUE: Body = {"type": "keyword", "index": False, "doc_values": False}  # kept and returned, never searched
# With one node there is nowhere to put a replica; with two or more there is.
_SETTINGS: Body = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}

# Times are microseconds since 1970 UTC, so that bins and bounds are as exact as everywhere else; `published_at`
# repeats one as a date for people who look with Kibana. `characters` holds the normalised text one character a
# token: a phrase is an exact substring, a span query an exact NEAR. severity -1 = unscored.
_MENTION: Body = {
    "id": _KEYWORD,
    "published": _LONG,
    "published_at": {"type": "date"},
    "collected": _LONG,
    "lag": _LONG,
    "stored": _LONG,
    "engagement_at": _LONG,
    "platform": _KEYWORD,
    "kind": _KEYWORD,
    "source": _KEYWORD,
    "region": _KEYWORD,
    "authors": _KEYWORD,
    "voice": _KEYWORD,
    "bucket": {"type": "short"},
    "reactions": _LONG,
    "deleted": _LONG,
    "cluster": _KEYWORD,
    "subjects": _KEYWORD,
    "sentiment": _KEYWORD,
    "stances": _KEYWORD,
    "topics": _KEYWORD,
    "severity": {"type": "byte"},
    "characters": {"type": "text", "analyzer": "whitespace", "norms": False},
    "document": _OPAQUE,
    "annotation": _OPAQUE,
}
_PLACE: Body = {"month": _OPAQUE}
_READING: Body = {"mention_id": _KEYWORD, "taken": _LONG, "counts": {"type": "long", "index": False}}
_STATE: Body = {"kind": _KEYWORD, "id": _KEYWORD, "version": _LONG, "pairs": _KEYWORD, "body": _OPAQUE}
_LOG: Body = {"kind": _KEYWORD, "seq": _LONG, "at": _LONG, "body": _OPAQUE}


def _mappings(properties: Body) -> Body:
    return {"dynamic": "strict", "properties": properties}


# The text can be made again from `document`, so it is indexed and not kept twice.
MENTION_MAPPINGS: Body = {**_mappings(_MENTION), "_source": {"excludes": ["characters"]}}


class Names:
    """The indices of one prefix."""

    def __init__(self, prefix: str) -> None:
        self.alias = f"{prefix}-mentions"
        self.months = f"{prefix}-mentions-*"
        self.places = f"{prefix}-places"
        self.readings = f"{prefix}-readings"
        self.state = f"{prefix}-state"
        self.log = f"{prefix}-log"

    def month(self, month: str) -> str:
        """The index of a month like 2026.03."""
        return f"{self.alias}-{month}"

    def template(self) -> Body:
        """The template of the months."""
        return {
            "index_patterns": [self.months],
            "priority": 200,
            "template": {"settings": _SETTINGS, "mappings": MENTION_MAPPINGS, "aliases": {self.alias: {}}},
        }

    def mention_indices(self) -> dict[str, Body]:
        """The plain indices beside the months."""
        return {self.places: _index(_PLACE), self.readings: _index(_READING)}

    def state_indices(self) -> dict[str, Body]:
        """The indices of the state."""
        return {self.state: _index(_STATE), self.log: _index(_LOG)}


def _index(properties: Body) -> Body:
    return {"settings": _SETTINGS, "mappings": _mappings(properties)}
