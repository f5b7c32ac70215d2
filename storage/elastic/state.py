"""StateStore in Elasticsearch."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from storage.codec import dump, equals
from storage.elastic.cluster import Cluster, Found, document_id
from storage.elastic.schema import Body, Names
from storage.times import micros, moment
from yuqing.domain.errors import Conflict, StoreUnavailable
from yuqing.domain.ports import Json, LogEntry, Versioned

_PAGE = 1_000
_ATTEMPTS = 100


class ElasticStateStore:
    """Versioned documents and logs, written with sequence numbers and read in real time.

    Every write refreshes its small index before it is acknowledged, so `find` and `log` see it at once.
    """

    def __init__(self, client: Elasticsearch, prefix: str = "yuqing") -> None:
        self._cluster = Cluster(client)
        self._names = Names(prefix)

    def load(self, kind: str, id: str) -> Versioned | None:
        """See StateStore.load."""
        found = self._get(kind, id)
        return _versioned(found.source) if found else None

    def save(self, kind: str, id: str, body: Json, expected_version: int | None = None) -> int:
        """See StateStore.save."""
        text = dump(dict(body))
        for _ in range(_ATTEMPTS):
            found = self._get(kind, id)
            version = int(found.source["version"]) if found else 0
            if expected_version is not None and expected_version != version:
                raise Conflict(f"{kind}/{id} 已被其他进程修改（期望版本 {expected_version}，当前版本 {version}）")
            source = {"kind": kind, "id": id, "version": version + 1, "pairs": _pairs(body), "body": text}
            if self._write(kind, id, source, found):
                return version + 1
        raise StoreUnavailable(f"Elasticsearch（{self._cluster.url}）上 {kind}/{id} 被反复并发修改，请稍后重试")

    def find(
        self, kind: str, where: Mapping[str, str | int | bool] | None = None, limit: int = 10_000
    ) -> Sequence[Versioned]:
        """See StateStore.find."""
        wanted = where or {}
        terms: list[Body] = [{"term": {"kind": kind}}, *({"term": {"pairs": pair}} for pair in _pairs(wanted))]
        found: list[Versioned] = []
        # The pairs are hashes: equality decides.
        for source in self._ordered(self._names.state, terms, "id"):
            if len(found) == limit:
                break
            document = _versioned(source)
            if equals(document.body, wanted):
                found.append(document)
        return tuple(found)

    def delete(self, kind: str, id: str) -> bool:
        """See StateStore.delete."""
        self._prepare()
        with self._cluster.told():
            try:
                self._cluster.client.delete(index=self._names.state, id=_key(kind, id), refresh=True)
            except NotFoundError:
                return False
        return True

    def append(self, kind: str, body: Json, at: datetime) -> int:
        """See StateStore.append. Line n+1 is only ever created while line n exists, so no reader skips a line."""
        text = dump(dict(body))
        seq = self._last_seq(kind) + 1
        while not self._create(f"{kind}|{seq}", {"kind": kind, "seq": seq, "at": micros(at), "body": text}):
            seq += 1
        return seq

    def log(self, kind: str, after: int = 0, limit: int = 10_000) -> Sequence[LogEntry]:
        """See StateStore.log."""
        terms: list[Body] = [{"term": {"kind": kind}}, {"range": {"seq": {"gt": after}}}]
        entries: list[LogEntry] = []
        for source in self._ordered(self._names.log, terms, "seq"):
            if len(entries) == limit:
                break
            entries.append(LogEntry(source["seq"], moment(source["at"]), json.loads(source["body"])))
        return tuple(entries)

    def _ordered(self, index: str, terms: Sequence[Body], field: str) -> Iterator[Mapping[str, Any]]:
        self._prepare()
        query: Body = {"bool": {"filter": list(terms)}}
        after: Body = {}
        while True:
            reply = self._cluster.search(
                index, query=query, sort=[{field: "asc"}], size=_PAGE, track_total_hits=False, **after
            )
            hits = reply["hits"]["hits"]
            yield from (hit["_source"] for hit in hits)
            if len(hits) < _PAGE:
                return
            after = {"search_after": hits[-1]["sort"]}

    def _last_seq(self, kind: str) -> int:
        self._prepare()
        query: Body = {"term": {"kind": kind}}
        hits = self._cluster.search(self._names.log, query=query, sort=[{"seq": "desc"}], size=1)["hits"]["hits"]
        return int(hits[0]["_source"]["seq"]) if hits else 0

    def _get(self, kind: str, id: str) -> Found | None:
        self._prepare()
        key = _key(kind, id)
        return self._cluster.mget([(self._names.state, key)]).get(key)

    def _write(self, kind: str, id: str, source: Body, found: Found | None) -> bool:
        condition: Body = {"op_type": "create"}
        if found is not None:
            condition = {"if_seq_no": found.seq_no, "if_primary_term": found.primary_term}
        return self._put(self._names.state, _key(kind, id), source, condition)

    def _create(self, id: str, source: Body) -> bool:
        return self._put(self._names.log, document_id(id), source, {"op_type": "create"})

    def _put(self, index: str, id: str, source: Body, condition: Body) -> bool:
        with self._cluster.told():
            try:
                self._cluster.client.index(index=index, id=id, document=source, refresh=True, **condition)
            except ConflictError:
                return False
        return True

    def _prepare(self) -> None:
        self._cluster.prepare(self._names.state_indices())


def _key(kind: str, id: str) -> str:
    return document_id(f"{kind}|{id}")


def _versioned(source: Mapping[str, Any]) -> Versioned:
    return Versioned(source["id"], source["version"], json.loads(source["body"]))


def _pairs(body: Json) -> list[str]:
    """One hash for every top-level scalar, of key, type and value: any length, any characters, True is not 1."""
    scalars = ((key, value) for key, value in body.items() if isinstance(value, str | int | bool))
    texts = (dump([key, type(value).__name__, value]) for key, value in scalars)
    return sorted(sha256(text.encode()).hexdigest()[:32] for text in texts)
