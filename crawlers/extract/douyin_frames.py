"""The bytes of a Douyin answer as one JSON object, or why there is none.

An answer may hold several JSON documents ("frames"), with the sizes of HTTP chunks left between them. A refusal in any
frame wins; lists of works and comments are joined; of every other key the last frame that has it is believed.
"""

import json
import re
from collections.abc import Mapping

from crawlers.extract import douyin_page
from crawlers.model import Reply, Verdict
from crawlers.outcomes import by_status, douyin
from yuqing.domain.coverage import Outcome

Json = Mapping[str, object]
_CHUNK_SIZE = re.compile(rb"\s*([0-9a-fA-F]{1,8})\r?\n")
_MAX_FRAMES = 64
_JOINED = ("data", "aweme_list", "comments")
_BROKEN = Verdict(Outcome.TRANSPORT, "truncated_json")


def read(reply: Reply) -> Json | Verdict:
    """The merged document of a reply, or the verdict of a reply that holds none or refuses."""
    if refusal := by_status(reply):
        return refusal
    if reply.body.lstrip()[:1] == b"<":
        return douyin_page.read(reply.body)
    found = frames(reply.body)
    return found if isinstance(found, Verdict) else _judged(found)


def frames(body: bytes) -> list[Json] | Verdict:
    """Every JSON object of a body, or why it cannot be read to its end."""
    whole = _without_chunk_sizes(body)
    text = (body if whole is None else whole).decode("utf-8-sig", "replace").strip()
    decoder = json.JSONDecoder()
    found: list[Json] = []
    while text and len(found) < _MAX_FRAMES:
        if text == "0" and found:  # the size of the last, empty chunk
            break
        if size := _CHUNK_SIZE.match(text.encode()):
            text = text.encode()[size.end() :].decode().lstrip()
            continue
        try:
            document, end = decoder.raw_decode(text)
        except (ValueError, RecursionError):
            return _BROKEN
        if isinstance(document, dict):
            found.append(document)
        text = text[end:].strip()
    return found or Verdict(Outcome.CHANGED, "json_not_an_object")


def _without_chunk_sizes(body: bytes) -> bytes | None:
    """The body put together from its chunks, None where it is not made of well-formed chunks.

    Chunks may end anywhere, in the middle of a document or of a character, so their sizes have to be believed.
    """
    parts: list[bytes] = []
    place = 0
    while head := _CHUNK_SIZE.match(body, place):
        size = int(head[1], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(body[head.end() : head.end() + size])
        place = head.end() + size
        if len(parts[-1]) < size or body[place : place + 1] not in (b"\r", b"\n"):
            return None
    return None


def _judged(found: list[Json]) -> Json | Verdict:
    """The frames as one, unless one of them refuses."""
    is_told = any("status_code" in frame for frame in found)
    for frame in found:
        verdict = douyin(frame if "status_code" in frame or not is_told else {**frame, "status_code": 0})
        if verdict is not None:
            return verdict
    return _merged(found)


def _merged(found: list[Json]) -> Json:
    merged: dict[str, object] = {}
    for frame in found:
        joined = {name: _joined(merged.get(name), frame[name]) for name in _JOINED if name in frame}
        merged.update({**frame, **joined})
    return merged


def _joined(before: object, now: object) -> object:
    """Both lists; a frame without a list takes nothing away."""
    if isinstance(before, list):
        return [*before, *now] if isinstance(now, list) else before
    return now
