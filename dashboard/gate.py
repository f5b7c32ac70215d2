"""Who may come in, and what they see when something below is broken."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from yuqing.domain.errors import ConfigError, StoreError, StoreUnavailable

_log = logging.getLogger(__name__)


def require_login() -> None:
    """Where the secrets hold an [auth] section, nobody sees a page without signing in."""
    if not st.secrets.load_if_toml_exists() or "auth" not in st.secrets:
        return
    if not st.user.get("is_logged_in", False):
        st.title("舆情监测")
        st.write("请先登录。")
        st.button("登录", type="primary", on_click=st.login)
        st.stop()


def actor() -> str | None:
    """Name of the signed-in person, or None where no login is set up."""
    if not st.user.get("is_logged_in", False):
        return None
    return str(st.user.get("name") or st.user.get("email") or "")


@contextmanager
def explained() -> Iterator[None]:
    """A store that does not answer or wrong settings become a sentence that says what to do."""
    try:
        yield
    except StoreUnavailable as error:
        _log.warning("dashboard: store unavailable: %s", error)
        st.error(
            "存储暂时没有应答，页面稍后会恢复；数据没有丢失。运维请运行 `yuqing doctor`。", icon=":material/cloud_off:"
        )
    except StoreError as error:
        _log.error("dashboard: store error: %s", error)
        st.error("存储返回了错误，数字无法显示。运维请运行 `yuqing doctor` 并查看日志。", icon=":material/error:")
    except ConfigError as error:
        st.error(f"设置有误：{error}", icon=":material/settings:")


def run(page: st.Page) -> None:
    """Run a page, its troubles explained."""
    with explained():
        page.run()
