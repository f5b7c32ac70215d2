"""Commands that tend the scores: rescore, drift, corrections."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yuqing.cli.common import (
    JsonOption,
    local,
    parse_shard,
    parse_time,
    path_or_stdio,
    progress,
    write_json,
    write_lines,
)
from yuqing.domain.errors import InputError

if TYPE_CHECKING:
    from yuqing.jobs.rescore import Run

_STANCES = {"negative": "负面", "neutral": "中性", "positive": "正面", "unscored": "未打分"}
corrections = typer.Typer(
    help="人工更正：导入、导出、与模型比较。用户看到、检索、计数的是更正后的值。", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(rescore)
    app.command()(drift)
    app.add_typer(corrections, name="corrections")


def rescore(
    since: Annotated[str | None, typer.Option(help="从这个发布时间起，ISO 8601；不写则为全部历史")] = None,
    model: Annotated[str | None, typer.Option(help="情感模型；缺省为设置 model")] = None,
    shard: Annotated[str, typer.Option(help="只重打第 i 份（共 n 份），多个进程或多台机器分担")] = "0/1",
    as_json: JsonOption = False,
) -> None:
    """换模型后给历史重新打分：可随时中断再续，旧评分保留（yuqing volume --model），报告有多少标签改变。"""
    from nlp.registry import default_scorer
    from yuqing.bootstrap import open_app
    from yuqing.jobs.rescore import Rescore

    start, part = parse_time(since, "--since"), parse_shard(shard)
    with open_app() as app:
        scorer = app.scorer if model is None else default_scorer(app.subjects, sentiment=model)
        job = Rescore(app.mentions, app.state, scorer, scorer.model, app.clock, shard=part)
        run = job.run(start, _tell)
        if run.changes.rescored:
            app.audit.record("cli", "rescore", run.model, {"rescored": str(run.changes.rescored)})
    if as_json:
        write_json(run.as_json())
    else:
        write_lines(_summary(run))
    if model is not None and model != app.settings.model:
        progress(
            f"设置中的模型仍是 {app.settings.model}：新的提及由它打分；要换模型请同时修改 YQ_MODEL 并重启 yuqing run"
        )


def drift(
    weeks: Annotated[int, typer.Option(min=1, max=104, help="看参照期之后的多少个整周")] = 8,
    reference_from: Annotated[
        str | None, typer.Option("--reference-from", help="改用这个时段作参照（与 --reference-to 同用），记入审计")
    ] = None,
    reference_to: Annotated[str | None, typer.Option("--reference-to", help="参照时段的结束（不含）")] = None,
    by: Annotated[str, typer.Option(help="操作人，改参照时记入审计")] = "cli",
    as_json: JsonOption = False,
) -> None:
    """漂移报告：每周的评分分布、话题、没见过的字组与参照期相比，是否偏离校准；偏离时以 1 退出。"""
    from nlp.drift import Level
    from nlp.linear import MODELS, load_model
    from yuqing.bootstrap import open_app
    from yuqing.drift import DriftReader

    since, until = parse_time(reference_from, "--reference-from"), parse_time(reference_to, "--reference-to")
    if (since is None) != (until is None):
        raise InputError("--reference-from 与 --reference-to 须同时给出")
    with open_app() as app:
        reader = DriftReader(app.mentions, app.state, app.clock, load_model(MODELS / "sentiment")[0])
        if since is not None and until is not None:
            chosen = reader.renew(since, until)
            app.audit.record(by, "drift.reference", chosen.model, {"from": since.isoformat(), "to": until.isoformat()})
        found = reader.read(weeks)
    if as_json:
        write_json(found.as_json())
    else:
        write_lines(found.lines())
    if found.level is Level.LEFT:
        raise typer.Exit(1)


def _tell(run: "Run") -> None:
    changes = run.changes
    progress(
        f"已看 {changes.seen} 条，重打 {changes.rescored} 条，情感改变 {changes.moved} 条，至 {local(run.reached)}"
    )


def _summary(run: "Run") -> list[str]:
    changes = run.changes
    done = max(changes.rescored, 1)
    lines = [
        f"模型 {run.model}：共 {changes.seen} 条，重新打分 {changes.rescored} 条，首次打分 {changes.fresh} 条，"
        f"本已是该模型 {changes.already} 条，文字刚变、留待下次打分 {changes.refused} 条",
        f"情感改变 {changes.moved} 条（{changes.moved / done:.1%}），话题改变 {changes.topics} 条"
        f"（{changes.topics / done:.1%}），严重度改变 {changes.severities} 条（{changes.severities / done:.1%}）",
    ]
    for shift, count in sorted(changes.shifts.items(), key=lambda each: -each[1]):
        before, _, after = shift.partition(">")
        if before != after:
            lines.append(f"  {_STANCES.get(before, before)} → {_STANCES.get(after, after)}  {count} 条")
    return lines


@corrections.command("import")
def import_corrections(
    file: Annotated[
        str,
        typer.Argument(help="CSV，含 id 列；sentiment、subject、topics、severity、subjects 填多少算多少；- 为标准输入"),
    ],
    by: Annotated[str, typer.Option(help="判断的人，记入审计；表中有 by 列时以该列为准")] = "cli",
    as_json: JsonOption = False,
) -> None:
    """导入更正；有问题的行隔离并写明行号与原因（退出码 1），其余照常生效；重复导入不会重复。"""
    from yuqing.bootstrap import open_app
    from yuqing.corrections_file import Words, import_table, write_quarantine

    path = path_or_stdio(file)
    with open_app() as app:
        found = import_table(_content(path), app.corrections, Words(app.topics, app.subjects), by)
        aside = app.settings.home / "quarantine" / f"corrections-{path.stem if path else 'stdin'}.jsonl"
        write_quarantine(aside, found.bad)
        app.corrections.finish()
        app.audit.record(by, "corrections.import", path.name if path else "-", {"rows": str(found.rows)})
    for bad in found.bad:
        progress(f"第 {bad.line} 行：{bad.reason}")
    if as_json:
        counts = {"rows": found.rows, "new": found.new, "changed": found.changed, "unchanged": found.unchanged}
        write_json({**counts, "quarantined": len(found.bad)})
    else:
        write_lines([found.sentence()])
    if found.bad:
        progress(f"隔离的行见 {aside}")
        raise typer.Exit(1)


def _content(path: Path | None) -> bytes:
    if path is None:
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"文件读不出来：{path}（{error.strerror}）") from None


@corrections.command("export")
def export_corrections(
    output: Annotated[str, typer.Option(help="输出文件；- 为标准输出")] = "-",
    fmt: Annotated[str, typer.Option("--format", help="csv 或 jsonl")] = "csv",
) -> None:
    """导出全部更正，带文字与模型当时的评分；可再导入，也可用于训练（python -m nlp.training --corrections）。"""
    from yuqing.bootstrap import open_app
    from yuqing.corrections_file import export_table

    path = path_or_stdio(output)
    with open_app() as app:
        if path is None:
            count = export_table(app.mentions, app.state, fmt, sys.stdout.buffer)
        else:
            try:
                file = path.open("wb")
            except OSError as error:
                raise InputError(f"写不到 {path}（{error.strerror}）") from None
            with file:
                count = export_table(app.mentions, app.state, fmt, file)
        app.audit.record("cli", "export", "corrections", {"rows": str(count), "format": fmt})
    progress(f"已导出 {count} 行")


@corrections.command("report")
def report_corrections(as_json: JsonOption = False) -> None:
    """模型与人工判断相比：按平台、月份、模型的精确率、召回率、kappa，附条数与 95% 区间。"""
    from yuqing.bootstrap import open_app
    from yuqing.correction_report import report
    from yuqing.jobs.correct import records

    with open_app() as app:
        found = report(records(app.state))
    if as_json:
        write_json(found.as_json())
    else:
        write_lines(found.lines())


@corrections.command("undo")
def undo_correction(
    mention: Annotated[str, typer.Argument(help="提及编号，例如 weibo:post:5000000000000000")],
    by: Annotated[str, typer.Option(help="操作人，记入审计")] = "cli",
) -> None:
    """撤回一条提及的更正，恢复模型的评分；历史仍在。"""
    from yuqing.bootstrap import open_app
    from yuqing.domain.mention import MentionId

    with open_app() as app:
        if not app.corrections.take_back(MentionId(mention), by):
            raise InputError(f"提及 {mention} 没有更正")
    progress(f"已撤回 {mention} 的更正，操作人 {by}")
