"""The store for production: Elasticsearch 9 through its official client, on as many nodes as there are."""

from storage.elastic.cluster import connect, remove_everything
from storage.elastic.mentions import ElasticMentionStore
from storage.elastic.state import ElasticStateStore

__all__ = ["ElasticMentionStore", "ElasticStateStore", "connect", "remove_everything"]
