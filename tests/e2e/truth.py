"""What the simulated platforms really published, beside what the store holds."""

import os
from collections.abc import Mapping

import httpx

from config.settings import load_settings
from yuqing.bootstrap import open_app
from yuqing.domain.ports import MentionQuery

TERMS = ("云江银行", "云江手机银行", "金秋开户礼", "林知远", "海州银行", "北原银行")


def published(base: str, http: httpx.Client, **conditions: str) -> list[dict[str, str]]:
    """Items of the platforms that are out now."""
    answer = http.get(f"{base.rstrip('/')}/__control/truth", params=conditions)
    answer.raise_for_status()
    items: list[dict[str, str]] = answer.json()
    return items


def findable_ids(base: str, http: httpx.Client) -> set[str]:
    """Posts and videos about a watched subject that a search for its terms shows."""
    found = [
        item
        for platform in ("weibo", "douyin")
        for term in TERMS
        for item in published(base, http, platform=platform, keyword=term)
    ]
    return {item["id"] for item in found if item["subject"] and item["kind"] != "comment"}


def every_id(base: str, http: httpx.Client) -> set[str]:
    """Everything that Weibo and Douyin have published."""
    return {item["id"] for platform in ("weibo", "douyin") for item in published(base, http, platform=platform)}


def stored_ids(environment: Mapping[str, str]) -> list[str]:
    """Native ids of all Weibo and Douyin mentions of a store, one for each row."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("YQ_")}
    try:
        os.environ.update({name: value for name, value in environment.items() if name.startswith("YQ_")})
        with open_app(load_settings()) as app:
            app.mentions.refresh()
            rows = [stored.mention for stored in app.mentions.scan(MentionQuery(include_deleted=True))]
    finally:
        for name in [name for name in os.environ if name.startswith("YQ_")]:
            del os.environ[name]
        os.environ.update(kept)
    return [row.native_id for row in rows if row.platform.value in ("weibo", "douyin")]
