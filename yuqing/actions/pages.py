"""The pages as HTML: one card, in Chinese, readable on a phone, light and dark."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from alerts.colours import COLOURS
from yuqing.domain.alert import Alert, AlertState
from yuqing.labels import BUTTONS, GRADES

SHANGHAI = ZoneInfo("Asia/Shanghai")
ASKS: Mapping[str, str] = {
    "acknowledge": "由您来处理这起预警？确认后不再重复提醒，也不再升级；解除通知不受影响。",
    "assign": "把这起预警指派给谁？指派同时算作确认。",
    "silence": "静默 2 小时？同一规则、同一主体的预警在此期间不通知任何人，预警本身照常记录。",
}


@dataclass(frozen=True, slots=True)
class Form:
    """What the confirmation page posts back."""

    action: str
    fields: Mapping[str, str]
    name: str = ""
    assignee: str = ""
    problem: str = ""


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("yuqing.actions"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def page(
    title: str,
    *,
    alert: Alert | None = None,
    form: Form | None = None,
    told: str = "",
    link: str = "",
    status: int = 200,
) -> HTMLResponse:
    """One page. Nothing on it comes from elsewhere, nothing may embed it, nobody may keep it."""
    nonce = secrets.token_urlsafe(12)
    body = (
        _templates()
        .get_template("action.html.j2")
        .render(
            title=title,
            facts=_facts(alert),
            form=form,
            ask=ASKS.get(form.action, "") if form else "",
            button=BUTTONS.get(form.action, "") if form else "",
            told=told,
            link=link,
            nonce=nonce,
        )
    )
    return HTMLResponse(body, status, headers=_headers(nonce))


def _headers(nonce: str) -> dict[str, str]:
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",  # the address holds a signature
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex",
    }


def _facts(alert: Alert | None) -> dict[str, object] | None:
    if alert is None:
        return None
    lines = [
        f"自 {_local(alert.starts_at)} 起" + (f"，{_local(alert.ends_at)} 解除" if alert.ends_at else "，仍在进行")
    ]
    if alert.acknowledged_at is not None:
        lines.append(f"{alert.acknowledged_by} 已于 {_local(alert.acknowledged_at)} 确认")
    if alert.assigned_to is not None and alert.assigned_at is not None:
        lines.append(f"{_local(alert.assigned_at)} 指派给 {alert.assigned_to}")
    is_over = alert.state is AlertState.RESOLVED
    return {
        "badge": f"已解除·{GRADES[alert.severity]}" if is_over else f"预警·{GRADES[alert.severity]}",
        "colour": "#2e7d32" if is_over else COLOURS[alert.severity],
        "summary": alert.summary,
        "lines": lines,
        "id": alert.id,
    }


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"
