"""Commands that tend what was collected: refresh, forget, sources, evidence."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from yuqing.cli.common import JsonOption, local, progress, write_json, write_lines
from yuqing.domain.errors import InputError
from yuqing.domain.mention import MentionId

if TYPE_CHECKING:
    from yuqing.bootstrap import App

evidence = typer.Typer(help="原始响应：看不懂的页面的留样（加密、限期、含个人信息，仅供排查）。", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(refresh)
    app.command()(forget)
    app.command()(sources)
    app.add_typer(evidence, name="evidence")


def refresh(
    sources: Annotated[list[str] | None, typer.Argument(help="来源编号或类型；不写则为全部已启用来源")] = None,
    as_json: JsonOption = False,
) -> None:
    """复看到期的风险提及：互动数追加快照，两次确认已删除的转为墓碑。有没看成的以 1 退出。"""
    from crawlers.run import crawl as run_crawl
    from yuqing.bootstrap import open_app
    from yuqing.crawl_round import refresh_round

    with open_app() as app:
        summary = refresh_round(app, run_crawl, tuple(sources or ()))
    if as_json:
        write_json(summary.as_json())
    else:
        write_lines([summary.sentence()])
    if not summary.crawl.complete:
        raise typer.Exit(1)


def forget(
    pseudonym: Annotated[str | None, typer.Argument(help="作者假名（32 位十六进制）")] = None,
    mention: Annotated[str | None, typer.Option(help="或：这条提及的作者，例如 weibo:post:5000000000000000")] = None,
    account: Annotated[
        str | None, typer.Option(help="或：平台:账号编号，例如 weibo:1000200030；- 从标准输入读")
    ] = None,
    by: Annotated[str, typer.Option(help="操作人，记入审计")] = "cli",
    as_json: JsonOption = False,
) -> None:
    """应个人要求删除一个账号的全部提及，今后也不再采集。有未恢复预警的证据须暂留时以 1 退出。"""
    from yuqing.bootstrap import open_app
    from yuqing.jobs.forget import Forget, author_of

    if [pseudonym, mention, account].count(None) != 2:
        raise InputError("请给出作者假名、--mention 或 --account 之一")
    with open_app() as app:
        if mention is not None:
            pseudonym = author_of(app.mentions, MentionId(mention))
        elif account is not None:
            pseudonym = app.pseudonym_of(sys.stdin.readline().strip() if account == "-" else account)
        done = Forget(app.mentions, app.state, app.clock, app.audit.record).forget(str(pseudonym), by)
    if as_json:
        write_json(done.as_json())
    else:
        write_lines([done.sentence()])
    if done.held:
        raise typer.Exit(1)


def sources(
    accept_silence: Annotated[
        str | None, typer.Option(metavar="来源", help="确认这个来源确实没有新内容：不再疑为静默，重新学习其规律")
    ] = None,
    by: Annotated[str, typer.Option(help="操作人，记入审计")] = "cli",
    as_json: JsonOption = False,
) -> None:
    """来源健康：每个来源是否启用、最近一次完整采集、为何停着、何时再试。"""
    from yuqing.bootstrap import open_app
    from yuqing.source_health import source_health

    with open_app() as app:
        if accept_silence is not None:
            _accept_silence(app, accept_silence, by)
        found = source_health(app)
    for each in found:
        if as_json:
            write_json(each.as_json())
        elif each.is_enabled:
            write_lines([each.line(local)])
    if off := [each.source for each in found if not each.is_enabled]:
        progress(f"未启用 {len(off)} 个：{'、'.join(off)}")


def _accept_silence(app: "App", source: str, by: str) -> None:
    from crawlers.assertions import accept_silence

    if source not in {each.id for each in app.sources}:
        raise InputError(f"来源 {source} 不在白名单 sources.yml 中")
    if not accept_silence(app.state, source, app.clock):
        raise InputError(f"来源 {source} 现在没有被疑为静默，无须确认")
    app.audit.record(by, "source.accept_silence", source)
    progress(f"已确认来源 {source} 的静默，操作人 {by}")


@evidence.command("list")
def list_evidence(
    source: Annotated[str | None, typer.Option(help="只看这个来源")] = None,
    as_json: JsonOption = False,
) -> None:
    """列出留样，最新在前。"""
    from config.settings import load_settings
    from crawlers import raw

    found = [one for one in raw.list_evidence(load_settings().home / "raw") if source in (None, one.source)]
    for one in found:
        if as_json:
            fields = {"ref": one.ref, "source": one.source, "outcome": one.outcome, "detail": one.detail}
            write_json({**fields, "taken_at": one.taken_at.isoformat(), "size": one.size})
        else:
            write_lines(
                [f"{local(one.taken_at)}  {one.source}  {one.outcome}  {one.detail}  {one.size} 字节  {one.ref}"]
            )
    if not found:
        progress("没有留样")


@evidence.command("show")
def show_evidence(
    ref: Annotated[str, typer.Argument(help="留样的名称，见 yuqing evidence list")],
    by: Annotated[str, typer.Option(help="操作人，记入审计")] = "cli",
) -> None:
    """把一个留样解密到标准输出；谁看了什么记入审计。"""
    from crawlers import raw
    from yuqing.bootstrap import open_app
    from yuqing.keys import load_or_create_key

    with open_app() as app:
        home = app.settings.home
        body = raw.read_evidence(home / "raw", load_or_create_key(home / "crawl.key"), ref)
        app.audit.record(by, "evidence.show", ref)
    sys.stdout.buffer.write(body)
