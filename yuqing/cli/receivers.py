"""Commands about receivers: who they are, and a test message through their channels."""

from typing import Annotated

import typer

from yuqing.cli.common import JsonOption, write_json, write_lines

receivers = typer.Typer(help="接收人：列出，或发一条测试消息。", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(receivers, name="receivers")


@receivers.command("list")
def list_receivers(as_json: JsonOption = False) -> None:
    """列出接收人：渠道、哪条路由用到、能不能发送。"""
    from alerts.channels import Unconfigured
    from alerts.route_check import RouteCheck
    from yuqing.bootstrap import open_app
    from yuqing.labels import CHANNELS

    with open_app() as app:
        catalogue, channels = app.catalogue, app.channels
    known = {receiver.id: receiver for receiver in catalogue.receivers}
    used = RouteCheck(catalogue.rules, catalogue.subjects, catalogue.routes, known).used()
    for name, receiver in known.items():
        channel = channels[name]
        lacks = channel.reason if isinstance(channel, Unconfigured) else ""
        if as_json:
            write_json({"receiver": name, "channel": receiver.channel, "used": used.get(name, ""), "lacks": lacks})
        else:
            where = used.get(name, "不在任何路由中")
            write_lines([f"{name}  {CHANNELS[receiver.channel]}  {where}  {lacks or '可以发送'}"])


@receivers.command("test")
def send_test(
    names: Annotated[list[str] | None, typer.Argument(help="接收人编号，可写多个；不写为全部")] = None,
    by: Annotated[str, typer.Option(help="操作人，写入消息与审计")] = "cli",
    as_json: JsonOption = False,
) -> None:
    """给接收人各发一条测试消息，走真实的投递渠道；不产生预警。有一个没送达就以 1 退出。"""
    from yuqing.bootstrap import open_app

    with open_app() as app:
        found = app.trial().run(names or (), by)
        for each in found:
            detail = {"channel": each.channel, "result": "accepted" if each.is_accepted else "failed"}
            app.audit.record(by, "test_receiver", each.receiver, detail)
    for each in found:
        if as_json:
            write_json(each.as_json())
        else:
            write_lines([each.sentence()])
    if not all(each.is_accepted for each in found):
        raise typer.Exit(1)
