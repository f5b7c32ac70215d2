"""Commands that tend the scores: rescore, drift, corrections."""

from typing import TYPE_CHECKING, Annotated

import typer

from yuqing.cli.common import JsonOption, local, parse_time, progress, write_json, write_lines

if TYPE_CHECKING:
    from yuqing.jobs.rescore import Run

_STANCES = {"negative": "负面", "neutral": "中性", "positive": "正面", "unscored": "未打分"}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(rescore)


def rescore(
    since: Annotated[str | None, typer.Option(help="从这个发布时间起，ISO 8601；不写则为全部历史")] = None,
    model: Annotated[str | None, typer.Option(help="情感模型；缺省为设置 model")] = None,
    as_json: JsonOption = False,
) -> None:
    """换模型后给历史重新打分：可随时中断再续，旧评分保留（yuqing volume --model），报告有多少标签改变。"""
    from nlp.registry import default_scorer
    from yuqing.bootstrap import open_app
    from yuqing.jobs.rescore import Rescore

    start = parse_time(since, "--since")
    with open_app() as app:
        scorer = app.scorer if model is None else default_scorer(app.subjects, sentiment=model)
        job = Rescore(app.mentions, app.state, scorer, scorer.model, app.clock)
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
