"""The application: `/act` asks and acts, `/healthz` says whether the watch goes on, `/metrics` is for Prometheus.

Mail scanners open every link, so GET changes nothing: it shows a page whose button posts. What makes a POST genuine is
the signature in its body (nobody else can make one; no cookie or login gives power, so there is nothing to ride on),
and a token that only the page carries. Access logs are off: addresses hold signatures.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qs, quote, unquote, urlencode

import structlog
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from alerts.actions import Actions
from alerts.links import Grant
from yuqing.actions.pages import Form, page
from yuqing.bootstrap import App
from yuqing.domain.errors import InputError, StoreError, YuqingError
from yuqing.labels import BUTTONS
from yuqing.metrics import exposition

log = structlog.get_logger()
SIGNED = ("alert", "do", "exp", "to", "sig")
LARGEST_FORM = 8_192
REMEMBERED = "yq_name"
HALF_A_YEAR = int(timedelta(days=180).total_seconds())
LATE = timedelta(minutes=5)
_Step = Callable[[Grant, Mapping[str, str], Mapping[str, str]], Response]


@dataclass(frozen=True)
class ActionSite:
    """The endpoints of one installation."""

    app: App

    def asgi(self) -> Starlette:
        """The application that a server runs."""
        routes = [
            Route("/act", self.ask, methods=["GET"]),
            Route("/act", self.act, methods=["POST"]),
            Route("/healthz", self.health, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
        ]
        return Starlette(routes=routes)

    @property
    def _actions(self) -> Actions:
        return Actions(self.app.engine, self.app.audit.record)

    async def ask(self, request: Request) -> Response:
        """The confirmation page. Changes nothing, however often and by whomever it is opened."""
        fields = {name: request.query_params.get(name, "") for name in SIGNED}
        name = unquote(request.cookies.get(REMEMBERED, ""))[:60]
        return await run_in_threadpool(self._guarded, self._asked, fields, {"name": name})

    async def act(self, request: Request) -> Response:
        """Do what the link grants."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return page("请从消息中的链接打开", told="这个请求来自别的网站，没有执行。", status=403)
        body = await _read(request)
        if body is None:
            return page("请求过大", told="没有执行。", status=413)
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        fields = {name: form.get(name, "") for name in SIGNED}
        return await run_in_threadpool(self._guarded, self._acted, fields, form)

    def _guarded(self, step: _Step, fields: Mapping[str, str], form: Mapping[str, str]) -> Response:
        """A page for every outcome: bad links are told, a store that does not answer asks to try again."""
        try:
            grant = self.app.engine.links.check(urlencode(fields), self.app.clock.now())
        except InputError as error:
            return page("链接不能用了", told=f"{error}。", link=self.app.settings.dashboard_url, status=403)
        try:
            return step(grant, fields, form)
        except InputError as error:
            return page("没有执行", told=f"{error}。", link=self.app.settings.dashboard_url, status=404)
        except StoreError as error:
            log.error("action.failed", action=grant.action, alert=grant.alert_id, reason=type(error).__name__)
            return page("暂时无法执行", told="存储没有应答，没有执行。请稍后再按一次。", status=503)

    def _asked(self, grant: Grant, fields: Mapping[str, str], form: Mapping[str, str], problem: str = "") -> Response:
        alert, link = self._actions.alert(grant), self._dashboard(grant)
        if alert.ends_at is not None:
            return page("预警已解除", alert=alert, told="这起预警已经解除，无须再处理。", link=link)
        if grant.action == "acknowledge" and alert.acknowledged_at is not None:
            return page(
                "已有人处理", alert=alert, told=f"{alert.acknowledged_by} 已经确认过，不需要再做什么。", link=link
            )
        shown = Form(
            grant.action,
            {**fields, "token": self._token(fields)},
            form.get("name", ""),
            form.get("assignee", ""),
            problem,
        )
        return page(BUTTONS[grant.action], alert=alert, form=shown, link=link, status=422 if problem else 200)

    def _acted(self, grant: Grant, fields: Mapping[str, str], form: Mapping[str, str]) -> Response:
        if not hmac.compare_digest(form.get("token", "").encode(), self._token(fields).encode()):
            return self._asked(grant, fields, form, "页面已失效，请再按一次")
        try:
            done = self._actions.perform(grant, form.get("name", ""), form.get("assignee", ""))
        except InputError as error:
            return self._asked(grant, fields, form, str(error))
        log.info("action.done", action=grant.action, alert=grant.alert_id, changed=done.changed)
        answer = page(BUTTONS[grant.action], alert=done.alert, told=done.sentence, link=self._dashboard(grant))
        _remember(answer, form.get("name", ""))
        return answer

    def _dashboard(self, grant: Grant) -> str:
        return self.app.engine.links.url("open", grant.alert_id, self.app.clock.now())

    def _token(self, fields: Mapping[str, str]) -> str:
        """Shows that a form was made by our page: it follows from the key and the link."""
        words = "\x1f".join(["confirm", *(fields[name] for name in SIGNED)])
        return hmac.new(self.app.engine.links.key, words.encode("utf-8", "replace"), sha256).hexdigest()[:32]

    async def health(self, _request: Request) -> Response:
        """200 while the store answers and the rules are judged; 503 otherwise, with the reason."""
        return await run_in_threadpool(self._health)

    def _health(self) -> Response:
        try:
            document = self.app.state.load("watch", "detect")
            now = self.app.clock.now()
        except YuqingError:
            return JSONResponse({"status": "store_unavailable"}, 503)
        if document is None:
            return JSONResponse({"status": "starting"})
        age = (now - _time(document.body["at"])).total_seconds()
        patience = (LATE.total_seconds() + 3 * self.app.settings.detect_seconds) * self.app.settings.time_lapse
        is_late = age > patience
        return JSONResponse(
            {"status": "late" if is_late else "ok", "detected_seconds_ago": round(age)}, 503 if is_late else 200
        )

    async def metrics(self, _request: Request) -> Response:
        """The text that Prometheus reads."""
        try:
            text = await run_in_threadpool(exposition, self.app)
        except StoreError:
            return Response("store unavailable", 503)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _read(request: Request) -> bytes | None:
    """The body of a form; None for one that is larger than any of ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            return None
    return body


def _remember(answer: Response, name: str) -> None:
    """The name for the next time, on this phone alone; it gives no power."""
    value = quote(" ".join(name.split())[:30])
    answer.set_cookie(REMEMBERED, value, max_age=HALF_A_YEAR, httponly=True, samesite="strict", path="/")


def _time(text: object) -> datetime:
    return datetime.fromisoformat(str(text))
