"""Values of a JSON document as what they should be; anything else becomes the empty value of that kind."""

from collections.abc import Mapping

Json = Mapping[str, object]


def table(value: object) -> Json:
    """An object."""
    return value if isinstance(value, dict) else {}


def tables(value: object) -> list[Json]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def string(value: object) -> str:
    """A text, or a number as text: ids come as both."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def whole(value: object) -> int:
    """A number that is not negative, written as number or text; 0 for anything else."""
    text = string(value)
    return int(text) if text.isascii() and text.isdigit() else 0
