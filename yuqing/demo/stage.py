"""The stage of the demo: a fresh data folder, its settings, and the environment of every process."""

import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from config.models import SHIPPED
from config.settings import known_variables
from yuqing.domain.errors import ConfigError

_LEGAL = "演示：本机回环地址上的模拟平台"
# One marker file makes a folder ours to wipe; nothing else is ever deleted.
_MARKER = ".yuqing-demo"
_APPS = {"apps": [{"id": "1000000001", "name": "云江手机银行", "subject": "yunjiang_app"}]}
# The smaller of the two bars: the other one costs 700 pages of history.
_BARS = {"bars": [{"code": "hk09999", "subject": "yunjiang"}]}
_BOARDS = ["weibo", "douyin", "toutiao", "baidu", "zhihu"]
_SURFACES = (
    "WEIBO_S",
    "WEIBO_M",
    "WEIBO_AJAX",
    "WEIBO_PASSPORT",
    "WEIBO_CARD",
    "DOUYIN",
    "APPLE",
    "GUBA",
    "HEIMAO",
    "HOT",
)


@dataclass(frozen=True)
class Stage:
    """Where everything of one demo lives."""

    home: Path
    config: Path
    inbox: Path

    @classmethod
    def prepare(cls, root: Path) -> "Stage":
        """A fresh stage under `root`. Raises ConfigError when the folder holds something that is not a demo."""
        try:
            if root.exists() and any(root.iterdir()) and not (root / _MARKER).exists():
                raise ConfigError(f"{root} 不是演示留下的文件夹，里面有别的文件；请用 --home 另选一个")
            shutil.rmtree(root, ignore_errors=True)
            for folder in ("home", "inbox"):
                (root / folder).mkdir(parents=True)
            (root / _MARKER).touch()
        except OSError as error:
            raise ConfigError(f"{root}：无法写入（{error.strerror}）；请用 --home 另选一个可写的文件夹") from None
        shutil.copytree(SHIPPED, root / "config", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        _slow_machine(root / "config" / "rules" / "coverage.yml")
        return cls(root / "home", root / "config", root / "inbox")

    def write_sources(self, base: str, poll_seconds: int) -> None:
        """sources.yml of the simulated platforms."""
        entries = [
            _source("weibo_search", "weibo", "微博搜索（模拟）", poll_seconds, {"surface": "search"}),
            _source("weibo_mobile", "weibo", "微博移动端（模拟）", poll_seconds, {"surface": "mobile"}),
            _source("douyin_search", "douyin", "抖音搜索与评论（模拟）", poll_seconds, {"comments": True}),
            _source("news_portal", "news", "新闻门户（模拟）", poll_seconds, _news(base), backend="rss"),
            # These move slower. One interval for all of them: sources that share one share a crawl process.
            _source("app_reviews", "appstore", "应用商店评论（模拟）", 4 * poll_seconds, _APPS, backend="rss"),
            _source("guba_bars", "guba", "股吧（模拟）", 4 * poll_seconds, _BARS),
            _source("heimao_search", "heimao", "黑猫投诉（模拟）", 4 * poll_seconds, {}),
            _source("hot_lists", "hot", "热榜（模拟）", 4 * poll_seconds, {"boards": _BOARDS}),
        ]
        text = yaml.safe_dump({"sources": entries}, allow_unicode=True, sort_keys=False)
        (self.config / "sources.yml").write_text(text, encoding="utf-8")

    def environment(self, simulator: dict[str, Any], store: str, dashboard_port: int, lapse: float) -> dict[str, str]:
        """What every child process gets: nothing of the user's own YQ_* settings, only the stage."""
        base = str(simulator["url"]).rstrip("/")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("YQ_")}
        elastic = {name: os.environ[name] for name in _elastic_variables() if name in os.environ}
        return {
            **inherited,
            **elastic,
            "YQ_CONFIG": str(self.config),
            "YQ_HOME": str(self.home),
            "YQ_STORE": store,
            "YQ_ELASTICSEARCH_PREFIX": f"yuqing-demo-{secrets.token_hex(4)}",
            "YQ_CLOCK_URL": f"{base}/__control/clock",
            "YQ_TIME_LAPSE": str(lapse),
            **{f"YQ_{name}_BASE": f"{base}/{name.lower().replace('_', '-')}" for name in _SURFACES},
            "YQ_WEIBO_COOKIE": "SUB=_2A25LoginDemo; SUBP=0033Demo",
            "YQ_DOUYIN_COOKIE": "sessionid=demo; LOGIN_STATUS=1",
            "YQ_BACKFILL_DAYS": "28",
            "YQ_SMTP_HOST": "127.0.0.1",
            "YQ_SMTP_PORT": str(simulator["smtp_port"]),
            "YQ_SMTP_SECURITY": "none",
            "YQ_SMTP_SENDER": "yuqing@demo.example",
            "YQ_DASHBOARD_URL": f"http://127.0.0.1:{dashboard_port}",
            "YQ_SCORE_SECONDS": "10",
            "YQ_DETECT_SECONDS": "10",
            "YQ_NOTIFY_SECONDS": "3",
            "YQ_LOG_LEVEL": "WARNING",
        }


def _slow_machine(rule: Path) -> None:
    """In the time-lapse a busy machine crawls for half an hour: that is no silence of a source yet."""
    text = rule.read_text(encoding="utf-8")
    rule.write_text(text.replace("silent_minutes: 30", "silent_minutes: 180"), encoding="utf-8")


def _elastic_variables() -> list[str]:
    return [name for name in known_variables() if name.startswith("YQ_ELASTICSEARCH_") and "PREFIX" not in name]


def _source(
    id: str, kind: str, name: str, poll_seconds: int, options: Mapping[str, object], backend: str = "web"
) -> dict[str, object]:
    return {
        "id": id,
        "kind": kind,
        "name": name,
        "backend": backend,
        "legal_basis": _LEGAL,
        "enabled": True,
        "accepted_terms_by": "演示",
        "interval_seconds": poll_seconds,
        # Loopback needs no politeness; the pauses after refusals stay, only shorter.
        "options": {"delay_seconds": 0, "backoff_seconds": 0.5, "pause_minutes": 10, **options},
    }


def _news(base: str) -> dict[str, object]:
    root = base.rstrip("/")
    return {"feeds": [f"{root}/news/rss/all.xml"], "sitemaps": [f"{root}/news/sitemap.xml"]}
