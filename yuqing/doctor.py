"""`yuqing doctor`: everything that can be wrong with an installation, checked, with what to do about it."""

import os
import shutil
import smtplib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from typing import TYPE_CHECKING

from config.settings import Settings, load_settings
from nlp.drift import Level
from yuqing.bootstrap import App, load_catalogue, open_app
from yuqing.domain.errors import YuqingError
from yuqing.domain.ports import MentionQuery
from yuqing.domain.subject import Source
from yuqing.drift import latest
from yuqing.fonts import font_path

if TYPE_CHECKING:
    from alerts.route_check import RouteCheck

MIN_FREE_BYTES = 1 << 30


class Verdict(StrEnum):
    """How a check ended."""

    OK = "正常"
    WARN = "注意"
    FAIL = "故障"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding; `advice` says what to do and is empty when nothing is to be done."""

    name: str
    verdict: Verdict
    finding: str
    advice: str = ""


def examine() -> list[Check]:
    """Every check, in the order in which a person would mend things. Never raises for what it finds."""
    checks = [_python()]
    try:
        settings = load_settings()
    except YuqingError as error:
        return [*checks, Check("设置", Verdict.FAIL, str(error), "改正后再运行 yuqing doctor")]
    checks.append(Check("设置", Verdict.OK, f"设置文件夹 {settings.config}"))
    for step in (_catalogue, _incidents, _ways, _home, _smtp, _secrets, _font, _optional):
        checks.extend(step(settings))
    return [*checks, *_working(settings)]


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("Python", Verdict.OK, version)


def _catalogue(settings: Settings) -> list[Check]:
    try:
        catalogue = load_catalogue(settings)
    except YuqingError as error:
        return [Check("主体、来源与规则", Verdict.FAIL, str(error), "按提示的文件与行号改正")]
    enabled = [source.id for source in catalogue.sources if source.enabled]
    text = f"{len(catalogue.subjects)} 个主体，{len(catalogue.rules)} 条规则，已启用来源：{'、'.join(enabled) or '无'}"
    if not enabled:
        advice = "在 sources.yml 启用至少一个来源，或用 yuqing import 导入"
        return [Check("主体、来源与规则", Verdict.WARN, text, advice)]
    return [Check("主体、来源与规则", Verdict.OK, text)]


def _incidents(settings: Settings) -> list[Check]:
    """How incidents are graded and handled; wrong settings keep nobody from collecting, so only this tells of them."""
    from config.incident_models import check_plan, load_plan

    try:
        plan = load_plan(settings.config)
        catalogue = load_catalogue(settings)
        topics, receivers = {each.id for each in catalogue.topics}, {each.id for each in catalogue.receivers}
        check_plan(plan, settings.config, topics, receivers)
    except YuqingError as error:
        return [Check("处置事件", Verdict.FAIL, str(error), "按提示的文件与行号改正")]
    text = f"{len(plan.playbooks)} 个预案，超时提醒：{'、'.join(plan.overdue_receivers) or '只在看板'}"
    return [Check("处置事件", Verdict.OK, text)]


def _ways(settings: Settings) -> list[Check]:
    """Enabled sources that are not read by the way that they are told to be."""
    from crawlers.options import refuse_accounts
    from crawlers.ways import refuse_wrong_way

    try:
        sources = [source for source in load_catalogue(settings).sources if source.enabled]
    except YuqingError:
        return []
    found = []
    for source in sources:
        try:
            refuse_wrong_way(source)
            refuse_accounts(source)
        except YuqingError as error:
            found.append(Check(f"{source.name} 的方式", Verdict.FAIL, str(error), "改正后才会采集这个来源"))
    return found


def _home(settings: Settings) -> list[Check]:
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / f".doctor-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        advice = "换一个可写的 YQ_HOME，或修正文件夹权限"
        return [Check("数据文件夹", Verdict.FAIL, f"{home} 无法写入（{error.strerror}）", advice)]
    free = shutil.disk_usage(home).free
    text = f"{home.resolve()}，剩余 {free / (1 << 30):.0f} GiB"
    if free < MIN_FREE_BYTES:
        return [Check("数据文件夹", Verdict.WARN, text, "腾出磁盘空间，或缩短 retention_days")]
    return [Check("数据文件夹", Verdict.OK, text)]


def _smtp(settings: Settings) -> list[Check]:
    if settings.smtp_host is None:
        finding = "未设置 YQ_SMTP_HOST，预警不会发邮件"
        return [Check("邮件", Verdict.WARN, finding, "设置 YQ_SMTP_*，见 docs/howto/smtp.md")]
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    secure = settings.smtp_security == "ssl"
    try:
        kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
        with kind(settings.smtp_host, settings.smtp_port, timeout=settings.smtp_timeout) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        advice = "检查地址、端口、加密方式与防火墙"
        return [Check("邮件", Verdict.FAIL, f"{where} 连不上（{type(error).__name__}）", advice)]
    return [Check("邮件", Verdict.OK, where)]


def _secrets(settings: Settings) -> list[Check]:
    try:
        sources = [source for source in load_catalogue(settings).sources if source.enabled]
    except YuqingError:
        return []
    return [check for source in sources if (check := _secret_of(source, settings)) is not None]


# Sources of these kinds and surfaces read little or nothing without their secret.
_TOKENS = {
    ("weibo", "commercial_api"): "weibo_api_token",
    ("weibo", "open_api_mentions"): "weibo_open_token",
    ("douyin", "open_api"): "douyin_open_token",
}


def _secret_of(source: Source, settings: Settings) -> Check | None:
    """What is missing of the session or the token of a source, None when nothing is."""
    token = _TOKENS.get((source.kind, str(source.options.get("surface", ""))))
    if token is not None and getattr(settings, token) is None:
        advice = f"官方接口没有令牌一次也看不到；把令牌文件写进 YQ_{token.upper()}_FILE，见 docs/howto/{source.kind}.md"
        return Check(f"{source.name} 的令牌", Verdict.FAIL, f"没有设置 YQ_{token.upper()}", advice)
    cookies = {"weibo": settings.weibo_cookie, "douyin": settings.douyin_cookie}
    if token is not None or source.kind not in cookies or cookies[source.kind] is not None:
        return None
    advice = f"没有登录会话时平台只给很少内容，其余会记为“需要登录”；见 docs/howto/{source.kind}.md"
    return Check(f"{source.name} 的会话", Verdict.WARN, f"没有设置 YQ_{source.kind.upper()}_COOKIE", advice)


def _font(_settings: Settings) -> list[Check]:
    path = font_path()
    if path.is_file():
        return [Check("中文字体", Verdict.OK, path.name)]
    return [Check("中文字体", Verdict.FAIL, "随附字体缺失", "重新安装：make setup")]


def _optional(_settings: Settings) -> list[Check]:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    torch = find_spec("torch") is not None
    return [
        Check("Chromium（可选）", Verdict.OK, browser or "未安装：只有截图与浏览器测试需要它"),
        Check("PyTorch（可选）", Verdict.OK, "已安装" if torch else "未安装：只有训练与 hf: 模型需要它"),
    ]


def _working(settings: Settings) -> list[Check]:
    """Checks that need the whole product open."""
    try:
        with open_app(settings) as app:
            return [
                *(_guarded(name, app, probe) for name, probe in _PROBES),
                *_receivers(app),
                *_routes(app),
                *_drift(app),
            ]
    except YuqingError as error:
        return [Check("存储", Verdict.FAIL, str(error), _store_advice(settings))]


def _receivers(app: App) -> list[Check]:
    """Receivers whose robot or webhook is not set: their alerts would wait, and be given up in the end."""
    from alerts.channels import Unconfigured

    try:
        channels = app.channels
    except YuqingError as error:
        return [Check("通知渠道", Verdict.FAIL, str(error), "见 docs/howto/notifications.md")]
    kinds = {receiver.id: receiver.channel for receiver in app.catalogue.receivers}
    used = _route_check(app).used()
    return [
        _dumb(name, kinds[name], channel.reason, used.get(name, "不在任何路由中"))
        for name, channel in channels.items()
        if isinstance(channel, Unconfigured)
    ] + _unsigned(app)


def _dumb(name: str, channel: str, reason: str, where: str) -> Check:
    """A receiver that hears nothing. That no mail server is set is told by a check of its own; here, who misses it."""
    verdict = Verdict.WARN if channel == "email" else Verdict.FAIL
    return Check(f"接收人 {name}", verdict, f"{where}：{reason}", "设好后用 yuqing receivers test 试一条")


def _unsigned(app: App) -> list[Check]:
    settings, kinds = app.settings, {receiver.channel for receiver in app.catalogue.receivers}
    found = []
    if "webhook" in kinds and settings.webhook_url is not None and settings.webhook_secret is None:
        advice = "接收方无法核对是谁发的：设置 YQ_WEBHOOK_SECRET_FILE，见 docs/howto/smtp.md"
        found.append(Check("Webhook 签名", Verdict.WARN, "没有设置 YQ_WEBHOOK_SECRET", advice))
    if settings.smtp_user is not None and settings.smtp_password is None:
        advice = "现在不登录就投递：设置 YQ_SMTP_PASSWORD_FILE"
        found.append(Check("邮件登录", Verdict.WARN, "设置了 YQ_SMTP_USER，没有设置 YQ_SMTP_PASSWORD", advice))
    return found


def _routes(app: App) -> list[Check]:
    """Alerts that would reach nobody, or nobody in time."""
    faults = _route_check(app).faults()
    found = [
        Check("路由", Verdict.FAIL if each.is_grave else Verdict.WARN, each.told, f"{each.advice}（routes.yml）")
        for each in faults
    ]
    told = f"{len(app.catalogue.routes)} 条路由，规则能产生的每种预警都有人收到"
    return found or [Check("路由", Verdict.OK, told)]


def _route_check(app: App) -> "RouteCheck":
    from alerts.route_check import RouteCheck

    catalogue = app.catalogue
    receivers = {receiver.id: receiver for receiver in catalogue.receivers}
    return RouteCheck(catalogue.rules, catalogue.subjects, catalogue.routes, receivers, catalogue.inhibitions)


def _drift(app: App) -> list[Check]:
    """The last verdict on the model's calibration; nothing where nobody looked yet."""
    try:
        verdict = latest(app.state)
    except YuqingError:
        return []  # the store's own check says it
    if verdict is None:
        return []
    level, sentence = verdict
    if level in (Level.WELL, Level.FEW):
        return [Check("模型校准", Verdict.OK, sentence)]
    return [Check("模型校准", Verdict.WARN, sentence, "运行 yuqing drift 看详情，见 docs/howto/drift.md")]


def _store_advice(settings: Settings) -> str:
    if settings.store == "elasticsearch":
        return "检查 YQ_ELASTICSEARCH_URL 与集群状态，见 docs/howto/elasticsearch.md"
    return "检查 YQ_HOME 的权限与磁盘"


def _guarded(name: str, app: App, probe: Callable[[App], str]) -> Check:
    try:
        return Check(name, Verdict.OK, probe(app))
    except YuqingError as error:
        return Check(name, Verdict.FAIL, str(error), _store_advice(app.settings) if name == "存储" else "")


def _probe_store(app: App) -> str:
    app.mentions.refresh()
    total, unscored = app.mentions.count(MentionQuery()), app.mentions.count(MentionQuery(scored=False))
    return f"{app.settings.store}：{total} 条提及，{unscored} 条待打分"


def _probe_model(app: App) -> str:
    return app.scorer.model


def _probe_clock(app: App) -> str:
    return app.clock.now().isoformat(timespec="seconds")


_PROBES: tuple[tuple[str, Callable[[App], str]], ...] = (
    ("存储", _probe_store),
    ("模型", _probe_model),
    ("时钟", _probe_clock),
)
