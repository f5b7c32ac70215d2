"""Commands that judge texts and series: score, classify, score-series."""

from typing import TYPE_CHECKING, Annotated

import typer

from yuqing.cli.common import JsonOption, parse_shard, path_or_stdio, progress, write_json

if TYPE_CHECKING:
    from nlp.endpoint import Endpoint


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(score)
    app.command()(classify)
    app.command("score-series")(score_series)


def score(
    shard: Annotated[str, typer.Option(help="只处理第 i 份（共 n 份），多台机器分担")] = "0/1",
    limit: Annotated[int | None, typer.Option(min=1, help="最多处理多少条")] = None,
    as_json: JsonOption = False,
) -> None:
    """给尚未打分的提及打分；随时可以中断，已写入的不会重做。"""
    from yuqing.bootstrap import open_app
    from yuqing.jobs.score import score as run_score

    with open_app() as app:
        summary = run_score(app.mentions, app.scorer, app.clock, shard=parse_shard(shard), limit=limit)
    if as_json:
        write_json({"scored": summary.scored, "batches": summary.batches})
    else:
        progress(f"已打分 {summary.scored} 条")


def classify(
    file: Annotated[str, typer.Argument(help="JSONL、CSV 或 XLSX，含 text 列；- 为标准输入")],
    output: Annotated[str, typer.Option(help="结果 JSONL；- 为标准输出")] = "-",
    model: Annotated[
        str, typer.Option(help="情感模型：linear、encoder、ensemble、cascade、snownlp、hf:路径或 endpoint")
    ] = "linear",
) -> None:
    """给一个文件的文本打分（情感、话题、严重度、脱敏），不需要存储；除 endpoint 外也不需要设置。"""
    from nlp.classify import classify_file

    reader = _endpoint() if model == "endpoint" else None
    result = classify_file(path_or_stdio(file), path_or_stdio(output), model, reader=reader)
    name = "标准输入" if file == "-" else file
    for bad in result.quarantined:
        progress(f"{name} 第 {bad.line} 行：{bad.reason}")
    progress(f"共 {result.rows} 行，其中 {len(result.quarantined)} 行无法处理")
    if result.quarantined:
        raise typer.Exit(1)


def _endpoint() -> "Endpoint":
    from config.settings import load_settings
    from nlp.endpoint import Endpoint

    settings = load_settings()
    key = settings.endpoint_key.get_secret_value() if settings.endpoint_key else None
    return Endpoint.open(settings.endpoint_url, settings.endpoint_model, key, settings.endpoint_seconds)


def score_series(
    file: Annotated[str, typer.Argument(help="CSV：timestamp,value[,total,known,series]；- 为标准输入")],
    output: Annotated[str, typer.Option(help="结果 CSV；- 为标准输出")] = "-",
) -> None:
    """用随附的激增检测器给等间隔序列打分：score、expected、probability、alert。"""
    from alerts.score_series import score_series_file

    summary = score_series_file(path_or_stdio(file), path_or_stdio(output))
    for line in (*summary.rejected, *summary.notes):
        progress(line)
    progress(f"共 {summary.rows} 行，其中 {len(summary.rejected)} 行无法处理")
    if summary.rejected:
        raise typer.Exit(1)
