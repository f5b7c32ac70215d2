"""What people do by the buttons of a message: acknowledge, assign, silence. Once each, and written down before.

The audit entry comes first: an action without an entry must not exist, an entry whose action failed may.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from alerts.engine import AlertEngine
from alerts.links import Grant
from yuqing.domain.alert import Alert, AlertState, Silence
from yuqing.domain.errors import InputError

Record = Callable[[str, str, str, Mapping[str, str]], str]
SILENCE = timedelta(hours=2)
LONGEST_NAME = 30


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a press of the button; `changed` is False for one that was pressed before."""

    alert: Alert
    sentence: str
    changed: bool


def clean_name(text: str, what: str) -> str:
    """A name as a person writes it. Raises InputError for none, one too long, or signs that are no name."""
    name = " ".join(text.split())
    if not name:
        raise InputError(f"请填写{what}，之后可以查到是谁处理的")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InputError(f"{what}最多 {LONGEST_NAME} 个字，不含特殊符号")
    return name


@dataclass(frozen=True)
class Actions:
    """Carries out what a link grants."""

    engine: AlertEngine
    record: Record

    def alert(self, grant: Grant) -> Alert:
        """The alert of a link. Raises InputError when it is gone."""
        found = self.engine.alert(grant.alert_id)
        if found is None:
            raise InputError("没有这起预警：它可能已超过保存期限")
        return found

    def perform(self, grant: Grant, by: str, assignee: str = "") -> Done:
        """Do it, as `by`. Raises InputError where a name is missing or the action is none of ours."""
        alert, name = self.alert(grant), clean_name(by, "您的姓名")
        if alert.state is AlertState.RESOLVED:
            return Done(alert, "这起预警已经解除，无须再处理。", changed=False)
        match grant.action:
            case "acknowledge":
                return self._acknowledge(alert, grant, name)
            case "assign":
                return self._assign(alert, grant, name, clean_name(assignee, "指派给谁"))
            case "silence":
                return self._silence(alert, grant, name)
        raise InputError("这个链接只用来打开看板")

    def _note(self, name: str, action: str, grant: Grant, **detail: str) -> None:
        self.record(name, f"alert.{action}", grant.alert_id, {"via": "link", "sent_to": grant.receiver, **detail})

    def _acknowledge(self, alert: Alert, grant: Grant, name: str) -> Done:
        if alert.acknowledged_at is not None:
            return Done(alert, f"{alert.acknowledged_by} 已经确认过，不需要再做什么。", changed=False)
        self._note(name, "acknowledge", grant)
        stored = self.engine.acknowledge(alert.id, name)
        return Done(stored, f"已记下：{stored.acknowledged_by} 来处理。不再重复提醒，也不再升级。", changed=True)

    def _assign(self, alert: Alert, grant: Grant, name: str, assignee: str) -> Done:
        if alert.assigned_to == assignee:
            return Done(alert, f"已经指派给 {assignee}。", changed=False)
        self._note(name, "assign", grant, assignee=assignee)
        stored = self.engine.assign(alert.id, assignee, name)
        return Done(stored, f"已指派给 {assignee}。请直接告知本人，系统不会另发消息。", changed=True)

    def _silence(self, alert: Alert, grant: Grant, name: str) -> Done:
        # One link makes one silence, however often its button is pressed.
        mark = sha256(f"{grant.alert_id}|{grant.receiver}|{grant.expires_at.isoformat()}".encode()).hexdigest()[:12]
        known = next((each for each in self.engine.silences() if each.id == f"s-{mark}"), None)
        if known is not None:
            return Done(alert, f"{known.author} 已经用这个链接静默过。要再次静默，请在看板中操作。", changed=False)
        self._note(name, "silence", grant, silence=f"s-{mark}")
        made: Silence = self.engine.silence(
            alert.labels, SILENCE, author=name, reason="预警消息中的“静默 2 小时”", mark=mark
        )
        return Done(alert, f"已静默 2 小时（{made.id}）。同一规则、同一主体的预警在此期间不通知任何人。", changed=True)
