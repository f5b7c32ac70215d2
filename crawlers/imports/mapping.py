"""Which column of a file is which field of a mention."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from crawlers.imports.titles import NO_HEADER, shown_titles
from yuqing.domain.errors import InputError

FIELDS = frozenset(
    {
        "native_id", "platform", "kind", "url", "title", "text", "published_at", "author_id", "author_name",
        "author_kind", "followers", "likes", "comments", "shares", "views", "parent", "root", "post",
        "post_kind", "region",
        "hashtags", "rating", "source", "query", "text_truncated", "state", "subjects",
    }
)  # fmt: skip
PERSONAL = frozenset({"author_id", "author_name"})
REQUIRED = ("text", "published_at")


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """`columns`: field -> columns, of which the first with a value counts. `values` translates cells of a field.

    `signature` are the columns by which a file is recognised. `is_own`: our own export, whose cells are taken as they
    are and whose parent and root are whole mention ids. `checks_time`: times are compared with those inside the ids.
    `post_kind` is the kind of what a comment stands under. `ids_from_address`: a row without an id has that of its
    address, so that it is the same mention as a crawled one.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    platform: str | None = None
    kind: str | None = None
    post_kind: str = "post"
    url_template: str | None = None  # with {native_id} and {post}
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    signature: frozenset[str] = frozenset()
    is_own: bool = False
    checks_time: bool = False
    ids_from_address: bool = False

    def known_columns(self) -> frozenset[str]:
        """Every column that is read."""
        return frozenset(column for columns in self.columns.values() for column in columns)

    def check(self, file: str, present: Iterable[str]) -> None:
        """Raise InputError unless the file has a column for the text and for the time."""
        there = frozenset(present)
        for name in REQUIRED:
            wanted = self.columns.get(name, ())
            if not there.intersection(wanted):
                looked = f"映射 {self.name} 要的是 {'、'.join(wanted)}" if wanted else f"映射 {self.name} 没有找到"
                found = shown_titles(sorted(there))
                if found == NO_HEADER:
                    raise InputError(f"{file}：{NO_HEADER}；请在第一行写上列名后再导入")
                raise InputError(f"{file}：没有 {name} 列（{looked}；文件里有 {found}）。用 --map {name}=列名 指定")


def parse_map(text: str) -> FieldMapping:
    """The mapping written on the command line: `text=评论内容,published_at=time|date`."""
    columns: dict[str, tuple[str, ...]] = {}
    for part in (part.strip() for part in text.split(",") if part.strip()):
        name, equals, column = part.partition("=")
        if not equals or not column.strip():
            raise InputError(f"--map：“{part}”应写成 字段=列名")
        columns[_known(name.strip(), "--map")] = tuple(one.strip() for one in column.split("|"))
    if not columns:
        raise InputError("--map：没有内容，应写成 text=列名,published_at=列名")
    return FieldMapping(name="--map", columns=columns)


def load_mapping(path: Path) -> FieldMapping:
    """The mapping in a YAML or JSON file. Errors name file and line."""
    data = _read(path)
    if not isinstance(data, dict) or not isinstance(data.get("fields"), dict):
        raise InputError(f"{path}：映射文件需要一个 fields 表（字段: 列名）")
    unknown = set(data) - {"fields", "platform", "kind", "url", "values"}
    if unknown:
        raise InputError(
            f"{path}：不认识的键 {'、'.join(sorted(map(str, unknown)))}（可用 fields、platform、kind、url、values）"
        )
    return FieldMapping(
        name=path.name,
        columns={_known(str(name), str(path)): _columns(path, name, value) for name, value in data["fields"].items()},
        platform=_optional(data.get("platform")),
        kind=_optional(data.get("kind")),
        url_template=_template(path, data.get("url")),
        values=_values(path, data.get("values")),
    )


def _read(path: Path) -> object:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text) if path.suffix.lower() == ".json" else yaml.safe_load(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{error.lineno}：JSON 有误：{error.msg}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"{path}:{line}：YAML 有误：{error.problem}") from None
    except yaml.YAMLError:
        raise InputError(f"{path}：YAML 有误") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}：不是 UTF-8（第 {error.start} 字节）") from None
    except OSError as error:
        raise InputError(f"{path}：无法读取（{error.strerror}）") from None


def _known(name: str, where: str) -> str:
    if name not in FIELDS:
        raise InputError(f"{where}：没有字段 {name}；可用：{'、'.join(sorted(FIELDS))}")
    return name


def _columns(path: Path, name: object, value: object) -> tuple[str, ...]:
    columns = tuple(value) if isinstance(value, list) else (value,)
    if not columns or not all(isinstance(column, str) and column.strip() for column in columns):
        raise InputError(f"{path}：fields.{name} 应是列名，或列名的列表")
    return tuple(str(column).strip() for column in columns)


def _optional(value: object) -> str | None:
    return None if value is None else str(value)


def _template(path: Path, value: object) -> str | None:
    """An address with {native_id} and {post} in it."""
    try:
        return None if value is None else str(value) if str(value).format(native_id="", post="") else None
    except (KeyError, IndexError, ValueError, AttributeError):
        raise InputError(f"{path}：url 里只能用 {{native_id}} 和 {{post}}") from None


def _values(path: Path, value: object) -> dict[str, dict[str, str]]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(table, dict) for table in value.values()):
        raise InputError(f"{path}：values 应是 字段: {{原值: 新值}} 的表")
    return {
        _known(str(name), str(path)): {str(raw): str(new) for raw, new in table.items()}
        for name, table in value.items()
    }
