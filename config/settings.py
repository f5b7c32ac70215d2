"""Process settings: environment `YQ_*`, then `yuqing.yml` of the settings folder, then defaults.

A secret can be given as `YQ_<NAME>_FILE`, the path of a file that holds it. Unknown keys and unknown `YQ_*`
variables are refused: a typing error must not silently leave a bank unwatched.
"""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from config.loader import describe, load_yaml, read_text
from config.models import SHIPPED
from yuqing.domain.errors import ConfigError

Url = Annotated[str, Field(pattern=r"^https?://[^\s]+$")]
PREFIX = "YQ_"
_WEEKLY = r"^(mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):[0-5]\d$"
# Read by tests and by the tool itself, not settings of the product.
_OTHER_VARIABLES = frozenset({"YQ_SHARED", "YQ_TEST_ELASTICSEARCH_URL", "YQ_DEMO"})


class Settings(BaseSettings):
    """Everything a process needs to know, read once and frozen. Secrets hide in repr."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=PREFIX, validate_default=True)

    config: Path = Field(SHIPPED, description="设置文件夹：subjects.yml、sources.yml、topics.yml、routes.yml、rules/")
    home: Path = Field(Path(".yuqing"), description="数据文件夹：内嵌存储、原始证据、隔离文件、报告")
    store: Literal["sqlite", "elasticsearch"] = Field("sqlite", description="存储：sqlite（内嵌）或 elasticsearch")
    elasticsearch_url: Url = Field("http://127.0.0.1:9200", description="Elasticsearch 地址（不含用户名密码）")
    elasticsearch_prefix: str = Field("yuqing", pattern=r"^[a-z][a-z0-9_-]*$", description="索引名前缀")
    elasticsearch_user: str | None = Field(None, description="Elasticsearch 用户名")
    elasticsearch_password: SecretStr | None = Field(None, description="Elasticsearch 密码")
    elasticsearch_api_key: SecretStr | None = Field(None, description="Elasticsearch API key，优先于用户名密码")
    elasticsearch_ca: Path | None = Field(None, description="Elasticsearch CA 证书文件")
    now: AwareDatetime | None = Field(None, description="把产品时钟固定在此刻（ISO 8601），用于回放与测试")
    clock_url: Url | None = Field(None, description='时钟地址，返回 {"now": ISO 8601}，用于模拟平台')
    time_lapse: float = Field(1.0, gt=0, description="模拟时钟比真实时间快多少倍（仅演示）")
    weibo_s_base: Url = Field("https://s.weibo.com", description="微博网页搜索的基地址")
    weibo_m_base: Url = Field("https://m.weibo.cn", description="微博移动端的基地址")
    weibo_ajax_base: Url = Field("https://weibo.com", description="微博桌面 JSON 的基地址")
    weibo_passport_base: Url = Field("https://passport.weibo.com", description="微博访客系统的基地址")
    weibo_card_base: Url = Field("https://card.weibo.com", description="微博头条文章的基地址")
    weibo_api_base: Url = Field("https://c.api.weibo.com", description="微博商业数据接口的基地址")
    weibo_open_base: Url = Field("https://api.weibo.com", description="微博开放平台的基地址")
    douyin_open_base: Url = Field("https://open.douyin.com", description="抖音开放平台的基地址")
    douyin_base: Url = Field("https://www.douyin.com", description="抖音的基地址")
    apple_base: Url = Field("https://itunes.apple.com", description="App Store 评论的基地址")
    guba_base: Url = Field("https://guba.eastmoney.com", description="股吧的基地址")
    heimao_base: Url = Field("https://tousu.sina.com.cn", description="黑猫投诉的基地址")
    rsshub_base: Url = Field("http://127.0.0.1:1200", description="自建 RSSHub 的基地址")
    wechat_base: Url = Field("https://mp.weixin.qq.com", description="微信公众号文章页的基地址")
    hot_base: Url = Field("https://weibo.com", description="热榜的基地址")
    weibo_cookie: SecretStr | None = Field(None, description="本行自有微博账号的登录 Cookie")
    douyin_cookie: SecretStr | None = Field(None, description="本行自有抖音账号的登录 Cookie")
    weibo_api_token: SecretStr | None = Field(None, description="微博商业数据接口的 access_token")
    weibo_open_token: SecretStr | None = Field(None, description="微博开放平台的 access_token（本行账号授权）")
    douyin_open_token: SecretStr | None = Field(None, description="抖音开放平台的 client_token")
    rsshub_key: SecretStr | None = Field(None, description="自建 RSSHub 的访问密钥（ACCESS_KEY，12 位以上）")
    contact: str = Field("", description="写进 User-Agent 的联系方式（网址或邮箱）")
    pseudonym_key: SecretStr | None = Field(None, description="作者假名的密钥；缺省时在数据文件夹生成一份")
    backfill_days: int = Field(7, ge=0, le=400, description="首次采集回溯的天数")
    overlap_minutes: int = Field(120, ge=0, description="每次采集与上次重叠的分钟数")
    model: str = Field("linear", description="情感模型：linear、encoder、ensemble、cascade、snownlp 或 hf:路径")
    endpoint_url: Url | None = Field(
        None, description="OpenAI 兼容模型端点的地址（到 /v1 为止），供 yuqing classify --model endpoint；不设则不用"
    )
    endpoint_model: str = Field("", description="端点上的模型名")
    endpoint_key: SecretStr | None = Field(None, description="端点的密钥（Bearer）")
    endpoint_seconds: float = Field(20.0, gt=0, description="问端点一条最多等多久（秒）")
    smtp_host: str | None = Field(None, description="SMTP 服务器；不设则不发邮件")
    smtp_port: int = Field(587, ge=1, le=65535, description="SMTP 端口")
    smtp_security: Literal["starttls", "ssl", "none"] = Field("starttls", description="SMTP 加密方式")
    smtp_user: str | None = Field(None, description="SMTP 用户名")
    smtp_password: SecretStr | None = Field(None, description="SMTP 密码")
    smtp_sender: str = Field("yuqing@localhost", description="发件人地址")
    smtp_timeout: float = Field(20.0, gt=0, description="SMTP 超时（秒）")
    webhook_url: SecretStr | None = Field(None, description="通用 Webhook 地址（可能含令牌，按机密处理）")
    webhook_secret: SecretStr | None = Field(None, description="Webhook 签名密钥（HMAC-SHA256）")
    webhook_public_only: bool = Field(False, description="拒绝发往内网地址的 Webhook（防止被误导到内部系统）")
    wecom_robots: SecretStr | None = Field(
        None, description="企业微信群机器人，每行一个“名称 地址或 key”，名称在 routes.yml 的 robot 中引用"
    )
    wecom_base: Url = Field("https://qyapi.weixin.qq.com", description="企业微信接口的基地址")
    dingtalk_robots: SecretStr | None = Field(None, description="钉钉群机器人，每行一个“名称 地址或令牌 加签密钥”")
    dingtalk_base: Url = Field("https://oapi.dingtalk.com", description="钉钉接口的基地址")
    feishu_robots: SecretStr | None = Field(None, description="飞书群机器人，每行一个“名称 地址或令牌 签名密钥”")
    feishu_base: Url = Field("https://open.feishu.cn", description="飞书接口的基地址")
    actions_port: int = Field(
        0, ge=0, le=65535, description="yuqing run 提供处置页面、/healthz 与 /metrics 的端口；0 为不提供"
    )
    actions_host: str = Field("127.0.0.1", description="处置页面的监听地址；缺省只有本机可访问")
    actions_url: Url | None = Field(
        None, description="处置页面对外的地址，写进预警消息；缺省为 http://监听地址:端口（仅在 actions_port 不为 0 时）"
    )
    dashboard_url: Url = Field("http://127.0.0.1:8501", description="看板地址，写进预警邮件")
    dashboard_port: int = Field(8501, ge=1, le=65535, description="看板端口")
    score_seconds: float = Field(30, gt=0, description="打分任务的间隔（秒）")
    detect_seconds: float = Field(60, gt=0, description="检测任务的间隔（秒）")
    notify_seconds: float = Field(15, gt=0, description="投递任务的间隔（秒）")
    crawl_timeout_seconds: float = Field(
        1800, gt=0, description="一次采集的最长时间（秒）；到八成时自行收尾，没看到的部分下次接着采"
    )
    refresh_seconds: float = Field(300, gt=0, description="复看任务的间隔（秒）：重读有风险提及的互动数与删除情况")
    refresh_max_seconds: float = Field(
        240,
        gt=0,
        description="一次复看最多用多久（秒），到时自行收尾，没看完的下次接着看；yuqing run 的采集开始时，复看让路",
    )
    owed_seconds: float = Field(
        600, gt=0, description="补采任务的间隔（秒）：采集间隔更长的来源有没看全、又可以请求的部分时，提前补采"
    )
    refresh_schedule: str = Field(
        "15m 1h 3h 12h 1d 3d 7d",
        pattern=r"^[1-9]\d*[mhd]( [1-9]\d*[mhd])*$",
        description="发布后多久复看（m 分钟、h 小时、d 天，空格分隔）",
    )
    refresh_severity: int = Field(2, ge=0, le=3, description="严重度从几级起复看（负面与未恢复预警的证据总会复看）")
    refresh_reactions: int = Field(100, ge=1, description="互动数（赞、评论、转发之和）从多少起复看")
    refresh_limit: int = Field(50, ge=1, description="每个来源一次最多复看多少条")
    metrics_port: int = Field(0, ge=0, le=65535, description="yuqing run 提供 Prometheus 指标的端口；0 为不提供")
    metrics_host: str = Field("127.0.0.1", description="指标的监听地址；缺省只有本机可读")
    report_time: str = Field("mon 08:00", pattern=_WEEKLY, description="周报时间")
    report_subject: str | None = Field(None, description="周报的主体；缺省为第一个 brand")
    report_receiver: str = Field("management", description="周报的接收人（routes.yml 中的编号）")
    retention_days: int = Field(180, ge=1, description="提及的保存天数")
    evidence_days: int = Field(7, ge=0, description="原始响应的保存天数")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="日志级别")

    @model_validator(mode="after")
    def _one_clock(self) -> Self:
        if self.now is not None and self.clock_url is not None:
            raise ValueError("YQ_NOW 与 YQ_CLOCK_URL 只能设一个")
        return self

    @property
    def actions_base(self) -> str:
        """Where the buttons of a message lead; empty while the pages are off, then the dashboard takes them."""
        if not self.actions_port:
            return ""
        return self.actions_url or f"http://{self.actions_host}:{self.actions_port}"

    @property
    def refresh_ages(self) -> tuple[timedelta, ...]:
        """The ages of `refresh_schedule`, youngest first."""
        units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
        return tuple(sorted({int(word[:-1]) * units[word[-1]] for word in self.refresh_schedule.split()}))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, `*_FILE` secrets, YAML; first wins."""
        folder = Path(os.environ.get("YQ_CONFIG", str(SHIPPED)))
        return (
            init_settings,
            env_settings,
            InitSettingsSource(settings_cls, secrets_from_files(os.environ)),
            InitSettingsSource(settings_cls, _yaml_values(folder / "yuqing.yml")),
        )


SECRETS = frozenset(name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation))


def _yaml_values(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    data = load_yaml(path)
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ConfigError(f"{path}:1：应为“键: 值”的形式")
    return data


def secrets_from_files(environment: Mapping[str, str]) -> dict[str, str]:
    """The secrets named by YQ_<NAME>_FILE. Raises ConfigError for a file that is missing, unreadable or empty."""
    values = {}
    for name in SECRETS:
        variable = f"{PREFIX}{name.upper()}_FILE"
        if path := environment.get(variable):
            values[name] = _secret(variable, Path(path))
    return values


def _secret(variable: str, path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"环境变量 {variable}：无法读取机密文件 {path}（{type(error).__name__}）") from None
    if not value:
        raise ConfigError(f"环境变量 {variable}：机密文件 {path} 是空的")
    return value


def known_variables() -> frozenset[str]:
    """Every YQ_* variable that means something."""
    names = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return frozenset(names | {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS} | _OTHER_VARIABLES)


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in known_variables())
    if unknown:
        raise ConfigError(f"不认识的环境变量：{', '.join(unknown)}（拼写错误？全部变量见 .env.example）")


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process. Raises ConfigError naming the variable, or file and line."""
    _refuse_unknown(os.environ)
    path = Path(os.environ.get("YQ_CONFIG", str(SHIPPED))) / "yuqing.yml"
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise ConfigError(_explain(error, path)) from None


def _explain(error: ValidationError, path: Path) -> str:
    """Problems from the environment name the variable; the others file and line."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    names = [str(problem["loc"][0]) if problem["loc"] else "" for problem in problems]
    if path.is_file() and not any(f"{PREFIX}{name.upper()}" in os.environ for name in names):
        return describe(error, path, read_text(path))
    return "\n".join(
        f"环境变量 {PREFIX}{name.upper()}：{problem['msg'].removeprefix('Value error, ')}"
        if name
        else problem["msg"].removeprefix("Value error, ")
        for name, problem in zip(names, problems, strict=True)
    )
