"""A row of a file as a Draft."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import TypeVar

from crawlers.extract import publications
from crawlers.extract.ids import douyin_time, weibo_time
from crawlers.imports.addresses import public_address
from crawlers.imports.cells import count_of, flag_of, id_of, id_of_sheet, is_missing, list_of, text_of, time_of
from crawlers.imports.mapping import FieldMapping
from crawlers.imports.rows import Row, RowError
from storage.formula import unescape
from yuqing.domain.draft import Draft
from yuqing.domain.mention import (
    AuthorKind,
    Engagement,
    MentionId,
    MentionKind,
    Platform,
    TimePrecision,
    follower_band,
    mention_id,
)

PARSER_VERSION = "import-1"
MAX_TEXT = 100_000
_HASHTAG = re.compile(r"#([^#\n]{1,60})#|#([^\s#]{1,60})(?=\s|$|#)")
_CUT = re.compile(r"(?:\.{3}|…)\s*(?:全文|展开全文)\s*$")
_TIMES_OF_IDS: Mapping[Platform, Callable[[str], datetime | None]] = {
    Platform.WEIBO: weibo_time,
    Platform.DOUYIN: douyin_time,
}
_USUAL_KINDS: Mapping[Platform, str] = {
    Platform.DOUYIN: "video",
    Platform.KUAISHOU: "video",
    Platform.BILIBILI: "video",
    Platform.NEWS: "article",
    Platform.WECHAT: "article",
    Platform.HEIMAO: "complaint",
    Platform.APPSTORE: "review",
    Platform.FEEDBACK: "review",
}
# MediaCrawler stamps the digits of Shanghai time as UTC.
_EIGHT_HOURS = timedelta(hours=8)
_CLOSE = timedelta(minutes=2)

_Name = TypeVar("_Name", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A row of our own export that tells of a deletion: there is no text to import."""

    line: int


@dataclass(slots=True)
class DraftBuilder:
    """Turns rows into drafts, by one mapping. Counts repetitions, so one builder serves one file."""

    mapping: FieldMapping
    now: datetime
    platform: Platform | None = None
    kind: MentionKind | None = None
    source_id: str = ""
    is_table: bool = False
    _seen: dict[bytes, int] = field(default_factory=dict)

    def build(self, row: Row) -> Draft | Tombstone:
        """The draft of a row. Raises RowError with the reason where it cannot be one."""
        if self._text(row, "state") == "deleted":
            return Tombstone(row.line)
        platform = self.platform or self._name(row, "platform", Platform, self.mapping.platform)
        kind = self.kind or self._name(
            row, "kind", MentionKind, self.mapping.kind or _USUAL_KINDS.get(platform, "post")
        )
        text, is_cut = self._body(row)
        shown, precision = time_of(self._required(row, "published_at"), self.now)
        native = self._id(row) or self._id_in_address(row, platform, kind)
        published_at = believable(shown, platform, native) if self.mapping.checks_time else shown
        title = self._title(row)
        native = native or self._made_id(platform, kind, published_at, title, text)
        parent, root = self._ancestors(row, platform, native)
        return Draft(
            second_hand=True,
            platform=platform,
            kind=kind,
            native_id=native,
            url=self._url(row, kind, native),
            text=text,
            title=title,
            published_at=published_at,
            time_precision=precision if published_at == shown else TimePrecision.SECOND,
            author_id=self._text(row, "author_id") or None,
            author_name=self._text(row, "author_name") or None,
            author_kind=self._name(row, "author_kind", AuthorKind, AuthorKind.UNKNOWN),
            followers=follower_band(count_of("followers", self._cell(row, "followers"))),
            engagement=self._engagement(row),
            parent_id=parent,
            root_id=root,
            region=self._text(row, "region") or None,
            hashtags=list_of(self._cell(row, "hashtags")) or hashtags(text),
            rating=self._rating(row),
            text_truncated=is_cut or flag_of(self._cell(row, "text_truncated")),
            source_id=self._text(row, "source") or self.source_id,
            query_id=self._text(row, "query"),
            parser_version=PARSER_VERSION,
            subjects=self._subjects(row),
        )

    def _cell(self, row: Row, name: str) -> object:
        """The first cell with a value among the columns of a field."""
        cells = (row.values.get(column) for column in self.mapping.columns.get(name, ()))
        if self.mapping.is_own:
            return next((cell for cell in cells if cell not in (None, "")), None)
        return next((cell for cell in cells if not is_missing(cell)), None)

    def _required(self, row: Row, name: str) -> object:
        cell = self._cell(row, name)
        if cell is None:
            raise RowError({"text": "正文为空", "published_at": "没有发布时间"}[name])
        return cell

    def _text(self, row: Row, name: str) -> str:
        cell = self._cell(row, name)
        if cell is None:
            return ""
        text = self._verbatim(cell) if self.mapping.is_own else text_of(cell)
        return self.mapping.values.get(name, {}).get(text, text)

    def _verbatim(self, cell: object) -> str:
        return unescape(str(cell)) if self.is_table else str(cell)

    def _name(self, row: Row, name: str, names: type[_Name], default: str | None) -> _Name:
        text = (self._text(row, name) or default or "").lower()
        try:
            return names(text)
        except ValueError:
            raise RowError(f"{name} 不在已知取值中" if text else f"没有 {name}") from None

    def _body(self, row: Row) -> tuple[str, bool]:
        if self.mapping.is_own:
            return self._text(row, "text"), False  # a picture without words has been accepted before
        cell = self._required(row, "text")
        text = text_of(cell)
        whole = _CUT.sub("", text)
        if not whole:
            raise RowError("正文为空")
        if len(whole) > MAX_TEXT:
            raise RowError(f"正文超过 {MAX_TEXT} 个字符")
        return whole, whole != text

    def _title(self, row: Row) -> str | None:
        if self.mapping.is_own and row.values.get("title") == "" and not self.is_table:
            return ""  # only a table cannot tell an empty title from none
        return self._text(row, "title") or None

    def _id(self, row: Row) -> str:
        cell = self._cell(row, "native_id")
        if cell is None or self.mapping.is_own:
            return "" if cell is None else self._verbatim(cell)
        return id_of_sheet(cell) if self.is_table else id_of(cell)

    def _id_in_address(self, row: Row, platform: Platform, kind: MentionKind) -> str:
        """The id of the publication that the address of a row leads to; a comment has the address of its post."""
        if not self.mapping.ids_from_address or kind is MentionKind.COMMENT:
            return ""
        found = publications.read(self._text(row, "url"))
        same = found is not None and found.platform is platform and _key(found.kind) is _key(kind)
        return found.native_id if found is not None and same else ""

    def _subjects(self, row: Row) -> tuple[str, ...]:
        cell = self._cell(row, "subjects")
        if not self.mapping.is_own:
            return list_of(cell)
        return (
            tuple(map(str, cell))
            if isinstance(cell, list)
            else tuple(filter(None, self._text(row, "subjects").split(";")))
        )

    def _made_id(self, platform: Platform, kind: MentionKind, at: datetime, title: str | None, text: str) -> str:
        """An id from what the publication says and when, and the how-manieth such row of the file this is.

        The author is left out on purpose: a hash over a guessable account number could be turned back.
        """
        parts = (platform.value, kind.value, at.isoformat(), title or "", text)
        digest = sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).digest()[:16]
        nth = self._seen[digest] = self._seen.get(digest, 0) + 1
        return f"x{digest.hex()}" + (f"-{nth}" if nth > 1 else "")

    def _ancestors(self, row: Row, platform: Platform, native: str) -> tuple[MentionId | None, MentionId | None]:
        parent, root = self._text(row, "parent"), self._text(row, "root")
        if self.mapping.is_own:
            return MentionId(parent) if parent else None, MentionId(root) if root else None
        post = self._text(row, "post")
        of_post = self._name(row, "post_kind", MentionKind, self._kind_of_posts(platform))
        top = mention_id(platform, of_post, post) if post else None
        # A comment of the first level names itself, or 0, as its parent.
        if parent in ("", "0", native):
            return top, top
        return mention_id(platform, MentionKind.COMMENT, parent), top

    def _kind_of_posts(self, platform: Platform) -> str:
        """What comments stand under, where no column says so."""
        return self.mapping.post_kind if self.mapping.platform else _USUAL_KINDS.get(platform, self.mapping.post_kind)

    def _url(self, row: Row, kind: MentionKind, native: str) -> str:
        post = self._text(row, "post")
        if url := self._text(row, "url"):
            return public_address(url, post or ("" if kind is MentionKind.COMMENT else native))
        template = self.mapping.url_template
        return template.format_map({"native_id": native, "post": post}) if template else ""

    def _engagement(self, row: Row) -> Engagement:
        counts = {name: count_of(name, self._cell(row, name)) for name in ("likes", "comments", "shares", "views")}
        return Engagement(**counts)

    def _rating(self, row: Row) -> int | None:
        return count_of("rating", self._cell(row, "rating"))


def _key(kind: MentionKind) -> MentionKind:
    return MentionKind.POST if kind is MentionKind.REPOST else kind


def hashtags(text: str) -> tuple[str, ...]:
    """The #topics# of a text, each once."""
    found = (first or second for first, second in _HASHTAG.findall(text))
    tags = (tag.strip().removesuffix("[话题]") for tag in found)  # 小红书 marks its topics
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def believable(shown: datetime, platform: Platform, native_id: str) -> datetime:
    """The time of publication, checked against the id where ids of this platform carry their time.

    Exactly eight hours late is the known mistake of MediaCrawler's `create_time` and is put right; more than a day
    apart means that one of the two columns is wrong: RowError.
    """
    read = _TIMES_OF_IDS.get(platform)
    by_id = read(native_id) if read and native_id.isdigit() else None
    if by_id is None:
        return shown
    if abs(shown - by_id - _EIGHT_HOURS) <= _CLOSE:
        return shown - _EIGHT_HOURS
    if abs(shown - by_id) > timedelta(days=1):
        raise RowError("发布时间与编号里的时间相差超过一天")
    return shown
