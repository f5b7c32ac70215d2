"""Requests to a cluster: failures say which cluster and what to do, and a bulk loses nothing silently."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError, helpers

from storage.elastic.schema import Body
from yuqing.domain.errors import StoreError, StoreUnavailable

_CONFLICT = 409
_BUSY = frozenset({429, 502, 503, 504})
_LONGEST_ID = 400  # bytes; Elasticsearch refuses more than 512
_CHUNK_BYTES = 20 * 1024 * 1024
_RETRIES = 5
_BULK_ANSWER = ["took", "errors", "items.*._id", "items.*.status", "items.*.error"]


def connect(
    url: str,
    *,
    api_key: str | None = None,
    basic_auth: tuple[str, str] | None = None,
    ca_certs: str | None = None,
    request_timeout: float = 30.0,
) -> Elasticsearch:
    """A client of a cluster. Nothing is sent yet; secrets go into headers and never into an error's text."""
    options: dict[str, Any] = {"ca_certs": ca_certs} if ca_certs else {}
    if ca_certs and not Path(ca_certs).is_file():
        raise StoreError(f"找不到 Elasticsearch 的 CA 证书文件 {ca_certs}")
    try:
        return Elasticsearch(
            url,
            api_key=api_key,
            basic_auth=basic_auth,
            request_timeout=request_timeout,
            max_retries=3,
            **options,
        )
    except ValueError:
        # The reason may quote the URL, which may hold a password.
        raise StoreError("Elasticsearch 的地址无效，应形如 https://主机名:9200（协议、主机、端口都要写）") from None


def remove_everything(client: Elasticsearch, prefix: str) -> int:
    """Delete every index and template of a prefix: the traces of a demo or a test. Returns how many indices went.

    The indices are named one by one, because clusters refuse to delete by wildcard.
    """
    names = sorted(client.options(ignore_status=404).indices.get(index=f"{prefix}-*", expand_wildcards="all").body)
    for name in names:
        client.options(ignore_status=404).indices.delete(index=name)
    client.options(ignore_status=404).indices.delete_index_template(name=f"{prefix}-*")
    return len(names)


def document_id(id: str) -> str:
    """The `_id` of a key: itself, or its hash where Elasticsearch would refuse the length."""
    raw = id.encode("utf-8", "surrogatepass")
    return id if len(raw) <= _LONGEST_ID else f"sha256:{sha256(raw).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Found:
    """A document with what a conditional write needs."""

    index: str
    id: str
    source: Mapping[str, Any]
    seq_no: int
    primary_term: int


class Cluster:
    """Requests of the two stores to one cluster."""

    def __init__(self, client: Elasticsearch) -> None:
        self.client = client
        self._lock = threading.Lock()
        self._prepared = False

    @property
    def url(self) -> str:
        """Where the cluster is, without credentials."""
        nodes = (node.config for node in self.client.transport.node_pool.all())
        return ", ".join(f"{config.scheme}://{config.host}:{config.port}{config.path_prefix}" for config in nodes)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn the client's errors into ours."""
        try:
            yield
        except TransportError as error:
            raise StoreUnavailable(
                f"无法连接 Elasticsearch（{self.url}）：{type(error).__name__}。请确认服务已启动、地址和证书正确"
            ) from error
        except ApiError as error:
            raise self._translated(error) from error

    def _translated(self, error: ApiError) -> StoreError:
        if error.status_code in _BUSY:
            return StoreUnavailable(f"Elasticsearch（{self.url}）暂时繁忙（HTTP {error.status_code}），请稍后重试")
        if error.status_code in (401, 403):
            return StoreError(f"Elasticsearch（{self.url}）拒绝访问（HTTP {error.status_code}），请检查账号和权限")
        return StoreError(f"Elasticsearch（{self.url}）返回错误 HTTP {error.status_code}：{_root_cause(error)}")

    def prepare(self, indices: Mapping[str, Body], template: tuple[str, Body] | None = None) -> None:
        """Create what is missing, once per process."""
        if self._prepared:
            return
        with self._lock, self.told():
            if template is not None:
                name, body = template
                self.client.indices.put_index_template(name=name, **body)
            for name, body in indices.items():
                self.create_index(name, body)
            self._prepared = True

    def create_index(self, name: str, body: Body) -> None:
        """Create an index unless it, or another process, is there already."""
        reply = self.client.options(ignore_status=400).indices.create(index=name, wait_for_active_shards=1, **body)
        if "error" in reply.body and reply.body["error"]["type"] != "resource_already_exists_exception":
            raise StoreError(f"Elasticsearch（{self.url}）无法创建索引 {name}：{reply.body['error']['reason']}")

    def mget(self, places: Sequence[tuple[str, str]]) -> dict[str, Found]:
        """The documents that exist among (index, id), in real time, by id."""
        if not places:
            return {}
        with self.told():
            reply = self.client.mget(docs=[{"_index": index, "_id": document} for index, document in places])
        return {
            doc["_id"]: Found(doc["_index"], doc["_id"], doc["_source"], doc["_seq_no"], doc["_primary_term"])
            for doc in reply["docs"]
            if self._is_found(doc)
        }

    def _is_found(self, doc: Mapping[str, Any]) -> bool:
        error = doc.get("error", {}).get("type", "index_not_found_exception")
        if error != "index_not_found_exception":
            raise StoreError(f"Elasticsearch（{self.url}）无法读取 {doc['_id']}：{doc['error'].get('reason', error)}")
        return bool(doc.get("found"))

    def bulk(self, actions: Iterable[Body], *, refresh: bool = False) -> set[str]:
        """Write, and return the ids that met a conflict (exists already, or changed meanwhile). Any other failure
        raises with the ids named; a busy cluster is asked again."""
        conflicts: set[str] = set()
        failed: list[tuple[str, str]] = []
        with self.told():
            replies = helpers.streaming_bulk(
                self.client,
                actions,
                chunk_size=1_000,
                max_chunk_bytes=_CHUNK_BYTES,
                max_retries=_RETRIES,
                initial_backoff=0.2,
                max_backoff=5,
                retry_on_status=tuple(_BUSY),
                raise_on_error=False,
                refresh=refresh,
                filter_path=_BULK_ANSWER,
            )
            for is_ok, item in replies:
                if is_ok:
                    continue
                result = next(iter(item.values()))
                if result.get("status") == _CONFLICT:
                    conflicts.add(result["_id"])
                elif result.get("status") != 404 or "delete" not in item:
                    failed.append((result["_id"], _reason(result)))
        if failed:
            raise self._failure(failed)
        return conflicts

    def _failure(self, failed: Sequence[tuple[str, str]]) -> StoreError:
        named = "；".join(f"{document}（{reason}）" for document, reason in failed[:5])
        return StoreError(
            f"Elasticsearch（{self.url}）有 {len(failed)} 条未写入：{named}{' …' if len(failed) > 5 else ''}。"
            "其余已写入，重复执行是安全的"
        )

    def search(self, index: str, **arguments: Any) -> Mapping[str, Any]:
        """One search; an index that does not exist yet holds nothing."""
        with self.told():
            reply = self.client.search(index=index, ignore_unavailable=True, allow_no_indices=True, **arguments)
        self._whole(reply.body)
        return dict(reply.body)

    def pages(self, index: str, query: Body, sort: Sequence[Body], source: Sequence[str], size: int) -> Iterator[Any]:
        """All hits in an order, from one consistent state, page by page."""
        try:
            with self.told():
                pit = self.client.open_point_in_time(index=index, keep_alive="5m", ignore_unavailable=True)["id"]
        except StoreError as error:
            if isinstance(error.__cause__, NotFoundError):
                return  # no month exists yet
            raise
        try:
            yield from self._pages(pit, query, sort, source, size)
        finally:
            with self.told():
                self.client.options(ignore_status=404).close_point_in_time(id=pit)

    def _pages(self, pit: str, query: Body, sort: Sequence[Body], source: Sequence[str], size: int) -> Iterator[Any]:
        after: dict[str, Any] = {}
        while True:
            with self.told():
                reply = self.client.search(
                    pit={"id": pit, "keep_alive": "5m"},
                    query=query,
                    sort=[*sort, {"_shard_doc": "asc"}],
                    size=size,
                    source_includes=list(source),
                    track_total_hits=False,
                    **after,
                )
            self._whole(reply.body)
            hits = reply["hits"]["hits"]
            yield from hits
            if len(hits) < size:
                return
            after = {"search_after": hits[-1]["sort"]}

    def _whole(self, reply: Mapping[str, Any]) -> None:
        """Refuse an answer from which shards are missing: a count that is silently too low is worse than none."""
        if reply["_shards"]["failed"] or reply.get("timed_out"):
            raise StoreUnavailable(f"Elasticsearch（{self.url}）只返回了部分分片的结果，请检查集群状态后重试")

    def refresh(self, *indices: str) -> None:
        """Make acknowledged writes visible to searches."""
        with self.told():
            self.client.indices.refresh(index=list(indices), ignore_unavailable=True, allow_no_indices=True)


def _root_cause(error: ApiError) -> str:
    body = error.body.get("error") if isinstance(error.body, Mapping) else None
    causes = body.get("root_cause") if isinstance(body, Mapping) else None
    return _reason({"error": causes[0]}) if causes else str(error.error)[:200]


def _reason(result: Mapping[str, Any]) -> str:
    error = result.get("error", {})
    return str(error.get("reason", error) if isinstance(error, Mapping) else error)[:200]
