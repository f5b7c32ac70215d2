"""YAML in, validated models out; every error names the file and the line."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from yuqing.domain.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)
_Path = tuple[str | int, ...]


class _UniqueKeyLoader(yaml.SafeLoader):
    """SafeLoader that refuses a key given twice: YAML would silently keep the last."""


def _mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[Hashable] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"键 {key!r} 重复", key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_text(path: Path) -> str:
    """The UTF-8 text of a settings file. Raises ConfigError naming file and, for a bad byte, its line."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}：无法读取（{error.strerror}）") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}：不是 UTF-8 编码（第 {error.start} 字节），请用 UTF-8 另存") from None


def load_yaml(path: Path) -> Any:
    """The plain data of a YAML file. Raises ConfigError with file and line where it does not parse."""
    text = read_text(path)
    try:
        return yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506  (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ConfigError(f"{path}:{line}：YAML 语法错误：{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}：YAML 语法错误：{error}") from None


def line_of(text: str, location: _Path) -> int:
    """The 1-based line of a place in a YAML text; of its nearest existing parent where the place itself is missing."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 1 if node is None else node.start_mark.line + 1
    for step in location:
        found = _child(node, step)
        if found is None:
            break
        node, line = found
    return line


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child = node.value[step]
        return child, child.start_mark.line + 1
    return None


_MESSAGES = {
    "missing": "缺少此项",
    "extra_forbidden": "没有这个设置项（拼写错误？）",
}


def describe(error: ValidationError, path: Path, text: str) -> str:
    """One line per problem: file:line：place：what is wrong. Values are not shown: they may be secrets."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        where = tuple(problem["loc"])
        message = _MESSAGES.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        lines.append(f"{path}:{line_of(text, where)}：{'.'.join(map(str, where)) or '文件'}：{message}")
    return "\n".join(lines)


def load_model(path: Path, model: type[Model]) -> Model:
    """A YAML file as a validated model. Raises ConfigError, one line per problem with file and line."""
    data = load_yaml(path)
    try:
        return model.model_validate({} if data is None else data)
    except ValidationError as error:
        raise ConfigError(describe(error, path, read_text(path))) from None
