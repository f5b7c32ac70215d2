#!/usr/bin/env python3
"""Write the reference pages that are made from the code: cli.md, settings.md, metrics.md, .env.example.

python scripts/docs.py           write them
python scripts/docs.py --check   exit 1 and name them where they are stale (tests/docs does the same)
"""

import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from config.settings import PREFIX, SECRETS, Settings
from yuqing.cli.main import app
from yuqing.metrics import reference

ROOT = Path(__file__).resolve().parent.parent
GENERATED = "<!-- 由 scripts/docs.py 生成（make docs），请勿手改 -->"

# Not settings of the product: read by tests and by the demo's own child processes.
OTHER_VARIABLES = {
    "YQ_SHARED": "评测数据所在文件夹（只用于测试、训练与评测）；缺省为仓库旁边的 `shared/`",
    "YQ_TEST_ELASTICSEARCH_URL": "存储契约测试所用的 Elasticsearch；缺省为 `make elasticsearch` 启动的那一个",
    "YQ_DEMO": "由 `yuqing demo` 为自己的子进程设置",
}
EXIT_CODES = """| 退出码 | 含义 |
|---|---|
| 0 | 成功 |
| 1 | 完成，但有一部分没能处理（被隔离的行、对不上的数字），输出里逐一指明 |
| 2 | 无法运行（设置、文件或存储有误），标准错误上一句话说明 |
| 3 | 程序内部出错：标准错误上一行写明错误类型与代码位置（不含任何正文），请连同版本号报告 |"""


def commands(group: Any, prefix: str = "yuqing") -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its full name, in the order of `--help`."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def cli_page() -> str:
    """docs/reference/cli.md."""
    parts = [
        GENERATED,
        "# 命令行参考",
        "文件参数写 `-` 即标准输入或标准输出；输出一律为 UTF-8，进度只写到标准错误。",
        EXIT_CODES,
    ]
    for name, command in commands(typer.main.get_command(app)):
        parts += [f"## `{name}`", (command.help or "").strip(), f"```text\n{usage(name, command)}\n```"]
        if command.params:
            parts.append("\n".join(("| 参数 | 说明 | 缺省 |", "|---|---|---|", *map(parameter, command.params))))
    return "\n\n".join(parts) + "\n"


def usage(name: str, command: Any) -> str:
    """The one-line form of a command."""
    words = [name]
    for one in sorted(command.params, key=lambda one: not is_argument(one)):
        word = one.name.upper() + ("…" if one.nargs == -1 else "") if is_argument(one) else one.opts[0]
        if not is_argument(one) and not one.is_flag:
            word += f" {one.name.upper()}"
        words.append(word if one.required else f"[{word}]")
    return " ".join(words)


def parameter(one: Any) -> str:
    """A row of the table of parameters."""
    name = one.name.upper() if is_argument(one) else "、".join(one.opts)
    default = "必填" if one.required else cell(one.default)
    return f"| `{name}` | {escaped(one.help or '')} | {default} |"


def is_argument(one: Any) -> bool:
    """True for a positional parameter."""
    return one.param_type_name == "argument"


def cell(default: object) -> str:
    """A default value as Markdown."""
    if default is None or default is False or default in ("", ()):
        return "—"
    return f"`{default.value if isinstance(default, Enum) else default}`"


def escaped(text: str) -> str:
    """Text inside a Markdown table."""
    return text.replace("|", "\\|")


def default_of(field: Any) -> str:
    """A setting's default as text; folders of the repository relative to it."""
    value = field.default
    if isinstance(value, Path) and value.is_absolute():
        return f"{value.relative_to(ROOT)}/"
    return "" if value is None else str(value)


def settings_page() -> str:
    """docs/reference/settings.md."""
    rows = [
        f"| `{name}` | `{PREFIX}{name.upper()}` | {f'`{default_of(field)}`' if default_of(field) else '—'} "
        f"| {escaped(field.description or '')}{'（机密）' if name in SECRETS else ''} |"
        for name, field in Settings.model_fields.items()
    ]
    others = [f"| `{name}` | {text} |" for name, text in OTHER_VARIABLES.items()]
    return (
        "\n\n".join(
            (
                GENERATED,
                "# 设置参考",
                "每一项都可以写在设置文件夹的 `yuqing.yml` 里（第一列），或作为环境变量（第二列）；环境变量优先。"
                "机密还可以写成 `YQ_<名字>_FILE`，值为一个文件的路径。不认识的键和不认识的 `YQ_*` 变量会被拒绝。"
                "设置文件夹里的其他文件（主体、来源、话题、规则、路由）见各文件开头的注释。",
                "\n".join(("| `yuqing.yml` | 环境变量 | 缺省 | 说明 |", "|---|---|---|---|", *rows)),
                "## 不是产品设置的变量",
                "\n".join(("| 环境变量 | 说明 |", "|---|---|", *others)),
            )
        )
        + "\n"
    )


def env_example() -> str:
    """.env.example: every variable, commented out, with its default."""
    lines = [
        "# 由 scripts/docs.py 生成（make docs）。复制为 .env 并按需修改；.env 不进版本库。",
        "# 用法：set -a; . ./.env; set +a; yuqing doctor",
    ]
    for name, field in Settings.model_fields.items():
        lines += ["", f"# {field.description}", f"#{PREFIX}{name.upper()}={default_of(field)}"]
        if name in SECRETS:
            lines.append(f"#{PREFIX}{name.upper()}_FILE=/run/secrets/{name}")
    return "\n".join(lines) + "\n"


PAGES = {
    "docs/reference/cli.md": cli_page,
    "docs/reference/settings.md": settings_page,
    "docs/reference/metrics.md": lambda: f"{GENERATED}\n\n{reference()}",
    ".env.example": env_example,
}


def stale() -> list[str]:
    """The pages that do not say what the code says."""
    return [
        name
        for name, page in PAGES.items()
        if not (ROOT / name).is_file() or (ROOT / name).read_text(encoding="utf-8") != page()
    ]


def main() -> int:
    """Write the pages, or check them."""
    found = stale()
    if "--check" in sys.argv[1:]:
        print("\n".join(f"{name} is stale: run `make docs`" for name in found) or "reference pages are current")
        return 1 if found else 0
    for name in found:
        (ROOT / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
