"""Frozen dataclasses to plain JSON and back: the one form in which state documents are stored.

    body = to_json(alert)              # a dict of str, int, float, bool, None, list and dict
    alert = from_json(Alert, body)     # equal to the first one

Times are ISO 8601 in UTC, enumerations their values, tuples lists, timedeltas seconds, bytes base64. A member of a
union of several dataclasses (a query tree) carries its class name under "type". Values typed `object` (options,
payloads) must be plain data and come back as such. Keys that the class does not know are left alone: a document may
carry extra keys to be found by, or come from a newer version; a missing key takes the field's default.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from yuqing.domain.errors import StoreError

T = TypeVar("T")
TYPE_KEY = "type"


def to_json(value: object) -> dict[str, object]:
    """The plain form of a frozen dataclass. Raises TypeError for anything that has none."""
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{type(value).__name__} is not a dataclass value")
    hints = _hints(type(value))
    return {field.name: _encode(getattr(value, field.name), hints[field.name]) for field in fields(value)}


def from_json(cls: type[T], body: Mapping[str, object]) -> T:
    """The dataclass value of a plain form. Raises StoreError, naming the field, where it does not fit."""
    hints = _hints(cast(Any, cls))
    arguments = {}
    for field in fields(cast(Any, cls)):
        if field.name in body:
            arguments[field.name] = _decode(body[field.name], hints[field.name], f"{cls.__name__}.{field.name}")
    try:
        return cls(**arguments)
    except (TypeError, ValueError) as error:
        raise StoreError(f"{cls.__name__}: {error}") from None


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _encode(value: object, hint: Any) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        body = to_json(value)
        return {TYPE_KEY: type(value).__name__, **body} if len(_dataclasses(hint)) > 1 else body
    if isinstance(value, Mapping):
        item = _item_hint(hint, Mapping)
        return {_key(key): _encode(each, item) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return _encode_items(value, hint)
    return _encode_scalar(value)


def _encode_items(value: Sequence[object] | set[object] | frozenset[object], hint: Any) -> list[object]:
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    return [_encode(each, each_hint) for each, each_hint in zip(value, _item_hints(hint, len(value)), strict=True)]


def _encode_scalar(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case datetime():
            return _encode_time(value)
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes():
            return b64encode(value).decode()
        case None | str() | bool() | int() | float():
            return value
    raise TypeError(f"{type(value).__name__} has no plain form")


def _encode_time(value: datetime) -> str:
    if value.tzinfo is None:
        raise TypeError("a time must be aware")
    return value.astimezone(UTC).isoformat()


def _key(key: object) -> str:
    return str(key.value) if isinstance(key, Enum) else str(key)


_PLAIN = frozenset({str, int, float, bool})


def _decode(value: object, hint: Any, where: str) -> Any:
    if type(value) is hint and hint in _PLAIN:
        return value  # most fields of most documents
    if isinstance(hint, NewType):
        return _decode(value, hint.__supertype__, where)
    if hint is object or hint is Any:
        return value
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _decode_union(value, hint, where)
    if origin is Literal:
        return _checked(value, value in get_args(hint), where)
    if origin is not None:
        return _decode_container(value, hint, origin, where)
    if is_dataclass(hint):
        return from_json(cast("type[Any]", hint), cast("Mapping[str, object]", _instance(value, Mapping, where)))
    return _decode_scalar(value, hint, where)


def _decode_container(value: object, hint: Any, origin: Any, where: str) -> Any:
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key_hint, item_hint = get_args(hint) or (str, object)
        pairs = cast("Mapping[str, object]", _instance(value, Mapping, where))
        return {_decode(k, key_hint, where): _decode(v, item_hint, f"{where}[{k}]") for k, v in pairs.items()}
    values = cast("list[object]", _instance(value, list | tuple, where))
    hints = _item_hints(hint, len(values))
    _checked(value, len(hints) == len(values), where)
    items = [_decode(each, each_hint, where) for each, each_hint in zip(values, hints, strict=True)]
    return tuple(items) if origin is Sequence else origin(items)


def _decode_union(value: object, hint: Any, where: str) -> Any:
    members = [member for member in get_args(hint) if member is not NoneType]
    if value is None:
        return _checked(None, NoneType in get_args(hint), where)
    if isinstance(value, Mapping):
        member = _named_member(value, _dataclasses(hint))
        if member is not None:
            return from_json(member, value)
    plain = [member for member in members if not is_dataclass(member)]
    if len(members) == 1:
        return _decode(value, members[0], where)
    for member in plain:
        if not isinstance(member, type) or isinstance(value, member):
            return _decode(value, member, where)
    raise StoreError(f"{where}: {type(value).__name__} does not fit")


def _named_member(value: Mapping[str, object], classes: list[type[Any]]) -> type[Any] | None:
    if len(classes) == 1:
        return classes[0]
    return next((each for each in classes if each.__name__ == value.get(TYPE_KEY)), None)


def _decode_scalar(value: object, hint: Any, where: str) -> Any:
    try:
        if issubclass(hint, Enum):
            return hint(value)
        if hint is datetime:
            return _decode_time(str(_instance(value, str, where)))
        if hint is date:
            return date.fromisoformat(str(_instance(value, str, where)))
        if hint is timedelta:
            return timedelta(seconds=cast(float, _instance(value, int | float, where)))
        if hint is bytes:
            return b64decode(str(_instance(value, str, where)), validate=True)
    except ValueError as error:
        raise StoreError(f"{where}: {error}") from None
    if hint is float and not isinstance(value, bool):
        return float(cast(float, _instance(value, int | float, where)))
    return _checked(value, isinstance(value, hint) and (hint is bool or not isinstance(value, bool)), where)


def _decode_time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return time.astimezone(UTC)


def _instance(value: object, kind: Any, where: str) -> object:
    return _checked(value, isinstance(value, kind), where)


def _checked(value: object, fits: bool, where: str) -> object:
    if not fits:
        raise StoreError(f"{where}: {type(value).__name__} does not fit")
    return value


def _dataclasses(hint: Any) -> list[type[Any]]:
    """The dataclasses that a union names; of a single hint, itself."""
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return [member for member in members if isinstance(member, type) and is_dataclass(member)]


def _container(hint: Any, kinds: tuple[type, ...]) -> Any:
    """The member of an optional hint that is such a container, or None."""
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    for member in members:
        origin = get_origin(member)
        if isinstance(origin, type) and issubclass(origin, kinds):
            return member
    return None


def _item_hint(hint: Any, kind: type) -> Any:
    arguments = get_args(_container(hint, (kind,)))
    return arguments[-1] if arguments else object


def _item_hints(hint: Any, length: int) -> list[Any]:
    arguments = get_args(_container(hint, (tuple, list, set, frozenset, Sequence)))
    if not arguments:
        return [object] * length
    if (len(arguments) == 2 and arguments[1] is Ellipsis) or (len(arguments) == 1 and not _is_fixed(hint)):
        return [arguments[0]] * length
    return list(arguments)


def _is_fixed(hint: Any) -> bool:
    return get_origin(_container(hint, (tuple,))) is tuple
