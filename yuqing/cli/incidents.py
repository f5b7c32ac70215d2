"""The commands of incidents: list, show, open, take, assign, grade, move on, note, check a statement, export."""

from pathlib import Path
from typing import Annotated

import typer

from yuqing.cli.common import JsonOption, local, parse_time, progress, subject_named, write_json, write_lines
from yuqing.domain.errors import InputError
from yuqing.domain.incident import Grade, IncidentStatus

incidents = typer.Typer(help="处置事件：从首发到结案归档，谁在什么时候做了什么。", no_args_is_help=True)
Named = Annotated[str, typer.Argument(help="事件编号，见 yuqing incidents list")]
ByOption = Annotated[str, typer.Option(help="操作人")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(incidents, name="incidents")


@incidents.command("list")
def list_incidents(
    every: Annotated[bool, typer.Option("--all", help="也列出已结案的")] = False,
    as_json: JsonOption = False,
) -> None:
    """列出事件，未处置的按等级在前；超时的标明。"""
    from yuqing.bootstrap import open_app
    from yuqing.incidents.office import open_office
    from yuqing.incidents.telling import as_json as plain
    from yuqing.incidents.telling import line

    with open_app() as app:
        found, now = open_office(app).book.every(only_open=not every), app.clock.now()
    for incident in found:
        if as_json:
            write_json(plain(incident, now))
        else:
            write_lines([line(incident, now)])
    if not found:
        progress("没有未结案的事件" if not every else "还没有事件")


@incidents.command()
def show(incident: Named, as_json: JsonOption = False) -> None:
    """一个事件的全部：等级、时限、步骤、声明、时间线。"""
    from yuqing.bootstrap import open_app
    from yuqing.incidents.office import open_office
    from yuqing.incidents.telling import as_json as plain
    from yuqing.incidents.telling import lines

    with open_app() as app:
        office = open_office(app)
        found, now = office.book.get(incident), app.clock.now()
        timeline = office.timeline.read(found)
        names = {each.id: each.name for each in app.subjects} | {each.id: each.name for each in app.topics}
    if as_json:
        write_json({**plain(found, now), "timeline": [_entry(each) for each in timeline]})
    else:
        write_lines(lines(found, timeline, names, now))


def _entry(entry: object) -> dict[str, object]:
    from yuqing.domain.codec import to_json

    return to_json(entry)


@incidents.command("open")
def open_incident(
    title: Annotated[str, typer.Argument(help="标题：发生了什么")],
    subject: Annotated[str, typer.Option(help="主体编号，见 subjects.yml")],
    by: ByOption,
    topic: Annotated[str, typer.Option(help="话题编号，见 topics.yml；决定用哪个预案")] = "",
    grade: Annotated[Grade, typer.Option(help="等级")] = Grade.IV,
    note: Annotated[str, typer.Option(help="说明")] = "",
) -> None:
    """人工开立一个事件。"""
    from yuqing.bootstrap import open_app
    from yuqing.incidents.office import open_office

    with open_app() as app:
        watched = subject_named(app.subjects, subject)
        topics = {each.id for each in app.topics}
        if topic and topic not in topics:
            raise InputError(f"没有这个话题：{topic}（有：{'、'.join(sorted(topics))}）")
        made = open_office(app).book.open(title, watched.id, by, topic=topic, grade=grade, note=note)
    write_lines([f"已开立事件 {made.id}，{grade.value} 级，须在 {local(made.respond_by)} 前响应"])


@incidents.command()
def take(incident: Named, by: ByOption) -> None:
    """接手一个事件。"""
    from yuqing.bootstrap import open_app
    from yuqing.incidents.office import open_office

    with open_app() as app:
        done = open_office(app).actions.acknowledge(incident, by)
    write_lines([f"事件 {done.id} 由 {done.owner} 负责"])


@incidents.command()
def assign(incident: Named, owner: Annotated[str, typer.Argument(help="负责人")], by: ByOption) -> None:
    """把事件交给一个人负责。"""
    from yuqing.bootstrap import open_app
    from yuqing.incidents.office import open_office

    with open_app() as app:
        done = open_office(app).actions.assign(incident, owner, by)
    write_lines([f"事件 {done.id} 由 {done.owner} 负责"])


@incidents.command("grade")
def grade_incident(
    incident: Named,
    grade: Annotated[Grade, typer.Argument(help="等级：I、II、III、IV")],
    reason: Annotated[str, typer.Option(help="理由")],
    by: ByOption,
) -> None:
    """人工定级；时限随之变动，此后系统只建议、不改。"""
    from yuqing.bootstrap import open_app
    from yuqing.incidents.office import open_office

    with open_app() as app:
        done = open_office(app).actions.grade(incident, grade, reason, by)
    write_lines([f"事件 {done.id} 定为 {done.grade.value} 级，须在 {local(done.resolve_by)} 前办结"])


@incidents.command()
def rename(incident: Named, title: Annotated[str, typer.Argument(help="新标题")], by: ByOption) -> None:
    """改事件的标题（自动开立的取第一个预警的话）。"""
    from yuqing.bootstrap import open_app
    from yuqing.incidents.office import open_office

    with open_app() as app:
        done = open_office(app).actions.rename(incident, title, by)
    write_lines([f"事件 {done.id}：{done.title}"])


@incidents.command()
def move(
    incident: Named,
    to: Annotated[IncidentStatus, typer.Argument(help="acknowledged、handling、resolved；结案用 close")],
    by: ByOption,
    note: Annotated[str, typer.Option(help="说明")] = "",
) -> None:
    """改变事件的状态；已处置或已结案的改为 handling 即重新打开。"""
    _move(incident, to, by, note)


@incidents.command()
def merge(
    incident: Named,
    into: Annotated[str, typer.Argument(help="并入哪个事件（编号）")],
    by: ByOption,
) -> None:
    """把一个事件并入另一个：预警与证据一起过去，原事件结案并写明去向。"""
    from yuqing.bootstrap import open_app
    from yuqing.incidents.office import open_office

    with open_app() as app:
        done = open_office(app).merging.merge(incident, into, by)
    write_lines([f"事件 {incident} 已并入 {done.id}"])


@incidents.command()
def close(
    incident: Named,
    by: ByOption,
    note: Annotated[str, typer.Option(help="说明；未经处置的（误报）必填")] = "",
) -> None:
    """结案：必做步骤都已完成或说明、复盘已填写；误报写明原因即可。"""
    _move(incident, IncidentStatus.CLOSED, by, note)


def _move(incident: str, to: IncidentStatus, by: str, note: str) -> None:
    from yuqing.bootstrap import open_app
    from yuqing.incidents.office import open_office
    from yuqing.labels import INCIDENT_STATUSES

    with open_app() as app:
        done = open_office(app).actions.move(incident, to, by, note)
    write_lines([f"事件 {done.id}：{INCIDENT_STATUSES[done.status]}"])


@incidents.command()
def note(
    incident: Named,
    text: Annotated[str, typer.Argument(help="记录的内容；个人信息会被遮盖")],
    by: ByOption,
    at: Annotated[str | None, typer.Option(help="发生的时间，ISO 8601；缺省为现在")] = None,
    contact: Annotated[str, typer.Option(help="与谁沟通（单位或账号）")] = "",
) -> None:
    """在时间线上记一笔。"""
    from yuqing.bootstrap import open_app
    from yuqing.incidents.office import open_office

    with open_app() as app:
        open_office(app).actions.note(incident, text, by, at=parse_time(at, "--at"), contact=contact)
    write_lines([f"已记入事件 {incident}"])


@incidents.command()
def join(as_json: JsonOption = False) -> None:
    """把新预警并入事件、更新等级与超时（yuqing run 会自动做）。"""
    from yuqing.bootstrap import open_app
    from yuqing.incidents.office import open_office

    with open_app() as app:
        summary = open_office(app).joiner(app.channels).look()
    if as_json:
        write_json(summary.as_json())
    else:
        write_lines([summary.sentence()])


@incidents.command()
def check(
    file: Annotated[str, typer.Argument(help="声明文本（UTF-8）；- 为标准输入")],
    as_json: JsonOption = False,
) -> None:
    """检查对外声明：绝对化用语、保本保息、承诺、个人信息；有必须改的以 1 退出。"""
    from config.settings import load_settings
    from yuqing.incidents.checker import blocking
    from yuqing.incidents.office import checker_of

    found = checker_of(load_settings().config).check(_text(file))
    for each in found:
        if as_json:
            write_json(each.as_json())
        else:
            write_lines([f"{'须改' if each.blocks else '提示'}  {each.sentence}"])
    if not found:
        progress("没有发现问题")
    if blocking(found):
        raise typer.Exit(1)


def _text(file: str) -> str:
    import sys

    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{file}：无法读取（{error.strerror}）") from None
    except UnicodeDecodeError:
        raise InputError(f"{file}：不是 UTF-8 编码") from None


@incidents.command()
def export(
    incident: Named,
    by: ByOption,
    output: Annotated[Path, typer.Option(help="输出的 Word 文件或文件夹")] = Path(),
) -> None:
    """导出事件档案：一个 Word 文件，含时间线、图表、声明、复盘。"""
    from yuqing.bootstrap import open_app
    from yuqing.incidents.export import export_file

    with open_app() as app:
        path = export_file(app, incident, output, by)
    write_lines([str(path)])
